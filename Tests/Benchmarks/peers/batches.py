"""Batches for the peers: random ids, or real lines padded as asked."""

import pathlib
import random

import torch


def random_batches(count, size, length, vocabulary=30522):
    """`count` batches (ids, types, None) of full length, [size, length] each."""
    generator = torch.Generator().manual_seed(1)
    return [
        (torch.randint(1000, vocabulary, (size, length), generator=generator),
         torch.zeros(size, length, dtype=torch.long), None)
        for _ in range(count)]


def tokenizer_of(folder):
    """The fast tokenizer of a Hugging Face folder, without padding and truncation of its own."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode(folder, path, limit):
    """The ids of each line of a text file, cut to `limit` with the last special token kept."""
    lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
    rows = [e.ids for e in tokenizer_of(folder).encode_batch([l for l in lines if l])]
    return [row if len(row) <= limit else row[: limit - 1] + row[-1:] for row in rows]


def text_batches(rows, size, padding, limit):
    """Batches (ids, types, valid) of all rows.

    `dynamic`: rows of like length together (length grouping), each batch padded to its longest,
    batches in random order. `fixed`: rows as they come, padded to `limit`, as TinyBERT has it.
    """
    if padding == "dynamic":
        rows = sorted(rows, key=len)
    groups = [rows[i : i + size] for i in range(0, len(rows), size)]
    if padding == "dynamic":
        random.Random(1).shuffle(groups)
    return [pad(group, limit if padding == "fixed" else max(map(len, group))) for group in groups]


def pad(rows, length):
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    valid = torch.zeros(len(rows), length, dtype=torch.bool)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        valid[i, : len(row)] = True
    return ids, torch.zeros_like(ids), valid


def beginnings_of_words(folder):
    """Whether each id of a tokenizer begins a word, [V]: no special token, no continuation."""
    vocabulary = tokenizer_of(folder).get_vocab()
    begins = torch.ones(max(vocabulary.values()) + 1, dtype=torch.bool)
    for token, number in vocabulary.items():
        begins[number] = not token.startswith(("##", "["))
    return begins


def classes_of_words(batch, begins_word, classes):
    """A class for each token that begins a word, -100 elsewhere, [B, L]; `begins_word`: [V]."""
    ids, _, valid = batch
    return torch.where(valid & begins_word[ids], ids % classes, -100)


def answers(batch):
    """The first and the last token of an answer in each row, [B, 2]."""
    lengths = batch[2].sum(1)
    return torch.stack([lengths // 3, torch.minimum(lengths // 3 + 3, lengths - 1)], 1)


def tokens(batch):
    """Real tokens of a batch."""
    ids, _, valid = batch[:3]
    return ids.numel() if valid is None else int(valid.sum())
