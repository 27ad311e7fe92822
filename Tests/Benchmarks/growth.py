"""What the work costs when there is more of it: corpus and general distillation at 1 x and 10 x."""

import json
import pathlib
import statistics
import subprocess
import sys

from contenders import HERE, Failed, last_line


def run(command):
    """Seconds and peak memory of a process that must succeed."""
    done = subprocess.run(
        [sys.executable, "-S", str(HERE / "resident.py"), *map(str, command)], capture_output=True,
        text=True)
    if done.returncode:
        raise Failed(last_line(done.stderr))
    figures = json.loads(done.stdout)
    return figures["seconds"], figures["peak_rss_bytes"]


def once(binary, data, factor, folder, steps, threads):
    """One corpus built and one general student trained on it for some steps."""
    text, corpus = data[f"corpus x {factor}"], folder / f"corpus-{factor}.h5"
    seconds, corpus_memory = run([
        binary, "corpus", "--text", text, "--tokenizer", data["encoder"], "--output", corpus,
        "--threads", threads, "--force"])
    student = folder / f"student-{factor}.h5"
    record = pathlib.Path(f"{student}.distill") / "metrics.jsonl"
    record.unlink(missing_ok=True)
    _, memory = run([
        binary, "general", "--teacher", data["encoder"], "--corpus", corpus,
        "--student", "tinybert-3l-312", "--per-device-train-batch-size", 64, "--max-steps", steps,
        "--logging-steps", max(1, steps // 10), "--threads", threads, "--output", student, "--force"])
    events = [json.loads(line) for line in record.read_text().splitlines()]
    rates = [e["values"]["tokens_per_second"] for e in events if e["event"] == "step"]
    return {
        "corpus_bytes_per_second": pathlib.Path(text).stat().st_size / seconds,
        "corpus_peak_rss_bytes": corpus_memory,
        # The first laps warm up.
        "tokens_per_second": statistics.median(rates[2:] or rates), "peak_rss_bytes": memory}


def measure(binary, data, folder, rounds, steps, threads):
    """Medians at 1 x and 10 x, taken in turn, and the quotients 10 x / 1 x."""
    found = {1: [], 10: []}
    for _ in range(rounds):
        for factor in found:
            found[factor].append(once(binary, data, factor, folder, steps, threads))
    medians = {
        factor: {key: statistics.median(r[key] for r in runs) for key in runs[0]}
        for factor, runs in found.items()}
    return {
        "x1": medians[1], "x10": medians[10], "rounds": {f"x{k}": v for k, v in found.items()},
        "quotient": {key: medians[10][key] / medians[1][key] for key in medians[1]}}
