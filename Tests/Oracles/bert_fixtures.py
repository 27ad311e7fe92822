"""Makes Tests/Fixtures/transformer/*.safetensors: a small random BERT, its taps, and the gradient of
every parameter for losses seeded at arbitrary taps. Everything is computed in float64.

    python Tests/Oracles/bert_fixtures.py

Written with torch 2.x, transformers 5.x, safetensors 0.x.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file

import bert

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "transformer"
LABELS = 3
CONFIG = dict(
    vocab_size=50, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=36,
    max_position_embeddings=16, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12)
LENGTHS = [5, 1, 12, 3]
PREDICTION_ROWS = [2, 5, 6, 17, 20]


def random_weights(generator, config, head):
    c, f, v = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    shapes = {}

    def dense(name, outputs, inputs):
        shapes[f"{name}.weight"] = (outputs, inputs)
        shapes[f"{name}.bias"] = (outputs,)

    def norm(name):
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (c,)

    e = "bert.embeddings"
    shapes[f"{e}.word_embeddings.weight"] = (v, c)
    shapes[f"{e}.position_embeddings.weight"] = (config["max_position_embeddings"], c)
    shapes[f"{e}.token_type_embeddings.weight"] = (config["type_vocab_size"], c)
    norm(f"{e}.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        p = f"bert.encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            dense(f"{p}.attention.self.{part}", c, c)
        dense(f"{p}.attention.output.dense", c, c)
        norm(f"{p}.attention.output.LayerNorm")
        dense(f"{p}.intermediate.dense", f, c)
        dense(f"{p}.output.dense", c, f)
        norm(f"{p}.output.LayerNorm")
    if head == "masked":
        dense("cls.predictions.transform.dense", c, c)
        norm("cls.predictions.transform.LayerNorm")
        shapes["cls.predictions.bias"] = (v,)
    else:
        dense("bert.pooler.dense", c, c)
        dense("classifier", LABELS, c)
    weights = {}
    for name, shape in shapes.items():
        values = torch.randn(shape, generator=generator, dtype=torch.float64)
        # Scales that let every nonlinearity work: scores of a few units, gains around 1.
        values = 1 + 0.2 * values if "LayerNorm.weight" in name else 0.4 * values
        weights[name] = values.float().double()  # exactly what the fixture stores
    return weights


def taps(w, config, sequences, head):
    made = [bert.encode(w, config, *s) for s in sequences]
    out = {}
    for layer in range(config["num_hidden_layers"] + 1):
        out[f"hidden.{layer}"] = torch.cat([hidden[layer] for hidden, _ in made])
    for layer in range(config["num_hidden_layers"]):
        out[f"scores.{layer}"] = bert.packed([scores[layer] for _, scores in made])
    if head == "masked":
        rows = out[f"hidden.{config['num_hidden_layers']}"][PREDICTION_ROWS]
        out["logits"] = bert.predict(w, config, rows)
    else:
        out["pooled"] = torch.stack([bert.pool(w, hidden) for hidden, _ in made])
        out["logits"] = bert.classify(w, out["pooled"], head)
    return out


def store(name, tensors):
    path = FOLDER / f"{name}.safetensors"
    save_file(
        {n: (t.float() if t.is_floating_point() else t).contiguous() for n, t in tensors.items()},
        path, metadata={"format": "pt"})
    assert path.stat().st_size < 200_000, (path, path.stat().st_size)


# Model head and activation -> the sets of taps that carry loss.
CASES = {
    ("hf", "gelu"): {
        "all": ["hidden.0", "hidden.1", "hidden.2", "scores.0", "scores.1", "logits"],
        "scores": ["scores.1"],
        "lower": ["hidden.1", "scores.0"],
        "embeddings": ["hidden.0"],
        "split": ["hidden.0", "scores.1"],
    },
    ("tinybert", "relu"): {"logits": ["logits"]},
    ("masked", "gelu"): {"logits": ["logits"], "mixed": ["logits", "hidden.2", "scores.0"]},
}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for (head, activation), cases in CASES.items():
        generator = torch.Generator().manual_seed(20_240_607)
        # A large epsilon in one of them shows whether it arrives, and stands inside the root.
        epsilon = 0.05 if head == "tinybert" else CONFIG["layer_norm_eps"]
        config = CONFIG | {"hidden_act": activation, "layer_norm_eps": epsilon}
        w = random_weights(generator, config, head)
        # From 1, because transformers gives the padding token 0 no gradient.
        sequences = [
            (torch.randint(1, config["vocab_size"], (n,), generator=generator),
             (torch.arange(n) >= n // 2).long())
            for n in LENGTHS]
        print(head, "differs from transformers by", bert.check(w, config, sequences))
        with torch.no_grad():
            made = taps(w, config, sequences, head)
        integers = {
            "ids": torch.cat([s[0] for s in sequences]).int(),
            "types": torch.cat([s[1] for s in sequences]).int(),
            "lengths": torch.tensor(LENGTHS).int(),
            "prediction_rows": torch.tensor(PREDICTION_ROWS).int(),
        }
        store(f"bert-{head}", {f"weights/{n}": t for n, t in w.items()}
              | {f"taps/{n}": t for n, t in made.items()}
              | {f"batch/{n}": t.float() for n, t in integers.items()})
        for case, names in cases.items():
            for values in w.values():
                values.requires_grad_(True).grad = None
            made = taps(w, config, sequences, head)
            seeds = {
                n: torch.randn(made[n].shape, generator=generator, dtype=torch.float64)
                .float().double() for n in names}
            sum((made[n] * seeds[n]).sum() for n in names).backward()
            store(f"bert-{head}-{case}", {f"seeds/{n}": t for n, t in seeds.items()}
                  | {f"gradients/{n}": t.grad for n, t in w.items() if t.grad is not None})
            for values in w.values():
                values.requires_grad_(False)


if __name__ == "__main__":
    main()
    print(json.dumps({p.name: p.stat().st_size for p in sorted(FOLDER.iterdir())}))
