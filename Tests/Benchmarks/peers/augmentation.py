"""TinyBERT's augmentation in PyTorch, timed: the peer of `distill bench augment`.

    python -m peers.augmentation reference|batched --model FOLDER --text FILE [--sample N] ...

`reference` asks about one word at a time: the masked sentence, the original beside it, and the whole
vocabulary at every position. `batched` asks about all words of a sentence at once: the masked
sentence alone, the vocabulary at the masked positions only. Both propose the 15 best tokens for
every word of one piece, then draw the rewrites; tokenizing and drawing are part of the time.

With `--sample` the model is asked about that many sentences, evenly spread, and its time scaled by
the number of words. Words that are never replaced are read from distill's own list.
"""

import argparse
import pathlib
import random
import re
import time

from peers import worker

CANDIDATES = 15
STOP_WORDS = pathlib.Path(__file__).parents[3] / "Sources/Augmentation/StopWords.swift"


def stop_words(path=STOP_WORDS):
    """The words of every string in the Swift file."""
    source = path.read_text()
    strings = re.findall(r'= """(.*?)"""|= "([^"\n]*)"', source, flags=re.DOTALL)
    return {word for pair in strings for text in pair for word in text.split()}


class Sentence:
    """The words of a text, their pieces, and which words a masked-language model is asked about."""

    def __init__(self, text, tokenizer, kept):
        normal = tokenizer.normalizer.normalize_str(text)
        self.words = [w for w, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)]
        encoding = tokenizer.encode(text, add_special_tokens=False)
        self.pieces = encoding.ids
        owners = encoding.word_ids
        self.asked = [  # (word, its only piece)
            (word, piece) for piece, word in enumerate(owners)
            if owners.count(word) == 1 and re.fullmatch("[A-Za-z]+", self.words[word])
            and self.words[word].lower() not in kept]


class MaskedLanguageModel:
    """Encoder and vocabulary head of a Hugging Face folder."""

    def __init__(self, folder):
        from safetensors.torch import load_file
        from torch.nn import functional as F

        from peers import bert

        self.bert = bert.load(folder).eval()
        weights = load_file(pathlib.Path(folder) / "model.safetensors")
        head = {
            k.removeprefix("cls.predictions."): v for k, v in weights.items()
            if k.startswith("cls.predictions.")}

        def predict(x):
            """[..., C] -> logits [..., vocabulary]"""
            x = F.gelu(F.linear(x, head["transform.dense.weight"], head["transform.dense.bias"]))
            x = F.layer_norm(
                x, x.shape[-1:], head["transform.LayerNorm.weight"],
                head["transform.LayerNorm.bias"], 1e-12)
            return F.linear(x, self.bert.words.weight, head["bias"])

        self.predict = predict

    def states(self, ids, types):
        return self.bert(ids, types, scored=False)[0][-1]


def reference_candidates(model, sentence, marks):
    """The best tokens for each word asked about, a forward for each."""
    import torch

    found = {}
    limit = model.bert.shape.positions
    for word, piece in sentence.asked:
        first = [marks["[CLS]"], *sentence.pieces, marks["[SEP]"]]
        first[piece + 1] = marks["[MASK]"]
        second = [*sentence.pieces, marks["[SEP]"]]
        ids = torch.tensor([first + second])[:, :limit]
        types = torch.tensor([[0] * len(first) + [1] * len(second)])[:, :limit]
        logits = model.predict(model.states(ids, types))
        found[word] = logits[0, piece + 1].topk(CANDIDATES).indices.tolist()
    return found


def batched_candidates(model, sentence, marks):
    """The same with one forward for the sentence, masked only."""
    import torch

    if not sentence.asked:
        return {}
    rows = torch.arange(len(sentence.asked))
    places = torch.tensor([piece + 1 for _, piece in sentence.asked])
    ids = torch.tensor([[marks["[CLS]"], *sentence.pieces, marks["[SEP]"]]])
    ids = ids.repeat(len(rows), 1)
    ids[rows, places] = marks["[MASK]"]
    logits = model.predict(model.states(ids, torch.zeros_like(ids))[rows, places])
    best = logits.topk(CANDIDATES).indices.tolist()
    return {word: tokens for (word, _), tokens in zip(sentence.asked, best)}


def rewrites(sentence, candidates, vocabulary, count, draws):
    """`count` rounds, each word replaced with probability 0.4; repeated rewrites fall away."""
    proposals = {
        word: [t for t in (vocabulary[i] for i in ids) if not t.startswith("##")]
        for word, ids in candidates.items()}
    seen = {" ".join(sentence.words)}
    for _ in range(count):
        words = list(sentence.words)
        for word, proposed in proposals.items():
            if proposed and draws.random() < 0.4:
                words[word] = draws.choice(proposed)
        seen.add(" ".join(words))
    return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("algorithm", choices=["reference", "batched"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--rewrites", type=int, default=20)
    parser.add_argument("--sample", type=int, help="sentences the model is asked about")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    channel = worker.claim_stdout()
    worker.set_threads(options.threads)
    import torch

    from peers.batches import tokenizer_of

    tokenizer = tokenizer_of(options.model)
    vocabulary = {i: t for t, i in tokenizer.get_vocab().items()}
    marks = {t: tokenizer.token_to_id(t) for t in ("[CLS]", "[SEP]", "[MASK]")}
    model = MaskedLanguageModel(options.model)
    kept = stop_words()
    ask = reference_candidates if options.algorithm == "reference" else batched_candidates
    lines = pathlib.Path(options.text).read_text(encoding="utf-8").split("\n")
    lines = [line for line in lines if line][: options.rows]
    stride = max(1, len(lines) // (options.sample or len(lines)))

    @torch.inference_mode()
    def augment(texts, stride):
        """Seconds and words of the model's part, scaled to all texts, and seconds of the rest."""
        start = time.perf_counter()
        sentences = [Sentence(text, tokenizer, kept) for text in texts]
        middle = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            answers = {i: ask(model, sentences[i], marks) for i in range(0, len(texts), stride)}
        end = time.perf_counter()
        draws = random.Random(1)
        rows = 0
        for i, sentence in enumerate(sentences):
            # A sentence outside the sample is rewritten with one word's candidates, as long.
            known = answers.get(i) or {w: list(range(1000, 1015)) for w, _ in sentence.asked}
            rows += len(rewrites(sentence, known, vocabulary, options.rewrites, draws))
        rest = time.perf_counter() - end + middle - start
        words = sum(len(s.asked) for s in sentences)
        asked = sum(len(sentences[i].asked) for i in answers)
        return (end - middle) * words / max(asked, 1) + rest, words, asked, rows

    def measure():
        seconds, words, asked, rows = augment(lines, stride)
        return {
            "work": len(lines), "elapsed": seconds, "words": words, "words_asked": asked,
            "rows": rows}

    augment(lines[:4], 1)
    worker.serve(channel, measure)


if __name__ == "__main__":
    main()
