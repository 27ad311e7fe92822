"""Kills of the runner alone, stages being processes of their own: they end with it, so that there never
are two writers at one stage, and the same command goes on."""

import re
import time

import world
from faults import Faults

LAUNCHERS = ["env", "nice -n 1", "setsid -w", None]


def run(kit, row):
    pipelines = 10 if kit.full else 2
    kit.each(row, "pipelines", range(pipelines), lambda index: pipeline(kit, row, index))
    controls(kit, row)


def with_launcher(words):
    """The pipeline with every stage started by these words."""

    def change(text):
        head, stages, body = text.partition("stages:\n")
        if words:
            body = re.sub(r"(?m)^(  \w+:)$", rf"\1\n    launcher: {words}", body)
        return head + stages + body

    return change


def pipeline(kit, row, index):
    """One pipeline whose runner is killed five times."""
    numbers = kit.numbers(f"runner {index}")
    launcher = LAUNCHERS[index % len(LAUNCHERS)]
    at = kit.fresh(f"runner-{index}", change=with_launcher(launcher))
    plan = Faults(kit, at.workspace, f"runner-{index}", log=True)
    jobs = ["--jobs", "2"] if index % 3 or launcher is None else []
    problems = []
    for kill in range(5):
        process = at.start(*jobs, preload=plan.environment)
        time.sleep(numbers.uniform(0.05, kit.seconds / 3))
        if not process.is_running():
            outcome = process.wait()
            if outcome.status == 75:  # a stage of the runner before was still on its way out
                time.sleep(0.1)
                continue
            problems += outcome.faults(0)
            break
        process.kill()
        # Half of the time the next runner comes while the orphans may still be there.
        found = []
        if numbers.random() < 0.5 and not process.wait_for_members(5):
            found.append(f"{len(process.members())} processes outlive their runner")
        row.trial("kills of the runner", found, f"{index} {kill}")
    outcome = at.run(*jobs, preload=plan.environment)
    for _ in range(20):
        if outcome.status != 75:
            break
        time.sleep(0.1)
        outcome = at.run(*jobs, preload=plan.environment)
    problems += outcome.faults(0) + kit.check(at) + overlaps(plan.calls())
    if not problems:
        at.remove()
    return problems


def overlaps(calls):
    """Stages at which two processes wrote by turns; a process that writes is done when the next one
    begins."""
    problems = []
    for stage in world.STAGES:
        spans = {}
        for call in calls:
            if f"/checkpoints/{stage}/" in call.path or call.path.endswith(f"/locks/{stage}"):
                first, _ = spans.get(call.process, (call.number, 0))
                spans[call.process] = (first, call.number)
        ordered = sorted(spans.values())
        for (_, end), (begin, _) in zip(ordered, ordered[1:]):
            if begin < end:
                problems.append(f"two writers at {stage}: {spans}")
    return problems


def controls(kit, row):
    """Two processes that do write at one stage by turns are seen."""
    at = kit.before("teacher").copy(kit.path("runner-control"))
    plan = Faults(kit, at.workspace, "runner-control", log=True)
    at.run("--until", "teacher", preload=plan.environment)
    calls = plan.calls()
    row.control("one writer is no fault", not overlaps(calls))
    for call in calls[::2]:
        call.process += 1
    row.control("two writers are seen", overlaps(calls))
    at.remove()
