#!/usr/bin/env python3
"""Feeds the program mutants of everything it reads: files of others as they come, files of its own
with a trailer, a seal or a checksum that fits. None may crash it, hold it up, fill the memory, or be
refused in anything but one line that names a file.

    Tests/Hostile/mutants.py                    500 mutants, about a minute on 2 cores
    Tests/Hostile/mutants.py --count 20000      the full figure
    Tests/Hostile/mutants.py --only artifact-model --seed 7 --keep found

The same seed makes the same mutants. DISTILL_BINARY names the program, the release build by default.
"""

import argparse
import collections
import concurrent.futures
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import mutate
import seeds

ALLOWED = {0, 1, 3, 64, 65, 66, 69, 70, 73, 74, 75, 78}
MEMORY, SECONDS = 512 << 20, 5.0

# Name, files that it needs, the file that is spoilt, how, and the commands that read it.
FORMATS = [
    ("safetensors", ["plain"], "plain/model.safetensors", mutate.data,
     [["predict", "--model", "plain", "--input", "text.txt"]]),
    ("config", ["plain"], "plain/config.json", mutate.any_json,
     [["predict", "--model", "plain", "--input", "text.txt"], ["inspect", "plain"]]),
    ("tokenizer-config", ["plain"], "plain/tokenizer_config.json", mutate.any_json,
     [["predict", "--model", "plain", "--input", "text.txt"]]),
    ("tokenizer-json", ["fast"], "fast/tokenizer.json", mutate.any_json,
     [["predict", "--model", "fast", "--input", "text.txt"]]),
    ("vocabulary", ["plain"], "plain/vocab.txt", mutate.lines,
     [["predict", "--model", "plain", "--input", "text.txt"]]),
    ("text", [], "text.txt", mutate.lines,
     [["predict", "--model", "model.h5", "--input", "text.txt"],
      ["corpus", "--text", "text.txt", "--tokenizer", "plain", "--output", "out.h5"]]),
] + [
    (kind, [], "rows." + kind, mutate.lines,
     [["dataset", "--train", "rows." + kind, "--tokenizer", "plain", "--output", "out.h5"],
      ["predict", "--model", "model.h5", "--input", "rows." + kind, "--json"]])
    for kind in ("tsv", "csv", "jsonl")
] + [
    ("pipeline", [], "p.yaml", mutate.lines, [["plan", "p.yaml"]]),
    ("artifact-model", [], "model.h5", mutate.artifact,
     [["predict", "--model", "model.h5", "--input", "text.txt"], ["inspect", "model.h5", "--json"],
      ["verify", "model.h5"]]),
    ("artifact-dataset", [], "rows.h5", mutate.artifact,
     [["finetune", "--model", "plain", "--dataset", "rows.h5", "--max-steps", "1", "--output", "o.h5"],
      ["augment", "--dataset", "rows.h5", "--embedding-model", "plain", "--rewrites", "1", "--output",
       "o.h5"], ["verify", "rows.h5"]]),
    ("artifact-corpus", [], "corpus.h5", mutate.artifact,
     [["finetune", "--objective", "masked-language", "--model", "masked", "--corpus", "corpus.h5",
       "--max-steps", "1", "--output", "o.h5"], ["inspect", "corpus.h5"]]),
    ("manifest", [".distill"], ".distill/small/manifest.json", mutate.manifest,
     [["status", "p.yaml"], ["metrics", "p.yaml", "--json"], ["metrics", "p.yaml"],
      ["run", "p.yaml", "--dry-run"], ["verify", ".distill/small"]]),
    ("checkpoint", ["trained.h5.distill"],
     "trained.h5.distill/checkpoints/finetune/checkpoint-?.safetensors", mutate.sealed,
     [["verify", "trained.h5.distill"],
      ["finetune", "--model", "plain", "--dataset", "rows.h5", "--num-train-epochs", "4000",
       "--save-steps", "3", "--output", "trained.h5"]]),
    ("shard", ["long.h5.distill"], "long.h5.distill/checkpoints/corpus/corpus-?.safetensors",
     mutate.sealed,
     [["corpus", "--text", "long.txt", "--tokenizer", "masked", "--output", "long.h5"]]),
]
# Commands that would go on for long: they are asked to stop when they have had the time to fall.
ENDLESS = {"finetune": 1.0, "corpus": 3.0}


