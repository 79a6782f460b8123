#: subclasses_of_object_through_a_tuple = dunder-attribute
print(().__class__.__bases__[0].__subclasses__())
#: subclasses_through_mro = internal-attribute
print(int.mro()[-1].__subclasses__())
#: subclasses_through_dunder_mro = dunder-attribute
print(str.__mro__[1].__subclasses__())
#: warning_class_leads_to_sys = dunder-attribute
for c in object.__subclasses__():
    if c.__name__ == "catch_warnings":
        print(c()._module.sys.modules["os"].listdir("/"))
#: os_wrap_close_leads_to_popen = dunder-attribute
[c for c in object.__subclasses__() if c.__name__ == "_wrap_close"][0].__init__.__globals__["popen"]("id")
#: globals_of_a_function = dunder-attribute
def f(): pass
print(f.__globals__["__builtins__"])
#: globals_of_a_method = dunder-attribute
import json
json.JSONDecoder.decode.__globals__["__builtins__"]["open"]("/etc/passwd")
#: builtins_by_name = name-blocked
print(__builtins__.open("/etc/passwd").read())
#: builtins_by_import = import-not-allowed
import builtins
print(builtins.open("/etc/passwd").read())
#: loader_by_name = dunder-name
__loader__.load_module("os").system("id")
#: spec_by_name = dunder-name
print(__spec__.loader)
#: dunder_import = name-blocked
__import__("os").system("touch /tmp/aipaygen-escaped")
#: dunder_import_in_a_default = name-blocked
def f(x=__import__("os")): return x.system("id")
f()
#: dunder_import_in_a_decorator = name-blocked
@__import__("os").system
def f(): pass
#: dunder_import_in_an_annotation = name-blocked
x: __import__("os").system("id") = 1
#: dunder_import_in_a_lambda = name-blocked
(lambda: __import__("os"))().system("id")
#: dunder_import_in_an_fstring = name-blocked
print(f"{__import__('os').listdir('/')}")
#: dunder_import_in_a_format_spec = name-blocked
print(f"{1:{__import__('os').system('id')}}")
#: dunder_import_in_a_comprehension = name-blocked
[m.system("id") for m in [__import__("os")]]
#: dunder_import_in_a_match_guard = name-blocked
match 1:
    case x if __import__("os").system("id"): pass
#: dunder_import_in_an_except_clause = name-blocked
try:
    1 / 0
except __import__("os").error: pass
#: dunder_import_as_a_base_class = name-blocked
class A(__import__("os").PathLike): pass
#: getattr_with_a_built_name = name-blocked
print(getattr((), "__cla" + "ss__"))
#: getattr_under_another_name = name-blocked
g = getattr
print(g((), "__class__"))
#: getattr_through_attrgetter = internal-attribute
import operator
print(operator.attrgetter("__class__.__bases__")(()))
#: getattr_through_methodcaller = internal-attribute
import operator
print(operator.methodcaller("__subclasses__")(object))
#: getattr_through_attrgetter_built_at_run_time = contained
import operator
u = "_" * 2
print(operator.attrgetter(u + "class" + u)(()))
#: getattribute_of_object = metaclass
print(object.__getattribute__((), "__class__"))
#: type_getattribute = metaclass
print(type.__getattribute__(int, "__subclasses__")())
#: vars_of_a_class = name-blocked
print(vars(int))
#: dict_of_a_module = dunder-attribute
import math
print(math.__dict__)
#: dir_of_everything = name-blocked
print(dir())
#: globals_builtin = name-blocked
globals()["__builtins__"]
#: locals_builtin = name-blocked
locals()["__builtins__"]
#: eval_of_text = name-blocked
eval("__import__('os').system('id')")
#: exec_of_text = name-blocked
exec("import os; os.system('id')")
#: compile_of_text = name-blocked
compile("1", "", "eval")
#: eval_in_full_width_letters = name-blocked
ｅｖａｌ("1")
#: eval_in_mathematical_letters = name-blocked
𝐞𝐯𝐚𝐥("1")
#: class_attribute_in_full_width_letters = dunder-attribute
print(().__ｃｌａｓｓ__)
#: eval_as_a_key_of_the_keyword_arguments = name-blocked
def f(**k): return k["run"]("1+1")
print(f(run=eval))
#: eval_mapped = name-blocked
print(list(map(eval, ["1"])))
#: eval_as_a_property = name-blocked
class A: run = property(eval)
#: eval_as_an_argument_of_partial = name-blocked
import functools
functools.partial(eval, "1")()
#: generator_frame = internal-attribute
g = (x for x in ())
print(g.gi_frame.f_back.f_globals)
#: coroutine_frame = internal-attribute
async def f(): pass
c = f()
print(c.cr_frame.f_builtins)
#: async_generator_frame = internal-attribute
async def f(): yield
print(f().ag_frame.f_globals)
#: traceback_frame = internal-attribute
try:
    1 / 0
