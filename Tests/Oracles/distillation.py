"""Writes Fixtures/distillation.json: distillation losses and gradients in float64.

Run from anywhere: python3 Tests/Oracles/distillation.py (needs torch and transformers).
"""

import base64
import json
import pathlib

import numpy
import torch

import bert

LABELS = 3
common = dict(vocab_size=19, hidden_act="gelu", max_position_embeddings=9, type_vocab_size=2, layer_norm_eps=1e-12,
              hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
student = dict(common, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
               intermediate_size=12)
wide = dict(common, hidden_size=12, num_hidden_layers=3, num_attention_heads=2,
            intermediate_size=16)
three_heads = dict(wide, num_attention_heads=3)  # the same weights, cut into other heads
narrow = dict(student, num_hidden_layers=3)

def shapes(config):
  """(name, shape) of every parameter."""
  c, f = config["hidden_size"], config["intermediate_size"]
  dense = lambda name, outputs, inputs: [(name + ".weight", (outputs, inputs)),
                                         (name + ".bias", (outputs,))]
  norm = lambda name: [(name + ".LayerNorm.weight", (c,)), (name + ".LayerNorm.bias", (c,))]
  out = [(f"bert.embeddings.{name}_embeddings.weight", (config[size], c))
         for name, size in [("word", "vocab_size"), ("position", "max_position_embeddings"),
                            ("token_type", "type_vocab_size")]]
  out += norm("bert.embeddings")
  for l in range(config["num_hidden_layers"]):
    p = f"bert.encoder.layer.{l}."
    for name in ("self.query", "self.key", "self.value", "output.dense"):
      out += dense(p + "attention." + name, c, c)
    out += norm(p + "attention.output")
    out += dense(p + "intermediate.dense", f, c) + dense(p + "output.dense", c, f)
    out += norm(p + "output")
  return out + dense("bert.pooler.dense", c, c) + dense("classifier", LABELS, c)


def draw(shapes, generator):
  """Random float32 values, held as float64."""
  weights = {}
  for name, shape in shapes:
    values = 0.3 * torch.randn(shape, generator=generator, dtype=torch.float64)
    if name.endswith("LayerNorm.weight"):
      values = 1 + values / 3
    weights[name] = values.float().double()
  return weights


def forward(w, config, ids, types):
  """Of one sequence: states 0..L [n, C], raw scores of layers 0..L-1 [H, n, n], logits."""
  hidden, scores = bert.encode(w, config, torch.tensor(ids), torch.tensor(types))
  return hidden, scores, bert.classify(w, bert.pool(w, hidden), "hf")


generator = torch.Generator().manual_seed(20)
sets = {
  "student": (student, draw(shapes(student), generator)),
  "wide": (wide, draw(shapes(wide), generator)),
  "narrow": (narrow, draw(shapes(narrow), generator)),
}
sets["three_heads"] = (three_heads, sets["wide"][1])

sequences, labels = [], []
for position, length in enumerate([5, 1, 9, 3, 7, 2]):
  ids = torch.randint(0, 19, (length,), generator=generator).tolist()
  sequences.append((ids, [1 if i > length // 2 else 0 for i in range(length)]))
  labels.append([0, 2, -1, 1, 2, 0][position])

for config, weights in sets.values():
  bert.check({k: v for k, v in weights.items() if k.startswith("bert.")}, config,
             [(torch.tensor(ids), torch.tensor(types)) for ids, types in sequences])

MAPS = {"uniform": lambda m: (2 * m * 3 + 2) // (2 * 2), "last": lambda m: m + 3 - 2}


def projections(sharing):
  prefix = "distillation.projection"
  dense = lambda p: [(p + ".weight", (12, 8)), (p + ".bias", (12,))]
  if sharing == "none":
    return {}
  if sharing == "shared":
    return draw(dense(prefix), torch.Generator().manual_seed(21))
  return draw(sum((dense(f"{prefix}.{m}") for m in range(3)), []),
                     torch.Generator().manual_seed(22))


def project(w, sharing, state, x):
  if sharing == "none":
    return x
  name = "distillation.projection" + ("" if sharing == "shared" else f".{state}")
  return bert.linear(w, name, x)


def intermediate(w, teacher, sharing, layer_map, losses, mismatch):
  config, known = sets[teacher]
  g = MAPS[layer_map]
  tokens = sum(len(ids) for ids, _ in sequences)
  pairs = sum(len(ids)**2 for ids, _ in sequences)
  terms = {name: torch.zeros((), dtype=torch.float64) for name in losses}
  for ids, types in sequences:
    s_states, s_scores, _ = forward(w, student, ids, types)
    t_states, t_scores, _ = forward(known, config, ids, types)
    for m in range(3):
      name = "embedding" if m == 0 else "hidden"
      if name in losses:
        t = t_states[0 if m == 0 else g(m)]
        difference = project(w, sharing, m, s_states[m]) - t
        terms[name] = terms[name] + (difference**2).sum() / (tokens * t.shape[1])
    if "attention" in losses:
      for m in (1, 2):
        s, t = s_scores[m - 1], t_scores[g(m) - 1]
        if mismatch == "mean":
          s, t = s.mean(0, keepdim=True), t.mean(0, keepdim=True)
        if mismatch == "sum":
          s, t = s.sum(0, keepdim=True), t.sum(0, keepdim=True)
        terms["attention"] = terms["attention"] + ((s - t)**2).sum() / (s.shape[0] * pairs)
  return terms


def prediction(w, teacher, temperature, t2, alpha):
  config, known = sets[teacher]
  soft, hard, labelled = 0, 0, sum(label >= 0 for label in labels)
  for (ids, types), label in zip(sequences, labels):
    z = forward(w, student, ids, types)[2]
    t = forward(known, config, ids, types)[2]
    soft = soft - (torch.softmax(t / temperature, -1)
                   * torch.log_softmax(z / temperature, -1)).sum() / len(labels)
    if label >= 0:
      hard = hard - torch.log_softmax(z, -1)[label] / labelled
  terms = {"prediction": (1 - alpha) * (temperature**2 if t2 else 1) * soft}
  if alpha > 0:
    terms["label"] = alpha * hard
  return terms


def encode(values):
  return base64.b64encode(numpy.asarray(values, dtype="<f4").tobytes()).decode()


EVERY = ["embedding", "hidden", "attention"]


def case(name, teacher, sharing="shared", layer_map="uniform", losses=EVERY, mismatch=None):
  return dict(name=name, kind="intermediate", teacher=teacher, sharing=sharing,
              layer_map=layer_map, losses=losses, mismatch=mismatch)


cases = [
  case("embedding", "wide", losses=["embedding"]),
  case("hidden", "wide", losses=["hidden"]),
  case("attention", "wide", losses=["attention"]),
  case("together", "wide"),
  case("together, a projection per state", "wide", sharing="per_layer"),
  case("together, without projection", "narrow", sharing="none"),
  case("attention, mean over heads", "three_heads", losses=["attention"], mismatch="mean"),
  case("attention, sum over heads", "three_heads", losses=["attention"], mismatch="sum"),
  case("together, sum over heads, last layers", "three_heads", layer_map="last", mismatch="sum"),
  dict(name="prediction", kind="prediction", teacher="wide", temperature=1.0, t2=False, alpha=0.0),
  dict(name="prediction, T = 2", kind="prediction", teacher="wide", temperature=2.0, t2=False,
       alpha=0.0),
  dict(name="prediction, T = 2 with T^2 and labels", kind="prediction", teacher="wide",
       temperature=2.0, t2=True, alpha=0.3),
  dict(name="labels alone", kind="prediction", teacher="wide", temperature=1.0, t2=False,
       alpha=1.0),
]
for entry in cases:
  own = dict(sets["student"][1])
  if entry["kind"] == "intermediate":
    own |= projections(entry["sharing"])
  own = {k: v.clone().requires_grad_() for k, v in own.items()}
  if entry["kind"] == "intermediate":
    terms = intermediate(own, entry["teacher"], entry["sharing"], entry["layer_map"],
                         entry["losses"], entry["mismatch"])
  else:
    terms = prediction(own, entry["teacher"], entry["temperature"], entry["t2"], entry["alpha"])
  sum(terms.values()).backward()
  entry["terms"] = {k: v.item() for k, v in terms.items()}
  # A parameter without an entry must receive no gradient at all.
  entry["gradients"] = {k: encode(v.grad) for k, v in own.items() if v.grad is not None}

fixture = dict(
  labels=LABELS,
  sequences=[dict(ids=ids, types=types, label=label)
             for (ids, types), label in zip(sequences, labels)],
  models={name: dict(config=config, weights={} if name == "three_heads" else
                     {k: encode(v) for k, v in weights.items()})
          for name, (config, weights) in sets.items()},
  projections={sharing: {k: encode(v) for k, v in projections(sharing).items()}
               for sharing in ("shared", "per_layer")},
  cases=cases)
path = pathlib.Path(__file__).parent.parent / "Fixtures" / "distillation.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, {e["name"]: e["terms"] for e in cases})
