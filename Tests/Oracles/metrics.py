"""Prints, as JSON, random predictions of every task with what scikit-learn and SciPy say of them.

    python Tests/Oracles/metrics.py SEED COUNT

Draws are small, so ties, constants and classes that do not occur are frequent.
"""

import json
import math
import sys
import warnings

import numpy
import scipy.stats
import sklearn.metrics

warnings.filterwarnings("ignore")


def f1(labels, predicted, mean):
    return float(sklearn.metrics.f1_score(labels, predicted, average=mean, zero_division=0))


def classification(rng):
    classes, rows = int(rng.integers(2, 6)), int(rng.integers(1, 16))
    labels = rng.integers(0, rng.integers(1, classes + 1), rows)
    predicted = rng.integers(0, rng.integers(1, classes + 1), rows)
    means = ["binary"] * (classes == 2) + ["macro", "micro", "weighted"]
    return dict(
        columns=classes, labels=labels.tolist(), predicted=predicted.tolist(),
        scores=[float(sklearn.metrics.accuracy_score(labels, predicted))]
        + [f1(labels, predicted, mean) for mean in means]
        + [float(sklearn.metrics.matthews_corrcoef(labels, predicted))])


def multi_label(rng):
    columns, rows = int(rng.integers(2, 6)), int(rng.integers(1, 12))
    logits = rng.choice([-3.0, -1.25, -0.5, 0.0, 0.5, 2.0], (rows, columns))
    threshold = float(rng.choice([0.2, 0.5, 0.5, 0.9]))
    labels = (rng.random((rows, columns)) < rng.choice([0.0, 0.3, 0.6])).astype(int)
    predicted = (1 / (1 + numpy.exp(-logits)) >= threshold).astype(int)
    return dict(
        columns=columns, threshold=threshold, logits=logits.flatten().tolist(),
        labels=[numpy.flatnonzero(row).tolist() for row in labels],
        scores=[f1(labels, predicted, mean) for mean in ("micro", "macro", "samples")]
        + [float(sklearn.metrics.accuracy_score(labels, predicted))])


def regression(rng):
    rows = int(rng.integers(2, 20))
    kind = rng.integers(0, 4)
    x = rng.normal(size=rows) if kind else rng.integers(0, 4, rows)
    y = {0: rng.integers(0, 3, rows), 1: rng.normal(size=rows), 2: 0.5 * x + rng.normal(size=rows),
         3: numpy.full(rows, rng.normal())}[int(kind)]
    x, y = (numpy.asarray(v, dtype=numpy.float32).astype(float) for v in (x, y))
    scores = [scipy.stats.pearsonr(x, y)[0], scipy.stats.spearmanr(x, y)[0],
              sklearn.metrics.mean_squared_error(y, x)]
    return dict(numbers=x.tolist(), labels=y.tolist(),
                scores=[None if math.isnan(s) else float(s) for s in scores])


rng = numpy.random.default_rng(int(sys.argv[1]))
print(json.dumps({draw.__name__: [draw(rng) for _ in range(int(sys.argv[2]))]
                  for draw in (classification, multi_label, regression)}))
