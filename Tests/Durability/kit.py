"""What the rows share: folders, the uninterrupted reference, and the tally of a row."""

import concurrent.futures
import hashlib
import os
import random
import shutil
import threading
import time
import traceback

import faults
import program
import world


class Row:
    """Counts the trials of one row of the table, and keeps what went wrong."""

    def __init__(self, name, title):
        self.name = name
        self.title = title
        self.passed = {}
        self.tried = {}
        self.problems = []
        self.controls = []
        self.notes = []
        self.seconds = 0.0
        self.lock = threading.Lock()

    def trial(self, kind, problems, about=""):
        """Counts one trial of a kind; it passes when there are no problems."""
        with self.lock:
            self.tried[kind] = self.tried.get(kind, 0) + 1
            self.passed[kind] = self.passed.get(kind, 0) + (not problems)
            self.problems += [f"{kind} {about}: {problem}" for problem in problems]

    def control(self, what, is_red):
        """Notes a positive control: a broken promise that the row must see."""
        with self.lock:
            self.controls.append((what, bool(is_red)))
            if not is_red:
                self.problems.append(f"control stays green: {what}")

    def note(self, text):
        """Remarks, such as what could not be tried here."""
        with self.lock:
            self.notes.append(text)

    @property
    def is_good(self):
        return not self.problems

    def summary(self):
        """One line: what was tried and what came of it."""
        figures = ", ".join(f"{self.passed[k]}/{self.tried[k]} {k}" for k in self.tried)
        red = sum(is_red for _, is_red in self.controls)
        return (
            f"{self.name:4} {'ok ' if self.is_good else 'BAD'} {self.title}: {figures}; "
            f"controls {red}/{len(self.controls)} red; {self.seconds:.0f} s"
        )


class Kit:
    """The surroundings of all rows."""

    def __init__(self, folder, full, seed, workers):
        self.folder = os.path.realpath(folder)
        self.full = full
        world.LENGTH = 3.0 if full else 1.0
        self.seed = seed
        self.workers = workers
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.libraries = faults.build(self.folder)
        self.snapshots = {}
        self.recorded = {}
        self.call_lock = threading.Lock()
        self.lock = threading.Lock()

    def path(self, name):
        return f"{self.folder}/{name}"

    def numbers(self, name):
        """Random numbers that belong to a name: the same ones with the same --seed."""
        return random.Random(f"{self.seed} {name}")

    def fresh(self, name, **options):
        """A world in which nothing has run."""
        return world.World(self.path(name), **options)

    def prepare(self):
        """Runs the pipeline once without interruption: the reference of everything."""
        self.reference = self.fresh("reference")
        outcome = self.reference.run()
        problems = outcome.faults(0) + self.reference.leftovers()
        if problems:
            raise SystemExit(f"the uninterrupted run failed: {problems}")
        self.seconds = outcome.seconds
        self.oracle = self.reference.oracle()
        stages = self.reference.manifest()["stages"]
        self.stage_seconds = {name: stages[name]["seconds"] for name in world.STAGES}

    def before(self, stage):
        """A world in which everything before a stage is done; copy it, do not run in it."""
        with self.lock:
            if not self.snapshots:
                at = self.fresh("before-" + world.STAGES[0])
                self.snapshots[world.STAGES[0]] = at
                for done, following in zip(world.STAGES, world.STAGES[1:]):
                    at = at.copy(self.path("before-" + following))
                    outcome = at.run("--until", done)
                    if outcome.status != 0:
                        raise RuntimeError(f"--until {done}: {outcome.tail()}")
                    self.snapshots[following] = at
            return self.snapshots[stage]

    def reference_of(self, stage):
        """H of the stages up to `stage`, as `run --until` them leaves it."""
        done = world.STAGES[: world.STAGES.index(stage) + 1]
        keys = [f"{what} {name}" for name in done for what in ("manifest", "metrics")]
        keys += [f"artifact {world.ARTIFACTS[name]}" for name in done]
        return {key: self.oracle[key] for key in keys if key in self.oracle}

    def check(self, at, stage=None, without_metrics=False):
        """What differs from the reference in a world whose stages up to `stage` are done."""
        if stage is None:
            found = world.differences(at.oracle(), self.oracle)
        else:
            done = world.STAGES[: world.STAGES.index(stage) + 1]
            found = world.differences(at.oracle(done), self.reference_of(stage))
        if without_metrics:
            found = [name for name in found if not name.startswith("metrics ")]
        problems = [f"differs from the uninterrupted run: {', '.join(found)}"] if found else []
        left = at.leftovers()
        return problems + ([f"left behind: {', '.join(left)}"] if left else [])

    def intact(self, at):
        """What is wrong with final files at any instant: there is only one right content of an
        artifact, checkpoints and caches are sealed, the manifest can be read."""
        right = self.reference.artifacts()
        problems = []
        for path, digest in at.artifacts().items():
            if not is_temporary(path) and right.get(path) != digest:
                problems.append(f"artifacts/{path} is not what the uninterrupted run makes")
        for folder in ["checkpoints", "cache"]:
            for place, _, files in os.walk(f"{at.workspace}/{folder}"):
                for name in files:
                    if name.endswith(".safetensors") and not is_sealed(f"{place}/{name}"):
                        problems.append(f"{place}/{name} is damaged")
        if os.path.exists(at.workspace + "/manifest.json"):
            problems += program.distill("status", "m.yaml", folder=at.folder).faults(0)
        return problems

    def calls(self, stage):
        """The changing calls of an uninterrupted `run --until stage`, all before it being done."""
        with self.call_lock:
            if stage not in self.recorded:
                at = self.before(stage).copy(self.path("calls-" + stage))
                plan = faults.Faults(self, at.workspace, "calls-" + stage, log=True)
                outcome = at.run("--until", stage, preload=plan.environment)
                if outcome.status != 0:
                    raise RuntimeError(f"--until {stage}: {outcome.tail()}")
                self.recorded[stage] = plan.calls()
                at.remove()
            return self.recorded[stage]

    def each(self, row, kind, items, function):
        """Runs `function(item)`, which returns problems, for all items, several at a time."""

        def one(item):
            try:
                problems = function(item)
            except RuntimeError as error:
                problems = [str(error)]
            except Exception:
                problems = [traceback.format_exc(limit=-4)]
            row.trial(kind, problems, str(item))

        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            list(pool.map(one, items))


def is_temporary(path):
    """Whether a path within a workspace is of a file under construction."""
    return any(part.startswith(".") for part in path.split("/"))


def is_sealed(path):
    """Whether a checkpoint or cache ends with the SHA-256 of all before it."""
    with open(path, "rb") as file:
        content = file.read()
    return hashlib.sha256(content[:-32]).digest() == content[-32:]


def spread(items, count):
    """At most `count` of the items, evenly spread, first and last included."""
    items = list(items)
    if len(items) <= count:
        return items
    if count < 2:
        return items[len(items) // 2 :][:count]
    return [items[round(i * (len(items) - 1) / (count - 1))] for i in range(count)]


def timed(row, function, kit):
    """Runs a row and takes its time; an exception is a problem of the row."""
    start = time.monotonic()
    try:
        function(kit, row)
    except Exception:
        row.problems.append(traceback.format_exc(limit=-6))
    row.seconds = time.monotonic() - start
