"""Makes Tests/Fixtures/families/*: small random models of each family as transformers saves them, and
what transformers computes with them in float64: every tap, and the gradient of every parameter for a
loss seeded at all taps.

    python Tests/Oracles/family_fixtures.py

Written with torch 2.x, transformers 5.x, safetensors 0.x.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig, BertForTokenClassification, DistilBertConfig, DistilBertForMaskedLM,
    DistilBertForSequenceClassification, DistilBertForTokenClassification, ElectraConfig,
    ElectraForMaskedLM, ElectraForSequenceClassification, ElectraForTokenClassification)
from transformers.models.bert import modeling_bert
from transformers.models.distilbert import modeling_distilbert
from transformers.models.electra import modeling_electra

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "families"
LENGTHS = [5, 1, 12, 3]
PREDICTION_ROWS = [2, 5, 6, 17, 20]
DISTILBERT = DistilBertConfig(
    vocab_size=40, dim=16, n_layers=2, n_heads=2, hidden_dim=24, max_position_embeddings=16,
    sinusoidal_pos_embds=True, num_labels=3)
ELECTRA = ElectraConfig(
    vocab_size=40, embedding_size=8, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=24, max_position_embeddings=16, layer_norm_eps=0.05, hidden_act="relu",
    num_labels=3)
BERT = BertConfig(
    vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
    max_position_embeddings=16, num_labels=3)
MODELS = {
    "distilbert-classification": (DistilBertForSequenceClassification, DISTILBERT),
    "distilbert-masked": (DistilBertForMaskedLM, DISTILBERT),
    "electra-classification": (ElectraForSequenceClassification, ELECTRA),
    "electra-masked": (ElectraForMaskedLM, ELECTRA),
    "bert-tokens": (BertForTokenClassification, BERT),
    "distilbert-tokens": (DistilBertForTokenClassification, DISTILBERT),
    "electra-tokens": (ElectraForTokenClassification, ELECTRA),
}


def record(scores):
    """Eager attention as all families have it, which also keeps the raw scores."""

    def attend(module, query, key, value, attention_mask, scaling=None, dropout=0.0, **kwargs):
        raw = query @ key.transpose(2, 3) * (query.shape[-1] ** -0.5 if scaling is None else scaling)
        scores.append(raw[0])
        assert attention_mask is None
        attended = torch.softmax(raw, -1) @ value
        return attended.transpose(1, 2).contiguous(), raw

    for module in (modeling_bert, modeling_distilbert, modeling_electra):
        module.eager_attention_forward = attend


def taps(model, sequences, of_tokens, scores):
    """Runs the sequences one by one, so that there is neither padding nor mask."""
    kept = {}
    for ids, types in sequences:
        scores.clear()
        segments = {"token_type_ids": types[None]} if model.config.model_type != "distilbert" else {}
        out = model(ids[None], output_hidden_states=True, **segments)
        for state, values in enumerate(out.hidden_states):
            kept.setdefault(f"hidden.{state}", []).append(values[0])
        for layer, values in enumerate(scores):
            kept.setdefault(f"scores.{layer}", []).append(values.reshape(-1))
        kept.setdefault("logits", []).append(out.logits[0] if of_tokens else out.logits)
    made = {name: torch.cat(values) for name, values in kept.items()}
    if of_tokens:
        made["logits"] = made["logits"][PREDICTION_ROWS]
    return made


def main():
    scores = []
    record(scores)
    for name, (kind, config) in MODELS.items():
        torch.manual_seed(20_240_607)
        config._attn_implementation = "eager"
        model = kind(config).eval()
        with torch.no_grad():  # scales that let every nonlinearity work
            for key, values in model.named_parameters():
                values.normal_(0, 0.4)
                if "norm" in key.lower() and key.endswith("weight"):
                    values.mul_(0.5).add_(1)
        folder = FOLDER / name
        model.save_pretrained(folder)
        model = model.double()
        # From 1, because transformers gives the padding token 0 no gradient.
        sequences = [
            (torch.randint(1, config.vocab_size, (n,)), (torch.arange(n) >= n // 2).long())
            for n in LENGTHS]
        made = taps(model, sequences, name.endswith(("masked", "tokens")), scores)
        seeds = {n: torch.randn_like(t).float().double() for n, t in made.items()}
        sum((made[n] * seeds[n]).sum() for n in made).backward()
        tensors = {
            "batch/ids": torch.cat([s[0] for s in sequences]),
            "batch/types": torch.cat([s[1] for s in sequences]),
            "batch/lengths": torch.tensor(LENGTHS),
            "batch/prediction_rows": torch.tensor(PREDICTION_ROWS),
        }
        tensors |= {f"taps/{n}": t.detach() for n, t in made.items()}
        tensors |= {f"seeds/{n}": t for n, t in seeds.items()}
        tensors |= {f"gradients/{n}": p.grad for n, p in model.named_parameters()}
        save_file(
            {n: t.float().contiguous() for n, t in tensors.items()}, folder / "expected.safetensors",
            metadata={"format": "pt"})
    print(json.dumps({str(p.relative_to(FOLDER)): p.stat().st_size for p in FOLDER.rglob("*.*")}))


if __name__ == "__main__":
    main()
