"""Prints, as JSON, the prediction loss to the mean of several teachers' answers and its gradient, in float64:
probabilities are averaged as such, before any logarithm, and logits as such.

python3 Tests/Oracles/teacher_mixtures.py (needs torch).
"""

import json

import torch

torch.manual_seed(5)
LENGTHS, COLUMNS = [3, 1, 4], {"columns": 4, "each": 3, "tokens": 2, "plain": 2}
WEIGHTS = [2.0, 1.0, 0.5]


def answer(kind, logits, temperature):
    """Probabilities of an example's logits, [rows, columns]."""
    if kind == "columns":
        return torch.softmax(logits / temperature, -1)
    if kind == "tokens":
        return torch.softmax(logits / temperature, 0)
    return torch.sigmoid(logits / temperature) if kind == "each" else logits


def loss(kind, target, student, temperature):
    """Of an example, as a share of the mean over the examples."""
    z = student / temperature
    if kind == "columns":
        return -(target * torch.log_softmax(z, -1)).sum()
    if kind == "tokens":
        return -(target * torch.log_softmax(z, 0)).sum() / 2
    if kind == "each":
        return torch.nn.functional.binary_cross_entropy_with_logits(z, target)
    return ((z - target) ** 2).mean()


def case(kind, average, temperature):
    rows = LENGTHS if kind == "tokens" else [1] * len(LENGTHS)
    draw = lambda scale: [
        (scale * torch.randn(n, COLUMNS[kind])).to(torch.float64) for n in rows]
    # A very sure teacher is among them: its probabilities are 0 and 1 in single precision.
    teachers = [draw(scale) for scale in (1, 3, 60)]
    student = [t.requires_grad_() for t in draw(1)]
    shares = [w / sum(WEIGHTS) for w in WEIGHTS]
    total = 0
    for index, own in enumerate(student):
        said = [t[index] for t in teachers]
        if average == "logits":
            target = answer(kind, sum(s * t for s, t in zip(shares, said)), temperature)
        else:
            target = sum(s * answer(kind, t, temperature) for s, t in zip(shares, said))
        total = total + loss(kind, target, own, temperature)
    total = total / len(rows)
    total.backward()
    flat = lambda parts: [x for part in parts for x in part.detach().flatten().tolist()]
    return {
        "kind": kind, "average": average, "temperature": temperature, "columns": COLUMNS[kind],
        "lengths": rows, "weights": WEIGHTS, "teachers": [flat(t) for t in teachers],
        "student": flat(student), "loss": total.item(), "gradient": flat([s.grad for s in student])}


print(json.dumps([
    case(kind, average, temperature)
    for kind in COLUMNS for average in ("probabilities", "logits")
    for temperature in ((1.0, 2.5) if kind != "plain" else (1.0,))]))
