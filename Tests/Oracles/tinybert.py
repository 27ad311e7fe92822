"""Trains students as the program published with TinyBERT trains them, in float64, written from what that
program computes: fixed padding, an additive mask of -10000, scores at or below a cutoff set to 0, means over
everything, BertAdam.

    python Tests/Oracles/tinybert.py JOBS.json

Beside the file `results.json` is written: for each job the loss terms of every step, the gradients of the
first, and the weights after the last. Weights are base64 of little-endian single precision, by our names.
"""

import base64
import json
import math
import pathlib
import sys

import numpy
import torch
from torch.nn import functional

import bert


def decode(tensors):
  return {t["name"]: torch.tensor(
      numpy.frombuffer(base64.b64decode(t["values"]), dtype="<f4").astype(numpy.float64)
  ).reshape(t["shape"]) for t in tensors}


def encode(tensors):
  return {name: base64.b64encode(value.detach().numpy().astype("<f4").tobytes()).decode()
          for name, value in tensors.items()}


def norm(w, name, x):
  return functional.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-12)


def forward(w, model, ids, types, mask):
  """The states [B, L, C], the scores with the mask in them [B, H, L, L], and the logits."""
  count, length = ids.shape
  e = "bert.embeddings."
  x = (functional.embedding(ids, w[e + "word_embeddings.weight"], padding_idx=0)
       + w[e + "position_embeddings.weight"][:length]
       + functional.embedding(types, w[e + "token_type_embeddings.weight"]))
  states, scores = [norm(w, e + "LayerNorm", x)], []
  hidden = (1 - mask[:, None, None, :].double()) * -10000
  for layer in range(model["layers"]):
    p = f"bert.encoder.layer.{layer}."
    x = states[-1]
    split = lambda name: bert.linear(w, p + "attention.self." + name, x).reshape(
        count, length, model["heads"], -1).transpose(1, 2)
    q, k, v = split("query"), split("key"), split("value")
    s = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1]) + hidden
    scores.append(s)
    context = (torch.softmax(s, -1) @ v).transpose(1, 2).reshape(count, length, -1)
    x = norm(w, p + "attention.output.LayerNorm",
             bert.linear(w, p + "attention.output.dense", context) + x)
    inner = functional.gelu(bert.linear(w, p + "intermediate.dense", x))
    states.append(norm(w, p + "output.LayerNorm", bert.linear(w, p + "output.dense", inner) + x))
  if "classifier.weight" not in w:
    return states, scores, None
  pooled = torch.tanh(bert.linear(w, "bert.pooler.dense", states[-1][:, 0]))
  return states, scores, bert.linear(w, "classifier", torch.relu(pooled) if model["relu"] else pooled)


def layer_terms(job, w, own, known, mask):
  """Where a job does not pad, what is no token counts neither in sums nor in means."""
  step = (len(known[0]) - 1) // (len(own[0]) - 1)
  rows = mask[:, :, None].double()
  pairs = rows @ rows.transpose(1, 2)
  if job["pads"]:
    rows, pairs = torch.ones_like(rows), torch.ones_like(pairs)

  def states(index):
    t = known[0][index * step]
    s = bert.linear(w, "distillation.projection", own[0][index])
    return (((s - t)**2) * rows).sum() / (rows.sum() * t.shape[-1])

  def scores(index):
    s, t = own[1][index], known[1][index * step + step - 1]
    if job["cutoff"] is not None:
      s, t = (torch.where(x <= job["cutoff"], torch.zeros_like(x), x) for x in (s, t))
    return (((s - t)**2) * pairs[:, None]).sum() / (pairs.sum() * s.shape[1])

  return {"embedding": states(0), "hidden": sum(states(i) for i in range(1, len(own[0]))),
          "attention": sum(scores(i) for i in range(len(own[1])))}


def prediction_terms(job, own, known, targets):
  if job["gold"]:
    return {"score": functional.mse_loss(own[2].reshape(-1), torch.tensor(targets).double())}
  soft = -torch.softmax(known[2], -1) * torch.log_softmax(own[2], -1)
  return {"prediction": soft.mean() if job["overClasses"] else soft.sum(-1).mean()}


class BertAdam:
  """Clips each tensor by itself, corrects no bias, adds epsilon to the root, decays with the update."""

  def __init__(self, weights, job):
    self.weights, self.job, self.step_number = weights, job, 0
    self.moments = {name: (torch.zeros_like(v), torch.zeros_like(v)) for name, v in weights.items()}

  def factor(self):
    if self.job["schedule"] == "constant":
      return 1
    x = self.step_number / self.job["total"]
    return x / 0.1 if x < 0.1 else max((x - 1) / (0.1 - 1), 0)

  def step(self):
    rate = self.job["rate"] * self.factor()
    for name, value in self.weights.items():
      if value.grad is None:
        continue
      g = value.grad
      g = g * min(1.0, 1.0 / (g.norm().item() + 1e-6))
      m, v = self.moments[name]
      m.mul_(0.9).add_(0.1 * g)
      v.mul_(0.999).add_(0.001 * g * g)
      update = m / (v.sqrt() + 1e-6)
      if not (name.endswith("bias") or name.endswith("LayerNorm.weight")):
        update = update + 0.01 * value.detach()
      with torch.no_grad():
        value -= rate * update
    self.step_number += 1


def run(job):
  own = {k: v.requires_grad_() for k, v in decode(job["student"]["weights"]).items()}
  known = decode(job["teacher"]["weights"])
  optimizer = BertAdam(own, job)
  losses, gradients = [], {}
  for examples in job["steps"]:
    length = job["length"] if job["pads"] else max(len(e["ids"]) for e in examples)
    pad = lambda values: list(values) + [0] * (length - len(values))
    ids = torch.tensor([pad(e["ids"]) for e in examples])
    types = torch.tensor([pad(e["types"]) for e in examples])
    mask = torch.tensor([pad([1] * len(e["ids"])) for e in examples])
    mine = forward(own, job["student"], ids, types, mask)
    with torch.no_grad():
      theirs = forward(known, job["teacher"], ids, types, mask)
    if job["phase"] == "layers":
      terms = layer_terms(job, own, mine, theirs, mask)
    else:
      terms = prediction_terms(job, mine, theirs, [e["target"] for e in examples])
    for value in own.values():
      value.grad = None
    sum(terms.values()).backward()
    if not losses:
      gradients = {k: v.grad for k, v in own.items() if v.grad is not None}
    losses.append({name: value.item() for name, value in terms.items()})
    optimizer.step()
  return dict(losses=losses, gradients=encode(gradients), weights=encode(own))


def main():
  path = pathlib.Path(sys.argv[1])
  torch.set_num_threads(1)
  results = [run(job) for job in json.loads(path.read_text())]
  (path.parent / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
  main()
