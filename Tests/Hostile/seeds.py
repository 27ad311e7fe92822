"""The inputs that mutants are made of: a tiny model, rows, pipeline, artifacts, a workspace, a
checkpoint and a shard, all made here, the last ones by the program itself."""

import json
import os
import random
import shutil
import signal
import struct
import subprocess
import time

WORDS = "good bad fine poor film play story actor scene end is was the a very not".split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
HIDDEN, INNER, POSITIONS = 8, 16, 32


def safetensors(tensors):
    """The bytes of a file of F32 tensors: (name, shape, values)."""
    header, payload = {}, b""
    for name, shape, values in tensors:
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(payload), len(payload) + len(data)]}
        payload += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + payload


def write(path, content):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def folder(path, head):
    """A model as Hugging Face keeps it, `classifier` or `masked` on top."""
    vocabulary = SPECIAL + WORDS + ["##s", "##ed", ".", ","]
    drawn = random.Random(4)
    tensors = []

    def add(name, *shape):
        count = 1
        for extent in shape:
            count *= extent
        is_norm = "LayerNorm.weight" in name
        values = [1.0 if is_norm else drawn.gauss(0, 0.05) for _ in range(count)]
        tensors.append((name, list(shape), values))

    def linear(name, outputs, inputs):
        add(name + ".weight", outputs, inputs)
        add(name + ".bias", outputs)

    def norm(name):
        add(name + ".weight", HIDDEN)
        add(name + ".bias", HIDDEN)

    base = "bert.embeddings."
    add(base + "word_embeddings.weight", len(vocabulary), HIDDEN)
    add(base + "position_embeddings.weight", POSITIONS, HIDDEN)
    add(base + "token_type_embeddings.weight", 2, HIDDEN)
    norm(base + "LayerNorm")
    layer = "bert.encoder.layer.0."
    for part in ("query", "key", "value"):
        linear(layer + "attention.self." + part, HIDDEN, HIDDEN)
    linear(layer + "attention.output.dense", HIDDEN, HIDDEN)
    norm(layer + "attention.output.LayerNorm")
    linear(layer + "intermediate.dense", INNER, HIDDEN)
    linear(layer + "output.dense", HIDDEN, INNER)
    norm(layer + "output.LayerNorm")
    config = {
        "model_type": "bert", "vocab_size": len(vocabulary), "hidden_size": HIDDEN,
        "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "hidden_act": "gelu",
    }
    if head == "classifier":
        linear("bert.pooler.dense", HIDDEN, HIDDEN)
        linear("classifier", 2, HIDDEN)
        config["architectures"] = ["BertForSequenceClassification"]
        config["id2label"] = {"0": "neg", "1": "pos"}
        config["label2id"] = {"neg": 0, "pos": 1}
    else:
        linear("cls.predictions.transform.dense", HIDDEN, HIDDEN)
        norm("cls.predictions.transform.LayerNorm")
        add("cls.predictions.bias", len(vocabulary))
        config["architectures"] = ["BertForMaskedLM"]
    write(path + "/config.json", json.dumps(config, indent=1))
    write(path + "/model.safetensors", safetensors(tensors))
    write(path + "/tokenizer_config.json", json.dumps(
        {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": POSITIONS}))
    return vocabulary


def tokenizer_json(vocabulary):
    special = [{"id": number, "content": token, "single_word": False, "lstrip": False,
                "rstrip": False, "normalized": False, "special": True}
               for number, token in enumerate(SPECIAL)]
    piece = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    second = [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    tokens = {token: {"id": token, "ids": [SPECIAL.index(token)], "tokens": [token]}
              for token in ("[CLS]", "[SEP]")}
    return json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": piece, "pair": piece + second,
                           "special_tokens": tokens},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {token: number for number, token in enumerate(vocabulary)}}})


PIPELINE = """pipeline: small
sources: { train: rows.tsv, tokenizer: plain }
stages:
  dataset:
    inputs: { train: train, tokenizer: tokenizer }
    output: rows
    max_seq_length: 16
  teacher:
    run: finetune
    inputs: { model: tokenizer, dataset: rows }
    output: teacher-${seed}
    max_steps: 2
    matrix: { seed: [1, 2] }
"""


def sentence(drawn):
    return " ".join(drawn.choice(WORDS) for _ in range(drawn.randint(2, 9)))


def make(program, place):
    """Makes all seeds in a folder; `program` runs distill there."""
    drawn = random.Random(9)
    vocabulary = folder(place + "/plain", "classifier")
    write(place + "/plain/vocab.txt", "\n".join(vocabulary) + "\n")
    folder(place + "/fast", "classifier")
    write(place + "/fast/tokenizer.json", tokenizer_json(vocabulary))
    folder(place + "/masked", "masked")
    write(place + "/masked/vocab.txt", "\n".join(vocabulary) + "\n")
    rows = [(sentence(drawn), number % 2) for number in range(40)]
    write(place + "/text.txt", "".join(text + "\n" for text, _ in rows))
    for name, mark in (("rows.tsv", "\t"), ("rows.csv", ",")):
        write(place + "/" + name, f"sentence{mark}label\n"
              + "".join(f"{text}{mark}{label}\n" for text, label in rows))
    write(place + "/rows.jsonl", "".join(
        json.dumps({"sentence": text, "label": str(label)}) + "\n" for text, label in rows))
    write(place + "/p.yaml", PIPELINE)
    write(place + "/long.txt", "".join(sentence(drawn) + "\n" for _ in range(60_000)))

    program.must(["corpus", "--text", "text.txt", "--tokenizer", "masked", "--output", "corpus.h5"])
    program.must(["dataset", "--train", "rows.tsv", "--dev", "rows.tsv", "--tokenizer", "plain",
                  "--max-seq-length", "16", "--output", "rows.h5"])
    program.must(["finetune", "--model", "plain", "--dataset", "rows.h5", "--max-steps", "2",
                  "--output", "model.h5"])
    program.must(["run", "p.yaml"])
    stopped(program, place, ["finetune", "--model", "plain", "--dataset", "rows.h5",
                             "--num-train-epochs", "4000", "--save-steps", "3", "--output",
                             "trained.h5"], "trained.h5.distill", "finetune", 2)
    stopped(program, place, ["corpus", "--text", "long.txt", "--tokenizer", "masked", "--output",
                             "long.h5"], "long.h5.distill", "corpus", 0)


def stopped(program, place, arguments, workspace, stage, count):
    """Starts a command and asks it to stop once it keeps so many files to go on from."""
    folder = f"{place}/{workspace}/checkpoints/{stage}"

    def kept():
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return sum(name.endswith(".safetensors") for name in names)

    for attempt in range(1, 80):
        shutil.rmtree(f"{place}/{workspace}", ignore_errors=True)
        process = subprocess.Popen([program.binary] + arguments, cwd=place,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and (
                kept() < count or not os.path.exists(f"{place}/{workspace}/manifest.json")):
            time.sleep(0.005)
        time.sleep(0.015 * attempt)
        process.send_signal(signal.SIGTERM)
        process.wait()
        if kept() > 0:
            return
    raise SystemExit(f"the seeds could not be made: {arguments[0]} was never stopped half-way")


def copy(source, target):
    """A copy of a file or folder."""
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, target)
