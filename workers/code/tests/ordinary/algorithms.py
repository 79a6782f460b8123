#: fibonacci_with_memory
from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print([fib(n) for n in range(20)], fib(200))
print(fib.cache_info())
#: sieve_of_eratosthenes
def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    sieve[0:2] = b"\0\0"
    for n in range(2, int(limit ** 0.5) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n, is_prime in enumerate(sieve) if is_prime]
found = primes(1000)
print(len(found), found[-5:])
#: quicksort_and_merge_sort
import random
def quick(xs):
    if len(xs) <= 1:
        return xs
    pivot, *rest = xs
    return quick([x for x in rest if x < pivot]) + [pivot] + quick([x for x in rest if x >= pivot])
def merge(xs):
    if len(xs) <= 1:
        return xs
    middle = len(xs) // 2
    left, right, out = merge(xs[:middle]), merge(xs[middle:]), []
    while left and right:
        out.append((left if left[0] <= right[0] else right).pop(0))
    return out + left + right
data = [random.randint(0, 99) for _ in range(30)]
print(quick(data) == merge(data) == sorted(data), sorted(data)[:5])
#: dijkstra_shortest_paths
import heapq
graph = {"a": {"b": 7, "c": 3}, "b": {"d": 2}, "c": {"b": 1, "d": 8}, "d": {}}
def shortest(start):
    distances, queue = {start: 0}, [(0, start)]
    while queue:
        distance, node = heapq.heappop(queue)
        for neighbour, weight in graph[node].items():
            through = distance + weight
            if through < distances.get(neighbour, float("inf")):
                distances[neighbour] = through
                heapq.heappush(queue, (through, neighbour))
    return distances
print(shortest("a"))
#: a_star_on_a_grid
import heapq
grid = ["S.#.", "..#.", "...E"]
cells = {(r, c): grid[r][c] for r in range(3) for c in range(4)}
start = next(p for p, v in cells.items() if v == "S")
goal = next(p for p, v in cells.items() if v == "E")
h = lambda p: abs(p[0] - goal[0]) + abs(p[1] - goal[1])
open_set, g_score, f_score = [(h(start), start)], {start: 0}, {start: h(start)}
while open_set:
    _, here = heapq.heappop(open_set)
    if here == goal:
        break
    for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        there = here[0] + dr, here[1] + dc
        if cells.get(there, "#") != "#" and g_score[here] + 1 < g_score.get(there, 99):
            g_score[there] = g_score[here] + 1
            f_score[there] = g_score[there] + h(there)
            heapq.heappush(open_set, (f_score[there], there))
print(g_score[goal])
#: breadth_first_search
from collections import deque
def path(graph, start, goal):
    queue, seen = deque([[start]]), {start}
    while queue:
        trail = queue.popleft()
        if trail[-1] == goal:
            return trail
        for node in graph.get(trail[-1], []):
            if node not in seen:
                seen.add(node)
                queue.append(trail + [node])
print(path({1: [2, 3], 2: [4], 3: [4], 4: [5]}, 1, 5), path({}, 1, 2))
#: topological_order
from graphlib import TopologicalSorter, CycleError
print(list(TopologicalSorter({"d": {"b", "c"}, "b": {"a"}, "c": {"b"}}).static_order()))
try:
    list(TopologicalSorter({1: {2}, 2: {1}}).static_order())
except CycleError as error:
    print(error.args[0])
#: knapsack
def knapsack(capacity, items):
    best = [0] * (capacity + 1)
    for weight, value in items:
        for room in range(capacity, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + value)
    return best[capacity]
print(knapsack(50, [(10, 60), (20, 100), (30, 120)]))
#: edit_distance
def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
print(distance("kitten", "sitting"), distance("", "abc"), distance("same", "same"))
#: eight_queens
def queens(n, placed=()):
    if len(placed) == n:
        yield placed
        return
    row = len(placed)
    for column in range(n):
        if all(column != c and abs(column - c) != row - r for r, c in enumerate(placed)):
            yield from queens(n, placed + (column,))
