#: statistics_of_a_sample
import statistics as st
data = [2, 4, 4, 4, 5, 5, 7, 9]
print(st.mean(data), st.median(data), st.mode(data), st.pstdev(data), round(st.stdev(data), 6), st.quantiles(data, n=4))
print(st.fmean([1.5, 2.5]), st.multimode("aabbc"), st.linear_regression([1, 2, 3], [2, 4, 6]).slope)
#: exact_decimals
from decimal import Decimal, ROUND_HALF_EVEN, getcontext, localcontext
print(Decimal("0.1") + Decimal("0.2"), Decimal(1) / Decimal(7), Decimal("2.675").quantize(Decimal("0.01"), ROUND_HALF_EVEN))
with localcontext() as context:
    context.prec = 50
    print(Decimal(2).sqrt())
print(getcontext().prec, sum(Decimal(x) for x in ("1.10", "2.20", "3.30")), Decimal("1e3"), Decimal("NaN").is_nan())
#: exact_fractions
from fractions import Fraction
print(Fraction(1, 3) + Fraction(1, 6), Fraction("0.125"), Fraction(3.5), Fraction(22, 7).limit_denominator(5))
print(sum(Fraction(1, n) for n in range(1, 11)), float(Fraction(1, 3)))
#: mathematics
import math, cmath
print(math.gcd(48, 36), math.lcm(4, 6), math.comb(10, 3), math.perm(5, 2), math.factorial(20), math.isqrt(99))
print(math.pi, math.hypot(3, 4), math.log(8, 2), math.floor(-1.5), math.ceil(1.2), math.trunc(-1.7), math.fsum([0.1] * 10))
print(math.isclose(0.1 + 0.2, 0.3), math.copysign(1, -0.0), math.inf > 1e308, math.nan != math.nan, math.prod([1, 2, 3]))
print(cmath.sqrt(-1), (1 + 2j) * (3 - 1j), abs(3 + 4j), cmath.phase(1j), round(2.5), round(-0.5), divmod(-7, 3), -7 // 2, -7 % 3)
#: integers_of_any_size
print(2 ** 200, (10 ** 30) // 7, pow(3, 100, 1000007), (255).bit_length(), int("ff", 16), bin(10), hex(255), oct(8))
print((1024).to_bytes(2, "big"), int.from_bytes(b"\x01\x00", "little"), 0b1010 ^ 0b0110, ~5, 1 << 10, 5 & 3, 5 | 3)
print(1e16, 1e22, 0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, float("1e400"), int(1e23), (0.5).as_integer_ratio())
#: dates_and_durations
from datetime import date, datetime, timedelta, timezone
day = date(2024, 2, 28)
print(day + timedelta(days=2), day.isoformat(), day.strftime("%d %B %Y, %A"), (date(2024, 12, 25) - day).days, day.isocalendar()[1])
moment = datetime(2024, 1, 31, 12, 30, tzinfo=timezone.utc)
print(moment.isoformat(), moment.astimezone(timezone(timedelta(hours=5, minutes=30))), moment.timestamp())
print(datetime.strptime("03/04/2021 05:06", "%d/%m/%Y %H:%M"), timedelta(seconds=100000), datetime.fromisoformat("2020-01-01T00:00:00"))
#: calendars
import calendar
print(calendar.month(2024, 2))
print(calendar.isleap(1900), *map(int, calendar.monthrange(2023, 2)), calendar.day_name[0], list(calendar.Calendar().itermonthdays(2024, 9))[:8])
#: lists_and_slices
xs = list(range(10))
print(xs[2:8:3], xs[::-2], xs[-3:], [*xs[:2], *"ab"], sorted(xs, key=lambda x: (x % 3, -x)))
xs[2:5] = ["x"]
del xs[-1]
xs.insert(1, "y")
first, *middle, last = xs
print(xs, first, middle, last, xs.index("x"), xs.count(5), [x for x in xs if isinstance(x, int)][::2])
matrix = [[1, 2, 3], [4, 5, 6]]
print([list(row) for row in zip(*matrix)], [x for row in matrix for x in row], [[0] * 2 for _ in range(2)])
#: dictionaries
prices = {"pen": 1.5, "book": 12.0}
prices |= {"cup": 4.25}
print({k: v * 2 for k, v in prices.items() if v > 2}, prices.pop("pen"), prices.setdefault("hat", 9), list(prices))
print(dict(sorted(prices.items(), key=lambda item: item[1])), dict(zip("ab", [1, 2])), dict.fromkeys("xy", 0), prices.get("nothing", "-"))
for position, (name, price) in enumerate(prices.items(), start=1):
    print(position, name, price)
#: sets_of_numbers
a, b = {1, 2, 3, 4}, {3, 4, 5}
print(a & b, a | b, a - b, a ^ b, {3} <= a, a.isdisjoint({9}), frozenset([1, 1]), len({1, 1.0, True}))
#: collections_of_many_kinds
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple
Point = namedtuple("Point", "x y", defaults=[0])
print(Point(1), Point(1, 2)._replace(x=5), Point(3)._asdict())
d = deque([1, 2, 3], maxlen=3)
d.append(4); d.rotate(1); d.appendleft(0)
print(d, Counter("abca") + Counter("b"), Counter(a=3) - Counter(a=1), ChainMap({"a": 1}, {"a": 2, "b": 3})["b"])
groups = defaultdict(lambda: defaultdict(int))
groups["x"]["y"] += 2
print({k: dict(v) for k, v in groups.items()}, OrderedDict(a=1).popitem())
#: binary_search_and_heaps
import bisect, heapq
xs = [1, 3, 3, 5, 8]
print(bisect.bisect_left(xs, 3), bisect.bisect(xs, 3), [bisect.bisect([60, 70, 80, 90], s) for s in (33, 99, 77, 70)])
bisect.insort(xs, 4)
print(xs, heapq.nsmallest(2, [5, 1, 4]), heapq.nlargest(2, [5, 1, 4]), list(heapq.merge([1, 4], [2, 3])))
#: group_by_and_aggregate
from itertools import groupby
from operator import itemgetter
sales = [{"city": "Oslo", "n": 3}, {"city": "Rome", "n": 5}, {"city": "Oslo", "n": 4}]
for city, rows in groupby(sorted(sales, key=itemgetter("city")), key=itemgetter("city")):
    rows = list(rows)
    print(city, sum(map(itemgetter("n"), rows)), len(rows))
#: pivot_table
rows = [("a", 2023, 1), ("a", 2024, 2), ("b", 2023, 3), ("b", 2024, 4), ("a", 2023, 5)]
years = sorted({year for _, year, _ in rows})
print("key  " + "".join(f"{year:>6}" for year in years))
for key in sorted({key for key, _, _ in rows}):
    print(f"{key:<5}" + "".join(f"{sum(n for k, y, n in rows if (k, y) == (key, year)):>6}" for year in years))
#: compound_interest
balance, rate = 1000.0, 0.05
for year in range(1, 6):
    balance *= 1 + rate
    print(f"Year {year}: {balance:10.2f}")
print(f"{1000 * (1 + rate) ** 5:.2f}")
#: pretty_printing
from pprint import pprint, pformat
pprint({"b": list(range(30)), "a": {"nested": ["some longer text here"] * 3}}, width=60)
print(pformat([1, (2, 3), {"x": None}]))
#: input_from_the_user
count = int(input("how many? "))
numbers = [int(part) for part in input().split()]
print(count, sum(numbers), max(numbers))
import sys
for line in sys.stdin:
    print(line.rstrip("\n").title())
try:
    input()
except EOFError:
    print("no more")
#: configuration_files
import configparser, tomllib
parser = configparser.ConfigParser()
parser.read_string("[server]\nport = 80\nhosts = a, b\n[debug]\non = yes\n")
print(parser.sections(), parser.getint("server", "port"), parser["debug"].getboolean("on"))
print(tomllib.loads('title = "x"\n[owner]\nage = 3\nlist = [1, 2]\nwhen = 2024-01-01'))
#: identifiers_and_addresses
import ipaddress, uuid
network = ipaddress.ip_network("10.0.0.0/30")
print(list(network.hosts()), ipaddress.ip_address("10.0.0.2") in network, ipaddress.ip_address("::1").is_loopback)
print(uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.UUID(int=1).hex)
