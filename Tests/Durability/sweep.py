"""A2: a kill before every changing call; at each such point all final files are whole, and the same
command goes on."""

import world
from faults import Faults
from kit import spread


def run(kit, row):
    cap = 600 if kit.full else 40
    points = [(stage, call) for stage in world.STAGES for call in kit.calls(stage)]
    first, rest = [], []
    for stage in world.STAGES:
        found = important(kit.calls(stage))
        first += [(stage, call) for call in kit.calls(stage) if call.number in found]
        rest += [(stage, call) for call in kit.calls(stage) if call.number not in found]
    chosen = spread(first, cap - min(len(rest), cap // 6))
    chosen += spread(rest, cap - len(chosen))
    row.note(f"{len(points)} changing calls in a run, {len(first)} of them at the hand-over of "
             f"stages and the first two checkpoints")
    numbered = list(enumerate(sorted(chosen, key=lambda point: point[1].number)))
    kit.each(row, "calls", numbered, lambda item: kill_before(kit, *item))
    controls(kit, row)


def important(calls):
    """Numbers of the calls that hand over, and of those up to the second checkpoint; the others write
    bytes that nobody knows of yet, or lines of metrics.jsonl."""
    checkpoints = [c.number for c in calls if c.name == "rename" and "/checkpoint-" in c.second]
    begins = next((c.number for c in calls if "/checkpoints/" in c.path), 0)
    second = checkpoints[1] if len(checkpoints) > 1 else 0
    return {c.number for c in calls
            if (c.name != "write" or begins <= c.number <= second)
            and not c.path.endswith("metrics.jsonl")}


def kill_before(kit, index, point):
    """Kills before one call, looks, goes on, and compares."""
    stage, call = point
    name = f"a2-{index}"
    at = kit.before(stage).copy(kit.path(name))
    plan = Faults(kit, at.workspace, name, at=call.number)
    outcome = at.run("--until", stage, preload=plan.environment)
    problems = [] if plan.has_struck() else ["the call did not come to pass"]
    outcome.killed = True
    problems += outcome.faults(-9) + kit.intact(at)
    problems += at.run("--until", stage).faults(0) + kit.check(at, stage)
    if index % 10 == 0 and not problems:
        # What is right up to here decides all that follows; some are followed to the end anyway.
        problems += at.run().faults(0) + kit.check(at)
    if not problems:
        at.remove()
    return [f"before {call.name} {call.path}: {problem}" for problem in problems]


def controls(kit, row):
    """A program that overwrites its files in place is found out by a kill in the midst of it."""
    at = kit.before("export").copy(kit.path("a2-control"))
    plan = Faults(kit, at.workspace, "a2-control-calls", log=True, breaks="rename")
    at.run("--until", "export", preload=plan.environment)
    writes = [c.number for c in plan.calls()
              if c.name == "write" and c.path.endswith(("m/manifest.json"))]
    red = []
    for number in writes[:3]:
        at = kit.before("export").copy(kit.path("a2-control"))
        plan = Faults(kit, at.workspace, "a2-control", at=number, breaks="rename")
        at.run("--until", "export", preload=plan.environment)
        red += kit.intact(at)
    row.control("files overwritten in place are found torn", red)
    at.remove()