except Exception as e:
    print(e.__traceback__.tb_frame.f_back.f_globals)
#: traceback_frame_through_exc_info = internal-attribute
import sys
try:
    1 / 0
except Exception:
    print(sys.exc_info()[2].tb_frame.f_globals)
#: frame_of_the_caller = module-attribute
import sys
print(sys._getframe(1).f_globals)
#: walk_of_the_stack = internal-attribute
import traceback
for frame, line in traceback.walk_stack(None):
    print(frame.f_globals.keys())
#: code_object_replaced = dunder-attribute
def f(): pass
f.__code__ = f.__code__.replace(co_consts=(1,))
#: code_object_made_by_hand = module-attribute
import types
print(types.CodeType)
#: function_made_by_hand = module-attribute
from types import FunctionType
print(FunctionType)
#: function_type_of_a_function = contained
def f(): pass
F = type(f)
print(F)
#: closure_cell_contents = dunder-attribute
def outer():
    secret = 1
    return lambda: secret
print(outer().__closure__[0].cell_contents)
#: class_swapped_under_an_object = dunder-attribute
class A: pass
class B: pass
a = A()
a.__class__ = B
#: reduce_called_by_hand = dunder-attribute
print((1).__reduce_ex__(4))
#: metaclass_with_hooks = metaclass
class M(type):
    def __getitem__(cls, x): return x
#: metaclass_by_keyword = metaclass
class A(metaclass=print): pass
#: metaclass_in_unpacked_keywords = metaclass
class A(**{"metaclass": print}): pass
#: class_made_by_type = metaclass
T = type("T", (object,), {"__reduce__": lambda s: 1})
#: class_made_by_type_with_unpacking = metaclass
T = type(*("T", (), {}))
#: class_made_by_types_new_class = contained
import types
print(types.new_class("T"))
#: init_subclass_hook = metaclass
class A:
    def __init_subclass__(cls, **k): print(k)
#: class_getitem_hook = metaclass
class A:
    def __class_getitem__(cls, i): return __import__
#: prepare_hook = metaclass
class A:
    @classmethod
    def __prepare__(m, *a): return {}
#: instancecheck_hook = metaclass
class A:
    def __instancecheck__(self, x): return True
#: pattern_keyword_reads_class = dunder-attribute
match 1:
    case int(__class__=c): print(c.__base__)
#: pattern_class_by_path = dunder-attribute
match 1:
    case int.__class__(): pass
#: setattr_of_a_builtin = name-blocked
setattr(int, "x", 1)
#: delattr_of_a_module = name-blocked
import json
delattr(json, "dumps")
#: hasattr_with_a_dunder = internal-attribute
hasattr((), "__subclasses__")
#: help_pager = name-blocked
help("modules")
#: breakpoint_into_pdb = name-blocked
breakpoint()
#: memoryview_of_bytes = name-blocked
memoryview(b"x").cast("B")
#: gc_objects = import-not-allowed
import gc
print(len(gc.get_objects()))
#: inspect_of_our_own_frames = import-not-allowed
import inspect
print(inspect.stack())
#: weakref_callbacks_on_types = contained
import weakref
print(weakref.getweakrefcount(int))
#: annotations_run_text = module-attribute
import typing
def f(x: "__import__('os').system('id')"): pass
typing.get_type_hints(f)
#: dataclass_made_of_text = module-attribute
import dataclasses
dataclasses.make_dataclass("A", ["x"])
#: namedtuple_with_a_hostile_name = contained
import collections
try:
    collections.namedtuple("A", ["__class__"])
except ValueError as e:
    print(e)
#: enum_frame_hack = module-attribute
import enum
print(enum.sys.modules)
