"""Pipeline M: everything a small pipeline of all stages reads, in a folder of its own, and oracle H:
what of a finished workspace must be the same however often the run was stopped."""

import hashlib
import json
import os
import re
import shutil

import inputs
import program

# Events whose lines in metrics.jsonl belong to H. The end of a stage is not among them: after a kill
# at that instant it may be told twice or not at all. The manifest, which is compared, has its numbers.
RECORDED = {"step", "evaluated"}
SAVE_STEPS = 5
# How long all trainings are; --full raises it.
LENGTH = 1.0

# Stages in the order they run, with the artifacts they make.
ARTIFACTS = {
    "corpus": "corpus.h5",
    "dataset": "rows.h5",
    "language_model": "language_model.h5",
    "teacher": "teacher.h5",
    "general": "general_student.h5",
    "augment": "augmented.h5",
    "intermediate": "intermediate_student.h5",
    "prediction": "student.h5",
    "evaluate": "predictions.h5",
    "export": "student_folder",
}
STAGES = list(ARTIFACTS)
TRAININGS = ["language_model", "teacher", "general", "intermediate", "prediction"]

PIPELINE = """\
pipeline: m
seed: SEED
sources:
  encoder: inputs/encoder
  sentences: inputs/text.txt
  train_rows: inputs/train.tsv
  dev_rows: inputs/dev.tsv
  test_rows: inputs/test.tsv
stages:
  corpus:
    inputs: { text: sentences, tokenizer: encoder }
    output: corpus
    max_seq_length: 32
  dataset:
    inputs: { train: train_rows, dev: dev_rows, test: test_rows, tokenizer: encoder }
    output: rows
    max_seq_length: 32
  language_model:
    run: finetune
    objective: masked-language
    inputs: { model: encoder, corpus: corpus }
    output: language_model
    num_train_epochs: 0.75
    learning_rate: 2e-3
TRAINING
  teacher:
    run: finetune
    inputs: { model: encoder, dataset: rows }
    output: teacher
    num_train_epochs: 2.5
    learning_rate: 3e-3
    load_best_model_at_end: true
TRAINING
  general:
    inputs: { teacher: encoder, corpus: corpus }
    output: general_student
    num_hidden_layers: 1
    hidden_size: 32
    num_attention_heads: 2
    intermediate_size: 64
    hidden_dropout_prob: 0.1
    attention_probs_dropout_prob: 0.1
    num_train_epochs: 0.75
    learning_rate: 3e-3
    cache_teacher: true
TRAINING
  augment:
    inputs: { dataset: rows, masked_language_model: language_model, embedding_model: encoder }
    output: augmented
    rewrites: 3
    precision: fp32
  intermediate:
    inputs: { teacher: teacher, student: general_student, dataset: augmented }
    output: intermediate_student
    num_train_epochs: 0.6
    learning_rate: 2e-3
    allow_weak_teacher: true
TRAINING
  prediction:
    inputs: { teacher: teacher, student: intermediate_student, dataset: augmented }
    output: student
    num_train_epochs: 0.75
    learning_rate: 3e-3
    alpha: 0.3
    allow_weak_teacher: true
TRAINING
  evaluate:
    inputs: { teacher: teacher, models: [student], dataset: rows }
    output: predictions
  export:
    inputs: { model: student }
    output: student_folder
"""
TRAINING = f"""\
    per_device_train_batch_size: 16
    gradient_accumulation_steps: 2
    warmup_ratio: 0.2
    max_tokens: 160
    save_steps: {SAVE_STEPS}
    logging_steps: 1
    precision: fp32"""

# What differs from run to run without meaning anything.
# How the names of metrics end that tell how fast something was, or how much memory it took.
PACES = ("tokens_per_second", "_ms", "_memory_mib")
VOLATILE = {
    "path", "signature", "started", "finished", "environment", "owner", "pid", "process",
    "host", "time", "created_by", "checksum", "id",
}


