#!/usr/bin/env python3
"""The published recipe of TinyBERT's task distillation in PyTorch, from first step to score: what stands beside
the students of a pipeline in accuracy and in time.

    recipe.py --teacher FOLDER --student FOLDER --rows AUGMENTED.h5 --score ROWS.h5 [--length 64] ...

It begins where a pipeline of `distill` does: the same teacher and general student (folders of `distill export`),
the same rewritten rows, as tokenized by `distill augment`; scores are those of the splits of another artifact. What
follows is the published program's: fixed padding, means over everything, one projection, a constant rate in the
layer phase, BertAdam, a classifier behind a ReLU; but the teacher has no dropout. A data set of numbers learns the
right ones, as there. Prints a line a phase, and JSON at the end.
"""

import argparse
import json
import pathlib
import time

from peers import worker


class Rows:
    """The tokenized rows of a split and what is right of them."""

    def __init__(self, path, split):
        import h5py
        import torch

        with h5py.File(path) as file:
            group = file[split]
            ids, self.offsets = group["ids"][()], group["offsets"][()]
            self.second = group["second"][()]
            self.is_regression = "numbers" in group
            known = group["numbers" if self.is_regression else "labels"][()]
        self.ids = torch.tensor(ids, dtype=torch.long)
        self.known = torch.tensor(known)
        self.count = len(self.offsets) - 1

    def batch(self, numbers, length):
        """ids, types [B, length], valid [B, length] and what is right [B]."""
        import torch

        ids = torch.zeros(len(numbers), length, dtype=torch.long)
        types, valid = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
        for place, row in enumerate(numbers):
            own = self.ids[self.offsets[row] : self.offsets[row + 1]]
            if len(own) > length:
                raise SystemExit(f"row {row} has {len(own)} tokens; give --length {len(own)} or more")
            ids[place, : len(own)] = own
            valid[place, : len(own)] = True
            types[place, self.second[row] : len(own)] = 1
        return ids, types, valid, self.known[numbers]


class BertAdam:
    """Clips each tensor by itself, corrects no bias, adds epsilon to the root, decays with the update; a linear
    rise over a tenth and a linear fall, or a constant rate."""

    def __init__(self, module, rate, total=None):
        self.parameters = list(module.named_parameters())
        self.rate, self.total, self.number, self.moments = rate, total, 0, {}

    def factor(self):
        if self.total is None:
            return 1.0
        x = self.number / self.total
        return x / 0.1 if x < 0.1 else max((x - 1) / (0.1 - 1), 0.0)

    def step(self):
        import torch

        taken = [(name, p) for name, p in self.parameters if p.grad is not None]
        for name, p in taken:
            if name not in self.moments:
                self.moments[name] = torch.zeros_like(p), torch.zeros_like(p)
        first, second = ([self.moments[name][i] for name, _ in taken] for i in (0, 1))
        gradients = [p.grad for _, p in taken]
        norms = torch._foreach_norm(gradients)
        torch._foreach_mul_(gradients, [min(1.0, 1.0 / (n.item() + 1e-6)) for n in norms])
        torch._foreach_mul_(first, 0.9)
        torch._foreach_add_(first, gradients, alpha=0.1)
        torch._foreach_mul_(second, 0.999)
        torch._foreach_addcmul_(second, gradients, gradients, 0.001)
        roots = torch._foreach_sqrt(second)
        torch._foreach_add_(roots, 1e-6)
        updates = torch._foreach_div(first, roots)
        rate = self.rate * self.factor()
        with torch.no_grad():
            for (name, p), update in zip(taken, updates):
                if not name.endswith("bias") and "norm" not in name:
                    update.add_(p, alpha=0.01)
                p.sub_(update, alpha=rate)
                p.grad = None
        self.number += 1


