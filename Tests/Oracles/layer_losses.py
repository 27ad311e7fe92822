"""Writes Fixtures/layer-losses.json: relations, cosines and divergences of layers and logits, their weights,
and a short training, in float64. Models and texts are those of Fixtures/distillation.json.

Run from anywhere: python3 Tests/Oracles/layer_losses.py (needs torch).
"""

import base64
import json
import math
import pathlib

import numpy
import torch

import bert

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures"
source = json.loads((FOLDER / "distillation.json").read_text())
sequences = [(s["ids"], s["types"]) for s in source["sequences"]]


def decode(texts):
  return {k: torch.tensor(numpy.frombuffer(base64.b64decode(v), dtype="<f4").astype("float64"))
          for k, v in texts.items()}


def shaped(values, config, own=None):
  """The flat values of the fixture in the shapes of PyTorch."""
  c, f = config["hidden_size"], config["intermediate_size"]
  out = {}
  for name, v in values.items():
    if name.startswith("distillation"):
      rows = -1 if name.endswith("bias") else own
    elif name.endswith("bias") or "LayerNorm" in name:
      rows = -1
    else:
      rows = f if name.endswith("output.dense.weight") and "attention" not in name else c
    out[name] = v if rows == -1 else v.reshape(-1, rows)
  return out


models = {}
for name, model in source["models"].items():
  weights = model["weights"] or source["models"]["wide"]["weights"]
  models[name] = (model["config"], shaped(decode(weights), model["config"]))
projection = shaped(decode(source["projections"]["shared"]), models["student"][0], own=8)


def parts(w, config, ids, types):
  """Of one sequence: states, raw scores, and queries, keys and values of every layer, [n, C] each."""
  hidden, scores = bert.encode(w, config, torch.tensor(ids), torch.tensor(types))
  triples = [[bert.linear(w, f"bert.encoder.layer.{l}.attention.self.{part}", hidden[l])
              for part in ("query", "key", "value")] for l in range(config["num_hidden_layers"])]
  return hidden, scores, triples


def divergence(t, s):
  """KL(softmax(t) || softmax(s)) over the last axis, summed over the rest."""
  t, s = torch.log_softmax(t, -1), torch.log_softmax(s, -1)
  return (t.exp() * (t - s)).sum()


def relations(x, heads):
  x = x.reshape(len(x), heads, -1).transpose(0, 1)
  return x @ x.transpose(1, 2) / math.sqrt(x.shape[-1])


def layers(w, entry, progress=0.0):
  config, known = models[entry["teacher"]]
  g = lambda m: (2 * m * 3 + 2) // 4  # uniform, 3 layers onto 2
  tokens = sum(len(ids) for ids, _ in sequences)
  pairs = sum(len(ids) ** 2 for ids, _ in sequences)
  terms = {name: torch.zeros((), dtype=torch.float64) for name in entry["losses"]}
  for ids, types in sequences:
    states, scores, triples = parts(w, models["student"][0], ids, types)
    with torch.no_grad():
      t_states, t_scores, t_triples = parts(known, config, ids, types)
    for m in range(3):
      name = "embedding" if m == 0 else "hidden"
      if name in terms:
        t, s = t_states[0 if m == 0 else g(m)], states[m]
        if entry["sharing"] == "shared":
          s = bert.linear(w, "distillation.projection", s)
        if entry["hidden"] == "cosine":
          loss = (1 - torch.cosine_similarity(s, t, dim=-1)).sum() / tokens
        else:
          loss = ((s - t) ** 2).sum() / (tokens * t.shape[1])
        terms[name] = terms[name] + loss
    if "attention" in terms:
      for m in (1, 2):
        s, t = scores[m - 1], t_scores[g(m) - 1]
        if len(s) != len(t):
          s, t = s.mean(0, keepdim=True), t.mean(0, keepdim=True)
        if entry["attention"] == "kl":
          loss = divergence(t, s) / (len(s) * tokens)
        else:
          loss = ((s - t) ** 2).sum() / (len(s) * pairs)
        terms["attention"] = terms["attention"] + loss
    if "relations" in terms:
      own, other = entry["layer"]
      heads = entry["heads"]
      for s, t in zip(triples[own - 1], t_triples[other - 1]):
        terms["relations"] = terms["relations"] + divergence(
            relations(t, heads), relations(s, heads)) / (heads * tokens)
  for name, (first, last) in entry["weights"].items():
    terms[name] = terms[name] * (first + (last - first) * progress)
  return terms