solutions = list(queens(6))
print(len(solutions), solutions[0])
#: sudoku_row_check
from itertools import product
board = [[(3 * (r % 3) + r // 3 + c) % 9 + 1 for c in range(9)] for r in range(9)]
full = set(range(1, 10))
rows = all(set(row) == full for row in board)
columns = all({board[r][c] for r in range(9)} == full for c in range(9))
boxes = all({board[r + i][c + j] for i, j in product(range(3), repeat=2)} == full for r in (0, 3, 6) for c in (0, 3, 6))
print(rows, columns, boxes)
#: game_of_life
def step(live):
    from collections import Counter
    near = Counter((r + i, c + j) for r, c in live for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
    return {cell for cell, n in near.items() if n == 3 or (n == 2 and cell in live)}
glider = {(0, 1), (1, 2), (2, 0), (2, 1), (2, 2)}
for _ in range(4):
    glider = step(glider)
print(sorted(glider))
#: matrix_multiplication_and_determinant
from fractions import Fraction
def multiply(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]
def determinant(m):
    m, sign, product = [list(map(Fraction, row)) for row in m], 1, Fraction(1)
    for i in range(len(m)):
        pivot = next((r for r in range(i, len(m)) if m[r][i]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != i:
            m[i], m[pivot], sign = m[pivot], m[i], -sign
        product *= m[i][i]
        for r in range(i + 1, len(m)):
            factor = m[r][i] / m[i][i]
            m[r] = [x - factor * y for x, y in zip(m[r], m[i])]
    return sign * product
print(multiply([[1, 2], [3, 4]], [[0, 1], [1, 0]]), determinant([[2, 1, 3], [0, 4, 1], [5, 6, 0]]))
#: newton_and_bisection
def newton(f, df, x, steps=50):
    for _ in range(steps):
        x -= f(x) / df(x)
    return x
print(round(newton(lambda x: x * x - 2, lambda x: 2 * x, 1.0), 12))
low, high = 0.0, 2.0
while high - low > 1e-12:
    middle = (low + high) / 2
    low, high = (middle, high) if middle ** 3 < 2 else (low, middle)
print(f"{low:.9f}")
#: monte_carlo_pi_with_a_seed
import random
rng = random.Random(42)
inside = sum(rng.random() ** 2 + rng.random() ** 2 <= 1 for _ in range(20000))
print(4 * inside / 20000, random.random(), random.choice("abc"), random.sample(range(100), 5))
#: permutations_and_combinations
from itertools import permutations, combinations, product, accumulate, groupby, chain
print(["".join(p) for p in permutations("abc")], list(combinations(range(4), 2)))
print(list(product("ab", [1, 2])), list(accumulate([1, 2, 3, 4])), list(chain.from_iterable([[1], [2, 3]])))
print([(k, len(list(g))) for k, g in groupby("aaabbc")])
#: roman_numerals
def roman(n):
    out = ""
    for value, letters in [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]:
        count, n = divmod(n, value)
        out += letters * count
    return out
print([roman(n) for n in (1, 4, 9, 14, 40, 90, 400, 1994, 2024)])
#: collatz_and_perfect_numbers
def collatz(n):
    steps = 0
    while n != 1:
        n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
    return steps
print(max(range(1, 1000), key=collatz), [n for n in range(2, 500) if sum(d for d in range(1, n) if n % d == 0) == n])
#: huffman_coding
import heapq
from collections import Counter
text = "abracadabra"
heap = [(count, index, letter) for index, (letter, count) in enumerate(sorted(Counter(text).items()))]
heapq.heapify(heap)
index = len(heap)
while len(heap) > 1:
    a, b = heapq.heappop(heap), heapq.heappop(heap)
    heapq.heappush(heap, (a[0] + b[0], index, (a[2], b[2])))
    index += 1
def codes(tree, prefix=""):
    if isinstance(tree, str):
        return {tree: prefix or "0"}
    return {**codes(tree[0], prefix + "0"), **codes(tree[1], prefix + "1")}
table = codes(heap[0][2])
print(sum(len(table[letter]) for letter in text), sorted(table.items()))
#: recursion_to_a_depth
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
print(depth(900))
def hanoi(n, a="A", b="B", c="C"):
    return [] if n == 0 else hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)
print(len(hanoi(8)), hanoi(2))
