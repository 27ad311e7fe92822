"""R2: kills while outputs are kept in the run cache, and while they are taken from it again."""

import os

from faults import Faults
from kit import spread

OTHER = ["--set", "stages.prediction.seed=7"]


def run(kit, row):
    at = kit.reference.copy(kit.path("r2"))
    at.run()  # It knows its own files now.
    away = calls(kit, at, "r2-away", OTHER, lambda c: "/run-cache/" in c.path + c.second or "/runs/" in c.path)
    there = at.copy(kit.path("r2-there"))
    outcome = there.run(*OTHER)
    row.trial("tries", outcome.faults(0))
    back = calls(kit, there, "r2-back", [], lambda c: True)
    row.note(f"{len(away)} changing calls keep what was made, {len(back)} take it again")
    cap = 200 if kit.full else 12
    kit.each(row, "kept", list(enumerate(spread(away, cap))),
             lambda item: killed(kit, at, f"r2-kept-{item[0]}", OTHER, item[1]))
    kit.each(row, "taken", list(enumerate(spread(back, cap))),
             lambda item: killed(kit, there, f"r2-taken-{item[0]}", [], item[1]))
    controls(kit, row, there)


def calls(kit, at, name, arguments, wanted):
    """The changing calls of a run that `wanted` names."""
    trial = at.copy(kit.path(name))
    trial.run("--dry-run")
    plan = Faults(kit, trial.workspace, name, log=True)
    trial.run(*arguments, preload=plan.environment)
    found = [call for call in plan.calls() if wanted(call)]
    trial.remove()
    return found


def killed(kit, at, name, arguments, call):
    """Kills before one call, goes on, and goes back: no stage but those that were cut off works again."""
    trial = at.copy(kit.path(name))
    plan = Faults(kit, trial.workspace, name, at=call.number)
    outcome = trial.run(*arguments, preload=plan.environment)
    problems = [] if plan.has_struck() else ["the call did not come to pass"]
    outcome.killed = True
    problems += outcome.faults(-9)
    problems += trial.run(*arguments).faults(0)
    outcome = trial.run()
    problems += outcome.faults(0) + kit.check(trial)
    if works(outcome):
        problems.append(f"a stage works again: {outcome.tail()}")
    hidden = [n for n in os.listdir(trial.workspace + "/run-cache") if n.startswith(".")]
    if hidden:
        problems.append(f"left behind in the run cache: {hidden}")
    if not problems:
        trial.remove()
    return [f"before {call.name} {call.path}: {problem}" for problem in problems]


def works(outcome):
    """Whether a run had a stage work."""
    return "nothing to do" not in outcome.errors and ": 0 stages run" not in outcome.errors


def controls(kit, row, there):
    """Without the cache the stages work again, and what is not restored is another H."""
    other = there.copy(kit.path("r2-control"))
    row.control("another seed gives another H", kit.check(other))
    row.control("a stage that works is seen", works(other.run("--no-run-cache")))
    other.remove()
