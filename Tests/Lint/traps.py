"""Finds Swift that ends the program where a value from outside is not what it should be.

    python3 Tests/Lint/traps.py

Reads the modules that read files. A line that a rule hits is either written otherwise or stands in
`allowed.txt` with the reason why no input reaches it, as `path | rule | part of the line | reason`; an
entry that excuses nothing is a fault too. Ends with 1 where there is any.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALLOWED = pathlib.Path(__file__).with_name("allowed.txt")
EVERYWHERE = ["Sources"]
READERS = [f"Sources/{module}" for module in (
    "Files", "HDF5", "HTTP", "Interchange", "Text", "Pipelines", "Artifacts", "Tracking", "Stages")]

SIMPLE = r"[A-Za-z_0-9.]+"
# What a conversion may be given without a trap, whatever the value is.
SAFE = r"exactly:|clamping:|truncatingIfNeeded:|bitPattern:|ascii:|littleEndian:|bigEndian:|\d"


class Rule:
    """A kind of trap: where it is looked for, what it looks like, what to write, and a line of it."""

    def __init__(self, name, pattern, cure, bad, good, where=READERS):
        self.name, self.pattern, self.cure = name, re.compile(pattern), cure
        self.bad, self.good, self.where = bad, good, where


RULES = [
    Rule("unique", r"uniqueKeysWithValues", "use uniquingKeysWith",
         ["Dictionary(uniqueKeysWithValues: pairs)"],
         ["Dictionary(pairs, uniquingKeysWith: { first, _ in first })"], EVERYWHERE),
    Rule("object", r"JSONObject\((?!\)|\[\(|\[?$|members: )",
         "names that come from outside may repeat: use append, or JSONValue.sorted",
         ["JSONObject(metrics.map { ($0, $1) })"], ["JSONObject()", "JSONObject([(\"a\", .null)])"],
         EVERYWHERE),
    Rule("narrow", rf"\b(?:U?Int(?:8|16|32)|UInt64)\((?!{SAFE}|[A-Za-z_.]+\.count\)|$)",
         "use exactly:, clamping: or truncatingIfNeeded:",
         ["Int32(id)", "UInt16(value)"], ["Int32(exactly: id)", "UInt8(ascii: \"a\")", "[UInt8]()"]),
    Rule("real", r"\bInt(?:64)?\((?!exactly:|clamping:)(?=[^()]*(?:\.rounded|\.real|\.number|[sS]econds|Double|/ |\* ))",
         "a number that is too large or not finite traps: use exactly:, or bound it first",
         ["Int(value.rounded())", "Int(seconds / pause)"], ["Int(exactly: value.rounded())", "Int(byte)"]),
    Rule("place", r"[A-Za-z_)\]]\[\d+\]", "use first, last or dropFirst, or check the count beside it",
         ["parts[0]", "shape()[1]"], ["parts.first", "[0]"]),
    Rule("range", rf"(?:[A-Za-z_)\]]|[-+*/] ?\w+)\.\.[.<](?!{{)(?=[A-Za-z_(])|\.\.[.<]\(?{SIMPLE} ?[-*/] ",
         "a range whose end is before its start traps: guard it",
         ["a..<b", "bytes[start..<end]", "0..<count - 1", "low...high"],
         ["0..<count", "bytes[start...]", "0..<bytes.count"]),
    Rule("count", r"\.(?:drop(?:First|Last)|prefix|suffix)\((?!\)|\d|while|\{|Self\.|limit\b|[A-Za-z_.]+\.count(?: \+ \d+)?\))"
         r"|\.remove(?:First|Last)\((?!\)|\d)",
         "a count below 0, or above what there is, traps: bound it",
         ["names.dropFirst(start)", "list.removeLast(extra)"], ["names.dropFirst(2)", "a.removeLast()"]),
    Rule("repeat", r"\brepeating: .*, count: (?!\d|max\(0, |[A-Za-z_.]+\.count\b)", "a count below 0 traps, a large one fills memory",
         ["[Int](repeating: 0, count: rows)"], ["[Int](repeating: 0, count: 3)"]),
    Rule("product", r"\.reduce\(\d+, \*\)|\.reduce\(\w[^{]*\{ ?\$0 \* ",
         "a product of extents overflows: use multipliedReportingOverflow",
         ["shape.reduce(1, *)"], ["shape.reduce(0, max)"]),
]


def code(line):
    """A line without its comment and the words inside its texts; what \\() puts into them stays."""
    line = re.sub(r'UInt8\(ascii: "(?:\\.|.)"\)', "0", line)
    line = re.sub(r'"(?:\\\(|\\.|[^"\\])*"', lambda text: '"' + " ".join(
        re.findall(r"\\\(([^()]*)\)", text.group())) + '"', line)
    return line.split("//")[0].rstrip()


def hits(rules, lines):
    """Every rule that a line breaks, with its number."""
    for number, line in enumerate(lines, 1):
        stripped = code(line)
        # What an object is made of may stand on the next line.
        if stripped.endswith("JSONObject(") and number < len(lines):
            stripped += code(lines[number]).strip()
        for rule in rules:
            if rule.pattern.search(stripped):
                yield number, rule, line.strip()


def self_test():
    """Each rule sees what it is for and leaves alone what should be written instead."""
    for rule in RULES:
        for line, expected in [(line, True) for line in rule.bad] + [(line, False) for line in rule.good]:
            if any(True for _ in hits([rule], [line])) != expected:
                sys.exit(f"rule {rule.name} {'misses' if expected else 'hits'}: {line}")


def read_allowed():
    """The entries of `allowed.txt`, each with the number of its line."""
    entries = []
    for number, line in enumerate(ALLOWED.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        # The part of the line may itself hold a bar.
        fields = line.split(" | ")
        if len(fields) < 4:
            sys.exit(f"{ALLOWED}:{number}: expected path | rule | part of the line | reason")
        entries.append((number, fields[0], fields[1], " | ".join(fields[2:-1])))
    return entries


def main():
    self_test()
    entries, used, faults = read_allowed(), set(), 0
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        name = str(path.relative_to(ROOT))
        rules = [rule for rule in RULES if any(name.startswith(place + "/") for place in rule.where)]
        for number, rule, line in hits(rules, path.read_text().splitlines()):
            excuses = {entry for entry in entries
                       if name.startswith(entry[1]) and entry[2] == rule.name
                       and (entry[3] == "*" or entry[3] in line)}
            used |= excuses
            if not excuses:
                print(f"{name}:{number}: {rule.name}: {line}\n    {rule.cure}")
                faults += 1
    for entry in entries:
        if entry not in used:
            print(f"{ALLOWED.relative_to(ROOT)}:{entry[0]}: excuses nothing")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
