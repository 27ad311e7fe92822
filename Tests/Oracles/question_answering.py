"""Losses, gradients and 20 steps of question answering on small random models, by transformers.

    python Tests/Oracles/question_answering.py OUT FAMILY

writes OUT/student and OUT/teacher (folders) and OUT/expected.safetensors. Every sequence is a batch of
its own: padding would take part in the softmax over tokens.
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig, BertForQuestionAnswering, DistilBertConfig, DistilBertForQuestionAnswering,
    ElectraConfig, ElectraForQuestionAnswering, get_linear_schedule_with_warmup)

STEPS, RATE, DECAY = 20, 1e-3, 0.01
TEMPERATURE, ALPHA = 2.0, 0.3
LENGTHS = [7, 12, 3, 1, 16, 9]


def make(family, layers, width):
    sizes = dict(vocab_size=31, max_position_embeddings=16)
    if family == "distilbert":
        return DistilBertForQuestionAnswering(DistilBertConfig(
            dim=width, n_layers=layers, n_heads=2, hidden_dim=2 * width, dropout=0.0,
            attention_dropout=0.0, qa_dropout=0.0, **sizes))
    sizes |= dict(hidden_size=width, num_hidden_layers=layers, num_attention_heads=2,
                  intermediate_size=2 * width, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    if family == "electra":
        return ElectraForQuestionAnswering(ElectraConfig(embedding_size=width // 2, **sizes))
    return BertForQuestionAnswering(BertConfig(**sizes))


def main():
    out, family = pathlib.Path(sys.argv[1]), sys.argv[2]
    torch.manual_seed(17)
    student, teacher = make(family, 2, 16), make(family, 3, 24)
    for name, model in [("student", student), ("teacher", teacher)]:
        with torch.no_grad():
            for key, values in model.named_parameters():
                values.normal_(1.0 if key.endswith(("LayerNorm.weight", "layer_norm.weight")) else 0.0, 0.2)
        model.save_pretrained(out / name)
    student, teacher = student.double().eval(), teacher.double().eval()
    sequences = [
        (torch.randint(1, 31, (n,)), (torch.arange(n) >= n // 3).long(),
         sorted(torch.randint(0, n, (2,)).tolist())) for n in LENGTHS]

    def logits(model, ids, types, **spans):
        inputs = {} if family == "distilbert" else {"token_type_ids": types[None]}
        return model(ids[None], **inputs, **spans)

    def hard():
        return sum(
            logits(student, ids, types, start_positions=torch.tensor([span[0]]),
                   end_positions=torch.tensor([span[1]])).loss
            for ids, types, span in sequences) / len(sequences)

    def soft():
        total = 0
        for ids, types, _ in sequences:
            with torch.no_grad():
                known = logits(teacher, ids, types)
            own = logits(student, ids, types)
            for t, z in [(known.start_logits, own.start_logits), (known.end_logits, own.end_logits)]:
                total = total - (torch.softmax(t / TEMPERATURE, -1)
                                 * torch.log_softmax(z / TEMPERATURE, -1)).sum() / 2
        return TEMPERATURE**2 * total / len(sequences)

    expected = {
        "batch/ids": torch.cat([s[0] for s in sequences]),
        "batch/types": torch.cat([s[1] for s in sequences]),
        "batch/lengths": torch.tensor(LENGTHS),
        "batch/spans": torch.tensor([s[2] for s in sequences]),
    }

    def gradients(prefix, loss):
        student.zero_grad()
        loss.backward()
        for name, values in student.named_parameters():
            expected[f"{prefix}/{name}"] = values.grad.clone()

    for i, (ids, types, _) in enumerate(sequences):
        with torch.no_grad():
            own = logits(student, ids, types)
        expected[f"logits/{i}"] = torch.stack([own.start_logits[0], own.end_logits[0]], -1)
    expected["terms/finetune"] = hard().detach()
    gradients("finetune", hard())
    expected["terms/prediction"] = ((1 - ALPHA) * soft()).detach()
    expected["terms/span"] = (ALPHA * hard()).detach()
    gradients("prediction", (1 - ALPHA) * soft() + ALPHA * hard())

    plain = [p for n, p in student.named_parameters() if n.endswith("bias") or "norm" in n.lower()]
    decayed = [p for n, p in student.named_parameters()
               if not (n.endswith("bias") or "norm" in n.lower())]
    optimizer = torch.optim.AdamW(
        [dict(params=decayed, weight_decay=DECAY), dict(params=plain, weight_decay=0.0)], lr=RATE)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        hard().backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    for name, values in student.named_parameters():
        expected[f"after/{name}"] = values.detach()
    save_file({n: t.float().contiguous().clone() for n, t in expected.items()},
              out / "expected.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
