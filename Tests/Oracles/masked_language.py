"""Scores models on the masked rows of a dataset as transformers does, in float64: prints, as JSON, for every
folder and split the perplexity, the accuracy, and the answer at each hidden token.

    python Tests/Oracles/masked_language.py DATASET.h5 FOLDER ...
"""

import json
import sys

import h5py
import torch
from transformers import AutoModelForMaskedLM


def rows(values, offsets):
    return [values[start:end].tolist() for start, end in zip(offsets, offsets[1:])]


def split(file, name):
    group = file[name]
    labels = group["token_labels"]
    return (rows(group["ids"][:], group["offsets"][:]),
            rows(labels["values"][:], labels["offsets"][:]))


def score(model, ids, labels):
    losses, answers, truths = [], [], []
    for start in range(0, len(ids), 7):
        part = list(zip(ids[start:start + 7], labels[start:start + 7]))
        length = max(len(row) for row, _ in part)
        pad = lambda row, fill: row + [fill] * (length - len(row))
        mask = torch.tensor([pad([1] * len(row), 0) for row, _ in part])
        truth = torch.tensor([pad(row, -100) for _, row in part])
        with torch.no_grad():
            logits = model(
                torch.tensor([pad(row, 0) for row, _ in part]), attention_mask=mask).logits
        hidden = truth != -100
        truth, logits = truth[hidden], logits[hidden]
        losses += torch.nn.functional.cross_entropy(logits, truth, reduction="none").tolist()
        answers += logits.argmax(-1).tolist()
        truths += truth.tolist()
    return dict(
        perplexity=float(torch.tensor(losses, dtype=torch.float64).mean().exp()), answers=answers,
        losses=losses, accuracy=sum(a == t for a, t in zip(answers, truths)) / len(truths))


def main():
    file = h5py.File(sys.argv[1], "r")
    names = [name for name in ("train", "dev", "test") if name in file]
    report = []
    for folder in sys.argv[2:]:
        model = AutoModelForMaskedLM.from_pretrained(folder).double().eval()
        report.append({name: score(model, *split(file, name)) for name in names})
    print(json.dumps(report))


if __name__ == "__main__":
    main()
