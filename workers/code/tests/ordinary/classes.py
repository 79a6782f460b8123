#: a_bank_account
class Account:
    """Money that cannot be overdrawn."""
    interest = 0.02
    def __init__(self, owner, balance=0):
        self.owner, self._balance = owner, balance
    @property
    def balance(self):
        return self._balance
    def withdraw(self, amount):
        if amount > self._balance:
            raise ValueError(f"insufficient funds: {self._balance} < {amount}")
        self._balance -= amount
        return self
    @classmethod
    def open(cls, owner):
        return cls(owner, 100)
    @staticmethod
    def fee(amount):
        return amount * 0.01
    def __repr__(self):
        return f"{type(self).__name__}({self.owner!r}, {self.balance})"
class Savings(Account):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = "savings"
account = Savings.open("Ann")
print(account.withdraw(30), Account.fee(200), account.__class__.__name__, Account.__doc__, isinstance(account, Account))
try:
    account.withdraw(1000)
except ValueError as error:
    print(error)
try:
    account.balance = 5
except AttributeError:
    print("read only")
#: operators_of_a_vector
from functools import total_ordering
@total_ordering
class Vector:
    __slots__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, other): return Vector(self.x + other.x, self.y + other.y)
    def __mul__(self, k): return Vector(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __neg__(self): return -1 * self
    def __eq__(self, other): return (self.x, self.y) == (other.x, other.y)
    def __lt__(self, other): return abs(self) < abs(other)
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __hash__(self): return hash((self.x, self.y))
    def __iter__(self): return iter((self.x, self.y))
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __bool__(self): return bool(self.x or self.y)
    def __len__(self): return 2
    def __contains__(self, v): return v in (self.x, self.y)
    def __call__(self, f): return Vector(f(self.x), f(self.y))
    def __format__(self, spec): return f"<{self.x:{spec}}, {self.y:{spec}}>"
    def __repr__(self): return f"Vector({self.x}, {self.y})"
a, b = Vector(3, 4), Vector(1, 1)
print(a + b, 2 * a, -b, a > b, max(a, b), abs(a), [*a], a[1], bool(Vector(0, 0)), 4 in a, a(lambda v: v * v), f"{a:.1f}", len({a, Vector(3, 4)}))
#: data_classes
from dataclasses import dataclass, field, asdict, replace, astuple
@dataclass(order=True)
class Item:
    price: float
    name: str = field(compare=False)
    tags: list[str] = field(default_factory=list, compare=False, repr=False)
    def __post_init__(self):
        if self.price < 0:
            raise ValueError("negative price")
@dataclass(frozen=True)
class Candle:
    open: float
    close: float
    @property
    def change(self):
        return self.close - self.open
items = sorted([Item(3, "c"), Item(1, "a", ["x"]), Item(2, "b")])
print(items, asdict(items[0]), replace(items[0], name="z"), astuple(items[1]), Candle(open=1.0, close=2.5).change)
try:
    Candle(1, 2).open = 3
except AttributeError as error:
    print(type(error).__name__, error)
try:
    Item(-1, "bad")
except ValueError as error:
    print(error)
#: enumerations
from enum import Enum, IntEnum, Flag, auto, unique
@unique
class Color(Enum):
    RED = 1
    GREEN = "g"
    @property
    def pretty(self):
        return self.name.title()
class Level(IntEnum):
    LOW = auto()
    HIGH = auto()
class Permission(Flag):
    READ = auto()
    WRITE = auto()
print(Color.RED.pretty, Color("g").name, list(Color), Level.HIGH > Level.LOW, [level.value for level in Level], Color["RED"].value)
both = Permission.READ | Permission.WRITE
print(Permission.READ in both, both.value)
#: abstract_classes_and_protocols
from abc import ABC, abstractmethod
from typing import Protocol
class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...
    def describe(self):
        return f"{type(self).__name__} of {self.area():.2f}"
class Circle(Shape):
    def __init__(self, r): self.r = r
    def area(self): return 3.14159 * self.r ** 2
class Square(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s ** 2
class Drawable(Protocol):
    def area(self) -> float: ...
def total(shapes: list[Drawable]) -> float:
    return sum(shape.area() for shape in shapes)
print([shape.describe() for shape in (Circle(1), Square(2))], round(total([Circle(2), Square(3)]), 3))
try:
    Shape()
except TypeError:
    print("abstract")
#: generators_and_pipelines
def count(start=0):
    while True:
        yield start
        start += 1
def take(n, xs):
    for _, x in zip(range(n), xs):
        yield x
def averager():
    total, n, value = 0.0, 0, None
    while True:
        got = yield value
        if got is None:
            return total
        total, n = total + got, n + 1
        value = total / n
a = averager()
next(a)
print([a.send(x) for x in (10, 20, 60)], list(take(5, (n * n for n in count() if n % 2))))
try:
    a.send(None)
except StopIteration as stop:
    print(stop.value)
def flatten(x):
    for item in x:
        if isinstance(item, list):
            yield from flatten(item)
        else:
            yield item
print(list(flatten([1, [2, [3, [4]], 5]])))
#: decorators
import functools, time
def retry(times):
    def decorate(f):
        @functools.wraps(f)
        def call(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return f(*args, **kwargs)
                except ValueError as error:
                    print(f"attempt {attempt}: {error}")
                    time.sleep(0.001)
            raise RuntimeError("gave up")
        return call
    return decorate
calls = []
@retry(3)
def flaky(x):
    """Fails twice."""
    calls.append(x)
    if len(calls) < 3:
        raise ValueError("not yet")
    return x * 2
print(flaky(21), flaky.__name__, flaky.__doc__)
print(functools.reduce(lambda a, b: a * b, range(1, 6)), functools.partial(pow, 2)(5))
#: context_managers
from contextlib import contextmanager, suppress, ExitStack, redirect_stdout
import io
class Managed:
    def __init__(self, name): self.name = name
    def __enter__(self):
        print("enter", self.name)
        return self
    def __exit__(self, kind, error, trail):
        print("exit", self.name, kind and kind.__name__)
        return kind is KeyError
@contextmanager
def tag(name):
    print(f"<{name}>")
    try:
        yield name.upper()
    finally:
        print(f"</{name}>")
with Managed("a"), tag("b") as b:
    print(b)
    raise KeyError("swallowed")
with suppress(ZeroDivisionError):
    1 / 0
with ExitStack() as stack:
    names = [stack.enter_context(Managed(n)).name for n in "xy"]
out = io.StringIO()
with redirect_stdout(out):
    print("hidden")
print(names, repr(out.getvalue()))
#: exceptions
class AppError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
def risky(n):
    try:
        if n == 0:
            raise AppError(404, "missing")
        return 10 / (n - 1)
    except ZeroDivisionError as error:
        raise AppError(500, "broken") from error
    else:
        return "never"
    finally:
        print("finally", n)
for n in range(3):
    try:
        print(risky(n))
    except AppError as error:
        print(error.code, error, type(error.__cause__).__name__)
try:
    raise ExceptionGroup("many", [ValueError(1), TypeError(2)])
except* ValueError as group:
    print("values", group.exceptions)
except* TypeError as group:
    print("types", group.exceptions)
for bad in (lambda: [][1], lambda: {}["k"], lambda: int("x"), lambda: None.x, lambda: "a" + 1, lambda: undefined):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, error)
#: pattern_matching
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int
def describe(thing):
    match thing:
        case 0 | 1:
            return "bit"
        case int(n) if n < 0:
            return f"negative {n}"
        case str() as s:
            return f"text {s!r}"
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case [first, *rest]:
            return f"{first} and {len(rest)} more"
        case {"type": "user", "name": name, **others}:
            return f"user {name} {others}"
        case Point(x=0, y=y):
            return f"on the axis at {y}"
        case Point(x, y):
            return f"point {x},{y}"
        case None:
            return "nothing"
        case _:
            return "something"
for thing in (1, -5, "hi", [], [1], [1, 2, 3], {"type": "user", "name": "A", "age": 3}, Point(0, 2), Point(1, 2), None, 3.5):
    print(describe(thing))
#: closures_and_scopes
def counter():
    n = 0
    def add(by=1):
        nonlocal n
        n += by
        return n
    return add
a, b = counter(), counter()
print(a(), a(5), b(), [f(2) for f in [lambda x, k=k: x * k for k in range(3)]])
total = 0
def grow():
    global total
    total += 1
for _ in range(3):
    grow()
print(total, (lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4))
def signature(a, /, b, *, c=3, **rest):
    return a, b, c, rest
print(signature(1, 2, c=4, d=5), signature(1, b=2))
#: iterators_and_descriptors
class Countdown:
    def __init__(self, start): self.start = start
    def __iter__(self): return self
    def __next__(self):
        if self.start <= 0:
            raise StopIteration
        self.start -= 1
        return self.start + 1
class Positive:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, obj, owner=None): return obj.values.get(self.name, 0)
    def __set__(self, obj, value):
        if value < 0:
            raise ValueError(f"{self.name} must be positive")
        obj.values[self.name] = value
class Box:
    width = Positive()
    def __init__(self, width):
        self.values = {}
        self.width = width
print(list(Countdown(3)), Box(4).width, sum(Countdown(10)))
try:
    Box(-1)
except ValueError as error:
    print(error)
#: a_linked_list_and_a_tree
class Node:
    def __init__(self, value, next=None): self.value, self.next = value, next
head = None
for value in range(4):
    head = Node(value, head)
node, values = head, []
while node:
    values.append(node.value)
    node = node.next
print(values)
class Tree:
    def __init__(self): self.root = None
    def insert(self, value):
        def into(node):
            if node is None:
                return [value, None, None]
            node[1 if value < node[0] else 2] = into(node[1 if value < node[0] else 2])
            return node
        self.root = into(self.root)
    def walk(self, node="root"):
        node = self.root if node == "root" else node
        if node:
            yield from self.walk(node[1])
            yield node[0]
            yield from self.walk(node[2])
tree = Tree()
for value in (5, 2, 8, 1, 9, 3):
    tree.insert(value)
print(list(tree.walk()))
#: an_expression_evaluator
import re
class Num:
    def __init__(self, n): self.n = n
    def eval(self): return self.n
class Op:
    def __init__(self, op, a, b): self.op, self.a, self.b = op, a, b
    def eval(self):
        a, b = self.a.eval(), self.b.eval()
        return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else float("nan")}[self.op]
