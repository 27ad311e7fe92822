"""What pipeline M reads: an encoder with random weights, labelled rows that a few words decide, text."""

import array
import json
import os
import random
import struct


def write_inputs(folder):
    """Writes encoder, rows and text; the same bytes every time."""
    numbers = random.Random(7)
    words = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in
             ("n", "l", "st", "rk", "m", "d", "ck", "ng", "p", "t", "sh", "r", "ff", "x", "b")]
    good, bad, rest = words[:40], words[40:80], words[80:]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", "the", "is", "and"]
    vocabulary += words + ["##" + a + b for a in "bdfgklmnprst" for b in "aeiou"]
    vocabulary += list("abcdefghijklmnopqrstuvwxyz")
    os.makedirs(folder)

    def sentence(is_good):
        kind = good if is_good else bad
        some = [numbers.choice(rest) for _ in range(numbers.randrange(3, 9))]
        some += [numbers.choice(kind), numbers.choice(kind)]
        if numbers.random() < 0.3:
            some.append(numbers.choice(rest) + numbers.choice("bdfgk") + numbers.choice("aeiou"))
        numbers.shuffle(some)
        return "the " + " ".join(some[:3]) + " is " + " ".join(some[3:]) + " ."

    for split, rows in [("train", 500), ("dev", 60), ("test", 60)]:
        with open(f"{folder}/{split}.tsv", "w") as file:
            file.write("sentence\tlabel\n")
            for row in range(rows):
                is_good = row % 2 == 0
                file.write(f"{sentence(is_good)}\t{'positive' if is_good else 'negative'}\n")
    with open(f"{folder}/text.txt", "w") as file:
        for row in range(1200):
            file.write(sentence(row % 2 == 0) + "\n" + ("\n" if row % 8 == 7 else ""))
    write_encoder(folder + "/encoder", vocabulary)


def write_encoder(folder, vocabulary):
    """Writes a Hugging Face folder: 2 layers x 64, random weights."""
    size, inner, layers = 64, 128, 2
    os.makedirs(folder)
    config = {
        "model_type": "bert", "vocab_size": len(vocabulary), "hidden_size": size,
        "num_hidden_layers": layers, "num_attention_heads": 2, "intermediate_size": inner,
        "max_position_embeddings": 40, "type_vocab_size": 2, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "layer_norm_eps": 1e-12,
        "initializer_range": 0.02, "pad_token_id": 0,
    }
    with open(folder + "/config.json", "w") as file:
        json.dump(config, file)
    with open(folder + "/vocab.txt", "w") as file:
        file.write("".join(word + "\n" for word in vocabulary))
    with open(folder + "/tokenizer_config.json", "w") as file:
        json.dump({"tokenizer_class": "BertTokenizer", "do_lower_case": True,
                   "model_max_length": 32}, file)
    shapes = {
        "embeddings.word_embeddings.weight": [len(vocabulary), size],
        "embeddings.position_embeddings.weight": [40, size],
        "embeddings.token_type_embeddings.weight": [2, size],
        "embeddings.LayerNorm.weight": [size],
        "embeddings.LayerNorm.bias": [size],
        "pooler.dense.weight": [size, size],
        "pooler.dense.bias": [size],
    }
    for layer in range(layers):
        for name, shape in [
            ("attention.self.query", [size, size]), ("attention.self.key", [size, size]),
            ("attention.self.value", [size, size]), ("attention.output.dense", [size, size]),
            ("attention.output.LayerNorm", [size]), ("intermediate.dense", [inner, size]),
            ("output.dense", [size, inner]), ("output.LayerNorm", [size]),
        ]:
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shape
            shapes[f"encoder.layer.{layer}.{name}.bias"] = shape[:1]
    numbers = random.Random(11)
    tensors = {}
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        if name.endswith("LayerNorm.weight"):
            values = [1.0] * count
        elif name.endswith("bias"):
            values = [0.0] * count
        else:
            values = [numbers.gauss(0, 0.08) for _ in range(count)]
        tensors["bert." + name] = (shape, array.array("f", values))
    write_safetensors(folder + "/model.safetensors", tensors)


def write_safetensors(path, tensors):
    """Writes float32 tensors, name -> (shape, array of numbers)."""
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, (shape, values) in sorted(tensors.items()):
        size = 4 * len(values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, (_, values) in sorted(tensors.items()):
            file.write(values.tobytes())
