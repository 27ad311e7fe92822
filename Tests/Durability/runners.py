"""Kills of the runner alone, stages being processes of their own: they end with it, so that there never
are two writers at one stage, and the same command goes on."""

import re
import time

import world
from faults import Faults

LAUNCHERS = ["env", "nice -n 1", None]


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
    problems, runners = [], set()
    for kill in range(5):
        process = at.start(*jobs, preload=plan.environment)
        runners.add(process.pid)
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
    for _ in range(20):
        process = at.start(*jobs, preload=plan.environment)
        runners.add(process.pid)
        outcome = process.wait()
        if outcome.status != 75:
            break
        time.sleep(0.1)
    problems += outcome.faults(0) + kit.check(at) + overlaps(plan.calls(), runners)
    used = {record["environment"].get("launcher") for record in at.manifest()["stages"].values()}
    if used != {launcher}:
        problems.append(f"started through {used} instead of {launcher}")
    if not problems:
        at.remove()
    return problems


def overlaps(calls, runners=()):
    """Stages at which two stage processes worked by turns: one that has taken the stage's lock must
    have ended when the next one takes it. A runner looks at locks and clears up; that is no work."""
    problems = []
    for stage in world.STAGES:
        artifact = "/artifacts/" + world.ARTIFACTS[stage]
        made = {call.path for call in calls if call.name == "rename" and call.second.endswith(artifact)}
        spans = {}
        for call in calls:
            is_of_stage = (f"/checkpoints/{stage}/" in call.path or call.path in made
                           or call.path.endswith(f"/locks/{stage}"))
            if is_of_stage and call.process not in runners:
                first, _ = spans.get(call.process, (call.number, 0))
                spans[call.process] = (first, call.number)
        ordered = sorted(spans.values())
        for (_, end), (begin, _) in zip(ordered, ordered[1:]):
            if begin < end:
                problems.append(f"two writers at {stage}: {spans}")
    return problems


def controls(kit, row):
    """Two processes that do write at one stage by turns are seen, and one that outlives its runner."""
    at = kit.before("teacher").copy(kit.path("runner-control"))
    plan = Faults(kit, at.workspace, "runner-control", log=True)
    at.run("--until", "teacher", preload=plan.environment)
    calls = plan.calls()
    row.control("one writer is no fault", not overlaps(calls))
    for call in calls[::2]:
        call.process += 1
    row.control("two writers are seen", overlaps(calls))
    at.remove()
    lingers = """[sh, -c, '"$@"; sleep 2', sh]"""
    at = kit.before("teacher").copy(kit.path("runner-control"))
    at.write_pipeline(change=with_launcher(lingers))
    process = at.start("--until", "teacher")
    process.wait_for_stage("teacher")
    time.sleep(0.2)
    process.kill()
    row.control("what outlives its runner is seen", not process.wait_for_members(0.5))
    process.wait_for_members()
    at.remove()
