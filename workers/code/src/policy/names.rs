//! The lists of names. Default-deny where Python uses them for itself, default-allow where programs do.

/// Built-ins that run text, reach attributes by a name made at run time, or reach past the program.
const BLOCKED: &[&str] = &[
    "__build_class__",
    "__builtins__",
    "__import__",
    "breakpoint",
    "compile",
    "delattr",
    "dir",
    "eval",
    "exec",
    "getattr",
    "globals",
    "help",
    "locals",
    "memoryview",
    "open",
    "setattr",
    "vars",
];

/// Names with double underscores that a program may read as variables, or set at its top level.
const DUNDER_NAMES: &[&str] =
    &["__all__", "__author__", "__debug__", "__doc__", "__file__", "__name__", "__version__"];

/// Attributes with double underscores that a program may define and use: the data model of ordinary classes.
const DUNDER_MEMBERS: &[&str] = &[
    "__abs__",
    "__add__",
    "__aenter__",
    "__aexit__",
    "__aiter__",
    "__and__",
    "__anext__",
    "__await__",
    "__bool__",
    "__bytes__",
    "__call__",
    "__cause__",
    "__ceil__",
    "__complex__",
    "__contains__",
    "__context__",
    "__delitem__",
    "__divmod__",
    "__doc__",
    "__enter__",
    "__eq__",
    "__exit__",
    "__float__",
    "__floor__",
    "__floordiv__",
    "__ge__",
    "__getitem__",
    "__gt__",
    "__hash__",
    "__iadd__",
    "__iand__",
    "__ifloordiv__",
    "__ilshift__",
    "__imatmul__",
    "__imod__",
    "__imul__",
    "__index__",
    "__init__",
    "__int__",
    "__invert__",
    "__ior__",
    "__ipow__",
    "__irshift__",
    "__isub__",
    "__iter__",
    "__itruediv__",
    "__ixor__",
    "__le__",
    "__len__",
    "__length_hint__",
    "__lshift__",
    "__lt__",
    "__match_args__",
    "__matmul__",
    "__members__",
    "__missing__",
    "__mod__",
    "__mul__",
    "__name__",
    "__ne__",
    "__neg__",
    "__new__",
    "__next__",
    "__notes__",
    "__or__",
    "__pos__",
    "__post_init__",
    "__pow__",
    "__qualname__",
    "__radd__",
    "__rand__",
    "__rdivmod__",
    "__repr__",
    "__reversed__",
    "__rfloordiv__",
    "__rlshift__",
    "__rmatmul__",
    "__rmod__",
    "__rmul__",
    "__ror__",
    "__round__",
    "__rpow__",
    "__rrshift__",
    "__rshift__",
    "__rsub__",
    "__rtruediv__",
    "__rxor__",
    "__setitem__",
    "__slots__",
    "__str__",
    "__sub__",
    "__truediv__",
    "__trunc__",
    "__version__",
    "__xor__",
];

/// Those a class may define though no program may ask for them by name.
const DUNDER_DEFINITIONS: &[&str] = &[
    "__copy__",
    "__deepcopy__",
    "__del__",
    "__delattr__",
    "__delete__",
    "__dir__",
    "__format__",
    "__get__",
    "__getattr__",
    "__set__",
    "__set_name__",
    "__setattr__",
    "__sizeof__",
];

/// What makes classes behave as other classes; a rule of its own says so.
const METACLASS_HOOKS: &[&str] = &[
    "__class_getitem__",
    "__getattribute__",
    "__init_subclass__",
    "__instancecheck__",
    "__metaclass__",
    "__mro_entries__",
    "__prepare__",
    "__subclasscheck__",
    "__subclasshook__",
];

/// Attributes of frames, generators, coroutines, tracebacks and code start like this; no program's do.
const INTERNAL_PREFIXES: &[&str] = &["ag_", "co_", "cr_", "gi_", "tb_"];

/// `f_` starts ordinary names too, such as the `f_score` of a search: frames' own are listed.
const INTERNAL_MEMBERS: &[&str] = &[
    "f_back",
    "f_builtins",
    "f_code",
    "f_generator",
    "f_globals",
    "f_lasti",
    "f_lineno",
    "f_locals",
    "f_trace",
    "f_trace_lines",
    "f_trace_opcodes",
    "format_map",
    "func_code",
    "func_globals",
    "mro",
];

/// Whether Python reserves the form of this name.
pub(super) fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

pub(super) fn is_blocked(name: &str) -> bool {
    BLOCKED.contains(&name)
}

pub(super) fn is_dunder_name_allowed(name: &str) -> bool {
    DUNDER_NAMES.contains(&name)
}

pub(super) fn is_dunder_member_allowed(name: &str) -> bool {
    DUNDER_MEMBERS.contains(&name)
}

pub(super) fn is_dunder_definition_allowed(name: &str) -> bool {
    is_dunder_member_allowed(name) || is_dunder_name_allowed(name) || DUNDER_DEFINITIONS.contains(&name)
}

pub(super) fn is_metaclass_hook(name: &str) -> bool {
    METACLASS_HOOKS.contains(&name)
}

pub(super) fn is_internal(name: &str) -> bool {
    INTERNAL_MEMBERS.contains(&name) || INTERNAL_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
