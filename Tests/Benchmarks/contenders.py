"""Runs the two sides of a row, a measurement at a time."""

import json
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent


class Failed(Exception):
    """A side that cannot do the work, and why in one line."""


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


class Ours:
    """`distill bench ...`, a process for each measurement; warm-up is its own affair."""

    def __init__(self, binary, variant):
        self.command = [str(binary), *map(str, variant.command)]
        # A cache lies on the disk of the build; /tmp may be memory.
        self.environment = dict(os.environ, TMPDIR=str(pathlib.Path(binary).parent))

    def measure(self):
        """The whole document of the program, with `rate` and `peak_rss_bytes` in it."""
        done = subprocess.run(
            self.command, capture_output=True, text=True, env=self.environment)
        if done.returncode:
            raise Failed(last_line(done.stderr))
        answer = json.loads(done.stdout)
        match answer["benchmark"]:
            case "augment":
                answer["rate"] = answer["rows"] / answer["seconds"]
            case "tokenize":
                answer["rate"] = answer["bytes"] / answer["seconds"]
            case _:
                answer["rate"] = answer["tokens_per_second"]
        return answer

    def close(self):
        """Nothing runs between measurements."""


class Peer:
    """A worker of peers/, started once and asked again and again."""

    def __init__(self, variant):
        self.errors = tempfile.TemporaryFile("w+")
        environment = dict(os.environ, PYTHONPATH=str(HERE))
        self.process = subprocess.Popen(
            variant.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            text=True, env=environment)
        self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise Failed(last_line(self.errors.read()))
        return json.loads(line)

    def measure(self):
        """What the worker says, with `rate` = work / elapsed in it."""
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("the peer has ended") from None
        answer = self._answer()
        answer["rate"] = answer["work"] / answer["elapsed"]
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


def start(variant, binary):
    return Ours(binary, variant) if variant.is_ours else Peer(variant)
