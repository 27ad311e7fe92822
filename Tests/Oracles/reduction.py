"""Writes Fixtures/reduction.json: the student that is made of a wider teacher's layers, in float64.

The models are those of Fixtures/distillation.json. What is unique is written as it is; of products of two
factors, which may be turned against each other, the product. Run from anywhere (needs torch).
"""

import base64
import json
import math
import pathlib

import torch

import bert

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"


def root(matrix, power):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values ** power) @ vectors.T


def nearest(first, second, rank):
    """The matrix R of that rank for which E (u . v - u . R v)^2 is least."""
    u, s, vt = torch.linalg.svd(root(first, 0.5) @ root(second, 0.5))
    s[rank:] = 0
    return root(first, -0.5) @ u @ torch.diag(s) @ vt @ root(second, -0.5)


def rectified(mean, variance):
    """E max(x, 0)^2 of a normal x, by the trapezoidal rule."""
    steps = torch.linspace(-12, 12, 240_001, dtype=torch.float64)
    x = mean + math.sqrt(variance) * steps
    return torch.trapezoid(torch.clamp(x, min=0) ** 2 * torch.exp(-steps ** 2 / 2), steps) / math.sqrt(2 * math.pi)


def main():
    data = json.loads((FIXTURES / "distillation.json").read_text())
    config = data["models"]["wide"]["config"]
    small = data["models"]["student"]["config"]
    shapes = {}
    w = {}
    for name, text in data["models"]["wide"]["weights"].items():
        flat = torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).double()
        w[name] = flat
    c, f = config["hidden_size"], config["intermediate_size"]
    for name in w:
        if name.endswith("weight") and "LayerNorm" not in name:
            columns = f if name.endswith("output.dense.weight") and "attention" not in name else c
            w[name] = w[name].reshape(-1, columns)
    width, inner, heads = small["hidden_size"], small["intermediate_size"], small["num_attention_heads"]
    layers = [2, 3]  # uniform of 3 to 2
    states = [[] for _ in range(config["num_hidden_layers"] + 1)]
    deviations = []
    for row in data["sequences"]:
        ids, types = torch.tensor(row["ids"]), torch.tensor(row["types"])
        hidden, _ = bert.encode(w, config, ids, types)
        for state, rows in zip(states, hidden):
            state.append(rows)
        sums = (w["bert.embeddings.word_embeddings.weight"][ids]
                + w["bert.embeddings.position_embeddings.weight"][: len(ids)]
                + w["bert.embeddings.token_type_embeddings.weight"][types])
        deviations.append(sums.std(1, unbiased=False))
    states = [torch.cat(rows) for rows in states]
    deviation = torch.cat(deviations).mean()
    pool = torch.cat([states[k] for k in [0] + layers])
    mean = pool.mean(0)
    _, singular, vt = torch.linalg.svd(pool - mean, full_matrices=False)
    axes = vt[:width].T
    axes = axes * torch.sign(axes.gather(0, axes.abs().argmax(0)[None]))
    share = (singular[:width] ** 2).sum() / (singular ** 2).sum()
    out = {"axes": axes, "mean": mean, "share": share}

    gain, shift = w["bert.embeddings.LayerNorm.weight"], w["bert.embeddings.LayerNorm.bias"]
    for name in ("word", "position", "token_type"):
        table = w[f"bert.embeddings.{name}_embeddings.weight"]
        out[name] = (table - table.mean(1, keepdim=True)) / deviation * gain @ axes
    out["token_type"] = out["token_type"] + (shift - mean) @ axes
    out["length"] = (((states[0] - mean) @ axes) ** 2).mean().sqrt()

    def read(name):
        weight, bias = w[name + ".weight"], w[name + ".bias"]
        return torch.cat([weight @ axes, (bias + weight @ mean)[:, None]], 1)

    def meets(name, state):
        values = states[state] @ w[name + ".weight"].T + w[name + ".bias"]
        return values

    def norm(name):
        return [axes.T ** 2 @ w[name + ".weight"], axes.T @ (w[name + ".bias"] - mean)]

    for place, layer in enumerate(layers):
        p = f"bert.encoder.layer.{layer - 1}."
        q, k, v = (meets(p + f"attention.self.{n}", layer - 1) for n in ("query", "key", "value"))
        rq, rk, rv = (read(p + f"attention.self.{n}") for n in ("query", "key", "value"))
        back = axes.T @ w[p + "attention.output.dense.weight"]
        big = c // heads
        scores, values = [], []
        for head in range(heads):
            h = slice(head * big, (head + 1) * big)
            moment = lambda x: x[:, h].T @ x[:, h] / len(x)
            near = nearest(moment(q), moment(k), width // heads)
            scores.append(rq[h].T @ near @ rk[h] / math.sqrt(big))
            o = back[:, h]
            values.append(o @ nearest(o.T @ o, moment(v), width // heads) @ rv[h])
        w1, w2 = read(p + "intermediate.dense"), axes.T @ w[p + "output.dense.weight"]
        before = meets(p + "intermediate.dense", layer - 1)
        weight = [rectified(x.mean(), x.var(unbiased=False)) for x in before.T]
        weight = torch.stack(weight) * (w[p + "output.dense.weight"] ** 2).sum(0)
        kept = torch.sort(weight.argsort(descending=True)[:inner]).values
        out[f"layer {place}"] = {
            "scores": scores, "values": values, "attention bias": axes.T @ w[p + "attention.output.dense.bias"],
            "attention norm": norm(p + "attention.output.LayerNorm"), "inner": w1[kept], "outer": w2[:, kept],
            "outer bias": axes.T @ w[p + "output.dense.bias"], "norm": norm(p + "output.LayerNorm")}

    def flat(value):
        if isinstance(value, dict):
            return {key: flat(each) for key, each in value.items()}
        if isinstance(value, list):
            return [flat(each) for each in value]
        return [round(x, 9) for x in value.flatten().tolist()]

    (FIXTURES / "reduction.json").write_text(json.dumps(flat(out)) + "\n")


main()
