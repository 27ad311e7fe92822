"""Measures distill against PyTorch side by side, prints the table and writes it as JSON.

Called by run.sh. Both sides of a row take turns, round by round; a way that is clearly slower than
another of its group in the first round is not measured again.
"""

import argparse
import datetime
import importlib.metadata
import json
import pathlib
import statistics
import subprocess
import sys

import contenders
import data
import growth
import limit
import machine
import report
import rows
import tracking

CLEARLY_SLOWER = 1.25
BUSY = 0.25  # cores


def measure_row(row, binary, rounds, threads):
    """The row as a JSON object: every variant's rounds, every claim's figures."""
    running, found = {}, {}
    for variant in row.variants:
        found[variant] = {"group": variant.group, "label": variant.label, "rates": []}
        try:
            running[variant] = contenders.start(variant, binary)
        except contenders.Failed as failure:
            found[variant]["obstacle"] = str(failure)
    try:
        for number in range(rounds):
            for variant in list(running):
                try:
                    answer = running[variant].measure()
                except contenders.Failed as failure:
                    found[variant]["obstacle"] = str(failure)
                    running.pop(variant).close()
                    continue
                note(f"{row.name}: {variant.label}: {report.rate(answer['rate'], row.unit)}")
                found[variant].setdefault("answers", []).append(answer)
                found[variant]["rates"].append(answer["rate"])
            if number == 0:
                for variant in slower(found):
                    if variant in running:
                        running.pop(variant).close()
    finally:
        for contender in running.values():
            contender.close()
    for entry in found.values():
        if entry["rates"] and "obstacle" not in entry:
            entry["rate"] = statistics.median(entry["rates"])
            for answer in entry["answers"][:-1]:
                answer.pop("products", None)  # the same in every round, and long
            entry["peak_rss_bytes"] = max(a.get("peak_rss_bytes") or 0 for a in entry["answers"])
    entries = list(found.values())
    limits = {}
    return {
        "name": row.name, "title": row.title, "unit": row.unit, "variants": entries,
        "claims": [judge(c, entries, binary, threads, limits) for c in row.claims],
        "limits": limits, "notes": row.notes + same_work(row, entries)}


def slower(found):
    """Variants that another of their group leaves far behind."""
    leading = {}
    for entry in found.values():
        rate = max(entry["rates"], default=0)
        leading[entry["group"]] = max(rate, leading.get(entry["group"], 0))
    return [
        variant for variant, entry in found.items()
        if entry["rates"] and entry["rates"][0] * CLEARLY_SLOWER < leading[entry["group"]]]


def fastest(entries, group):
    """The entry that stands for a group; raises with the first obstacle where there is none."""
    there = [e for e in entries if e["group"] == group and "rate" in e]
    if not there:
        raise contenders.Failed(
            next((e["obstacle"] for e in entries if e["group"] == group and "obstacle" in e),
                 "not measured"))
    return max(there, key=lambda e: e["rate"])


def judge(claim, entries, binary, threads, limits):
    """The figures of one comparison, beside what is wanted."""
    result = {
        "ours": claim.ours, "peer": claim.peer, "wanted_ratio": claim.ratio,
        "wanted_limit_share": claim.limit_share, "wanted_memory_share": claim.memory}
    try:
        ours, peer = fastest(entries, claim.ours), fastest(entries, claim.peer)
        result |= {
            "our_rate": ours["rate"], "peer_rate": peer["rate"], "peer_label": peer["label"],
            "ratio": ours["rate"] / peer["rate"]}
        if ours["peak_rss_bytes"] and peer["peak_rss_bytes"]:
            result["memory_share"] = ours["peak_rss_bytes"] / peer["peak_rss_bytes"]
        if claim.limit_share is not None:
            if claim.ours not in limits:
                seconds, rates = limit.of_step(binary, ours["answers"][-1], threads)
                limits[claim.ours] = {"seconds_per_step": seconds, "gflops": rates}
            step = statistics.median(a["seconds_per_step"] for a in ours["answers"])
            result["limit_share"] = limits[claim.ours]["seconds_per_step"] / step
    except contenders.Failed as failure:
        result["obstacle"] = str(failure)
    return result


