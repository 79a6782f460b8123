#: endless_loop = contained
while True: pass
#: endless_loop_that_catches_everything = contained
while True:
    try:
        while True: pass
    except BaseException: pass
#: endless_loop_in_finally = contained
try:
    1 / 0
finally:
    while True: pass
#: endless_recursion = contained
def f(): return f()
f()
#: endless_recursion_that_catches = contained
def f():
    try: f()
    except RecursionError: f()
f()
#: endless_recursion_without_a_limit = contained
import sys
sys.setrecursionlimit(2**31 - 1)
def f(): return f()
f()
#: endless_recursion_in_c = contained
import sys
sys.setrecursionlimit(2**31 - 1)
x = []
for n in range(10**6): x = [x]
print(x == x, repr(x)[:5])
#: endless_recursion_through_repr = contained
class A:
    def __repr__(self): return repr(self)
repr(A())
#: endless_recursion_through_getattr = contained
class A:
    def __getattr__(self, n): return self.x
A().y
#: endless_recursion_through_hash = contained
class A:
    def __hash__(self): return hash(self)
{A(): 1}
#: endless_generator = contained
def g():
    while True: yield 1
sum(g())
#: endless_iterator_in_c = contained
import itertools
list(itertools.repeat(1))
#: endless_cycle_in_c = contained
import itertools
max(itertools.cycle([1]))
#: endless_zip = contained
import itertools
all(zip(itertools.count(1), itertools.count(1)))
#: endless_sum_in_c = contained
sum(range(10**18))
#: endless_membership = contained
-1 in iter(int, 1)
#: huge_power = contained
10 ** 10 ** 9
#: huge_power_of_small = contained
pow(3, 10**9)
#: huge_shift = contained
1 << 10**12
#: huge_factorial = contained
import math
math.factorial(10**8)
#: huge_comb = contained
import math
math.comb(10**9, 10**8)
#: huge_multiplication = contained
x = 10 ** 10**6
for n in range(10**4): x = x * x
#: huge_int_to_text = contained
import sys
sys.set_int_max_str_digits(0)
len(str(10 ** 10**7))
#: huge_text_to_int = contained
import sys
sys.set_int_max_str_digits(0)
int("9" * 10**7)
#: huge_decimal = contained
import decimal
decimal.getcontext().prec = decimal.MAX_PREC
decimal.Decimal(1) / 3
#: huge_fraction = contained
from fractions import Fraction
x = Fraction(1, 3)
while True: x = x * x + 1
#: huge_range_list = contained
list(range(10**12))
#: huge_string = contained
"x" * 10**12
#: huge_bytes = contained
bytes(10**10)
#: huge_bytearray = contained
bytearray(2**31)
#: huge_list_multiplication = contained
[[0] * 10**6] * 10**9
#: huge_tuple = contained
(1,) * 10**10
#: huge_array = contained
import array
array.array("Q", [0]) * 10**10
#: huge_struct = contained
import struct
struct.pack("1000000000x")
#: huge_dict = contained
d = {}
n = 0
while True:
    d[n] = str(n) * 10
    n += 1
#: huge_set = contained
s = set()
n = 0
while True:
    s.add(n)
    n += 1
#: growing_string = contained
s = "x"
while True: s += s
#: growing_list = contained
x = []
while True: x.append(x[:])
#: growing_deque = contained
import collections
d = collections.deque()
while True: d.append(" " * 10**5)
#: growing_exception_chain = contained
def f():
    try: raise ValueError
    except ValueError: f()
f()
#: growing_closures = contained
f = lambda: 0
while True: f = (lambda g: lambda: g())(f)
#: growing_classes = contained
while True:
    class A: x = [0] * 1000
#: memory_errors_caught_for_ever = contained
x = []
while True:
    try: x.append("x" * 10**7)
    except MemoryError: x.append(1)
#: lru_cache_without_bound = contained
import functools
@functools.lru_cache(None)
def f(n): return "x" * 10**4
n = 0
while True:
    f(n)
    n += 1
#: weak_references_in_great_number = contained
import weakref
class A: pass
x = []
while True:
    a = A()
    x.append((a, weakref.ref(a)))
