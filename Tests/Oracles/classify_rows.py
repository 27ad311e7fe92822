"""Classifies rows with an exported folder through transformers, every row on its own, and prints
JSON: what transformers complained about, and each row's token ids, inputs' names and logits.

    python Tests/Oracles/classify_rows.py FOLDER ROWS.jsonl

A row is {"sentence1": ...} or {"sentence1": ..., "sentence2": ...}.
"""

import json
import logging
import sys

import torch
import transformers


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def main(folder, rows):
    recorder = Recorder()
    logging.getLogger("transformers").addHandler(recorder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model, info = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, output_loading_info=True)
    model.eval()
    faults = recorder.messages[:]
    answers = []
    with open(rows, encoding="utf-8") as lines, torch.no_grad():
        for line in lines:
            row = json.loads(line)
            encoded = tokenizer(
                row["sentence1"], row.get("sentence2"), truncation=True, return_tensors="pt")
            answers.append({
                "ids": encoded["input_ids"][0].tolist(),
                "inputs": list(encoded),
                "whole": tokenizer(row["sentence1"])["input_ids"],
                "logits": model(**encoded).logits[0].tolist(),
            })
    print(json.dumps({
        "faults": faults + sorted(
            str(name) for key, names in info.items() for name in names),
        "labels": [model.config.id2label[i] for i in range(len(model.config.id2label))],
        "rows": answers,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
