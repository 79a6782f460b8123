//! The policy's rules, one by one.

use aipaygen_code::{Finding, check_source};

fn rules(code: &str) -> Vec<&'static str> {
    check_source(code).iter().map(|finding: &Finding| finding.rule.id()).collect()
}

#[test]
fn findings_have_lines_and_columns_in_characters() {
    let findings = check_source("x = 1\ny = '世界'; import os\n\neval(x)\n");
    let places: Vec<_> = findings.iter().map(|f| (f.rule.id(), f.line, f.column)).collect();
    assert_eq!(places, [("import-not-allowed", 2, 18), ("name-blocked", 4, 1)]);
    assert!(findings[0].message.contains("`os`"), "{}", findings[0].message);
}

#[test]
fn a_name_is_found_in_every_position() {
    for code in [
        "eval('1')",
        "x = eval",
        "[eval]",
        "f(eval)",
        "def eval(): pass",
        "class eval: pass",
        "def f(eval): pass",
        "def f(*eval): pass",
        "def f(**eval): pass",
        "def f(a=eval): pass",
        "lambda eval: 1",
        "import math as eval",
        "from math import sin as eval",
        "global eval",
        "def f():\n    nonlocal eval",
        "for eval in x: pass",
        "[1 for eval in x]",
        "with x as eval: pass",
        "try: pass\nexcept E as eval: pass",
        "match x:\n    case eval: pass",
        "match x:\n    case [1, *eval]: pass",
        "match x:\n    case {**eval}: pass",
        "match x:\n    case 1 as eval: pass",
        "match x:\n    case eval(): pass",
        "match x:\n    case eval.x: pass",
        "(eval := 1)",
        "eval += 1",
        "del eval",
        "@eval\ndef f(): pass",
        "f'{eval}'",
        "f'{1:{eval}}'",
        "f'{eval!r}'",
        "x: eval = 1",
        "def f() -> eval: pass",
        "def f(x: eval): pass",
        "async def f():\n    await eval",
        "def f():\n    yield eval",
        "x[eval]",
        "x[eval:]",
        "raise eval",
        "assert eval",
        "return_ = not eval",
        "*eval, y = z",
        "class A(eval): pass",
        "f(**eval)",
        "f(*eval)",
        "f(x=eval)",
        "{eval: 1}",
        "{**eval}",
        "x if eval else y",
        "eval < 1",
        "ｅval('1')",
        "𝓮𝓿𝓪𝓵('1')",
    ] {
        assert!(rules(code).contains(&"name-blocked"), "{code:?} gives {:?}", rules(code));
    }
}

#[test]
fn a_dunder_is_found_in_every_position() {
    for code in [
        "().__class__",
        "x.__globals__",
        "x.__class__.__bases__",
        "__spec__",
        "__loader__",
        "x.__dict__",
        "f(__class__=1)",
        "match x:\n    case A(__class__=y): pass",
        "class A:\n    def __reduce__(self): pass",
        "del x.__class__",
        "x.__class__ = y",
        "f'{x.__class__}'",
        "x.__ｃlass__",
        "import math as __spec__",
        "def f(__class__): pass",
        "x.__subclasses__()",
        "x.__init__.__globals__",
        "from math import __loader__",
        "class __mro__: pass",
        "try: pass\nexcept E as __x__: pass",
    ] {
        let rules = rules(code);
        assert!(rules.iter().any(|rule| rule.starts_with("dunder-")), "{code:?} gives {rules:?}");
    }
}

#[test]
fn each_rule_has_its_program() {
    for (rule, code) in [
        ("import-not-allowed", "import os"),
        ("import-not-allowed", "import os.path"),
        ("import-not-allowed", "from subprocess import run"),
        ("import-not-allowed", "import urllib"),
        ("import-not-allowed", "import urllib.request"),
        ("import-not-allowed", "from urllib import request"),
        ("import-not-allowed", "import json.scanner"),
        ("import-not-allowed", "def f():\n  if x:\n    import ctypes"),
        ("import-star", "from math import *"),
        ("import-relative", "from . import x"),
        ("import-relative", "from ..a import x"),
        ("module-attribute", "import statistics\nstatistics.sys"),
        ("module-attribute", "import statistics as s\ns.sys"),
        ("module-attribute", "from statistics import sys"),
        ("module-attribute", "import random\nrandom._os"),
        ("module-attribute", "from random import _os as o"),
        ("module-attribute", "import io\nio.open('x')"),
        ("module-attribute", "from io import FileIO"),
        ("module-attribute", "import sys\nsys.modules"),
        ("module-attribute", "from sys import _getframe"),
        ("module-attribute", "import urllib.parse\nurllib.request"),
        ("module-attribute", "import string\nstring.Formatter()"),
        ("module-attribute", "import xml.etree.ElementTree as t\nt.sys"),
        ("module-attribute", "import types\ntypes.CodeType"),
        ("internal-attribute", "g.gi_frame"),
        ("internal-attribute", "e.tb_frame.f_back"),
        ("internal-attribute", "int.mro()"),
        ("internal-attribute", "'{}'.format_map(x)"),
        ("internal-attribute", "from operator import attrgetter\nattrgetter('__class__')"),
        ("internal-attribute", "hasattr(x, '__globals__')"),
        ("format-field", "'{0.__class__}'.format(x)"),
        ("format-field", "'{:{1.__init__.__globals__}}'.format(x)"),
        ("format-field", "'{0.__cl' 'ass__}'.format(x)"),
        ("format-field", "f'{{0.__class__}}'.format(x)"),
        ("format-field", "'{0[a].gi_frame}'"),
        ("template-string", "t'{x}'"),
        ("type-parameter", "type X = int"),
        ("type-parameter", "def f[T](x: T): pass"),
        ("type-parameter", "class A[T]: pass"),
        ("metaclass", "class M(type): pass"),
        ("metaclass", "class A(metaclass=M): pass"),
        ("metaclass", "class A(**k): pass"),
        ("metaclass", "type('A', (), {})"),
        ("metaclass", "type(*x)"),
        ("metaclass", "class A:\n    def __init_subclass__(cls): pass"),
        ("metaclass", "class A:\n    def __class_getitem__(cls, i): pass"),
        ("syntax-error", "x ="),
        ("syntax-error", "print 'a'"),
        ("syntax-error", "\0"),
        ("name-blocked", "getattr(x, 'y')"),
        ("name-blocked", "open('/etc/passwd')"),
    ] {
        assert!(rules(code).contains(&rule), "{code:?} gives {:?}, not {rule}", rules(code));
    }
}