def same_work(row, entries):
    """A note where the sides did not do the same: tokens of a round, or words asked about."""
    def amount(answer):
        if row.name == "augmentation":
            return answer.get("words") or answer["words_asked"]
        return answer["work"] if "work" in answer else answer.get("tokens")

    amounts = {e["label"]: amount(e["answers"][0]) for e in entries if "rate" in e}
    if row.name == "tokenizer" or not amounts:
        return []
    if max(amounts.values()) > 1.02 * min(amounts.values()):
        return [f"The sides of {row.name} did not do the same work in a round: {amounts}"]
    return []


def compare_ids(binary, files):
    """Both tokenizers on the whole text; the first line that differs is an error."""
    with open(files["reviews"], encoding="utf-8") as text:
        ours = subprocess.run(
            [str(binary), "tokenize", "--model", str(files["encoder"]), "--json"],
            stdin=text, capture_output=True, text=True, check=True).stdout.splitlines()
    theirs = subprocess.run(
        rows.peer("tokenizer", "ids", "--model", files["encoder"], "--text", files["reviews"]),
        capture_output=True, text=True, check=True, cwd=contenders.HERE).stdout.splitlines()
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True), 1):
        if json.loads(a) != json.loads(b):
            raise contenders.Failed(f"{files['reviews']}:{number}: the tokenizers disagree")
    return f"Both tokenizers gave the same ids for all {len(ours):,} lines."


def note(message):
    print(message, file=sys.stderr, flush=True)


def arguments(names):
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little of everything: does it run?")
    parser.add_argument("--rows", help="some of " + ",".join(names))
    parser.add_argument("--rounds", type=int, help="5; with --quick 1")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path, help="where the figures go")
    parser.add_argument("--force", action="store_true", help="measure on a busy machine too")
    parser.add_argument("--binary", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--reviews", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    wanted = options.rows.split(",") if options.rows else names
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(names)}")
    options.rows = wanted
    return options


NAMES = [
    "bert-base", "minilm", "general-text", "intermediate", "reference-recipe", "intermediate-cached",
    "prediction", "tags-finetune", "tags-prediction", "answers-finetune", "answers-prediction",
    "augmentation", "tokenizer", "growth", "tracking"]


def main():
    options = arguments(NAMES)
    cores, processes = machine.load()
    busy = f"{cores:.2f} cores in use: {', '.join(processes) or 'by another system'}"
    if cores > BUSY and not options.force:
        sys.exit(f"benchmark: the machine is busy ({busy}); wait, or measure with --force")
    size = rows.QUICK if options.quick else rows.FULL
    files = data.prepare(options.reviews, options.build / "data", size)
    table = rows.table(size, files, options.threads)
    if not machine.multiplies_bf16():
        table = {name: row.in_fp32_alone() for name, row in table.items()}
    document = {
        "date": datetime.datetime.now().isoformat(timespec="seconds"), "machine": machine.facts(),
        "threads": options.threads, "rounds": options.rounds, "quick": options.quick,
        "busy": busy if cores > BUSY else None,
        "versions": {
            name: importlib.metadata.version(name) for name in ("torch", "tokenizers")},
        "rows": []}
    path = options.json or options.build / f"{document['date'].replace(':', '-')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for name in options.rows:
        if name in ("growth", "tracking"):
            folder = options.build / "data"
            try:
                if name == "growth":
                    # Three rounds show it.
                    document[name] = growth.measure(
                        options.binary, files, folder, min(options.rounds, 3), size.growth_steps, options.threads)
                else:
                    document[name] = tracking.measure(
                        options.binary, files, folder, options.rounds, size.growth_steps)
            except contenders.Failed as failure:
                document[name] = {"obstacle": str(failure)}
        else:
            row = measure_row(table[name], options.binary, options.rounds, options.threads)
            if name == "tokenizer":
                row["notes"].append(compare_ids(options.binary, files))
            document["rows"].append(row)
        # What there is so far: a run takes long.
        path.write_text(json.dumps(document, indent=1) + "\n")
    print(report.text(document))
    note(f"written to {path}")


if __name__ == "__main__":
    main()
