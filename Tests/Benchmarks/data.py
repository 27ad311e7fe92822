"""What the rows work on: samples of the real text, a masked-language model, a tenfold corpus."""

import json
import pathlib
import random
import shutil


def read_lines(path):
    """Lines end at a line feed alone, as distill reads them."""
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def snippets(path):
    """The column `sentence` of the prepared rows."""
    lines = read_lines(path)
    column = lines[0].split("\t").index("sentence")
    return [line.split("\t")[column] for line in lines[1:]]


def write_lines(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def sample(lines, count):
    """Lines drawn without replacement, always the same."""
    return random.Random(1).sample(lines, min(count, len(lines)))


# Words of a sentence at each twentieth of WNUT-17's training sentences, the shortest first.
SENTENCE_WORDS = [1, 6, 8, 10, 11, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 26, 27, 28, 30, 41]
WINDOW = 384


def sentences(words, count):
    """Lines of as many words as sentences of social media have."""
    draws, lines = random.Random(1), []
    for _ in range(count):
        place = draws.random() * (len(SENTENCE_WORDS) - 1)
        low, high = SENTENCE_WORDS[int(place)], SENTENCE_WORDS[int(place) + 1]
        start = draws.randrange(len(words) - WINDOW)
        lines.append(" ".join(words[start : start + round(low + (high - low) * (place % 1))]))
    return lines


def windows(words, count):
    """Lines for windows of 384 tokens over long texts: three of four full, a text's last one shorter."""
    draws, lines = random.Random(1), []
    for number in range(count):
        start = draws.randrange(len(words) - WINDOW)
        # A word is a token at least; who reads a line cuts it.
        size = WINDOW if number % 4 else draws.randrange(WINDOW // 8, WINDOW * 3 // 4)
        lines.append(" ".join(words[start : start + size]))
    return lines


def write_masked_language_model(encoder, folder):
    """The encoder with a drawn vocabulary head: what it proposes is nonsense, what it costs is not."""
    import torch
    from safetensors.torch import load_file, save_file

    folder.mkdir(exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        if (encoder / name).exists():
            shutil.copyfile(encoder / name, folder / name)
    config = json.loads((encoder / "config.json").read_text())
    config["architectures"] = ["BertForMaskedLM"]
    (folder / "config.json").write_text(json.dumps(config))
    width = config["hidden_size"]
    generator = torch.Generator().manual_seed(1)
    weights = {
        f"bert.{key}": value for key, value in load_file(encoder / "model.safetensors").items()
        if not key.startswith("pooler.") and "position_ids" not in key}
    prefix = "cls.predictions."
    weights |= {
        prefix + "transform.dense.weight": torch.randn(width, width, generator=generator) * 0.05,
        prefix + "transform.dense.bias": torch.zeros(width),
        prefix + "transform.LayerNorm.weight": torch.ones(width),
        prefix + "transform.LayerNorm.bias": torch.zeros(width),
        prefix + "bias": torch.zeros(config["vocab_size"])}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def prepare(reviews, folder, size):
    """Makes everything in `folder`; `reviews` is what pipelines/fetch_reviews.sh made.

    Returns the paths by name. The samples hold just the lines of one round, so both sides do the
    same lines in every round.
    """
    folder.mkdir(parents=True, exist_ok=True)
    encoder = reviews / "encoder"
    text = reviews / "unlabelled.txt"
    lines = [line for line in read_lines(text) if line.strip()]
    rows = snippets(reviews / "train.tsv")
    words = [word for line in lines for word in line.split()]
    return {
        "encoder": encoder,
        "reviews": write_lines(folder / "reviews.txt", lines),
        "review sample": write_lines(
            folder / "review-sample.txt", sample(lines, 64 * size.batches)),
        "snippet sample": write_lines(
            folder / "snippet-sample.txt", sample(rows, 32 * size.batches)),
        "sentence sample": write_lines(
            folder / "sentence-sample.txt", sentences(words, 32 * size.batches)),
        "window sample": write_lines(
            folder / "window-sample.txt", windows(words, 12 * size.window_batches)),
        "snippets": write_lines(folder / "snippets.txt", sample(rows, size.snippets)),
        "masked-language model": write_masked_language_model(encoder, folder / "masked-language"),
        # Every line ends in a number, in both, so that the lines are of one length.
        "corpus x 1": write_lines(folder / "corpus-1.txt", [f"{line} 0" for line in lines]),
        "corpus x 10": write_lines(
            folder / "corpus-10.txt", [f"{line} {i}" for i in range(10) for line in lines]),
    }
