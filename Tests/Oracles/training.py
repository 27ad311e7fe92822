"""Writes Fixtures/training.json: optimiser steps, schedules, metrics.

Run from anywhere: python3 Tests/Oracles/training.py
(needs torch, transformers, numpy, scipy and scikit-learn).
"""

import json
import pathlib

import numpy
import scipy.stats
import sklearn.metrics
import torch
import transformers

rng = numpy.random.default_rng(7)
SHAPES = {"word.weight": (5, 4), "dense.bias": (4,), "LayerNorm.weight": (4,), "untrained": (3,)}
STEPS, RATE, DECAY = 5, 1e-3, 0.01


def f32(values):
  return numpy.asarray(values, dtype=numpy.float32)


start = {name: f32(rng.normal(size=shape)) for name, shape in SHAPES.items()}
# The first steps are clipped, the last is not.
gradients = [{name: f32(rng.normal(size=shape) * (2.0, 1.0, 0.5, 0.3, 0.05)[k])
              for name, shape in SHAPES.items() if name != "untrained"} for k in range(STEPS)]
flat = lambda tensors: {k: numpy.asarray(v).reshape(-1).tolist() for k, v in tensors.items()}


def adamw(clip):
  """torch.optim.AdamW with clip_grad_norm_ and transformers' linear schedule, in float64."""
  p = {k: torch.nn.Parameter(torch.tensor(v, dtype=torch.float64)) for k, v in start.items()}
  groups = [dict(params=[p["word.weight"]], weight_decay=DECAY),
            dict(params=[p["dense.bias"], p["LayerNorm.weight"], p["untrained"]], weight_decay=0)]
  optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.999), eps=1e-8)
  schedule = transformers.get_linear_schedule_with_warmup(optimizer, 2, 8)
  after, norms = [], []
  for step in gradients:
    for name, gradient in step.items():
      p[name].grad = torch.tensor(gradient, dtype=torch.float64)
    norms.append(torch.nn.utils.clip_grad_norm_(p.values(), clip).item())
    optimizer.step()
    schedule.step()
    after.append(flat({k: v.detach().numpy() for k, v in p.items()}))
  return dict(after=after, norms=norms)


def bert_adam():
  """Written from its definition: per-tensor clipping, no bias correction, epsilon outside."""
  p = {k: v.astype(numpy.float64) for k, v in start.items()}
  m = {k: numpy.zeros_like(v) for k, v in p.items()}
  v = {k: numpy.zeros_like(x) for k, x in p.items()}
  after = []
  for t, step in enumerate(gradients):
    x = t / 10  # warmup_linear, 10 steps in all, a tenth of them warm-up
    factor = x / 0.1 if x < 0.1 else max((x - 1) / (0.1 - 1), 0)
    for k, gradient in step.items():
      g = gradient.astype(numpy.float64)
      g = g * min(1, 1 / (numpy.sqrt((g * g).sum()) + 1e-6))
      m[k] = 0.9 * m[k] + 0.1 * g
      v[k] = 0.999 * v[k] + 0.001 * g * g
      update = m[k] / (numpy.sqrt(v[k]) + 1e-6)
      if k == "word.weight":
        update = update + DECAY * p[k]
      p[k] = p[k] - RATE * factor * update
    after.append(flat(p))
  return dict(after=after)


def factors(make, count):
  optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
  schedule = make(optimizer)
  out = []
  for _ in range(count):
    out.append(schedule.get_last_lr()[0])
    optimizer.step()
    schedule.step()
  return out


schedules = []
for warmup, total in [(0, 7), (3, 10), (1, 1), (5, 5), (4, 23)]:
  schedules.append(dict(shape="linear", warmup=warmup, total=total, factors=factors(
    lambda o: transformers.get_linear_schedule_with_warmup(o, warmup, total), total)))
  schedules.append(dict(shape="constant", warmup=warmup, total=total, factors=factors(
    lambda o: transformers.get_constant_schedule_with_warmup(o, warmup), total)))


def classification(predictions, labels):
  binary = set(predictions) | set(labels) <= {0, 1}
  return dict(
    predictions=predictions, labels=labels,
    accuracy=sklearn.metrics.accuracy_score(labels, predictions),
    f1=sklearn.metrics.f1_score(labels, predictions, zero_division=0.0) if binary else None,
    **{mean: float(sklearn.metrics.f1_score(labels, predictions, average=mean, zero_division=0.0))
       for mean in ("macro", "micro", "weighted")},
    matthews=float(sklearn.metrics.matthews_corrcoef(labels, predictions)))


def correlation(x, y):
  return dict(x=x, y=y, pearson=float(scipy.stats.pearsonr(x, y)[0]),
              spearman=float(scipy.stats.spearmanr(x, y)[0]),
              ranks=scipy.stats.rankdata(x).tolist())


x = rng.normal(size=30)
fixture = dict(
  start=flat(start), gradients=[flat(step) for step in gradients], rate=RATE, decay=DECAY,
  adamw_clipped=adamw(1.0), adamw_free=adamw(1e9), bert_adam=bert_adam(), schedules=schedules,
  classification=[
    classification(rng.integers(0, 2, 40).tolist(), rng.integers(0, 2, 40).tolist()),
    classification(rng.integers(0, 3, 40).tolist(), rng.integers(0, 3, 40).tolist()),
    classification([0] * 6, [0, 1, 0, 1, 1, 0]),
    classification([0] * 4, [0] * 4),
    classification([1, 0, 1, 1], [1, 0, 1, 1]),
  ],
  correlation=[
    correlation(x.tolist(), (0.6 * x + rng.normal(size=30)).tolist()),
    correlation(rng.integers(0, 5, 25).astype(float).tolist(),
                rng.integers(0, 4, 25).astype(float).tolist()),
    correlation([1.0, 2.0, 2.0, 3.0], [-4.0, -5.0, -5.0, -9.0]),
  ])
path = pathlib.Path(__file__).parent.parent / "Fixtures" / "training.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, fixture["adamw_clipped"]["norms"])
