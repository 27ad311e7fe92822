"""A BERT encoder in PyTorch, float64, one sequence at a time, written from the equations.

It is the reference of Tests/TransformerTests: no padding, no mask, raw attention scores in the open.
`check` compares it with transformers' own BERT, so the fixtures rest on two witnesses.
"""

import math

import torch

ACTIVATIONS = {
    "gelu": lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0))),
    "relu": lambda x: torch.clamp(x, min=0.0),
}


def layer_norm(x, gain, bias, epsilon):
    centred = x - x.mean(-1, keepdim=True)
    variance = (centred * centred).mean(-1, keepdim=True)
    return gain * centred / torch.sqrt(variance + epsilon) + bias


def linear(w, name, x):
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def encode(w, config, ids, types):
    """Returns the L + 1 hidden states [n, C] and the L raw scores [H, n, n] of one sequence."""
    epsilon = config["layer_norm_eps"]
    heads = config["num_attention_heads"]
    activation = ACTIVATIONS[config["hidden_act"]]
    n = len(ids)

    def norm(name, x):
        return layer_norm(x, w[f"{name}.weight"], w[f"{name}.bias"], epsilon)

    def split(x):  # [n, C] -> [H, n, d]
        return x.reshape(n, heads, -1).transpose(0, 1)

    e = "bert.embeddings"
    h = norm(
        f"{e}.LayerNorm",
        w[f"{e}.word_embeddings.weight"][ids]
        + w[f"{e}.position_embeddings.weight"][torch.arange(n)]
        + w[f"{e}.token_type_embeddings.weight"][types],
    )
    hidden, scores = [h], []
    for layer in range(config["num_hidden_layers"]):
        p = f"bert.encoder.layer.{layer}"
        q, k, v = (split(linear(w, f"{p}.attention.self.{s}", h)) for s in ("query", "key", "value"))
        s = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
        context = (torch.softmax(s, -1) @ v).transpose(0, 1).reshape(n, -1)
        a = norm(f"{p}.attention.output.LayerNorm", h + linear(w, f"{p}.attention.output.dense", context))
        inner = activation(linear(w, f"{p}.intermediate.dense", a))
        h = norm(f"{p}.output.LayerNorm", a + linear(w, f"{p}.output.dense", inner))
        hidden.append(h)
        scores.append(s)
    return hidden, scores


def pool(w, hidden):
    return torch.tanh(linear(w, "bert.pooler.dense", hidden[-1][0]))


def classify(w, pooled, style):
    return linear(w, "classifier", torch.clamp(pooled, min=0.0) if style == "tinybert" else pooled)


def predict(w, config, rows):
    """Vocabulary logits of rows [p, C] of the last hidden state."""
    p = "cls.predictions"
    x = ACTIVATIONS[config["hidden_act"]](linear(w, f"{p}.transform.dense", rows))
    x = layer_norm(
        x, w[f"{p}.transform.LayerNorm.weight"], w[f"{p}.transform.LayerNorm.bias"],
        config["layer_norm_eps"])
    return x @ w["bert.embeddings.word_embeddings.weight"].T + w[f"{p}.bias"]


def check(w, config, sequences, limit=1e-10):
    """Compares every hidden state and the softmax of every score with transformers' BertModel."""
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig(**config), add_pooling_layer="bert.pooler.dense.weight" in w)
    model.set_attn_implementation("eager")
    model = model.double().eval()
    missing, unexpected = model.load_state_dict(
        {n.removeprefix("bert."): v for n, v in w.items() if n.startswith("bert.")}, strict=False)
    assert not unexpected and all("position_ids" in n for n in missing), (missing, unexpected)
    longest = max(len(ids) for ids, _ in sequences)

    def pad(values):
        return torch.stack([torch.nn.functional.pad(v, (0, longest - len(v))) for v in values])

    ids, types = pad([s[0] for s in sequences]), pad([s[1] for s in sequences])
    mask = pad([torch.ones(len(s[0]), dtype=torch.long) for s in sequences])
    with torch.no_grad():
        out = model(
            ids, attention_mask=mask, token_type_ids=types, output_hidden_states=True,
            output_attentions=True)
        worst = 0.0
        for row, sequence in enumerate(sequences):
            n = len(sequence[0])
            hidden, scores = encode(w, config, *sequence)
            pairs = [(a, b[row, :n]) for a, b in zip(hidden, out.hidden_states, strict=True)]
            pairs += [
                (torch.softmax(a, -1), b[row, :, :n, :n])
                for a, b in zip(scores, out.attentions, strict=True)]
            if out.pooler_output is not None:
                pairs.append((pool(w, hidden), out.pooler_output[row]))
            worst = max([worst] + [(a - b).abs().max().item() for a, b in pairs])
    assert worst < limit, f"the reference and transformers differ by {worst}"
    return worst


def packed(per_sequence):
    """Rows of all sequences, end to end."""
    return torch.cat([x.reshape(-1) for x in per_sequence])
