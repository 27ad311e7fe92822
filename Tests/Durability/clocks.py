"""A17: clocks and time stamps that lie change nothing: contents decide."""

import os
import time

import damage
import faults

DAY = 86_400
YEAR = 365 * DAY


def run(kit, row):
    cases = [stamps_of_finished, stamps_of_half, slots_in_wrong_order, jumps_ahead, jumps_back,
             long_ago, far_ahead, another_time_after_a_kill, inputs_newer, one_stamp]
    kit.each(row, "clocks", cases if kit.full else cases[2:5:2], lambda case: case(kit))
    controls(kit, row)


def stamp(folder, seconds):
    """Sets the time of everything beneath a folder; `seconds` may be a function of a number."""
    for number, (place, _, files) in enumerate(os.walk(folder)):
        for name in [*files, "."]:
            when = seconds(number) if callable(seconds) else seconds
            os.utime(f"{place}/{name}", (when, when))


def does_nothing(kit, at):
    outcome = at.run()
    problems = outcome.faults(0) + kit.check(at)
    if "nothing to do" not in outcome.errors:
        problems.append(f"does something: {outcome.tail()}")
    return finish(at, problems)


def finish(at, problems):
    if not problems:
        at.remove()
    return problems


def finished(kit, name):
    """A finished world that knows its own files."""
    at = kit.reference.copy(kit.path(name))
    at.run()
    return at


def stamps_of_finished(kit):
    at = finished(kit, "a17-1970")
    stamp(at.folder, 1)
    return does_nothing(kit, at)


def one_stamp(kit):
    at = finished(kit, "a17-one")
    stamp(at.folder, 4_102_444_800)  # 2100
    return does_nothing(kit, at)


def inputs_newer(kit):
    at = finished(kit, "a17-newer")
    stamp(at.workspace, 1)
    stamp(at.folder + "/inputs", time.time() + YEAR)
    return does_nothing(kit, at)


def stamps_of_half(kit):
    at = kit.before("general").copy(kit.path("a17-half"))
    stamp(at.folder, lambda number: 4_102_444_800 - number * YEAR)
    return finish(at, at.run().faults(0) + kit.check(at))


def slots_in_wrong_order(kit):
    """The newest checkpoint is the one of the most steps, whatever its file says."""
    at, (older, newest) = damage.stopped(kit, "general", "a17-slots")
    step = damage.step_of(newest)
    os.utime(older, (time.time() + YEAR,) * 2)
    os.utime(newest, (1, 1))
    outcome = at.run("--until", "general")
    problems = outcome.faults(0) + kit.check(at, "general")
    if outcome.resumed().get("general") != step:
        problems.append(f"went on at {outcome.resumed()} instead of {step}")
    return finish(at, problems)


def with_clock(kit, name, **clock):
    at = kit.fresh(name)
    outcome = at.run(preload=faults.clock(kit, **clock))
    problems = outcome.faults(0) + kit.check(at)
    seconds = [r["seconds"] for r in at.manifest()["stages"].values()]
    if not all(0 <= s < DAY / 24 for s in seconds):
        problems.append(f"durations follow the calendar: {seconds}")
    return problems or does_nothing(kit, at)


def jumps_ahead(kit):
    return with_clock(kit, "a17-ahead", jump=DAY)


def jumps_back(kit):
    return with_clock(kit, "a17-back", jump=-DAY)


def long_ago(kit):
    return with_clock(kit, "a17-ago", shift=-50 * YEAR)


def far_ahead(kit):
    return with_clock(kit, "a17-far", shift=74 * YEAR)


def another_time_after_a_kill(kit):
    at = kit.fresh("a17-kill")
    process = at.start(preload=faults.clock(kit, shift=30 * YEAR))
    process.wait_for_stage("general")
    process.kill_all()
    outcome = at.run(preload=faults.clock(kit, shift=-30 * YEAR))
    return finish(at, outcome.faults(0) + kit.check(at))


def controls(kit, row):
    """The calendar really lies to the program, and contents really decide."""
    at = kit.before("dataset").copy(kit.path("a17-control"))
    at.run("--until", "dataset", preload=faults.clock(kit, shift=74 * YEAR))
    row.control("the shim shifts the calendar", "2100" in at.manifest()["stages"]["dataset"]["started"])
    with open(at.folder + "/inputs/train.tsv", "a") as file:
        file.write("the film is good .\tpositive\n")
    stat = os.stat(kit.reference.folder + "/inputs/train.tsv")
    os.utime(at.folder + "/inputs/train.tsv", (stat.st_atime, stat.st_mtime))
    outcome = at.run("--until", "dataset")
    seen = "1 stage run" in outcome.errors and kit.check(at, "dataset")
    row.control("another content under the same time is seen", seen)
    at.remove()
