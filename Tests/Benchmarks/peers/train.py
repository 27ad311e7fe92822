"""A training step in PyTorch, timed: the peer of
`distill bench general|intermediate|prediction|finetune`.

    python -m peers.train OBJECTIVE [--teacher T] --student S [--text FILE] [--compile] ...

Teacher in evaluation mode without gradients, student with dropout, AdamW: fused, on a CPU faster
than foreach. Optimiser, losses, targets and batches are made once and stay; data loading is not timed.
"""

import argparse
import time

from peers import worker

# Of words as many as WNUT-17 has tags; beginnings and ends of answers.
CLASSES = {"classification": 2, "token-classification": 13, "question-answering": 2}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("objective", choices=["intermediate", "prediction", "finetune"])
    parser.add_argument("--task", choices=CLASSES, default="classification")
    parser.add_argument("--teacher", help="not of finetune")
    parser.add_argument("--student", required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3, help="without --text")
    parser.add_argument("--text", help="real lines instead of random ids; all are used")
    parser.add_argument("--tokenizer", help="folder; by default the teacher")
    parser.add_argument("--padding", choices=["dynamic", "fixed"], default="dynamic")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--optimizer", choices=["fused", "foreach"], default="fused")
    parser.add_argument("--style", choices=["tinybert", "tuned", "transformers"], default="tinybert",
                        help="transformers: its own class, with finetune")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if options.task != "classification" and not options.text:
        parser.error("answers of tokens need --text")
    if options.objective == "finetune" and options.task == "classification":
        parser.error("finetune needs a --task of tokens")
    return options


def objective_of(options, bert, losses):
    """The loss with its models."""
    of_tokens = options.task != "classification"
    labels = None if options.objective == "intermediate" else CLASSES[options.task]
    if options.style == "transformers":
        return losses.HuggingFace(options.task, options.student, labels)
    teacher = None
    if options.objective != "finetune":
        teacher = bert.load(options.teacher, labels, options.style, of_tokens)
        teacher = teacher.eval().requires_grad_(False)
    student = bert.load(options.student, labels, options.style, of_tokens).train()
    if of_tokens:
        return losses.Tokens(options.task, student, teacher)
    kind = losses.Prediction if labels else losses.Intermediate
    return kind(student, teacher)


def main():
    options = arguments()
    channel = worker.claim_stdout()
    worker.set_threads(options.threads)
    import torch

    from peers import batches, bert, losses

    torch.manual_seed(1)
    objective = objective_of(options, bert, losses)
    optimizer = torch.optim.AdamW(
        objective.parameters(), lr=5e-5, weight_decay=0.01, **{options.optimizer: True})
    loss_of = torch.compile(objective, dynamic=bool(options.text)) if options.compile else objective
    if options.text:
        folder = options.tokenizer or options.teacher or options.student
        rows = batches.encode(folder, options.text, options.length)
        data = batches.text_batches(rows, options.batch, options.padding, options.length)
        if options.task == "token-classification":
            begins, classes = batches.beginnings_of_words(folder), CLASSES[options.task]
            data = [(*b, batches.classes_of_words(b, begins, classes)) for b in data]
        elif options.task == "question-answering":
            data = [(*b, batches.answers(b)) for b in data]
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
