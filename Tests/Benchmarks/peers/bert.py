"""BERT in PyTorch, in two styles.

`tinybert` does what the classes that TinyBERT publishes do, since transformers' own return
probabilities: every layer of both models hands out its raw scores, padding is a mask added to them,
GELU is written out. `tuned` is the fastest we could write: PyTorch's GELU everywhere, and its fused
attention where no loss asks for scores.
"""

import json
import math
import pathlib
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """What fixes the size of a model; the names and the meaning of the presets are distill's."""

    layers: int
    width: int
    inner: int
    heads: int = 12
    vocabulary: int = 30522
    positions: int = 512
    types: int = 2
    dropout: float = 0.1


def written_out_gelu(x):
    """x Phi(x), operation by operation."""
    return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))


PRESETS = {
    "bert-base": Shape(12, 768, 3072),
    "minilm-6l-384": Shape(6, 384, 1536),
    "tinybert-6l-768": Shape(6, 768, 3072),
    "tinybert-4l-312": Shape(4, 312, 1200),
    "tinybert-3l-312": Shape(3, 312, 1200),
}

# Our names of modules -> Hugging Face's; those of a layer without `encoder.layer.N.`.
MODULES = {
    "words": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "types": "embeddings.token_type_embeddings",
    "embedding_norm": "embeddings.LayerNorm",
    "pooler": "pooler.dense",
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.merge": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "output_norm": "output.LayerNorm",
}


def hugging_face_name(name):
    """The name of one of our parameters, the classifier's excepted, in BertModel."""
    module, parameter = name.rsplit(".", 1)
    if module.startswith("layers."):
        _, layer, module = module.split(".", 2)
        return f"encoder.layer.{layer}.{MODULES[module]}.{parameter}"
    return f"{MODULES[module]}.{parameter}"


class Attention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape.heads
        self.query, self.key, self.value, self.merge = (
            nn.Linear(shape.width, shape.width) for _ in range(4))
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x, mask, scored):
        """x [B, L, C], mask [B, 1, 1, L] added to scores or None -> ([B, L, C], [B, H, L, L])."""
        b, l, c = x.shape
        q, k, v = (
            f(x).view(b, l, self.heads, c // self.heads).transpose(1, 2)
            for f in (self.query, self.key, self.value))
        scores = None
        if scored:
            scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
            if mask is not None:
                scores = scores + mask
            y = self.dropout(torch.softmax(scores, -1)) @ v
        else:
            rate = self.dropout.p if self.training else 0.0
            # With AVX2, PyTorch 2.13 reads a mask of single precision wrongly beside doubles.
            if mask is not None and q.dtype == torch.float64:
                mask = mask.double()
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=rate)
        return self.merge(y.transpose(1, 2).reshape(b, l, c)), scores


class Layer(nn.Module):
    def __init__(self, shape, style):
        super().__init__()
        self.gelu = written_out_gelu if style == "tinybert" else F.gelu
        self.attention = Attention(shape)
        self.attention_norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.widen = nn.Linear(shape.width, shape.inner)
        self.narrow = nn.Linear(shape.inner, shape.width)
        self.output_norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x, mask, scored):
        y, scores = self.attention(x, mask, scored)
        x = self.attention_norm(x + self.dropout(y))
        y = self.narrow(self.gelu(self.widen(x)))
        return self.output_norm(x + self.dropout(y)), scores


class Bert(nn.Module):
    """Encoder with, where `labels` are given, a classifier: of a pooler's output, or of every token."""

    def __init__(self, shape, labels=None, style="tuned", of_tokens=False):
        super().__init__()
        self.shape = shape
        self.style = style
        self.words = nn.Embedding(shape.vocabulary, shape.width, padding_idx=0)
        self.positions = nn.Embedding(shape.positions, shape.width)
        self.types = nn.Embedding(shape.types, shape.width)
        self.embedding_norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.dropout = nn.Dropout(shape.dropout)
        self.layers = nn.ModuleList(Layer(shape, style) for _ in range(shape.layers))
        self.pooler = self.classifier = None
        if labels:
            if not of_tokens:
                self.pooler = nn.Linear(shape.width, shape.width)
            self.classifier = nn.Linear(shape.width, labels)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, ids, types, mask=None, scored=True):
        """ids, types [B, L] -> the layers + 1 hidden states [B, L, C] and the raw scores."""
        places = torch.arange(ids.shape[1])
        scored = scored or self.style == "tinybert"
        x = self.words(ids) + self.positions(places) + self.types(types)
        x = self.dropout(self.embedding_norm(x))
        hidden, scores = [x], []
        for layer in self.layers:
            x, s = layer(x, mask, scored)
            hidden.append(x)
            scores.append(s)
        return hidden, scores

    def classify(self, hidden):
        """The logits [B, labels], as in transformers' BertForSequenceClassification, or those of every
        token [B, L, labels], as in BertForTokenClassification."""
        if self.pooler is None:
            return self.classifier(self.dropout(hidden[-1]))
        return self.classifier(self.dropout(torch.tanh(self.pooler(hidden[-1][:, 0]))))


def load(name, labels=None, style="tuned", of_tokens=False):
    """A model of random weights for a preset, or the model in a Hugging Face folder."""
    if name in PRESETS:
        return Bert(PRESETS[name], labels, style, of_tokens)
    from safetensors.torch import load_file

    folder = pathlib.Path(name)
    config = json.loads((folder / "config.json").read_text())
    assert config["hidden_act"] == "gelu" and config["layer_norm_eps"] == 1e-12
    model = Bert(
        Shape(
            config["num_hidden_layers"], config["hidden_size"], config["intermediate_size"],
            config["num_attention_heads"], config["vocab_size"],
            config["max_position_embeddings"], config["type_vocab_size"],
            config["hidden_dropout_prob"]), labels, style, of_tokens)
    file = {k.removeprefix("bert."): v for k, v in load_file(folder / "model.safetensors").items()}
    # Pooler and classifier stay as they were drawn.
    heads = ("pooler.", "classifier.")
    weights = {
        name: file[hugging_face_name(name)] for name in model.state_dict()
        if not name.startswith(heads)}
    model.load_state_dict(weights, strict=False)
    return model
