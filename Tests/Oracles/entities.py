"""Scores random tags with seqeval and prints JSON.

    python Tests/Oracles/entities.py DRAWS.json

A draw has the names of its labels, for each sentence its tags, and a row of numbers for every word, whose
greatest, the first of equals, is the tag that is found.
"""

import json
import sys
import warnings

import numpy
from seqeval.metrics import (
    accuracy_score, classification_report, f1_score, precision_score, recall_score)


def score(draw):
    known = [[draw["labels"][t] for t in sentence] for sentence in draw["known"]]
    found = [[draw["labels"][numpy.argmax(row)] for row in sentence] for sentence in draw["logits"]]
    pair = (known, found)
    report = classification_report(*pair, output_dict=True) if any_entity(*pair) else {}
    return {
        "scores": [f1_score(*pair), precision_score(*pair), recall_score(*pair), accuracy_score(*pair)],
        "types": {
            name: [row["f1-score"], row["precision"], row["recall"], int(row["support"])]
            for name, row in report.items() if not name.endswith(" avg")},
    }


def any_entity(*pair):
    """Without one seqeval's report fails."""
    return any(tag != "O" for tags in pair for sentence in tags for tag in sentence)


warnings.simplefilter("ignore")
with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps([score(draw) for draw in json.load(file)]))
