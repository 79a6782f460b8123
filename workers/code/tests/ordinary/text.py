#: word_frequencies
import re
from collections import Counter
text = "The cat sat. The dog sat; the bird flew!"
counts = Counter(re.findall(r"[a-z]+", text.lower()))
for word, count in counts.most_common(3):
    print(f"{word:<6}|{count:>3}")
#: regular_expressions
import re
pattern = re.compile(r"(?P<user>[\w.]+)@(?P<host>[\w.]+)")
print([m.groupdict() for m in pattern.finditer("ann@example.org, bob.b@test.io")])
print(re.sub(r"(\d+)", lambda m: str(int(m[1]) * 2), "a1b22"), re.split(r"[,;]\s*", "a, b;c"))
print(re.fullmatch(r"\d{3}-\d{4}", "555-1234") is not None, re.escape("a.b*c"))
#: json_round_trip
import json
data = {"name": "Zoë", "tags": ["a", None, True, 1.5], "nested": {"b": 2, "a": 1}}
text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)
print(text)
print(json.loads(text) == data, json.dumps(data, separators=(",", ":")))
try:
    json.loads("{bad}")
except json.JSONDecodeError as error:
    print(error.msg, error.pos)
#: csv_totals
import csv, io
table = "name,price,count\npen,1.50,4\nbook,12.00,1\n\"a, b\",2.25,2\n"
rows = list(csv.DictReader(io.StringIO(table)))
print(sum(float(row["price"]) * int(row["count"]) for row in rows), rows[2]["name"])
out = io.StringIO()
writer = csv.writer(out, lineterminator="\n")
writer.writerows([["x", "y"], [1, "a,b"]])
print(out.getvalue())
#: text_wrapping_and_alignment
import textwrap
text = "It is a truth universally acknowledged, that a single man in possession of a good fortune."
print(textwrap.fill(text, 30))
print(textwrap.shorten(text, 25), textwrap.dedent("    a\n      b"), sep="\n")
print("left".ljust(10, "."), "right".rjust(10), "middle".center(12, "*"), sep="|")
#: string_methods
s = "  Hello, World  "
print(s.strip().lower().split(", "), s.strip().swapcase(), "a-b-c".partition("-"), "abc".find("z"))
print("x=1;y=2".replace(";", "&"), "title case here".title(), "ab" * 3, "abc"[::-1], "a,b,,c".split(","))
print("straße".casefold(), "İ".lower().encode(), "tab\tsep".expandtabs(4), "42".zfill(5), "x".isidentifier())
print(str.maketrans("abc", "xyz"), "aabbcc".translate(str.maketrans("abc", "xyz")))
#: unicode_text
import unicodedata
for c in "é世🌍ß":
    print(c, ord(c), unicodedata.name(c), unicodedata.category(c), c.encode("utf-8"))
print(unicodedata.normalize("NFD", "é") == "e\u0301", len("👨‍👩‍👧"), "naïve café".upper(), sorted("äaáb"))
#: format_specifications
value, width = 1234567.891, 15
print(f"{value:,.2f}|{value:e}|{value:>{width}.1f}|{-5:+d}|{255:#x}|{255:08b}|{0.256:.1%}|{'s':^7}|{value!r}")
print("{} {1} {name!r:>8}".replace("{}", "{0}").format("a", "b", name="c"), "%s %05.1f %x" % ("p", 3.14159, 255))
print(f"{[1, 2]!s:>10}", f"{{literal}}", f"{'nested ' + f'{1 + 1}'}", f"{3 == 3 = }")
#: bytes_and_encodings
import base64, binascii, struct
data = "héllo".encode()
print(data, data.decode("utf-8"), data.hex(), base64.b64encode(data), binascii.crc32(data))
print(struct.pack(">IhB", 1, -2, 3), struct.unpack("<d", struct.pack("<d", 1.5)), bytes.fromhex("00ff"))
print("é".encode("latin-1"), b"\xff".decode("cp1252"), "x".encode("utf-16-le"), "snö".encode("ascii", "replace"))
#: hashes_and_checksums
import hashlib, hmac, zlib
print(hashlib.sha256(b"abc").hexdigest(), hashlib.md5(b"").hexdigest(), sep="\n")
print(hashlib.blake2b(b"x", digest_size=8).hexdigest(), hashlib.sha3_256(b"x").hexdigest()[:16])
print(hmac.new(b"key", b"message", hashlib.sha256).hexdigest()[:16], zlib.crc32(b"abc"), zlib.decompress(zlib.compress(b"a" * 99)) == b"a" * 99)
#: caesar_and_vigenere
from string import ascii_lowercase as letters
def shift(text, key):
    return "".join(letters[(letters.index(c) + letters.index(key[i % len(key)])) % 26] if c in letters else c for i, c in enumerate(text))
print(shift("attack at dawn", "d"), shift("attack at dawn", "lemon"))
#: markdown_table
rows = [("tool", "price"), ("code", 0.02), ("scrape", 0.01)]
widths = [max(len(str(row[i])) for row in rows) for i in range(2)]
for n, row in enumerate(rows):
    print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")
    if n == 0:
        print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
#: log_parsing
import re
from collections import defaultdict
log = """2024-01-02 10:00:01 ERROR db: lost
2024-01-02 10:00:05 INFO web: ok
2024-01-03 11:00:00 ERROR web: timeout"""
by_day = defaultdict(list)
for line in log.splitlines():
    if match := re.match(r"(\S+) (\S+) (\w+) (\w+): (.*)", line):
        day, _, level, source, message = match.groups()
        if level == "ERROR":
            by_day[day].append((source, message))
print(dict(by_day))
#: html_and_urls
import html
from urllib.parse import urlparse, parse_qs, urlencode, quote, urljoin
print(html.escape("<a href='x'>&</a>"), html.unescape("&lt;&eacute;&#x41;"))
url = urlparse("https://user@example.org:8080/a/b?x=1&x=2&y=%20#top")
print(url.hostname, url.port, url.path, parse_qs(url.query), url.fragment)
print(urlencode({"q": "a b&c", "n": 1}), quote("ü/x"), urljoin("https://a/b/c", "../d"))
#: xml_documents
import xml.etree.ElementTree as ET
root = ET.fromstring("<list><item id='1'>one</item><item id='2'>two<sub/></item></list>")
print([(item.get("id"), item.text) for item in root.iter("item")], root.find("item[@id='2']/sub") is not None)
ET.SubElement(root, "item", id="3").text = "a & b"
print(ET.tostring(root, encoding="unicode"))
#: templates_and_shell_words
import shlex, string
print(string.Template("$who likes ${what}s").substitute(who="Ann", what="plum"), shlex.split("a 'b c' \"d\\\"e\""))
print(string.capwords("the quick fox"), string.hexdigits, string.punctuation[:5])
#: diffs
import difflib
a, b = ["one", "two", "three"], ["one", "2", "three", "four"]
print("\n".join(difflib.unified_diff(a, b, "a", "b", lineterm="")))
print(difflib.get_close_matches("appel", ["ape", "apple", "peach"]), round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 3))
