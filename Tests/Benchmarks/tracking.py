"""What it costs to be followed: general distillation that tells every step, without a server, with one that takes
everything, and with one that hangs for ever.

The speed of a rented machine changes by more within minutes than what is looked for. So the training that is followed
and one that is not run side by side, a processor each, then once more with their places exchanged: what slows the
machine slows both; what slows one processor, or whoever starts second, counts on both sides."""

import json
import math
import os
import pathlib
import socket
import statistics
import subprocess
import sys

from contenders import HERE, Failed, last_line

# "none" is the control: what two trainings that nobody follows differ by.
WAYS = ("none", "on", "hanging")


def serve(way):
    """Answers on a port that it prints, until standard input ends; then says how often: a process of its own."""
    sys.path.insert(0, str(HERE.parent / "Tracking"))
    import behaviours

    behave = behaviours.always(lambda server, path, body: behaviours.good(server, path))
    if way == "hanging":
        behave = behaviours.once(behaviours.hang)
    server = behaviours.BadServer(behave)
    print(server.port, flush=True)
    sys.stdin.read()
    print(server.requests)


def start(binary, data, corpus, folder, way, steps, processor):
    """Starts one training of one thread on a processor; returns its process, its server and where it records."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    server = None
    if way in ("on", "hanging"):
        server = subprocess.Popen([sys.executable, __file__, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        environment["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{int(server.stdout.readline())}"
    student = folder / f"tracked-{way}.h5"
    record = pathlib.Path(f"{student}.distill") / "metrics.jsonl"
    record.unlink(missing_ok=True)
    process = subprocess.Popen(
        [binary, "general", "--teacher", data["encoder"], "--corpus", corpus, "--student", "tinybert-3l-312",
         "--per-device-train-batch-size", "16", "--max-steps", str(steps), "--logging-steps", "1",
         "--threads", "1", "--output", str(student), "--force", "--no-run-cache"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
    return process, server, record


def side_by_side(binary, data, corpus, folder, ways, steps, processors):
    """Speed of the followed one of two trainings, to that of the one beside it that is not: "off" in `ways`."""
    started = [start(binary, data, corpus, folder, way, steps, processor)
               for way, processor in zip(ways, processors)]
    try:
        for process, _, _ in started:
            _, error = process.communicate()
            if process.returncode:
                raise Failed(last_line(error))
    finally:
        asked = []
        for process, server, _ in started:
            process.kill()
            if server:
                asked.append(int(server.communicate()[0]))
    if 0 in asked:
        raise Failed(f"nothing reached the server of {' and '.join(ways)}")
    rates = []
    for _, (_, _, record) in sorted(zip(ways, started), key=lambda each: each[0] != "off"):
        events = [json.loads(line) for line in record.read_text().splitlines()]
        rates.append([e["values"]["tokens_per_second"] for e in events if e["event"] == "step"])
    # Both take the same steps at the same time; the first ones warm up, after the shorter's end one runs alone.
    return statistics.median(on / off for off, on in list(zip(*rates))[3:-3])


def measure(binary, data, folder, rounds, steps):
    """What remains of the speed of a training that is followed: the median of all rounds, and their spread."""
    processors = sorted(os.sched_getaffinity(0))[:2]
    if len(processors) < 2:
        raise Failed("it takes two processors")
    corpus = folder / "tracked-corpus.h5"
    done = subprocess.run(
        [binary, "corpus", "--text", data["corpus x 1"], "--tokenizer", data["encoder"], "--output", corpus],
        capture_output=True, text=True)
    if done.returncode:
        raise Failed(last_line(done.stderr))
    found = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in found:
            both = [side_by_side(binary, data, corpus, folder, order, steps, processors)
                    for order in (("off", way), (way, "off"))]
            found[way].append(math.sqrt(both[0] * both[1]))
    return {"rounds": found, "quotient": {way: statistics.median(each) for way, each in found.items()}}


if __name__ == "__main__":
    serve(sys.argv[1])
