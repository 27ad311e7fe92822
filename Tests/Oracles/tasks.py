"""Writes Fixtures/tasks.json: each task's loss, gradients and 20 optimiser steps, in float64.

Run from anywhere: python3 Tests/Oracles/tasks.py (needs torch and transformers).

The losses of labels are those that BertForSequenceClassification computes for its `problem_type`; those of
a teacher's logits are PyTorch's. Every step sees all sequences.
"""

import base64
import json
import pathlib

import numpy
import torch
import transformers
from torch.nn import functional

CONFIG = dict(vocab_size=11, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12,
              hidden_act="gelu", max_position_embeddings=7, type_vocab_size=2, layer_norm_eps=1e-12,
              hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, initializer_range=0.3)
STEPS, RATE, WARMUP, DECAY, EPSILON = 20, 1e-2, 0.1, 0.01, 1e-4
LENGTHS = [5, 1, 7, 3, 2]
generator = torch.Generator().manual_seed(14)


def encode(values):
  return base64.b64encode(numpy.asarray(values.detach(), dtype="<f4").tobytes()).decode()


# Never [PAD], whose row of the table PyTorch leaves alone.
sequences = [dict(ids=torch.randint(1, 11, (n,), generator=generator).tolist(),
                  types=[int(i > n // 2) for i in range(n)]) for n in LENGTHS]
padded = lambda key: torch.tensor([s[key] + [0] * (7 - len(s[key])) for s in sequences])
inputs = dict(input_ids=padded("ids"), token_type_ids=padded("types"),
              attention_mask=torch.tensor([[1] * n + [0] * (7 - n) for n in LENGTHS]))


def model(labels, problem_type):
  torch.manual_seed(labels)
  made = transformers.BertForSequenceClassification(
      transformers.BertConfig(**CONFIG, num_labels=labels, problem_type=problem_type))
  with torch.no_grad():
    for name, p in made.named_parameters():
      noise = 0.2 * torch.randn(p.shape)
      p.copy_((p + noise if p.dim() == 1 else p).float())
  return made.double().train()


def optimise(made, loss):
  decayed = [p for n, p in made.named_parameters() if not (n.endswith("bias") or "LayerNorm" in n)]
  rest = [p for n, p in made.named_parameters() if n.endswith("bias") or "LayerNorm" in n]
  optimizer = torch.optim.AdamW([dict(params=decayed, weight_decay=DECAY), dict(params=rest, weight_decay=0)],
                                lr=RATE, betas=(0.9, 0.999), eps=EPSILON)
  schedule = transformers.get_linear_schedule_with_warmup(optimizer, int(WARMUP * STEPS), STEPS)
  for _ in range(STEPS):
    optimizer.zero_grad()
    sum(loss().values()).backward()
    torch.nn.utils.clip_grad_norm_(made.parameters(), 1.0)
    optimizer.step()
    schedule.step()


def case(name, task, labels, problem_type, targets, term, teacher=None, temperature=1.0, t2=False, alpha=1.0):
  made = model(labels, problem_type)
  wanted = torch.tensor(targets)
  wanted = wanted if problem_type == "single_label_classification" else wanted.double()
  known = None if teacher is None else torch.tensor(teacher).float().double()

  def loss():
    out = made(**inputs, labels=wanted)
    if known is None:
      return {term: out.loss}
    if task == "regression":
      soft = functional.mse_loss(out.logits, known)
    else:
      soft = functional.binary_cross_entropy_with_logits(
          out.logits / temperature, torch.sigmoid(known / temperature)) * (temperature**2 if t2 else 1)
    return {"prediction": (1 - alpha) * soft, term: alpha * out.loss}

  start = {n: encode(p) for n, p in made.named_parameters()}
  terms = loss()
  sum(terms.values()).backward()
  gradients = {n: encode(p.grad) for n, p in made.named_parameters()}
  optimise(made, loss)
  return dict(name=name, task=task, labels=labels, targets=targets, teacher=teacher, temperature=temperature, t2=t2,
              alpha=alpha, terms={k: v.item() for k, v in terms.items()}, start=start, gradients=gradients,
              after={n: encode(p) for n, p in made.named_parameters()})


SETS = [[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]]
NUMBERS = [5.0, 0.0, 2.75, 3.8, 1.5]
logits = lambda columns: (2 * torch.randn((len(LENGTHS), columns), generator=generator)).float().tolist()
fixture = dict(
  config=CONFIG, sequences=sequences, steps=STEPS, rate=RATE, warmup=WARMUP, decay=DECAY, epsilon=EPSILON, cases=[
    case("classes", "classification", 3, "single_label_classification", [2, 0, 1, 1, 2], "label"),
    case("labels", "multi-label", 3, "multi_label_classification", SETS, "labels"),
    case("numbers", "regression", 1, "regression", NUMBERS, "score"),
    case("labels and a teacher, T = 2 with T^2", "multi-label", 3, "multi_label_classification", SETS, "labels",
         logits(3), 2.0, True, 0.3),
    case("numbers and a teacher", "regression", 1, "regression", NUMBERS, "score", logits(1), alpha=0.25),
  ])
path = pathlib.Path(__file__).parent.parent / "Fixtures" / "tasks.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, {e["name"]: e["terms"] for e in fixture["cases"]})
