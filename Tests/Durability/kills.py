"""A1: kill -9 at random instants of random stages; the same command alone ends it as if nothing
had been."""

import time

import world


def run(kit, row):
    # A kill that comes too late is none; six a pipeline make up for those.
    pipelines, kills = (40, 6) if kit.full else (5, 5)
    kit.each(row, "pipelines", range(pipelines), lambda index: pipeline(kit, row, index, kills))
    controls(kit, row)


def pipeline(kit, row, index, kills):
    """One pipeline that is killed again and again."""
    numbers = kit.numbers(f"A1 {index}")
    at = kit.fresh(f"a1-{index}")
    # Every third time two stages run at a time, each in a process of its own.
    jobs = ["--jobs", "2"] if index % 3 == 2 else []
    # The late stages are short: whoever is killed there has been killed before in long ones.
    targets = sorted(numbers.choices(range(len(world.STAGES) - 1), k=kills))
    problems, claims = [], {}
    for target in targets:
        open_stages = [s for s in world.STAGES if at.status_of(s) != "done"]
        if not open_stages:
            break
        name = world.STAGES[target]
        if name not in open_stages:
            name = open_stages[0]
        process = at.start(*jobs)
        if process.wait_for_stage(name):
            time.sleep(numbers.uniform(0, kit.stage_seconds[name]))
        if not process.is_running():
            outcome = process.wait()
            problems += outcome.faults(0) + lost(outcome, claims)
            break
        outcome = process.kill_all()
        found = lost(outcome, claims)
        found += kit.intact(at)
        row.trial("kills", found, f"{index} in {name}")
        for stage in world.TRAININGS:
            if at.status_of(stage) == "running":
                claims[stage] = max(claims.get(stage, 0), at.last_step(stage))
        if shards := at.shards("augment"):
            claims["augment"] = shards
    outcome = at.run(*jobs)
    problems += outcome.faults(0) + lost(outcome, claims) + kit.check(at)
    again = at.run()
    problems += again.faults(0)
    if "nothing to do" not in again.errors:
        problems.append("the finished pipeline does something again")
    if not problems:
        at.remove()
    return problems


def lost(outcome, claims):
    """Steps lost beyond one interval, and finished shards lost, where a stage went on; its claim is
    then settled."""
    problems = []
    if "augment" in claims and (found := outcome.shards("augment")) is not None:
        if found != claims.pop("augment"):
            problems.append(f"augment found {found} of its shards")
    for stage, step in outcome.resumed().items():
        if stage in claims and claims.pop(stage) - step > world.SAVE_STEPS:
            problems.append(f"{stage} went on at step {step}, too far back")
    return problems


def controls(kit, row):
    """The oracle sees another seed, and a checkpoint that says something else than was true."""
    other = kit.fresh("a1-control", seed=43)
    other.run("--until", "teacher")
    done = world.STAGES[: world.STAGES.index("teacher") + 1]
    found = world.differences(other.oracle(done), kit.reference_of("teacher"))
    row.control("another seed gives another H", "artifact teacher.h5" in found)
