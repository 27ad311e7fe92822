"""Loads an exported model folder with transformers and prints, as JSON, what it makes of it.

    python Tests/Oracles/from_pretrained.py FOLDER sequence|masked|base ID ID ...

Everything transformers logs while loading counts: an export must load without a word.
"""

import json
import logging
import sys

import torch
import transformers

CLASSES = {
    "sequence": transformers.AutoModelForSequenceClassification,
    "masked": transformers.AutoModelForMaskedLM,
    "base": transformers.AutoModel,
}


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def main():
    folder, kind, ids = sys.argv[1], sys.argv[2], [int(i) for i in sys.argv[3:]]
    recorder = Recorder()
    logging.getLogger("transformers").addHandler(recorder)
    model, info = CLASSES[kind].from_pretrained(folder, output_loading_info=True)
    model.eval()
    with torch.no_grad():
        out = model(torch.tensor([ids]))
    values = out.last_hidden_state if kind == "base" else out.logits
    print(json.dumps({
        "class": type(model).__name__,
        "dtype": str(next(model.parameters()).dtype),
        "faults": recorder.messages + sorted(
            str(name) for key, names in info.items() if key != "error_msgs" for name in names)
        + [str(message) for message in info.get("error_msgs", [])],
        "labels": [model.config.id2label[i] for i in range(len(model.config.id2label))],
        "problem_type": model.config.problem_type,
        "values": values.flatten().tolist(),
    }))


if __name__ == "__main__":
    main()