def answers(w, entry):
  config, known = models[entry["teacher"]]
  labels = [s["label"] for s in source["sequences"]]
  T = entry["temperature"]
  soft, hard = 0, 0
  for (ids, types), label in zip(sequences, labels):
    z, t = (bert.classify(v, bert.pool(v, parts(v, c, ids, types)[0]), "hf")
            for v, c in ((w, models["student"][0]), (known, config)))
    t = t.detach()
    soft = soft + (divergence(t / T, z / T) if entry["form"] == "kl" else
                   ((z - t) ** 2).mean()) / len(labels)
    if label >= 0:
      hard = hard - torch.log_softmax(z, -1)[label] / sum(x >= 0 for x in labels)
  alpha = entry["alpha"]
  terms = {"prediction": (1 - alpha) * (T * T if entry["t2"] else 1) * soft, "label": alpha * hard}
  for name, (first, _) in entry["weights"].items():
    terms[name] = terms[name] * first
  return terms


def encode(values):
  return base64.b64encode(numpy.asarray(values, dtype="<f4").tobytes()).decode()


def case(name, teacher="wide", sharing="shared", losses=(), hidden="mse", attention="mse",
         heads=4, layer=(2, 3), weights={}):
  return dict(name=name, teacher=teacher, sharing=sharing, losses=list(losses), hidden=hidden,
              attention=attention, heads=heads, layer=list(layer), weights=weights)


cases = [
  case("relations", losses=["relations"]),
  case("relations, other heads and layers", "three_heads", losses=["relations"], heads=2,
       layer=(1, 2)),
  case("relations of the last layer beside states of the first", losses=["embedding", "relations"]),
  case("relations beside scores of the same layer", "narrow", "none",
       losses=["attention", "relations"], heads=8),
  case("everything, weighted", losses=["embedding", "hidden", "attention", "relations"],
       weights={"hidden": [0.25, 1], "relations": [3, 3]}),
  case("cosines", losses=["embedding", "hidden"], hidden="cosine"),
  case("cosines without projection", "narrow", "none", losses=["hidden"], hidden="cosine"),
  case("what is attended to", losses=["attention"], attention="kl"),
  case("what is attended to, mean over heads", "three_heads", losses=["attention"], attention="kl"),
]
predictions = [
  dict(name="kl", form="kl", temperature=1.0, t2=False, alpha=0.0, weights={}),
  dict(name="kl, T = 2 with T^2, labels and weights", form="kl", temperature=2.0, t2=True, alpha=0.3,
       weights={"prediction": [0.5, 0.5], "label": [2, 2]}),
  dict(name="mse", form="mse", temperature=1.0, t2=False, alpha=0.0, weights={}),
]


def student(entry):
  own = dict(models["student"][1])
  if entry.get("sharing") == "shared":
    own |= projection
  return {k: v.clone().requires_grad_() for k, v in own.items()}


for entry in cases + predictions:
  entry.setdefault("teacher", "wide")
  own = student(entry)
  terms = layers(own, entry) if "losses" in entry else answers(own, entry)
  if entry.get("alpha") == 0:
    del terms["label"]
  sum(terms.values()).backward()
  entry["terms"] = {k: v.item() for k, v in terms.items()}
  # A parameter without an entry must receive no gradient at all.
  entry["gradients"] = {k: encode(v.grad) for k, v in own.items() if v.grad is not None}

# Five steps of AdamW over all texts at once, with courses of the weights.
training = case("training", "three_heads", losses=["embedding", "hidden", "attention", "relations"],
                hidden="cosine", weights={"hidden": [1, 0], "relations": [0.5, 2]})
own, steps, rate = student(training), 5, 0.01
sum(layers(own, training).values()).backward()
decays = [v for k, v in own.items()
          if v.grad is not None and not k.endswith("bias") and "LayerNorm" not in k]
rest = [v for k, v in own.items()
        if v.grad is not None and (k.endswith("bias") or "LayerNorm" in k)]
optimiser = torch.optim.AdamW([dict(params=decays, weight_decay=0.01),
                               dict(params=rest, weight_decay=0)], lr=rate, eps=1e-8)
training |= dict(rate=rate, steps=[])
for step in range(steps):
  optimiser.zero_grad()
  terms = layers(own, training, step / (steps - 1))
  sum(terms.values()).backward()
  optimiser.step()
  training["steps"].append({k: v.item() for k, v in terms.items()})
print(training["steps"])

path = FOLDER / "layer-losses.json"
path.write_text(json.dumps(dict(cases=cases, predictions=predictions, training=training),
                           separators=(",", ":")) + "\n")
print(path, path.stat().st_size, {e["name"]: e["terms"] for e in cases + predictions})
