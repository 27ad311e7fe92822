"""Makes Tests/Fixtures/transformer/cost.json: floating-point operations of BERT as PyTorch counts them.

    python Tests/Oracles/cost.py

Sizes, and the operations of a forward and a backward sweep over
equally long sequences without padding, by torch.utils.flop_counter on transformers' own BertModel with eager
attention (a loss on the last hidden state) and BertForMaskedLM (logits of every token).
"""

import json
import pathlib

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig, BertForMaskedLM, BertModel

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "transformer"


def count(model, shape, output):
    ids = torch.randint(5, model.config.vocab_size, shape)
    forward = FlopCounterMode(display=False)
    with forward:
        made = output(model(ids, attention_mask=torch.ones_like(ids)))
    backward = FlopCounterMode(display=False)
    with backward:
        made.square().sum().backward()
    return forward.get_total_flops(), backward.get_total_flops()


def main():
    torch.manual_seed(0)
    sizes = dict(
        vocab_size=60, hidden_size=48, num_hidden_layers=3, num_attention_heads=4,
        intermediate_size=96, max_position_embeddings=32)
    config = BertConfig(**sizes, attn_implementation="eager")
    shape = (2, 16)
    encoder = count(
        BertModel(config, add_pooling_layer=False), shape, lambda made: made.last_hidden_state)
    masked = count(BertForMaskedLM(config), shape, lambda made: made.logits)
    document = {
        "sizes": sizes, "sequences": shape[0], "length": shape[1],
        "encoder": {"forward": encoder[0], "backward": encoder[1]},
        "masked_language": {"forward": masked[0], "backward": masked[1]},
    }
    (FOLDER / "cost.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
