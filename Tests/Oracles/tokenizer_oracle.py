"""The fast BERT tokenizer of Hugging Face, asked for fixtures and for exhaustive comparisons.

    python Tests/Oracles/tokenizer_oracle.py fixtures            # rewrites Tests/Fixtures/text
    python Tests/Oracles/tokenizer_oracle.py scalars FOLDER between|alone
    python Tests/Oracles/tokenizer_oracle.py words FOLDER... < texts
    python Tests/Oracles/tokenizer_oracle.py ids FOLDER < texts
    python Tests/Oracles/tokenizer_oracle.py sources FOLDER... < texts

`scalars` and `words` print the words before they are cut into pieces, which show more than ids do:
a line a text, words between spaces. Texts are JSON strings, one a line. Needs `transformers`.

The sources of a sequence are four numbers a token: which text it is of, which word of that, and the
range of the text's (or, of words that were given, the word's) scalars that it was made from; -1, -1,
0, 0 for the special tokens around texts.
"""

import itertools
import json
import pathlib
import random
import shutil
import sys
import tempfile

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "Fixtures" / "text"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SETTINGS = [
    dict(do_lower_case=lower, strip_accents=strip, tokenize_chinese_chars=chinese)
    for lower in (True, False)
    for strip in (None, True, False)
    for chinese in (True, False)
]

SPECIAL_TEXT = "Special [MASK] tokens [CLS][SEP]in[PAD]side[UNK] and [mask] [ MASK ] [[MASK]]"
TORTURE = [
    "Hello, World!",
    "The unaffable teacher's students didn't understand.",
    "caf\u00e9 cafe\u0301 CAF\u00c9 na\u00efve \u00c5ngstr\u00f6m \u212bngstr\u00f6m",
    "a\u0323\u0307b a\u0307\u0323b \u1e69 s\u0323\u0307 s\u0307\u0323",
    "Istanbul \u0130stanbul I\u0307 \u0131 DI\u0307Z",
    "\u039f\u0394\u039f\u03a3 \u03a3 \u03c3\u03c2 \u03a3\u03a3",
    "\u4eca\u5929\u5929\u6c14 weather\u5f88\u597d\uff01\uff08\u5168\u89d2\uff09",
    "\uf900\ufa0e\ufaff \U00020000\U0002a6df\U0002b820\U0002f800",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab \uac00\uac01",
    "\u30d1\u30d4\u3077 \u30cf\u309a \u304c \u3099 \u30fb\u3001\u3002",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1e9\U0001f1ea",
    "tab\there\nnew\r\nline\u00a0nbsp\u2003em\u3000wide\u2028ls\u0085nel\x0bvt\x0cff",
    "nul\x00 bell\x07 del\x7f soft\u00adhyphen zwsp\u200b bom\ufeff lrm\u200e repl\ufffd",
    "private \ue000\uf8ff \U000f0000 \U0010fffd end",
    "unassigned \u0378\u05ff\U0001fbff\U000e0080 x",
    "$1,000.50 + 3% = #tag @user ^_^ `code` ~a|b\\c <x> {y} [z]",
    "\u2018quotes\u2019 \u201cmore\u201d \u2013 \u2014 \u2026 \u00a1\u00bf \u00ab\u00bb \u2044 \u00d7 \u20ac \u00ac",
    "\u0915\u094d\u0937\u0924\u094d\u0930\u093f\u092f \u0b95\u0bcb\u0bb2\u0bae\u0bcd \u0e01\u0e33 \u0ccb \u0dda \u0dde",
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd \u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627 \u0600\u06dd",
    "ordered \u302e\U0001e005a \U0001e005\u302eb \u1b44\u302ec \u302e\u1b44d \u302e\u0c3e\u1b44e \U0001d16e\U0001d165f",
    "\U0001d15e\U0001d160\U0001d1c0 \u0344\u0f73\u0f81 \u0958 \ufb1d\ufb4e",
    "\u1e9e \u00df \u01c5 \u01c4 \u0149 \ufb03 \u2126 \u2160 \u24b6 \U00010400 \U0001e900 \u13a0 \uab70 \u1c90",
    "a" * 99 + " " + "b" * 100 + " " + "c" * 101 + " " + "\u00e9" * 100 + " " + "e\u0301" * 101,
    SPECIAL_TEXT,
    "",
    " \t\n",
    "\u0301",
    "\u0301\u0302a\u0303",
    "#", "##", "##ing", "a##b",
]