#: output_flood = contained
while True: print("x" * 1000)
#: output_flood_on_stderr = contained
import sys
while True: print("x" * 1000, file=sys.stderr)
#: output_flood_of_empty_lines = contained
while True: print()
#: output_flood_unbuffered = contained
while True: print("x", flush=True)
#: output_in_one_piece = contained
print("x" * 10**8)
#: output_of_flushes = contained
import sys
while True: sys.stdout.flush()
#: output_as_a_result = contained
["x" * 10**6] * 100
#: output_escaped_to_six_times = contained
print("\x01" * 200000)
#: regex_catastrophe = contained
import re
re.match(r"(a+)+$", "a" * 50 + "b")
#: regex_catastrophe_with_alternatives = contained
import re
re.match(r"(a|aa|aaa)*$", "a" * 100 + "b")
#: regex_huge_repetition = contained
import re
re.compile("(" * 90 + "a" + "){65535}" * 90)
#: regex_deep_groups = contained
import re
re.compile("(" * 10**4 + ")" * 10**4)
#: regex_cache_flood = contained
import re
n = 0
while True:
    re.compile(f"a{n}b" * 100)
    n += 1
#: difflib_quadratic = contained
import difflib
difflib.SequenceMatcher(None, "ab" * 50000, "ba" * 50000).ratio()
#: fnmatch_catastrophe = contained
import fnmatch
fnmatch.fnmatch("a" * 10**4, "*a" * 100 + "b")
#: zlib_bomb = contained
import zlib
x = zlib.compress(bytes(10**7))
while True: zlib.decompress(x * 1)
#: zlib_nested_bomb = contained
import zlib
x = bytes(5 * 10**6)
for n in range(100): x = zlib.compress(x) + x
#: hash_collisions = contained
d = {}
for n in range(10**6): d[n * (2**61 - 1)] = n
#: sort_that_lies = contained
class A:
    def __lt__(self, o): return True
sorted([A() for n in range(10**6)])
#: sort_that_changes_its_list = contained
x = list(range(1000))
x.sort(key=lambda n: x.append(n) or 0)
#: dict_that_changes_while_walked = contained
d = {1: 1}
for k in d: d[k + 1] = 1
#: iterator_that_eats_itself = contained
x = [1]
for n in x: x.append(n)
#: hash_that_raises_later = contained
class A:
    n = 0
    def __hash__(self):
        A.n += 1
        return A.n
    def __eq__(self, o): return True
{A(): 1 for n in range(10**6)}
#: len_that_lies = contained
class A:
    def __len__(self): return 2**31 - 1
    def __getitem__(self, i): return i
list(reversed(A()))[:1]
#: index_that_changes_a_list = contained
x = [1, 2, 3]
class A:
    def __index__(self):
        x.clear()
        return 2
x[A()]
#: destructors_that_resurrect = contained
kept = []
class A:
    def __del__(self): kept.append(self)
while True: A()
#: destructors_in_a_long_chain = contained
x = None
for n in range(10**6): x = (x,)
del x
#: finalizers_that_loop = contained
class A:
    def __del__(self):
        while True: pass
A()
#: sleeping_for_ever = contained
import time
time.sleep(10**15)
while True: time.sleep(10**9)
#: sleeping_a_negative_time = contained
import time
time.sleep(-1)
#: sleeping_not_a_number = contained
import time
time.sleep(float("nan"))
#: sleeping_infinitely = contained
import time
time.sleep(float("inf"))
#: waiting_on_the_clock = contained
import time
while time.time() < 10**12: pass
#: stdin_read_for_ever = contained
import sys
while True: sys.stdin.read()
#: exit_in_a_loop = contained
import sys
while True:
    try: sys.exit()
    except SystemExit: pass
#: exit_with_a_hostile_code = contained
class A:
    def __str__(self):
        while True: pass
raise SystemExit(A())
#: keyboard_interrupt = contained
raise KeyboardInterrupt
#: generator_that_ignores_exit = contained
def g():
    while True:
        try: yield
        except GeneratorExit: pass
x = g()
next(x)
x.close()
#: coroutine_bomb = contained
import asyncio
async def f(n):
    await asyncio.gather(*(f(n + 1) for _ in range(10)))
asyncio.run(f(0))
#: minus_signs_in_great_number = chain-too-long
x = MINUS1
#: brackets_in_great_number = nesting-too-deep
x = BRACKETS
#: attributes_in_great_number = chain-too-long
x = a.ATTRIBUTES
#: lambdas_in_great_number = chain-too-long
x = LAMBDAS1
#: elifs_in_great_number = too-many-branches
if 1: pass
ELIFS
#: strings_in_great_number = contained
x = STRINGS
#: parts_in_great_number = too-complex
x = [PARTS]
