"""Loads exported model folders with transformers and prints, as JSON, what it makes of each.

    python Tests/Oracles/from_pretrained.py ID,ID,... KIND=FOLDER ...       KIND: sequence|tokens|masked|base

Everything transformers logs while loading counts: an export must load without a word.
"""

import json
import logging
import sys

import torch
import transformers

CLASSES = {
    "sequence": transformers.AutoModelForSequenceClassification,
    "tokens": transformers.AutoModelForTokenClassification,
    "masked": transformers.AutoModelForMaskedLM,
    "base": transformers.AutoModel,
}


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def load(kind, folder, ids, recorder):
    recorder.messages.clear()
    model, info = CLASSES[kind].from_pretrained(folder, output_loading_info=True)
    model.eval()
    with torch.no_grad():
        out = model(torch.tensor([ids]))
    values = out.last_hidden_state if kind == "base" else out.logits
    return {
        "class": type(model).__name__,
        "dtype": str(next(model.parameters()).dtype),
        "faults": recorder.messages
        + [f"{key}: {name}" for key, names in info.items() for name in names],
        "labels": [model.config.id2label[i] for i in range(len(model.config.id2label))],
        "problem_type": model.config.problem_type,
        "values": values.flatten().tolist(),
    }


def main():
    ids = [int(i) for i in sys.argv[1].split(",")]
    recorder = Recorder()
    logging.getLogger("transformers").addHandler(recorder)
    print(json.dumps([load(*spec.split("=", 1), ids, recorder) for spec in sys.argv[2:]]))


if __name__ == "__main__":
    main()
