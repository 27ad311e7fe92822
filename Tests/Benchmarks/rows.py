"""The rows of the table: what is done, by whom, and what is wanted of it."""

import sys
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to do a row's work. Of those in one group the fastest stands for the group."""

    group: str  # such as "distill fp32", "PyTorch bf16"
    label: str
    command: list
    is_ours: bool = False


@dataclass(frozen=True)
class Claim:
    """Our group against a peer's: the least quotient of rates, and of other figures the bounds."""

    ours: str
    peer: str
    ratio: float | None = None
    limit_share: float | None = None
    memory: float | None = None  # our peak memory, as a share of the peer's, at most


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str
    variants: list
    claims: list
    notes: list = field(default_factory=list)

    def in_fp32_alone(self):
        """The row for a processor that does not multiply bf16."""
        left = [v for v in self.variants if "bf16" not in v.command]
        if len(left) == len(self.variants):
            return self
        return replace(
            self, variants=left, claims=[c for c in self.claims if not c.ours.endswith("bf16")],
            notes=[*self.notes, "Without bf16, which this processor does not multiply."])


@dataclass(frozen=True)
class Size:
    """How much is measured in a round; the figures are the same, only noisier, when less."""

    synthetic_steps: int
    batches: int
    window_batches: int
    snippets: int
    reference_snippets: int
    growth_steps: int


FULL = Size(synthetic_steps=5, batches=20, window_batches=8, snippets=500, reference_snippets=50, growth_steps=100)
QUICK = Size(synthetic_steps=1, batches=2, window_batches=2, snippets=20, reference_snippets=3, growth_steps=10)

PRECISIONS = ("fp32", "bf16")
# Of the row with a cached teacher: the default of distill's stage.
CACHED_EPOCHS = 10
# TinyBERT's own classes and losses, and the fastest we could write: peers/bert.py.
STYLES = {"tinybert": "PyTorch", "tuned": "PyTorch tuned"}


def peer(module, *options):
    return [sys.executable, "-m", f"peers.{module}", *map(str, options)]


def training_row(
    name, title, size, phase, teacher, student, batch, claims, *, tokenizer=None, text=None,
    padding="dynamic", ours=PRECISIONS, theirs=PRECISIONS, threads=2, minimum_steps=1,
    our_options=(),
):
    """Steps of a phase: drawn ids of full length, or real text."""
    steps = size.batches if text else max(minimum_steps, size.synthetic_steps)
    common = ["--teacher", teacher, "--student", student, "--batch", batch, "--threads", threads]
    data = ["--text", text] if text else []
    variants = []
    for precision in ours:
        variants.append(Variant(
            f"distill {precision}", f"distill {precision}",
            ["bench", phase, *common, *data, "--length", 128, "--steps", steps, "--precision",
             precision, *our_options, "--json"], is_ours=True))
    objective = "prediction" if phase == "prediction" else "intermediate"
    for precision in theirs:
        for style, group in STYLES.items() if padding == "dynamic" else [("tinybert", "PyTorch")]:
            for way in ("eager", "compiled"):
                variants.append(Variant(
                    f"{group} {precision}", f"{group} {precision}, {way}",
                    peer("train", objective, *common, *data, "--length", 128, "--precision",
                         precision, "--style", style, *([] if text else ["--steps", steps]),
                         "--padding", padding, *(["--compile"] if way == "compiled" else []))))
    if padding == "dynamic":
        claims = claims + [
            Claim(f"distill {p}", f"{STYLES['tuned']} {p}") for p in theirs if p in ours]
    return Row(name, title, "tokens/s", variants, claims)


