"""Trains a token classifier, or a masked language model, as transformers does, in float64 and without
dropout, and writes what comes of it.

    python Tests/Oracles/token_training.py JOB.json

The job names the folders of a student and a teacher, examples (ids and a label a token: -100 where none
is asked for, -1 where it is not known), and the training; all examples are one step. Beside the job
`gradient` and `trained` are written, folders of the student with the first step's gradients and with the
weights after the last step; the losses of all steps are printed.
"""

import json
import pathlib
import sys

import torch
import transformers


def load(folder, head):
    return getattr(transformers, f"AutoModelFor{head}").from_pretrained(folder).double().eval()


def save_gradients(model, folder):
    kept = {name: value.detach().clone() for name, value in model.named_parameters()}
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(torch.zeros_like(value) if value.grad is None else value.grad)
        model.save_pretrained(folder)
        for name, value in model.named_parameters():
            value.copy_(kept[name])


def main():
    path = pathlib.Path(sys.argv[1])
    job = json.loads(path.read_text())
    student, teacher = (load(job[name], job["head"]) for name in ("student", "teacher"))
    length = max(len(e["ids"]) for e in job["examples"])
    pad = lambda values, fill: values + [fill] * (length - len(values))
    ids = torch.tensor([pad(e["ids"], 0) for e in job["examples"]])
    mask = torch.tensor([pad([1] * len(e["ids"]), 0) for e in job["examples"]])
    labels = torch.tensor([pad(e["labels"], -100) for e in job["examples"]])
    asked = labels != -100
    temperature = job["temperature"]
    with torch.no_grad():
        soft = torch.softmax(teacher(ids, attention_mask=mask).logits[asked] / temperature, -1)

    decays = lambda name: not name.endswith("bias") and "norm" not in name.lower()
    optimizer = torch.optim.AdamW(
        [{"params": [v for n, v in student.named_parameters() if decays(n) == wanted],
          "weight_decay": 0.01 if wanted else 0.0} for wanted in (True, False)],
        lr=job["learningRate"], eps=job["epsilon"])
    losses = []
    for step in range(job["steps"]):
        out = student(ids, attention_mask=mask, labels=torch.where(labels == -1, -100, labels))
        hard = out.loss
        likelihoods = torch.log_softmax(out.logits[asked] / temperature, -1)
        loss = -(soft * likelihoods).sum(-1).mean() * (temperature ** 2 if job["t2"] else 1)
        loss = (1 - job["alpha"]) * loss + job["alpha"] * hard
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            save_gradients(student, path.parent / "gradient")
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    student.save_pretrained(path.parent / "trained")
    print(json.dumps(losses))


if __name__ == "__main__":
    main()