def fixture_vocabulary():
    """Special tokens, every scalar of the normalised torture texts, and some longer pieces."""
    scalars = set()
    for settings in SETTINGS:
        normalize = normalizers.BertNormalizer(
            lowercase=settings["do_lower_case"],
            strip_accents=settings["strip_accents"],
            handle_chinese_chars=settings["tokenize_chinese_chars"],
        ).normalize_str
        for text in TORTURE:
            scalars.update(normalize(text))
    # One scalar in seven stays unknown, so that unknown words occur.
    known = [c for i, c in enumerate(sorted(scalars)) if not c.isspace() and (i % 7 or c.isascii())]
    words = "hello world the un teacher student stand understand did cafe caf\u00e9 weather special token mask".split()
    pieces = "##aff ##able ##ing ##ed ##ngstr\u00f6m ##ve ##ing\u0301 ##aaaaaaaa".split()
    return SPECIAL + known + ["##" + c for c in known] + words + pieces


def write_folder(folder, vocabulary, **settings):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8", newline="\n")
    config = dict(tokenizer_class="BertTokenizer", model_max_length=64, **settings)
    (folder / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
    return folder


def write_lines(name, rows):
    lines = [json.dumps(row, separators=(",", ":")) for row in rows]
    (FIXTURES / name).write_text("\n".join(lines) + "\n")
    print(name, len(rows), "lines", (FIXTURES / name).stat().st_size, "bytes")


def flat_sources(encoding):
    def number(value):
        return -1 if value is None else value

    return [
        part
        for segment, word, (start, end) in zip(encoding.sequence_ids, encoding.word_ids, encoding.offsets)
        for part in (number(segment), number(word), start, end)
    ]


def torture_fixture(vocabulary):
    rows = []
    for settings in SETTINGS:
        with tempfile.TemporaryDirectory() as scratch:
            folder = write_folder(pathlib.Path(scratch), vocabulary, **settings)
            tokenizer = AutoTokenizer.from_pretrained(folder)
        ids = [tokenizer(text)["input_ids"] for text in TORTURE]
        rows.append(settings | dict(ids=ids, split=tokenizer(SPECIAL_TEXT, split_special_tokens=True)["input_ids"]))
        if settings["tokenize_chinese_chars"] == (settings["strip_accents"] is not False):
            rows[-1]["sources"] = [flat_sources(tokenizer(text).encodings[0]) for text in TORTURE]
    write_lines("torture.jsonl", [dict(texts=TORTURE)] + rows)


def truncation_fixture(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = []
    for first, second in itertools.product(range(1, 8), repeat=2):
        for limit in range(3, 14):
            texts = (" ".join(["hello"] * first), " ".join(["world"] * second))
            encoded = tokenizer(*texts, truncation="longest_first", max_length=limit)
            rows.append([*texts, limit, encoded["input_ids"], encoded["token_type_ids"]])
    write_lines("pairs.jsonl", rows)


def added_tokens_fixture():
    """A `tokenizer.json` whose added tokens use every flag, and random texts around them."""
    letters = list("abcdefghijklmnopqrstuvwxyz0123456789.,![]<>_-\u00e9\u00df\u03c3")
    vocabulary = SPECIAL + letters + ["##" + c for c in letters] + ["alpha", "beta", "##ta"]
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in SPECIAL])
    tokenizer.add_special_tokens([AddedToken("<S>", lstrip=True, rstrip=True, normalized=False)])
    tokenizer.add_tokens([
        AddedToken("Alpha", normalized=False, single_word=True),
        AddedToken("<S><S>", normalized=False),
        AddedToken("\u00c9T\u00c9", normalized=True),
        AddedToken("beta", normalized=True, single_word=True, lstrip=True),
        AddedToken("gam ma", normalized=True, rstrip=True),
    ])
    tokenizer.save(str(FIXTURES / "added_tokens.json"), pretty=False)
    generator = random.Random(1)
    parts = ["Alpha", "alpha", "<S>", "<S><S>", "\u00c9T\u00c9", "ete", "E\u0301te", "beta", "BETA", "gam ma", "Gam\tMa",
             " ", "  ", "\u00a0", "\u2003", "_", "-", "\u00e9", "\u0301", "\u200d", "a", ".", "[MASK]", "[SEP]", "\u4e00"]
    texts = ["".join(generator.choices(parts, k=generator.randint(1, 9))) for _ in range(600)]
    rows = [[text, tokenizer.encode(text).ids] for text in texts]
    sources = [flat_sources(tokenizer.encode(text)) for text in texts]
    tokenizer.encode_special_tokens = True
    for row in rows:
        row.append(tokenizer.encode(row[0]).ids)
        row.append(sources.pop(0))
    write_lines("added_tokens.jsonl", rows)


