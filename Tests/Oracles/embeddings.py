"""Writes Fixtures/embeddings.json: sentence vectors, losses to a teacher's, to the similarities of its
vectors too, gradients and 20 steps of AdamW in float64, and principal axes.

Run from anywhere: python3 Tests/Oracles/embeddings.py (needs torch, transformers, scikit-learn and
sentence-transformers).
"""

import base64
import json
import pathlib

import numpy
import torch
from sentence_transformers.models import Normalize, Pooling
from sklearn.decomposition import PCA

import bert

common = dict(
    vocab_size=13, hidden_size=8, num_attention_heads=2, hidden_act="gelu", max_position_embeddings=9,
    type_vocab_size=2, layer_norm_eps=1e-12, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
student = dict(common, num_hidden_layers=1, intermediate_size=10)
teacher = dict(common, num_hidden_layers=2, intermediate_size=8)
narrow = dict(student, hidden_size=6)
RATE, DECAY, STEPS = 1e-3, 0.01, 20


def shapes(config):
    """(name, shape) of every parameter."""
    c, f = config["hidden_size"], config["intermediate_size"]

    def dense(name, outputs, inputs):
        return [(name + ".weight", (outputs, inputs)), (name + ".bias", (outputs,))]

    def norm(name):
        return [(name + ".LayerNorm.weight", (c,)), (name + ".LayerNorm.bias", (c,))]

    out = [
        (f"bert.embeddings.{name}_embeddings.weight", (config[size], c))
        for name, size in [
            ("word", "vocab_size"), ("position", "max_position_embeddings"),
            ("token_type", "type_vocab_size")]]
    out += norm("bert.embeddings")
    for layer in range(config["num_hidden_layers"]):
        p = f"bert.encoder.layer.{layer}."
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            out += dense(p + "attention." + name, c, c)
        out += norm(p + "attention.output")
        out += dense(p + "intermediate.dense", f, c) + dense(p + "output.dense", c, f)
        out += norm(p + "output")
    return out


def draw(config, generator):
    """Random float32 values, held as float64."""
    weights = {}
    for name, shape in shapes(config):
        values = 0.3 * torch.randn(shape, generator=generator, dtype=torch.float64)
        if name.endswith("LayerNorm.weight"):
            values = 1 + values / 3
        weights[name] = values.float().double()
    return weights


def vectors(w, config, pooling, normalized):
    """One row a sequence, by sentence-transformers' own modules."""
    states = [bert.encode(w, config, torch.tensor(ids), torch.tensor(types))[0][-1]
              for ids, types in sequences]
    longest = max(len(s) for s in states)
    features = dict(
        token_embeddings=torch.stack(
            [torch.nn.functional.pad(s, (0, 0, 0, longest - len(s)), value=7.0) for s in states]),
        attention_mask=torch.tensor(
            [[1] * len(s) + [0] * (longest - len(s)) for s in states]))
    features = Pooling(config["hidden_size"], pooling_mode=pooling)(features)
    if normalized:
        features = Normalize()(features)
    return features["sentence_embedding"]


def similarities(v, temperature):
    """One row a sequence: its cosines to all others, divided by the temperature."""
    cosines = torch.nn.functional.cosine_similarity(v[:, None], v[None, :], dim=-1)
    others = ~torch.eye(len(v), dtype=torch.bool)
    return cosines[others].view(len(v), len(v) - 1) / temperature


def loss(w, config, pooling, normalized, kind, weight, temperature):
    own = vectors(w, config, pooling, normalized)
    with torch.no_grad():
        known = vectors(sets["teacher"], teacher, pooling, normalized)
    value = torch.zeros((), dtype=torch.float64)
    if kind == "mse":
        value = torch.nn.MSELoss()(own, known)
    if kind == "cosine":
        value = (1 - torch.nn.functional.cosine_similarity(own, known)).mean()
    if weight:
        value = value + weight * torch.nn.functional.kl_div(
            similarities(own, temperature).log_softmax(-1),
            similarities(known, temperature).softmax(-1), reduction="batchmean")
    return value


def encode(values):
    return base64.b64encode(numpy.asarray(values, dtype="<f4").tobytes()).decode()


generator = torch.Generator().manual_seed(33)
sets = {"student": draw(student, generator), "teacher": draw(teacher, generator)}
sequences = []
for length in [5, 1, 9, 3, 7, 2]:
    ids = torch.randint(1, 13, (length,), generator=generator).tolist()
    sequences.append((ids, [0] * length))
for name, config in [("student", student), ("teacher", teacher)]:
    bert.check(sets[name], config, [(torch.tensor(i), torch.tensor(t)) for i, t in sequences])

# Drawn by themselves: the rest of the file stays as it was.
sets["narrow"] = draw(narrow, torch.Generator().manual_seed(34))

cases = []
for name, pooling, normalized, kind, weight, temperature in [
    ("student", "mean", False, "mse", 0, 1), ("student", "mean", True, "cosine", 0, 1),
    ("student", "cls", False, "cosine", 0, 1), ("student", "cls", True, "mse", 0, 1),
    ("narrow", "mean", False, "none", 1, 0.05), ("student", "cls", True, "mse", 0.5, 0.3)]:
    config = dict(student=student, narrow=narrow)[name]
    setting = (config, pooling, normalized, kind, weight, temperature)
    w = {k: v.clone().requires_grad_() for k, v in sets[name].items()}
    value = loss(w, *setting)
    value.backward()
    gradients = {k: encode(v.grad) for k, v in w.items()}
    plain = [v for k, v in w.items() if k.endswith("bias") or "LayerNorm" in k]
    others = [v for k, v in w.items() if not (k.endswith("bias") or "LayerNorm" in k)]
    optimizer = torch.optim.AdamW(
        [dict(params=others, weight_decay=DECAY), dict(params=plain, weight_decay=0.0)], lr=RATE)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        step = loss(w, *setting)
        step.backward()
        losses.append(step.item())
        torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0)
        optimizer.step()
    cases.append(dict(
        student=name, pooling=pooling, normalized=normalized, loss=kind, weight=weight,
        temperature=temperature, value=value.item(), gradients=gradients,
        vectors=encode(vectors(sets[name], config, pooling, normalized).detach()),
        losses=losses, weights={k: encode(v.detach()) for k, v in w.items()}))

points = torch.randn((30, 6), generator=generator, dtype=torch.float64)
points = (points @ torch.randn((6, 6), generator=generator, dtype=torch.float64) + 0.5).float().numpy()
pca = PCA(n_components=4).fit(points.astype("float64"))
axes = pca.components_ * numpy.sign(
    pca.components_[range(4), abs(pca.components_).argmax(1)])[:, None]
fixture = dict(
    rate=RATE, decay=DECAY, steps=STEPS, student=student, teacher=teacher, narrow=narrow,
    sequences=[ids for ids, _ in sequences],
    models={name: {k: encode(v) for k, v in w.items()} for name, w in sets.items()},
    cases=cases,
    axes=dict(
        points=encode(points), width=6, axes=encode(axes),
        share=float(pca.explained_variance_ratio_.sum()),
        reduced=encode(points.astype("float64") @ axes.T)))
path = pathlib.Path(__file__).parent.parent / "Fixtures" / "embeddings.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, [(c["loss"], c["value"], c["losses"][-1]) for c in cases])