def parse(text):
    tokens = re.findall(r"\d+\.?\d*|[-+*/()]", text)
    def expr():
        node = term()
        while tokens and tokens[0] in "+-":
            node = Op(tokens.pop(0), node, term())
        return node
    def term():
        node = factor()
        while tokens and tokens[0] in "*/":
            node = Op(tokens.pop(0), node, factor())
        return node
    def factor():
        token = tokens.pop(0)
        if token == "(":
            node = expr()
            tokens.pop(0)
            return node
        return Num(float(token))
    return expr()
print(parse("1 + 2 * (3 - 4) / 5").eval(), parse("((2))*3").eval())
#: asynchronous_work
import asyncio
async def fetch(name, delay):
    await asyncio.sleep(delay)
    return f"{name} done"
async def numbers(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
class Session:
    async def __aenter__(self):
        print("open")
        return self
    async def __aexit__(self, *details):
        print("closed")
async def main():
    print(await asyncio.gather(fetch("a", 0.02), fetch("b", 0.01)))
    print([n async for n in numbers(3)])
    async with Session():
        lock = asyncio.Lock()
        async with lock:
            print("locked", lock.locked())
    for first in asyncio.as_completed([fetch("slow", 0.02), fetch("quick", 0.001)]):
        print(await first)
    queue = asyncio.Queue()
    async def produce():
        for i in range(3):
            await queue.put(i)
        await queue.put(None)
    producer = asyncio.create_task(produce())
    while (item := await queue.get()) is not None:
        print("got", item)
    await producer
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(1)
    except TimeoutError:
        print("too late")
asyncio.run(main())
#: unit_tests
import io, unittest
def add(a, b):
    return a + b
class AddTest(unittest.TestCase):
    def setUp(self): self.base = 1
    def test_adds(self): self.assertEqual(add(self.base, 2), 3)
    def test_fails(self): self.assertEqual(add(1, 1), 3)
result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(AddTest))
print(result.testsRun, len(result.failures), result.wasSuccessful())
#: logging_to_stdout
import logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s:%(name)s:%(message)s")
log = logging.getLogger("app")
log.info("started with %d items", 3)
log.debug("hidden")
log.warning("careful")
#: command_line_arguments
import argparse
parser = argparse.ArgumentParser(prog="tool", description="Adds numbers.")
parser.add_argument("numbers", nargs="+", type=int)
parser.add_argument("--times", type=int, default=1)
arguments = parser.parse_args(["1", "2", "--times", "3"])
print(sum(arguments.numbers) * arguments.times, vars_ := sorted(arguments.numbers))
#: type_hints
from __future__ import annotations
from typing import Any, Callable, Generic, Iterable, Literal, NamedTuple, Optional, TypedDict, TypeVar, Union
T = TypeVar("T")
class Stack(Generic[T]):
    def __init__(self) -> None: self.items: list[T] = []
    def push(self, item: T) -> Stack[T]:
        self.items.append(item)
        return self
    def pop(self) -> Optional[T]: return self.items.pop() if self.items else None
class Movie(TypedDict):
    name: str
    year: int
class Pair(NamedTuple):
    left: int
    right: str = "r"
def apply(f: Callable[[int], int], xs: Iterable[int], mode: Literal["all", "some"] = "all") -> list[int]:
    return [f(x) for x in xs]
movie: Movie = {"name": "x", "year": 1999}
print(Stack[int]().push(1).push(2).pop(), movie, Pair(1), apply(lambda x: x + 1, [1, 2]), list[int])