def pair_sources_fixture(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    generator = random.Random(2)
    # Marks that change places with marks that vanish, or that belong to a longer decomposition.
    moved = ("x\u0344\u302e \u0f73\u1b44 a\x07\u302e\x07\u1b44", "\U0001d15e\u1b44 \u0301\u302e\u0301 \U0001d15f\u0323\u1b44\u302e")
    rows = [[*moved, 60]]
    for _ in range(60):
        texts, limit = generator.sample(TORTURE, 2), generator.randint(3, 60)
        if not texts[1]:
            continue
        rows.append([*texts, limit])
    for row in rows:
        encoding = tokenizer(*row[:2], truncation="longest_first", max_length=row[2]).encodings[0]
        row += [encoding.ids, flat_sources(encoding)]
    write_lines("pair_sources.jsonl", rows)


def words_fixture(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    generator = random.Random(3)
    pool = [word for text in TORTURE for word in text.split(" ") if len(word) < 20] + ["hello world", " x ", "don't", "\u200b"]
    rows = [[[], None], [["", "\u0301"], None]]
    rows += [[generator.choices(pool, k=generator.randint(1, 12)), generator.choice([None, generator.randint(2, 30)])] for _ in range(150)]
    for row in rows:
        words, limit = row
        encoding = tokenizer(words, is_split_into_words=True, truncation=limit is not None, max_length=limit).encodings[0]
        row += [encoding.ids, flat_sources(encoding)]
    write_lines("words.jsonl", rows)


def windows_fixture(folder):
    """Windows of long texts, alone and beside a question; null where Hugging Face refuses."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    generator = random.Random(4)
    question = "What did the teacher's student understand?"
    long = " ".join([TORTURE[1], TORTURE[2], TORTURE[6], TORTURE[10], TORTURE[0]])
    rows = [["hello world", None, 4, 1], ["hello", "world", 5, 0], [long, "hello", 8, 0]]
    for _ in range(40):
        second = generator.choice([long, TORTURE[5], None])
        rows.append([long if second is None else question, second, generator.randint(12, 60), generator.randint(0, 20)])
    for row in rows:
        first, second, limit, stride = row
        try:
            encodings = tokenizer(
                first, second, truncation="only_first" if second is None else "only_second", max_length=limit,
                stride=stride, return_overflowing_tokens=True,
            ).encodings
            row.append([[e.ids, e.type_ids, flat_sources(e)] for e in encodings])
        except BaseException as error:
            print("refused:", row[2:], error)
            row.append(None)
    write_lines("windows.jsonl", rows)


def fixtures():
    shutil.rmtree(FIXTURES, ignore_errors=True)
    FIXTURES.mkdir(parents=True)
    vocabulary = fixture_vocabulary()
    folder = write_folder(FIXTURES / "tokenizer", vocabulary, do_lower_case=True)
    torture_fixture(vocabulary)
    truncation_fixture(folder)
    added_tokens_fixture()
    pair_sources_fixture(folder)
    words_fixture(folder)
    windows_fixture(folder)


def load(folder):
    backend = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    return backend


def scalars():
    return (chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF)


def print_words(tokenizer, texts):
    normalize = tokenizer.normalizer.normalize_str
    split = tokenizer.pre_tokenizer.pre_tokenize_str
    for text in texts:
        print(" ".join(word for word, _ in split(normalize(text))))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if sys.argv[1] == "fixtures":
        fixtures()
        sys.exit()
    if sys.argv[1] == "scalars":
        around = ("a", "b") if sys.argv[3] == "between" else ("", "")
        print_words(load(sys.argv[2]), (scalar.join(around) for scalar in scalars()))
        sys.exit()
    given = [json.loads(line) for line in sys.stdin]
    if sys.argv[1] == "words":
        for folder in sys.argv[2:]:
            print_words(load(folder), given)
    elif sys.argv[1] == "sources":
        for folder in sys.argv[2:]:
            for encoded in load(folder).encode_batch(given):
                print(*flat_sources(encoded))
    else:
        for encoded in load(sys.argv[2]).encode_batch(given):
            print(*encoded.ids)