class World:
    """A folder with the pipeline file, its inputs and, after a run, its workspace."""

    def __init__(self, folder, seed=42, change=lambda text: text):
        self.folder = os.path.realpath(folder)
        self.workspace = self.folder + "/.distill/m"
        os.makedirs(self.folder)
        inputs.write_inputs(self.folder + "/inputs")
        self.write_pipeline(seed, change)

    def write_pipeline(self, seed=42, change=lambda text: text):
        text = PIPELINE.replace("SEED", str(seed)).replace("TRAINING", TRAINING)
        text = re.sub(r"(?<=num_train_epochs: )[\d.]+", lambda n: str(LENGTH * float(n[0])), text)
        with open(self.folder + "/m.yaml", "w") as file:
            file.write(change(text))

    def copy(self, folder):
        """The same world with the same workspace in another place."""
        other = object.__new__(World)
        other.folder = os.path.realpath(folder)
        other.workspace = other.folder + "/.distill/m"
        if os.path.exists(folder):
            shutil.rmtree(folder)
        shutil.copytree(self.folder, folder, symlinks=True)
        return other

    def start(self, *arguments, **options):
        """Begins `distill run m.yaml` here; see program.Start."""
        return program.Start(["run", "m.yaml", "--threads", "1", *arguments], self.folder, **options)

    def run(self, *arguments, **options):
        """Runs `distill run m.yaml` to its end."""
        return self.start(*arguments, **options).wait()

    def remove(self):
        shutil.rmtree(self.folder)

    # What is there

    def manifest(self):
        """The manifest's content; None when there is none."""
        try:
            with open(self.workspace + "/manifest.json") as file:
                return json.load(file)["content"]
        except FileNotFoundError:
            return None

    def status_of(self, stage):
        """The manifest's word on a stage."""
        record = (self.manifest() or {"stages": {}})["stages"].get(stage)
        return record["status"] if record else "pending"

    def metrics(self):
        """The lines of metrics.jsonl as objects, a torn last one left out."""
        try:
            with open(self.workspace + "/metrics.jsonl", "rb") as file:
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def last_step(self, stage):
        """The step of the last training record of a stage, 0 without one."""
        steps = [m["step"] for m in self.metrics() if m["stage"] == stage and m["event"] == "step"]
        return steps[-1] if steps else 0

    def shards(self, stage):
        """How many finished shards of a stage lie there."""
        folder = f"{self.workspace}/checkpoints/{stage}"
        if not os.path.isdir(folder):
            return 0
        return sum(re.fullmatch(r"\w+-\d{5}\.safetensors", name) is not None
                   for name in os.listdir(folder))

    def artifacts(self):
        """SHA-256 of every file beneath artifacts/, hidden ones too, by its path there."""
        return digests(self.workspace + "/artifacts")

    def leftovers(self):
        """Files that a finished run must not leave behind."""
        found = []
        for folder, _, files in os.walk(self.workspace):
            place = os.path.relpath(folder, self.workspace)
            for name in files:
                path = os.path.normpath(f"{place}/{name}")
                is_hidden = any(part.startswith(".") for part in path.split("/"))
                if is_hidden or path.startswith(("checkpoints/", "shards/", "scratch")):
                    found.append(path)
        return found

    # Oracle H

    def oracle(self, stages=None):
        """H as a table: what -> value. `stages` limits it to those stages."""
        wanted = STAGES if stages is None else stages
        table = {}
        files = self.artifacts()
        for stage in wanted:
            name = ARTIFACTS[stage]
            table[f"artifact {name}"] = sorted(
                (path, digest) for path, digest in files.items()
                if path == name or path.startswith(name + "/"))
        manifest = self.plain(self.manifest() or {"stages": {}})
        for stage in wanted:
            table[f"manifest {stage}"] = manifest["stages"].get(stage)
        if stages is None:
            table["artifacts"] = sorted(files)
            table["manifest"] = {k: v for k, v in manifest.items() if k != "stages"}
        for stage in wanted:
            table[f"metrics {stage}"] = [
                plain_metric(m) for m in self.metrics()
                if m["stage"] == stage and m["event"] in RECORDED]
        return table

    def plain(self, value):
        """A JSON value without what differs from run to run."""
        if isinstance(value, dict):
            return {k: self.plain(v) for k, v in value.items()
                    if k not in VOLATILE and not k.endswith("seconds")}
        if isinstance(value, list):
            return [self.plain(v) for v in value if not is_pace(v)]
        return value.replace(self.folder, "<world>") if isinstance(value, str) else value


def is_pace(value):
    """Whether a manifest's metric tells how fast something was."""
    return isinstance(value, dict) and str(value.get("name")).endswith(PACES)


def plain_metric(record):
    """A metric record without its time and its pace."""
    values = {k: v for k, v in record["values"].items()
              if k != "seconds" and not k.endswith(PACES)}
    return [record["event"], record.get("step"), values]


def differences(oracle, reference):
    """The names of what is not as in the reference; nothing when both are the same."""
    return [name for name in reference if oracle.get(name) != reference[name]]


def digests(folder):
    """SHA-256 of every file beneath a folder, by its path in it."""
    found = {}
    for place, _, files in os.walk(folder):
        for name in files:
            path = f"{place}/{name}"
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found
