"""CSV as pandas reads it: rewrites Tests/Fixtures/text/csv_rows.jsonl.

    python Tests/Oracles/csv_rows.py

Files of two columns, `sentence` and `label`, with every kind of field that a table may hold, as several
writers write them; and what `pandas.read_csv` makes of each, every field a text. Line breaks within a
field are LF: pandas keeps CR LF there, and the line reader does not. Needs pandas (made with 3.1.1).
"""

import csv
import io
import json
import pathlib
import random

import pandas

FIXTURE = pathlib.Path(__file__).resolve().parents[1] / "Fixtures" / "text" / "csv_rows.jsonl"
PIECES = ["a", "b c", '"', '""', ",", "\n", " ", "é", "NA", "null", "1.0", "'", "\t", "#", "\\", "😀", "-"]
# As people type them, without a writer: marks within fields, blank lines, blanks beside separators.
TYPED = [
    'sentence,label\na "b" c,1\nd""e,0\n',
    'sentence,label\n "a",1\nb\'s,"0"\n',
    "sentence,label\n\na,1\n\n\nb,0\n\n",
    'label,sentence\r\n1,"x ""y"", z"\r\n0,""\r\n',
    '\ufeff"sentence","label"\n"one\n\ntwo",1',
    'sentence,label\n"a",1\n"b""",0\n"""c",0\n"""",1\n',
    "label,sentence\n1, a \n0,b\\\n",
    'sentence,label\n"a,b","c,d"\n",",\n,x\n',
]


def written(seed):
    """A file as one of the writers of Python's csv module writes it."""
    draw = random.Random(seed)
    rows = [["".join(draw.choice(PIECES) for _ in range(draw.randint(1, 6))), str(draw.randint(0, 1))]
            for _ in range(draw.randint(1, 4))]
    text = io.StringIO()
    writer = csv.writer(
        text, quoting=draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        lineterminator=draw.choice(["\n", "\r\n"]))
    writer.writerows([["sentence", "label"]] + rows)
    return text.getvalue()


def main():
    with FIXTURE.open("w", encoding="utf-8") as file:
        for text in TYPED + [written(seed) for seed in range(200)]:
            table = pandas.read_csv(
                io.BytesIO(text.encode()), dtype=str, keep_default_na=False, encoding="utf-8-sig")
            rows = [[row["sentence"], row["label"]] for _, row in table.iterrows()]
            file.write(json.dumps({"text": text, "rows": rows}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
