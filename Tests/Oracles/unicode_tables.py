"""Writes Sources/Text/Unicode/UnicodeTables+*.swift from the behaviour of the real tokenizer.

Every Unicode scalar is put through the components of the Hugging Face `tokenizers` library, and
what they do to it is written down as ranges. The library carries Unicode tables of several ages;
asking it is the only way to agree with it.

    python Tests/Oracles/unicode_tables.py        # rewrites the files; needs `tokenizers`
"""

import pathlib
import subprocess

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HANGUL = range(0xAC00, 0xD7A4)
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Text" / "Unicode"


def bert(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(flags | on)).normalize_str


clean, ideographs = bert(clean_text=True), bert(handle_chinese_chars=True)
strip, lower, canonical = bert(strip_accents=True), bert(lowercase=True), normalizers.NFD().normalize_str
split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str


def ranges(scalars):
    result = []
    for c in scalars:
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def is_nonstarter(c):
    """Whether canonical ordering moves the scalar: behind class 240 or before class 1."""
    text = chr(c)
    return canonical("a\u0345" + text) != "a\u0345" + canonical(text) or (
        canonical("a" + text + "\u0334") != "a" + canonical(text) + "\u0334"
    )


def categories():
    between = {c: clean("a" + chr(c) + "b")[1:-1] for c in SCALARS}
    removed = [c for c in SCALARS if between[c] == ""]
    spaces = [c for c in SCALARS if between[c] == " "]
    assert all(between[c] in ("", " ", chr(c)) for c in SCALARS)
    pieces = {c: len(split("a" + chr(c) + "b")) for c in SCALARS}
    isolated = [c for c in SCALARS if ideographs(chr(c)) == f" {chr(c)} "]
    assert all(ideographs(chr(c)) in (chr(c), f" {chr(c)} ") for c in SCALARS)
    write("Categories", [
        ("removed", "Scalars that cleaning removes: control, format, private use, U+FFFD.", ranges(removed)),
        ("spaces", "Scalars that cleaning turns into a space.", ranges(spaces)),
        ("ideographs", "Ideographs that are set off by spaces.", ranges(isolated)),
        ("whitespace", "Scalars that separate words.", ranges([c for c in SCALARS if pieces[c] == 2])),
        ("punctuation", "Scalars that are a word of their own.", ranges([c for c in SCALARS if pieces[c] == 3])),
    ])


def word_characters():
    """A token that must stand alone is found only where no word character touches it."""
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "XQ": 1}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("XQ", single_word=True, normalized=False)])
    word = [c for c in SCALARS if 1 not in tokenizer.encode(chr(c) + "XQ").ids]
    assert word == [c for c in SCALARS if 1 not in tokenizer.encode("XQ" + chr(c)).ids]
    write("WordCharacters", [
        ("wordCharacters", "Scalars that, touching a single-word added token, keep it from matching.", ranges(word)),
    ])


def lowercase():
    single, runs = [], []
    for c in SCALARS:
        text = lower(chr(c))
        if text != chr(c) and len(text) == 1:
            single.append((c, ord(text)))
        elif text != chr(c):
            assert c == 0x130 and text == "i\u0307"
    i = 0
    while i < len(single):
        best = (1, 1)
        for stride in (1, 2):
            j = i + 1
            while j < len(single) and single[j][0] - single[j - 1][0] == stride == single[j][1] - single[j - 1][1]:
                j += 1
            best = max(best, (j - i, stride))
        runs.append([single[i][0], single[i + best[0] - 1][0], best[1], single[i][1]])
        i += best[0]
    write("Lowercase", [
        ("lowercase",
         "Lower case, scalar by scalar: first, last, stride, lower case of the first.\n\n"
         "U+0130, which becomes two scalars, is left to the code.", runs),
    ])


def marks_and_decomposition():
    nonstarters = [c for c in SCALARS if is_nonstarter(c) and canonical(chr(c)) == chr(c)]
    stripped = {c: strip(chr(c)) for c in SCALARS}
    dropped = [c for c in SCALARS if stripped[c] == ""]
    moving = set(nonstarters)
    fixed = [c for c in dropped if any(ord(d) not in moving for d in canonical(chr(c)))]
    kept = [c for c in nonstarters if stripped[c] != ""]
    assert all(stripped[c] == chr(c) for c in kept)
    write("Marks", [
        ("nonspacingMarks", "Scalars that vanish when accents are stripped.", ranges(dropped)),
        ("fixedMarks", "Those of them that canonical ordering does not move, and nothing across them.", ranges(fixed)),
        ("orderedMarks",
         "Marks that stay when accents are stripped and that canonical ordering moves.", ranges(kept)),
    ])
    single = [[c, ord(s)] for c, s in stripped.items() if len(s) == 1 and s != chr(c) and c not in HANGUL]
    several = [[c, *map(ord, s)] for c, s in stripped.items() if len(s) > 1 and c not in HANGUL]
    for c, s in stripped.items():  # the code composes what the tables say; both must be the library
        boundary = [d for d in canonical(chr(c)) if ord(d) not in moving]
        assert s == "".join(d for d in canonical(chr(c)) if stripped[ord(d)] != ""), hex(c)
        assert s == "" or boundary or len(s) == 1
    write("Decomposition", [
        ("decomposition", "Canonical decomposition without nonspacing marks: scalar, result.",
         [p for p in single if p[0] not in range(0xF900, 0xFB00) and p[0] < 0x20000]),
        ("longDecomposition", "The same where two or three scalars remain: scalar, results, 0 for none.",
         [(p + [0])[:4] for p in several]),
    ])
    write("IdeographDecomposition", [
        ("ideographDecomposition", "Canonical decomposition of compatibility ideographs: scalar, result.",
         [p for p in single if p[0] in range(0xF900, 0xFB00) or p[0] >= 0x20000]),
    ])


def write(name, tables):
    lines = [
        f"// Made by Tests/Oracles/unicode_tables.py from the behaviour of tokenizers {tokenizers.__version__}; not edited by hand.",
        "",
        "extension UnicodeTables {",
    ]
    for index, (table, comment, rows) in enumerate(tables):
        lines += [""] * (index > 0) + [f"  /// {line}".rstrip() for line in comment.split("\n")]
        numbers = [f"0x{value:X}" for row in rows for value in row]
        lines.append(f"  static let {table}: [UInt32] = [")
        width = len(rows[0])
        line = "   "
        for start in range(0, len(numbers), width):
            row = " " + ", ".join(numbers[start : start + width]) + ","
            if len(line) + len(row) > 100:
                lines.append(line)
                line = "   "
            line += row
        lines += [line, "  ]"]
    path = FOLDER / f"UnicodeTables+{name}.swift"
    path.write_text("\n".join(lines + ["}", ""]))
    subprocess.run(["swift", "format", "--in-place", str(path)], check=True)
    print(path.name, sum(len(rows) for _, _, rows in tables), "rows")


if __name__ == "__main__":
    categories()
    word_characters()
    lowercase()
    marks_and_decomposition()
