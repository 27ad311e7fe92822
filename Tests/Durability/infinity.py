"""A15: numbers that are not finite stop the stage at once; nothing good is overwritten."""

import math
import os
import re
import shutil
import struct

import damage
import world


def run(kit, row):
    weights = [("nan", math.nan), ("inf", math.inf), ("-inf", -math.inf), ("huge", 3e38)]
    cases = [("language_model", name, value) for name, value in weights]
    cases.append(("teacher", "huge", 3e38))
    kit.each(row, "weights", cases if kit.full else cases[::3], lambda case: source(kit, *case))
    trainings = world.TRAININGS if kit.full else ["general"]
    kit.each(row, "checkpoints", trainings, lambda stage: checkpoint(kit, stage))
    controls(kit, row)


def source(kit, stage, name, value):
    """An encoder with such a number; when it is mended, all is as it should be."""
    at = kit.before(stage).copy(kit.path(f"a15-{stage}-{name}"))
    path = at.folder + "/inputs/encoder/model.safetensors"
    shutil.copy(path, at.folder + "/good")
    header, start = damage.header_of(path)
    with open(path, "r+b") as file:
        tensor = header["bert.encoder.layer.1.attention.self.value.weight"]
        file.seek(start + tensor["data_offsets"][0] + 40)
        file.write(struct.pack("<f", value) * 32)
    outcome = at.run("--until", stage)
    problems = judge(at, outcome, stage, (65, 70))
    os.replace(at.folder + "/good", path)
    again = at.run("--until", stage)
    problems += again.faults(0) + kit.check(at, stage, without_metrics=True)
    if not problems:
        at.remove()
    return problems


def checkpoint(kit, stage):
    """A checkpoint with NaN among its weights is refused by its name; the one before it is still there."""
    at, (older, newest) = damage.stopped(kit, stage, f"a15-{stage}")
    spoil(newest)
    outcome = at.run("--until", stage)
    problems = judge(at, outcome, stage, (65,))
    if os.path.basename(newest) not in "".join(outcome.error_lines()):
        problems.append(f"names no checkpoint: {outcome.error_lines()}")
    if older not in damage.slots(at, stage):
        return problems + ["the last good checkpoint is gone"]
    damage.hurt(newest, "deleted")
    again = at.run("--until", stage)
    problems += again.faults(0) + kit.check(at, stage)
    if again.resumed().get(stage) != world.SAVE_STEPS:
        problems.append(f"went on at {again.resumed()}")
    if not problems:
        at.remove()
    return problems


def spoil(path):
    """Makes a weight NaN in a checkpoint and seals it again."""

    def change(content, header, start):
        name = next(n for n in sorted(header) if n.startswith("weights.") and "LayerNorm" in n)
        place = start + header[name]["data_offsets"][0]
        content[place : place + 4] = struct.pack("<f", math.nan)
        return content

    damage.reseal(path, change)


def judge(at, outcome, stage, statuses):
    """What is wrong with the way a stage met such numbers."""
    problems = outcome.faults(*statuses)
    taken = [line for line in outcome.errors.splitlines() if re.match(r"  step \d+/", line)]
    if len(taken) > 1:
        problems.append(f"went on for {len(taken)} reports")
    if os.path.exists(f"{at.workspace}/artifacts/{world.ARTIFACTS[stage]}"):
        problems.append("published what it made of them")
    if at.status_of(stage) not in ("failed", "pending"):
        problems.append(f"the manifest says {at.status_of(stage)}")
    at.metrics()  # must be JSON
    return problems


def controls(kit, row):
    """A stage that ends well is not what this row lets pass."""
    at = kit.before("dataset").copy(kit.path("a15-control"))
    outcome = at.run("--until", "dataset")
    row.control("a stage that goes on and publishes", judge(at, outcome, "dataset", (70,)))
    at.remove()
