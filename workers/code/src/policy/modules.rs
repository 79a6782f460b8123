//! Which modules a program may import, and which of their attributes lead out of them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The list the guest loads: one name a line.
static ALLOWED: LazyLock<HashSet<&str>> = LazyLock::new(|| lines(include_str!("../../guest/modules.txt")).collect());

/// `module attribute` a line: what allowed modules hold of other modules. Written by CPython itself, through
/// the test `the_table_of_modules_in_modules_is_what_cpython_says`.
static INNER: LazyLock<HashMap<&str, HashSet<&str>>> = LazyLock::new(|| {
    let mut inner: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (module, attribute) in lines(include_str!("inner_modules.txt")).filter_map(|line| line.split_once(' ')) {
        inner.entry(module).or_default().insert(attribute);
    }
    inner
});

/// Attributes of allowed modules that open files, run text, or make functions and modules out of parts.
const WITHHELD: &[(&str, &[&str])] = &[
    ("codecs", &["open"]),
    ("dataclasses", &["make_dataclass"]),
    ("io", &["FileIO", "open", "open_code"]),
    ("logging", &["FileHandler", "config", "handlers"]),
    ("string", &["Formatter"]),
    ("types", &["CodeType", "FrameType", "FunctionType", "LambdaType", "ModuleType", "TracebackType"]),
    ("typing", &["ForwardRef", "get_type_hints"]),
    ("uuid", &["getnode"]),
];

/// `sys` is the interpreter itself: here what is not listed is withheld.
const SYS: &[&str] = &[
    "argv",
    "byteorder",
    "exc_info",
    "exit",
    "float_info",
    "get_int_max_str_digits",
    "getrecursionlimit",
    "getsizeof",
    "hash_info",
    "implementation",
    "int_info",
    "intern",
    "maxsize",
    "maxunicode",
    "platform",
    "set_int_max_str_digits",
    "setrecursionlimit",
    "stderr",
    "stdin",
    "stdout",
    "version",
    "version_info",
];

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether a full dotted name may be imported.
pub(super) fn is_allowed(module: &str) -> bool {
    ALLOWED.contains(module)
}

/// Whether this is an allowed module, or a package of one, such as `urllib`.
pub(super) fn is_known(module: &str) -> bool {
    is_allowed(module)
        || ALLOWED.iter().any(|name| name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether a program may use this attribute of this module.
pub(super) fn is_attribute_allowed(module: &str, attribute: &str) -> bool {
    if is_known(&format!("{module}.{attribute}")) {
        return true;
    }
    if !is_allowed(module) {
        // A package that is only there for a module inside it.
        return false;
    }
    let is_private = attribute.starts_with('_') && !super::names::is_dunder(attribute);
    let is_inner = INNER.get(module).is_some_and(|inner| inner.contains(attribute));
    let is_withheld = WITHHELD.iter().any(|(name, withheld)| *name == module && withheld.contains(&attribute));
    let is_systems = module == "sys" && !SYS.contains(&attribute);
    !(is_private || is_inner || is_withheld || is_systems)
}
