"""Makes Tests/Fixtures/augmentation/masked-candidates.json: a small random BERT with a masked-language
head, a vocabulary, and the best tokens at every maskable word of a few sentences.

    python Tests/Oracles/augmentation_candidates.py

The model is transformers' own BertForMaskedLM in float64, one unpadded sequence at a time; words and
pieces come from transformers' own tokenizer. Weights are multiples of 1/32, so JSON keeps them exactly.
Written with torch 2.x, transformers 5.x.
"""

import json
import math
import pathlib
import tempfile

import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "Fixtures/augmentation/masked-candidates.json"
TOP = 8
FLOOR = 0.3  # of the best candidate's probability
VOCABULARY = """[PAD] [UNK] [CLS] [SEP] [MASK] [unused0] . , ! ' 7 a the of was is not very film movie
story plot actor actors scene scenes good bad great dull sharp slow funny sad warm cold bright dark
loved hated watched ended began quiet loud true false ##s ##ed ##ing ##ly ##er ##ful play wonder act
time day night city heart mind world""".split()
CONFIG = dict(
    vocab_size=len(VOCABULARY), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=24, max_position_embeddings=20, type_vocab_size=2, hidden_act="gelu",
    layer_norm_eps=1e-12, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)
SENTENCES = [
    "The film was very good, the actors loved it!",
    "A dull, slow story.",
    "playing scenes",
    "Wonderful night; the zebra watched 7 movies",
    # More pieces than the 18 that fit between [CLS] and [SEP].
    "the city was dark and the night was cold, the plot slow and sad, the actors playing loud and the end bright",
]


def candidates(logits):
    """Of the best TOP ids the words, those of them above the floor, and how close the nearest two numbers
    that matter are."""
    order = sorted(range(len(logits)), key=lambda i: (-logits[i], i))[: TOP + 1]
    margin = min(logits[a] - logits[b] for a, b in zip(order, order[1:]))
    able = [i for i in order[:TOP] if not VOCABULARY[i].startswith(("##", "["))]
    probabilities = torch.tensor(logits, dtype=torch.float64).softmax(0)
    kept = [i for i in able if probabilities[i] >= FLOOR * probabilities[able[0]]]
    for i in able:
        margin = min(margin, abs(logits[i] - logits[able[0]] - math.log(FLOOR)))
    return [VOCABULARY[i] for i in able], [VOCABULARY[i] for i in kept], margin


def main():
    torch.manual_seed(7)
    model = BertForMaskedLM(BertConfig(**CONFIG)).double().eval()
    weights = {}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Small biases, large weights: the answer must depend on the sentence.
            values = torch.randn_like(parameter) * (0.1 if name.endswith("bias") else 2 if "attention" in name else 0.7)
            if name.endswith("LayerNorm.weight"):
                values = 1 + values / 4
            values = torch.round(values * 32) / 32
            parameter.copy_(values)
            if name != "cls.predictions.decoder.bias":
                weights[name] = [int(v * 32) for v in values.flatten().tolist()]
        model.cls.predictions.decoder.bias.copy_(model.cls.predictions.bias)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "vocab.txt"
        path.write_text("\n".join(VOCABULARY) + "\n")
        tokenizer = BertTokenizerFast(vocab=str(path), do_lower_case=True)
    cls, sep, mask = (VOCABULARY.index(t) for t in ("[CLS]", "[SEP]", "[MASK]"))
    limit = CONFIG["max_position_embeddings"]

    cases, margins = [], []
    for text in SENTENCES:
        basic = tokenizer.backend_tokenizer
        normalized = basic.normalizer.normalize_str(text)
        words = [w for w, _ in basic.pre_tokenizer.pre_tokenize_str(normalized)]
        pieces = [tokenizer.convert_tokens_to_ids(tokenizer.tokenize(w)) for w in words]
        flat = [i for p in pieces for i in p]
        for context, share in (("masked", 0), ("original", 0), ("masked", 0.2)):
            starts = [sum(map(len, pieces[:w])) for w in range(len(words))]
            length = min(len(flat), limit - 2)
            maskable = [w for w in range(len(words)) if len(pieces[w]) == 1 and starts[w] < length]
            groups = math.ceil(len(maskable) / max(1, int(share * length)))
            found, floored = [[] for _ in words], [[] for _ in words]
            for group in range(groups):
                masked = maskable[group::groups]
                first = flat[:length]
                for w in masked:
                    first[starts[w]] = mask
                ids = [cls] + first + [sep]
                types = [0] * len(ids)
                room = limit - len(ids) - 1
                if context == "original" and room > 0:
                    second = flat[:room] + [sep]
                    ids, types = ids + second, types + [1] * len(second)
                with torch.no_grad():
                    logits = model(
                        input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types])
                    ).logits[0]
                for w in masked:
                    found[w], floored[w], margin = candidates(logits[starts[w] + 1].tolist())
                    margins.append(margin)
            cases.append(dict(
                text=text, context=context, share=share, words=words, pieces=pieces, candidates=found,
                floored=floored))
    assert min(margins) > 5e-4, min(margins)  # far above the error of Float32
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(json.dumps(dict(
        top=TOP, floor=FLOOR, vocabulary=VOCABULARY, configuration=CONFIG, scale=32, weights=weights, cases=cases),
        separators=(",", ":")) + "\n")
    print(f"{FIXTURE.stat().st_size} bytes, smallest margin {min(margins):.2e}")


if __name__ == "__main__":
    main()