#[test]
fn the_gate_closes_before_the_parser() {
    let nested = |open: &str, close: &str, n: usize| format!("x = {}1{}", open.repeat(n), close.repeat(n));
    let long = "x = 1\n".repeat(20_000);
    let deep_blocks: String =
        (0..95).map(|n| format!("{}if x:\n", " ".repeat(n))).collect::<String>() + &" ".repeat(95) + "y";
    let elifs = format!("if a: b\n{}", "elif a: b\n".repeat(401));
    let lambdas = format!("x = {}1", "lambda a,b:".repeat(2_000));
    for (rule, code) in [
        ("source-too-long", long.as_str()),
        ("chain-too-long", &nested("-", "", 20_000)),
        ("chain-too-long", &nested("not ", "", 5_000)),
        ("nesting-too-deep", &nested("(", ")", 1_000)),
        ("nesting-too-deep", &nested("[", "]", 91)),
        ("nesting-too-deep", &nested("f(", ")", 5_000)),
        ("nesting-too-deep", &nested("{", "", 10_000)),
        ("chain-too-long", &format!("x = a{}", ".b".repeat(30_000))),
        ("chain-too-long", &format!("x = f{}", "()".repeat(2_000))),
        ("chain-too-long", &format!("x = 1{}", "+1".repeat(9_000))),
        ("chain-too-long", &format!("x = 1{}", "**1".repeat(9_000))),
        ("chain-too-long", &lambdas),
        ("chain-too-long", &format!("x = 1 {}", "if a else 1 ".repeat(3_000))),
        ("nesting-too-deep", &deep_blocks),
        ("too-many-branches", &elifs),
        ("nesting-too-deep", &format!("x = {}1", "-".repeat(1_000))),
    ] {
        assert!(rules(code).contains(&rule), "{}… gives {:?}, not {rule}", &code[..40], rules(code));
    }
}

#[test]
fn a_gate_finding_points_at_its_place() {
    let code = format!("x = 1\ny = {}1{}\n", "(".repeat(100), ")".repeat(100));
    let finding = &check_source(&code)[0];
    assert_eq!((finding.line, finding.column), (2, 4 + 91));
}

#[test]
fn ordinary_programs_pass() {
    for code in [
        "class A:\n    __slots__ = ('x',)\n    def __init__(self, x): self.x = x\n    def __repr__(self): return f'A({self.x!r})'",
        "import re\nre.compile('a').match('a')",
        "class Door:\n    def open(self): self.is_open = True\nDoor().open()",
        "from dataclasses import dataclass\n@dataclass\nclass Candle:\n    open: float\n    close: float\nCandle(open=1, close=2).open",
        "if __name__ == '__main__':\n    print(1)",
        "print(type(3).__name__, (3).__class__.__name__)",
        "super().__init__()",
        "from abc import ABC, ABCMeta\nclass A(metaclass=ABCMeta): pass",
        "import collections.abc\ncollections.abc.Mapping",
        "import datetime\ndatetime.time(1), datetime.datetime.now()",
        "x = {'__type__': 1, 'a': '{0}'.format(1)}",
        "import urllib.parse\nurllib.parse.quote('a')",
        "import sys\nsys.stdout.write(sys.argv[0])\nsys.exit(0)",
        "f_score = {}\nnode.f_cost = 1\nself._private = 2\nself.__mangled = 3",
        "match x:\n    case Point(x=1): pass\n    case _: pass",
        "'{:>{width}.2f} {0.real}'.format(1.0, width=5)",
        "f'{x:.2f} {y!r:>10} {{literal}}'",
        "def f(*args, **kwargs): pass",
        "x = 1",
        "",
        "# only a comment",
        "\u{feff}print(1)",
        "a = [\n    1,\n    2,\n]\n",
        "lst = [-1, -2, -3] * 3",
        "import asyncio\nasync def main():\n    async with x as y:\n        async for z in y: await z\nasyncio.run(main())",
        "import logging\nlogging.basicConfig()\nlogging.info('x')",
        "total = 1 + 2 + 3 + 4 + 5",
        "x = 'a' 'b'\nprint(__doc__)",
    ] {
        assert_eq!(check_source(code), [], "{code:?}");
    }
    let table = format!("x = [{}]", "(-1, not 2, a.b), ".repeat(2_500));
    assert_eq!(check_source(&table), [], "a long table is no chain");
    let sum = format!("x = {}", vec!["n"; 400].join(" + "));
    assert_eq!(check_source(&sum), [], "a long sum is no nesting");
}