def table(size, data, threads=2):
    """All rows; `data` names the files that are there: see benchmark.py."""
    encoder = data["encoder"]
    rows = [
        training_row(
            "bert-base", "general step, BERT-base teacher -> 4L-312, 32 x 128 tokens", size,
            "general", "bert-base", "tinybert-4l-312", 32,
            [Claim("distill fp32", "PyTorch fp32", 1.3, limit_share=0.85, memory=0.40),
             Claim("distill bf16", "PyTorch bf16", 1.45, limit_share=0.75, memory=0.40),
             Claim("distill bf16", "PyTorch fp32", 2.4)], threads=threads),
        training_row(
            "minilm", "general step, 6L-384 teacher -> 3L-312, 32 x 128 tokens", size,
            "general", "minilm-6l-384", "tinybert-3l-312", 32,
            [Claim("distill fp32", "PyTorch fp32", 1.8), Claim("distill bf16", "PyTorch bf16", 2.2)],
            threads=threads, minimum_steps=2),
        training_row(
            "general-text", "general distillation of review text, 6L-384 -> 3L-312, batch 64", size,
            "general", encoder, "tinybert-3l-312", 64,
            [Claim("distill fp32", "PyTorch fp32"), Claim("distill bf16", "PyTorch bf16")],
            text=data["review sample"], threads=threads),
        training_row(
            "intermediate", "intermediate phase, movie snippets, 6L-384 -> 3L-312, batch 32", size,
            "intermediate", encoder, "tinybert-3l-312", 32,
            [Claim("distill fp32", "PyTorch fp32", 2.0), Claim("distill bf16", "PyTorch bf16", 2.5)],
            text=data["snippet sample"], threads=threads),
        training_row(
            "reference-recipe", "the same, PyTorch by the reference recipe (padding 128, fp32)", size,
            "intermediate", encoder, "tinybert-3l-312", 32,
            [Claim("distill auto", "PyTorch fp32", 10.0)],
            text=data["snippet sample"], padding="fixed", ours=["auto"], theirs=["fp32"],
            threads=threads),
        # Without a share of the limit: that is of a step, whose products are the student's alone,
        # and the rate is of the epochs with the making of the cache.
        training_row(
            "intermediate-cached",
            "intermediate phase, movie snippets, 6L-384 -> 3L-312, batch 32; ours with the teacher's "
            f"layers cached for {CACHED_EPOCHS} epochs, the making included, PyTorch's teacher runs "
            "along in every step", size,
            "intermediate", encoder, "tinybert-3l-312", 32,
            [Claim("distill fp32", "PyTorch fp32"), Claim("distill bf16", "PyTorch bf16")],
            text=data["snippet sample"], threads=threads,
            our_options=["--cache-teacher", "--epochs", CACHED_EPOCHS]),
        training_row(
            "prediction", "prediction phase, movie snippets, 6L-384 -> 3L-312, batch 32; "
            "ours with cached logits, PyTorch's teacher runs along", size,
            "prediction", encoder, "tinybert-3l-312", 32,
            [Claim("distill fp32", "PyTorch fp32", 3.5), Claim("distill bf16", "PyTorch bf16", 3.5)],
            text=data["snippet sample"], threads=threads),
        *token_rows(size, data, threads),
        augmentation_row(size, data, threads),
        Row(
            "tokenizer", "tokenizer, one thread, review text", "bytes/s",
            [Variant(
                "distill", "distill",
                ["bench", "tokenize", "--model", encoder, "--text", data["reviews"], "--json"],
                is_ours=True)]
            + [Variant(
                "tokenizers", f"Hugging Face tokenizers, {method}",
                peer("tokenizer", method, "--model", encoder, "--text", data["reviews"]))
                for method in ("encode", "batch", "batch_fast")],
            [Claim("distill", "tokenizers", 3.0)]),
    ]
    return {row.name: row for row in rows}


def token_rows(size, data, threads):
    """Tags of words and answers in texts: fine-tuning, where both sides do the same, and prediction."""
    encoder, student = data["encoder"], "tinybert-3l-312"
    kinds = [
        ("tags", "token-classification", "sentences as long as WNUT-17's", data["sentence sample"],
         32, 128),
        ("answers", "question-answering", "windows of 384 tokens, each fourth shorter",
         data["window sample"], 12, 384)]
    rows = []
    for name, task, what, text, batch, length in kinds:
        steps = size.batches if name == "tags" else size.window_batches
        common = [
            "--task", task, "--batch", batch, "--length", length, "--text", text,
            "--threads", threads]
        for phase in ("finetune", "prediction"):
            is_tuning = phase == "finetune"
            ours = ["--model", encoder] if is_tuning else ["--teacher", encoder, "--student", student]
            theirs = ["--student", encoder] if is_tuning else ours
            styles = ("transformers", "tuned") if is_tuning else ("tuned",)
            variants, claims = [], []
            for precision in PRECISIONS:
                variants.append(Variant(
                    f"distill {precision}", f"distill {precision}",
                    ["bench", phase, *ours, *common, "--steps", steps, "--precision", precision,
                     "--json"], is_ours=True))
                variants += [
                    Variant(
                        f"PyTorch {precision}", f"PyTorch {style} {precision}, {way}",
                        peer("train", phase, *theirs, *common, "--precision", precision, "--style",
                             style, *(["--compile"] if way == "compiled" else [])))
                    for style in styles for way in ("eager", "compiled")]
                claims.append(Claim(f"distill {precision}", f"PyTorch {precision}", 1.5))
            title = (
                f"fine-tuning for {task}, {what}, 6L-384, batch {batch}" if is_tuning else
                f"prediction phase of {task}, {what}, 6L-384 -> 3L-312, batch {batch}; "
                "ours with cached logits, PyTorch's teacher runs along")
            rows.append(Row(f"{name}-{phase}", title, "tokens/s", variants, claims))
    return rows


def augmentation_row(size, data, threads):
    """Candidates and rewrites of snippets; the context as in the peer it is compared with."""
    model, text = data["masked-language model"], data["snippets"]
    common = [
        "--model", model, "--text", text, "--rows", size.snippets, "--rewrites", 20,
        "--threads", threads]
    variants = [
        Variant(
            f"distill {context}", f"distill auto, {context} context",
            ["bench", "augment", *common, "--mlm-context", context, "--precision", "auto", "--json"],
            is_ours=True)
        for context in ("original", "masked")]
    for precision in PRECISIONS:
        variants.append(Variant(
            "PyTorch one word at a time", f"PyTorch {precision}, one forward per word",
            peer("augmentation", "reference", *common, "--precision", precision, "--sample",
                 size.reference_snippets)))
        variants.append(Variant(
            "PyTorch batched", f"PyTorch {precision}, one batch per sentence",
            peer("augmentation", "batched", *common, "--precision", precision)))
    return Row(
        "augmentation", f"augmentation of {size.snippets} movie snippets, N = 20, 6L-384",
        "snippets/s", variants,
        [Claim("distill original", "PyTorch one word at a time", 10.0),
         Claim("distill masked", "PyTorch batched", 2.0)],
        [f"One forward per word was timed on {size.reference_snippets} of the {size.snippets} "
         "snippets and scaled by the number of words."])
