"""A distillation step in PyTorch, timed: the peer of `distill bench general|intermediate|prediction`.

    python -m peers.train OBJECTIVE --teacher T --student S [--text FILE] [--compile] ...

Teacher in evaluation mode without gradients, student with dropout, AdamW: fused, on a CPU faster
than foreach. Optimiser, losses and batches are made once and stay; data loading is not timed.
"""

import argparse
import time

from peers import worker


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("objective", choices=["intermediate", "prediction"])
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--student", required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3, help="without --text")
    parser.add_argument("--text", help="real lines instead of random ids; all are used")
    parser.add_argument("--tokenizer", help="folder; by default the teacher")
    parser.add_argument("--padding", choices=["dynamic", "fixed"], default="dynamic")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--optimizer", choices=["fused", "foreach"], default="fused")
    parser.add_argument("--style", choices=["tinybert", "tuned"], default="tinybert")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main():
    options = arguments()
    channel = worker.claim_stdout()
    worker.set_threads(options.threads)
    import torch

    from peers import batches, bert, losses

    torch.manual_seed(1)
    labels = 2 if options.objective == "prediction" else None
    teacher = bert.load(options.teacher, labels, options.style).eval().requires_grad_(False)
    student = bert.load(options.student, labels, options.style).train()
    kind = losses.Prediction if labels else losses.Intermediate
    objective = kind(student, teacher)
    optimizer = torch.optim.AdamW(
        objective.parameters(), lr=5e-5, weight_decay=0.01, **{options.optimizer: True})
    loss_of = torch.compile(objective, dynamic=bool(options.text)) if options.compile else objective
    if options.text:
        rows = batches.encode(options.tokenizer or options.teacher, options.text, options.length)
        data = batches.text_batches(rows, options.batch, options.padding, options.length)
    else:
        data = batches.random_batches(options.steps, options.batch, options.length)

    def step(batch):
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            loss = loss_of(*batch)
        loss.backward()
        optimizer.step()
        return loss

    def measure():
        seconds, loss = [], None
        for batch in data:
            start = time.perf_counter()
            loss = step(batch)
            seconds.append(time.perf_counter() - start)
        return {
            "seconds": seconds, "tokens": [batches.tokens(b) for b in data], "loss": loss.item(),
            "work": sum(batches.tokens(b) for b in data), "elapsed": sum(seconds)}

    # A compiled step meets every shape once before it is timed, an eager one the largest batch.
    for batch in data if options.compile else sorted(data, key=lambda b: b[0].numel())[-2:]:
        step(batch)
    worker.serve(channel, measure)


if __name__ == "__main__":
    main()