def load(folder, outputs, with_head):
    """The encoder of a folder, with its classifier where that is asked for."""
    import torch
    from safetensors.torch import load_file

    from peers import bert

    model = bert.load(folder, outputs, "tinybert")
    if with_head:
        file = load_file(pathlib.Path(folder) / "model.safetensors")
        names = {"pooler": "bert.pooler.dense", "classifier": "classifier"}
        with torch.no_grad():
            for own, name in names.items():
                layer = getattr(model, own)
                layer.weight.copy_(file[name + ".weight"])
                layer.bias.copy_(file[name + ".bias"])
    return model


def logits(model, hidden, is_published):
    """Of the published head, a ReLU over the pooler; or of transformers', which the teacher has."""
    import torch

    pooled = torch.tanh(model.pooler(hidden[-1][:, 0]))
    return model.classifier(torch.relu(pooled) if is_published else pooled)


def scores(model, rows, length):
    """Accuracy, or Pearson's correlation of a data set of numbers."""
    import torch

    model.eval()
    told = []
    with torch.no_grad():
        for start in range(0, rows.count, 64):
            ids, types, valid, _ = rows.batch(range(start, min(start + 64, rows.count)), length)
            told.append(logits(model, states(model, ids, types, valid), True))
    model.train()
    told = torch.cat(told)
    if rows.is_regression:
        return {"pearson": torch.corrcoef(torch.stack([told[:, 0], rows.known]))[0, 1].item()}
    return {"accuracy": (told.argmax(-1) == rows.known).float().mean().item()}


def states(model, ids, types, valid):
    from peers import losses

    return model(ids, types, losses.mask_of(valid, ids))[0]


def phase(name, options, rows, module, loss_of, rate, epochs, decays):
    """Trains; returns its seconds of steps and the real tokens of them."""
    import torch

    per_epoch = rows.count // options.batch
    if not per_epoch:
        raise SystemExit(f"{rows.count} rows are no batch of {options.batch}; give a smaller --batch")
    optimizer = BertAdam(module, rate, per_epoch * epochs if decays else None)
    seconds, tokens = 0.0, 0
    for epoch in range(epochs):
        order = torch.randperm(rows.count).tolist()
        for step in range(per_epoch):
            batch = rows.batch(order[step * options.batch : (step + 1) * options.batch], options.length)
            start = time.perf_counter()
            loss = loss_of(*batch)
            loss.backward()
            optimizer.step()
            seconds += time.perf_counter() - start
            tokens += int(batch[2].sum())
        print(f"{name}: epoch {epoch + 1} of {epochs}, loss {loss.item():.4f}, {seconds:.0f} s", flush=True)
    return {"seconds": seconds, "tokens_per_second": tokens / seconds if seconds else None}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("teacher", "student", "rows", "score"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--layer-epochs", type=int, default=10)
    parser.add_argument("--layer-rate", type=float, default=5e-5)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=3e-5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    worker.set_threads(options.threads)
    import torch
    from torch.nn import functional as F

    from peers import losses

    torch.manual_seed(options.seed)
    rows = Rows(options.rows, "train")
    outputs = 1 if rows.is_regression else int(rows.known.max()) + 1
    teacher = load(options.teacher, outputs, True).eval().requires_grad_(False)
    student = load(options.student, outputs, False).train()
    layers = losses.Intermediate(student, teacher)

    def answers(ids, types, valid, known):
        told = logits(student, states(student, ids, types, valid), True)
        if rows.is_regression:
            return F.mse_loss(told[:, 0], known.float())
        with torch.no_grad():
            taught = torch.softmax(logits(teacher, states(teacher, ids, types, valid), False), -1)
        return -(taught * torch.log_softmax(told, -1)).mean()

    document = {"options": vars(options), "train_rows": rows.count}
    document["intermediate"] = phase(
        "intermediate", options, rows, layers, lambda ids, types, valid, _: layers(ids, types, valid),
        options.layer_rate, options.layer_epochs, False)
    document["prediction"] = phase(
        "prediction", options, rows, student, answers, options.rate, options.epochs, True)
    for split in ("dev", "test"):
        document[split] = scores(student, Rows(options.score, split), options.length)
        print(split, document[split], flush=True)
    print(json.dumps(document))


if __name__ == "__main__":
    main()
