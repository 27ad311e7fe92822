"""A5: a disk that is full, fails, or must not be written to; one clear line, nothing lost, and after
the repair the same command goes on."""

import os
import re
import shutil
import subprocess
import time

import world
from faults import CALLS, Faults
from kit import spread

# Which calls such an error meets in life.
ERRORS = {
    "ENOSPC": ["open", "write", "fsync", "ftruncate", "rename", "mkdir"],
    "EDQUOT": ["open", "write", "fsync", "ftruncate", "rename", "mkdir"],
    "EIO": CALLS,
    "EROFS": [call for call in CALLS if call != "fsync"],
    "EACCES": ["open", "rename", "unlink", "mkdir", "rmdir"],
}

LOST = "metrics were not recorded"
# What is told beside the fault, of a file that is written on the side of a run that takes seconds.
PASSING = "status and watch were not told how far it is"


def run(kit, row):
    places = 20 if kit.full else 2
    cases = []
    for number, (error, calls) in enumerate(ERRORS.items()):
        for persistent in (False, True):
            cases += choose(kit, places, error, calls, persistent, 2 * number + persistent)
    cases += choose(kit, places // 2, "EIO", ["fsync"], False, 3)
    cases += choose(kit, places // 2, "EXDEV", ["rename"], False, 5)
    kit.each(row, "errors", list(enumerate(cases)), lambda item: meet(kit, f"a5-{item[0]}", item[1]))
    read_only(kit, row)
    small_disks(kit, row, 20 if kit.full else 2)
    controls(kit, row)


def choose(kit, places, error, calls, persistent, offset):
    """Cases spread over the whole run: stage, number among the calls that count, and so on."""
    points = []
    for stage in world.STAGES:
        counted = [call for call in kit.calls(stage) if call.name in calls]
        points += [(stage, number + 1) for number in range(len(counted))]
    # Each kind of error at places of its own.
    shift = offset * len(points) // (10 * places) if points else 0
    return [(stage, number, error, calls, persistent)
            for stage, number in spread(points[shift:], places)]


def meet(kit, name, case):
    """One error, the look of things after it, and the way on."""
    stage, number, error, calls, persistent = case
    at = kit.before(stage).copy(kit.path(name))
    plan = Faults(kit, at.workspace, name, at=number, error=error, persistent=persistent,
                  calls=calls, log=True)
    outcome = at.run("--until", stage, preload=plan.environment)
    failed = [call for call in plan.calls() if call.result < 0]
    problems = [] if plan.has_struck() else ["the error did not come to pass"]
    problems += judge(outcome, failed) + kit.intact(at)
    again = at.run("--until", stage)
    problems += again.faults(0)
    # What the record lost while it could not be written is lost.
    lost = any(is_record(call) for call in failed) or LOST in outcome.errors
    problems += kit.check(at, stage, without_metrics=lost)
    if not problems:
        at.remove()
    first = failed[0] if failed else None
    return [f"{first}: {problem}" for problem in problems]


def is_record(call):
    """Whether a call was about the record of metrics."""
    return (call.second or call.path).endswith(("metrics.jsonl", "progress.json"))


def judge(outcome, failed):
    """Whether the error was told as it should be."""
    # The record of metrics is no reason to stop; nor is a file that cannot be removed, or the text of
    # a lock, which is a courtesy.
    harmless = LOST in outcome.errors or all(
        is_record(c) or "/locks/" in c.path or c.name in ("unlink", "rmdir") for c in failed)
    problems = outcome.faults(*((0, 73, 74) if harmless else (73, 74)))
    lines = outcome.error_lines()
    told = [line for line in lines if LOST not in line and PASSING not in line]
    if outcome.status != 0:
        if len(told) != 1:
            problems.append(f"{len(told)} lines tell it: {lines}")
        elif not re.search(r"\.distill/m\b", told[0]):
            problems.append(f"names no path: {told[0]}")
    elif not lines and any((c.second or c.path).endswith("metrics.jsonl") for c in failed):
        problems.append("does not say that metrics were lost")
    return problems


def read_only(kit, row):
    """A folder that must not be written to is told before any step, within two seconds."""

    def start(name, **options):
        at = kit.before("teacher").copy(kit.path(name))
        began = time.monotonic()
        outcome = options.pop("around", lambda at, run: run())(
            at, lambda: at.run("--until", "teacher", **options))
        problems = outcome.faults(73, 74)
        if time.monotonic() - began > 2.5 or outcome.seconds > 2:
            problems.append(f"took {outcome.seconds:.1f} s")
        if "steps, " in outcome.errors:
            problems.append("training began")
        problems += at.run("--until", "teacher").faults(0) + kit.check(at, "teacher")
        if not problems:
            at.remove()
        return problems

    def mounted(at, run):
        subprocess.run(["mount", "--bind", at.folder, at.folder], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", at.folder], check=True)
            return run()
        finally:
            subprocess.run(["umount", at.folder], check=True)

    if can_mount(kit):
        row.trial("read-only folders", start("a5-read-only", around=mounted), "mounted")
    else:
        row.note("no right to mount here: the read-only folder is injected, small disks left out")
    plan = Faults(kit, kit.path("a5-injected"), "a5-injected", at=1, error="EROFS", persistent=True)
    row.trial("read-only folders", start("a5-injected", preload=plan.environment), "injected")


def can_mount(kit):
    """Whether this process may mount."""
    place = kit.path("mount")
    os.makedirs(place, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", place]
    if not shutil.which("mount") or subprocess.run(command, stderr=subprocess.DEVNULL).returncode != 0:
        return False
    subprocess.run(["umount", place], check=True)
    return True


def small_disks(kit, row, count):
    """Real disks that are too small at one point or another."""
    if not can_mount(kit):
        return
    need = sum(os.path.getsize(f"{place}/{name}") for place, _, names in os.walk(kit.reference.folder)
               for name in names)
    for index in range(count):
        size = int(need * (0.25 + 0.9 * index / count)) // 4096 * 4096
        place = kit.path(f"a5-disk-{index}")
        os.makedirs(place)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], check=True)
        try:
            row.trial("small disks", small_disk(kit, place), f"{size} bytes")
        finally:
            subprocess.run(["umount", place], check=True)


def small_disk(kit, place):
    at = world.World(place + "/world")
    outcome = at.run()
    problems = outcome.faults(0, 73, 74) + kit.intact(at)
    if outcome.status != 0 and not re.search(r"\.distill/m\b", outcome.errors):
        problems.append(f"names no path: {outcome.tail()}")
    lost = LOST in outcome.errors
    subprocess.run(["mount", "-o", "remount,size=256m", place], check=True)
    return problems + at.run().faults(0) + kit.check(at, without_metrics=lost)


def controls(kit, row):
    """An error that nobody tells is noticed."""
    at = kit.before("dataset").copy(kit.path("a5-control"))
    plan = Faults(kit, at.workspace, "a5-control", at=1, error="EIO", calls=["fsync"], log=True)
    outcome = at.run("--until", "dataset", preload=plan.environment)
    failed = [call for call in plan.calls() if call.result < 0]
    outcome.status = 0
    row.control("a failed fsync that ends with 0", judge(outcome, failed))
    outcome.status, outcome.errors = 74, "distill: something failed\n"
    row.control("an error without a path", judge(outcome, failed))
    at.remove()