class Program:
    """The program under test, in a folder."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def must(self, arguments):
        outcome = subprocess.run([self.binary] + arguments, cwd=self.folder, capture_output=True, text=True)
        if outcome.returncode:
            sys.exit(f"the seeds could not be made: distill {' '.join(arguments)}\n{outcome.stderr}")

    def judge(self, arguments, name, seconds):
        """What is wrong with how it ends; None where nothing is."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            began = time.monotonic()
            process = subprocess.Popen(
                [self.binary] + arguments, cwd=self.folder, stdout=out, stderr=errors,
                stdin=subprocess.DEVNULL, env=dict(os.environ, SWIFT_BACKTRACE="enable=no"),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
            is_stopped = False
            while True:
                number, status, usage = os.wait4(process.pid, os.WNOHANG)
                if number:
                    break
                passed = time.monotonic() - began
                if arguments[0] in ENDLESS and passed > ENDLESS[arguments[0]] and not is_stopped:
                    is_stopped = True
                    process.send_signal(signal.SIGTERM)
                if passed > seconds:
                    process.kill()
                    os.wait4(process.pid, 0)
                    process.returncode = -9
                    return "hang"
                time.sleep(0.002)
            process.returncode = code = os.waitstatus_to_exitcode(status)
            texts = []
            for file in (out, errors):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        if usage.ru_maxrss * 1024 > MEMORY:
            return f"memory: {usage.ru_maxrss >> 10} MiB"
        if code < 0 or 128 <= code < 140 and not (is_stopped and code == 143):
            return f"crash: {code}"
        if code and code not in ALLOWED and code != 143:
            return f"exit code {code}"
        if code in (0, 1, 3, 143):
            return None
        told = [line for line in texts[1].splitlines()
                if line.startswith(("distill: ", '{"schema":"distill.error/1",'))]
        if arguments[0] == "verify" and not told:
            told = [line for line in texts[0].splitlines() if name in line][:1]
        # Several lines are several faults: each must name the file.
        if len(told) > 1 and all(name in line for line in told):
            return None
        if len(told) != 1 and arguments[0] != "plan" or not told:
            return f"told in {len(told)} lines: {texts[1][:300]!r}"
        if len(told[0].encode()) > 4096:
            return f"told in {len(told[0].encode())} bytes"
        # Other weights are weights like any others: where they lead is told by the step or the row.
        if code == 70 and ("not finite" in told[0] or "non-finite" in told[0]):
            return None
        if not any(part in line for line in told for part in (name, name.split("/")[0])):
            return f"names no file: {told[0][:300]!r}"
        return None


class Trial:
    """One mutant of one format, in a folder of its own."""

    def __init__(self, options, base, number):
        self.options, self.base, self.number = options, base, number
        formats = [f for f in FORMATS if not options.only or f[0] in options.only.split(",")]
        self.format = formats[number % len(formats)]
        self.drawn = random.Random(zlib.crc32(f"{options.seed} {self.format[0]} {number}".encode()))

    def run(self, place):
        name, folders, target, change, commands = self.format
        folder = tempfile.mkdtemp(dir=place)
        try:
            for entry in os.listdir(self.base):
                if entry in folders or entry == target:
                    seeds.copy(f"{self.base}/{entry}", f"{folder}/{entry}")
                else:
                    os.symlink(f"{self.base}/{entry}", f"{folder}/{entry}")
            target = self.find(folder, target)
            with open(f"{folder}/{target}", "rb") as file:
                content = file.read()
            mutant = change(content, self.drawn)
            os.remove(f"{folder}/{target}")
            seeds.write(f"{folder}/{target}", mutant)
            command = self.drawn.choice(commands)
            problem = Program(self.options.binary, folder).judge(command, target, self.options.seconds)
            if problem and self.options.keep:
                seeds.write(f"{self.options.keep}/{self.number}-{os.path.basename(target)}", mutant)
            return name, command, problem
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def find(self, folder, target):
        """The file that a `?` in a path stands for."""
        head, tail = os.path.split(target)
        start, _, end = tail.partition("?")
        if not _:
            return target
        found = sorted(n for n in os.listdir(f"{folder}/{head}") if n.startswith(start) and n.endswith(end))
        return f"{head}/{self.drawn.choice(found)}"


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="mutants (500)")
    parser.add_argument("--seed", type=int, default=1, help="of the changes (1)")
    parser.add_argument("--only", default="", help="formats: " + ", ".join(f[0] for f in FORMATS))
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant (0)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long a command may take (5)")
    parser.add_argument("--keep", default="", help="folder for the mutants that were found wanting")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="commands at a time")
    parser.add_argument("--binary", default=os.environ.get("DISTILL_BINARY", root + "/.build/release/distill"))
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    unknown = set(filter(None, options.only.split(","))) - {f[0] for f in FORMATS}
    if unknown:
        parser.error(f"there is no format {', '.join(sorted(unknown))}")

    began = time.monotonic()
    counts, problems = collections.Counter(), []
    with tempfile.TemporaryDirectory(prefix="distill-mutants-") as place:
        base = place + "/seeds"
        os.mkdir(base)
        seeds.make(Program(options.binary, base), base)
        lock = threading.Lock()

        def one(number):
            name, command, problem = Trial(options, base, number).run(place)
            with lock:
                counts[name] += 1
                if problem:
                    problems.append(name)
                    print(f"mutant {number} ({name}): distill {' '.join(command)}: {problem}", flush=True)

        with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
            list(pool.map(one, range(options.first, options.first + options.count)))
    spoilt = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    print(f"{options.count} mutants in {time.monotonic() - began:.0f} s, {len(problems)} found wanting: {spoilt}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
