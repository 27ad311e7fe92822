"""Writes Fixtures/emphasis.json: the prediction loss weighted by a teacher's confidence, with gradients, and
how far apart single examples' answers are, by PyTorch in float64; chances of words to be replaced, by NumPy.

Run from anywhere: python3 Tests/Oracles/emphasis.py (needs torch and numpy).
"""

import json
import math
import pathlib

import numpy
import torch

torch.manual_seed(3)
CLASSES = 3
ROWS = [1, 3, 0, 2, 1, 4]  # rows of each example: tokens of a tagged text


def rounded(values):
    """float32 values, held as float64."""
    return values.float().double()


def numbers(tensor):
    return [float(value) for value in tensor.flatten()]


student = rounded(2 * torch.randn(sum(ROWS), CLASSES, dtype=torch.float64))
teacher = rounded(2 * torch.randn(sum(ROWS), CLASSES, dtype=torch.float64))


def weighted(power, temperature, t2, share):
    z = student.clone().requires_grad_()
    weights = teacher.softmax(1).max(1).values ** power
    target = (teacher / temperature).softmax(1)
    each = torch.nn.functional.cross_entropy(z / temperature, target, reduction="none")
    loss = share * (weights * each).sum() / weights.sum()
    if t2:
        loss = loss * temperature**2
    loss.backward()
    return dict(
        power=power, temperature=temperature, t2=t2, share=share, value=loss.item(),
        gradient=numbers(z.grad))


def apart(temperature):
    log_q = (student / temperature).log_softmax(1)
    log_p = (teacher / temperature).log_softmax(1)
    kl = torch.nn.functional.kl_div(log_q, log_p, reduction="none", log_target=True).sum(1)
    binary = torch.distributions.kl_divergence(
        torch.distributions.Bernoulli(logits=teacher / temperature),
        torch.distributions.Bernoulli(logits=student / temperature)).mean(1)
    squares = torch.nn.functional.mse_loss(student, teacher, reduction="none").mean(1)

    def by_example(values):
        return [float(part.mean()) if len(part) else 0.0 for part in values.split(ROWS)]

    return dict(
        temperature=temperature, classes=by_example(kl), labels=by_example(binary),
        numbers=by_example(squares))


TEXTS = [
    "the film was good good plain harmless fun", "the film was wretched from start until finish",
    "a zebra in the film looked good from here", "good plain film", "film film zebra", "film"]


def chances(mean):
    """Xie et al. 2020, appendix B; a word of three letters or fewer may not be replaced."""
    texts = [text.split() for text in TEXTS]
    found = []
    for text in texts:
        places = [i for i, word in enumerate(text) if len(word) > 3]
        scores = numpy.array([
            text.count(text[i]) / len(text)
            * math.log(len(texts) / sum(text[i] in other for other in texts)) for i in places])
        left = scores.max(initial=0) - scores
        chance = (
            numpy.minimum(1, mean * left / left.mean()) if len(places) and left.sum() > 0
            else numpy.full(len(places), mean))
        found.append(dict(places=places, chances=[float(value) for value in chance]))
    return dict(mean=mean, texts=found)


fixture = dict(
    classes=CLASSES, rows=ROWS, student=numbers(student), teacher=numbers(teacher),
    weighted=[weighted(2.0, 1.0, False, 1.0), weighted(0.5, 2.5, True, 0.75),
              weighted(1.0, 4.0, False, 0.25)],
    apart=[apart(1.0), apart(2.0)], texts=TEXTS, chances=[chances(0.2), chances(0.6)])
path = pathlib.Path(__file__).parents[1] / "Fixtures" / "emphasis.json"
path.write_text(json.dumps(fixture, sort_keys=True, separators=(",", ":")) + "\n")
