"""What it costs to be followed: general distillation that tells every step, without a server, with one that takes
everything, and with one that hangs for ever."""

import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys

from contenders import HERE, Failed, last_line

WAYS = ("off", "on", "hanging")


def serve(way):
    """Answers on a port that it prints, until standard input ends: a process of its own."""
    sys.path.insert(0, str(HERE.parent / "Tracking"))
    import behaviours

    behave = behaviours.always(behaviours.good)
    if way == "hanging":
        behave = behaviours.once(behaviours.hang)
    server = behaviours.BadServer(behave)
    print(server.port, flush=True)
    sys.stdin.read()


def once(binary, data, corpus, folder, way, steps, threads):
    """Tokens a second of one training, and its seconds from beginning to end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    server = None
    if way != "off":
        server = subprocess.Popen([sys.executable, __file__, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        environment["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{int(server.stdout.readline())}"
    student = folder / "tracked.h5"
    record = pathlib.Path(f"{student}.distill") / "metrics.jsonl"
    record.unlink(missing_ok=True)
    try:
        done = subprocess.run(
            [binary, "general", "--teacher", data["encoder"], "--corpus", corpus, "--student", "tinybert-3l-312",
             "--per-device-train-batch-size", "64", "--max-steps", str(steps), "--logging-steps", "1",
             "--threads", str(threads), "--output", str(student), "--force", "--no-run-cache"],
            capture_output=True, text=True, env=environment)
    finally:
        if server:
            server.stdin.close()
            server.wait()
    if done.returncode:
        raise Failed(last_line(done.stderr))
    events = [json.loads(line) for line in record.read_text().splitlines()]
    rates = [e["values"]["tokens_per_second"] for e in events if e["event"] == "step"]
    # The first laps warm up.
    return statistics.median(rates[2:] or rates)


def measure(binary, data, folder, rounds, steps, threads):
    """Medians of each way, taken in turn, and the quotients to the one without a server."""
    corpus = folder / "tracked-corpus.h5"
    done = subprocess.run(
        [binary, "corpus", "--text", data["corpus x 1"], "--tokenizer", data["encoder"], "--output", corpus],
        capture_output=True, text=True)
    if done.returncode:
        raise Failed(last_line(done.stderr))
    found = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in found:
            found[way].append(once(binary, data, corpus, folder, way, steps, threads))
    medians = {way: statistics.median(rates) for way, rates in found.items()}
    return {"rounds": found, "tokens_per_second": medians,
            "quotient": {way: medians[way] / medians["off"] for way in WAYS if way != "off"}}


if __name__ == "__main__":
    serve(sys.argv[1])
