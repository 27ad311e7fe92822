"""A4: the newest checkpoint is empty, cut, bent or gone; the one before it takes over."""

import glob
import hashlib
import json
import os
import re
import struct

import world
from faults import Faults


def run(kit, row):
    kinds = ["empty", "half", "bit", "deleted", "both"]
    cases = [(stage, kind) for stage in world.TRAININGS for kind in kinds]
    if not kit.full:
        cases = [case for number, case in enumerate(cases) if number % 3 == 0]
    kit.each(row, "fall back", cases, lambda case: fall_back(kit, *case))
    kit.each(row, "shards", kinds[:4] if kit.full else kinds[2:3], lambda kind: shard(kit, kind))
    tampered(kit, row)


def stopped(kit, stage, name):
    """A world in which a stage was killed when it was about to publish its third checkpoint."""
    at = kit.before(stage).copy(kit.path(name))
    plan = Faults(kit, at.workspace, name, at=3, calls=["rename"], match=f"checkpoints/{stage}/checkpoint-")
    outcome = at.run("--until", stage, preload=plan.environment)
    if outcome.status != -9:
        raise RuntimeError(f"was not killed but ended with {outcome.status}: {outcome.tail()}")
    found = slots(at, stage)
    if len(found) != 2:
        raise RuntimeError(f"{len(found)} checkpoints instead of 2 after the second save")
    return at, found


def slots(at, stage):
    """The checkpoints of a stage, the newest last."""
    return sorted(glob.glob(f"{at.workspace}/checkpoints/{stage}/*.safetensors"), key=step_of)


def fall_back(kit, stage, kind):
    at, (older, newest) = stopped(kit, stage, f"a4-{stage}-{kind}")
    expected = step_of(older)
    if step_of(newest) - expected != world.SAVE_STEPS:
        return [f"checkpoints at steps {expected} and {step_of(newest)}"]
    hurt(newest, kind)
    if kind == "both":
        hurt(older, "half")
        expected = 0
    outcome = at.run("--until", stage)
    problems = outcome.faults(0) + kit.check(at, stage)
    step = outcome.resumed().get(stage)
    if step != expected:
        problems.append(f"went on at step {step} instead of {expected}")
    notes = [line for line in outcome.errors.splitlines() if os.path.basename(newest) in line]
    if kind != "deleted" and not notes:
        problems.append("says nothing of the damaged checkpoint")
    if not problems:
        at.remove()
    return problems


def shard(kit, kind):
    """The second of three finished shards is damaged: it and the third are made again."""
    at = kit.before("augment").copy(kit.path("a4-shard-" + kind))
    plan = Faults(kit, at.workspace, "a4-shard-" + kind, at=1, calls=["rename"],
                  match="/artifacts/augmented.h5")
    outcome = at.run("--until", "augment", preload=plan.environment)
    if at.shards("augment") != 3:
        return [f"{at.shards('augment')} shards before the artifact: {outcome.tail()}"]
    hurt(f"{at.workspace}/checkpoints/augment/augmented-00001.safetensors", kind)
    outcome = at.run("--until", "augment")
    problems = outcome.faults(0) + kit.check(at, "augment")
    if outcome.shards("augment") != 1:
        problems.append(f"uses {outcome.shards('augment')} shards")
    if not problems:
        at.remove()
    return problems


def hurt(path, kind):
    """Damages a file."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    if kind == "deleted":
        os.remove(path)
        return
    if kind == "empty":
        content = b""
    elif kind == "half":
        content = content[: len(content) // 2]
    else:
        content[len(content) // 3] ^= 0x10
    with open(path, "wb") as file:
        file.write(content)


def header_of(path):
    """The header of a checkpoint as an object, and where its data begin."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(size)), 8 + size


def step_of(path):
    """The step a checkpoint was taken after."""
    return json.loads(header_of(path)[0]["__metadata__"]["state"])["step"]


def reseal(path, change):
    """Changes the content of a checkpoint and gives it a right seal again: no damage to be seen."""
    header, start = header_of(path)
    with open(path, "rb") as file:
        content = bytearray(file.read())
    content = change(content, header, start)
    content[-32:] = hashlib.sha256(content[:-32]).digest()
    with open(path, "wb") as file:
        file.write(content)


def tampered(kit, row):
    """A checkpoint that is whole but wrong must show in H: what it holds is what decides."""

    def other_state(content, header, start):
        # A digit of the step, which data order and random streams follow; the length stays.
        text = bytes(content[8:start])
        found = re.search(rb'(\\"step\\": ?)(\d)', text)
        digit = b"%d" % (int(found[2]) - 1)
        content[8 + found.start(2) : 8 + found.end(2)] = digit
        return content

    def other_moment(content, header, start):
        name = next(name for name in header if name.startswith("first_moment."))
        place = start + header[name]["data_offsets"][0]
        content[place : place + 4] = struct.pack("<f", 0.5)
        return content

    for what, change in [("step", other_state), ("optimiser", other_moment)]:
        at, (older, newest) = stopped(kit, "general", f"a4-control-{what}")
        reseal(older, change)
        hurt(newest, "deleted")
        outcome = at.run("--until", "general")
        is_red = outcome.status != 0 or kit.check(at, "general")
        row.control(f"a checkpoint with another {what} gives another H", is_red)
        at.remove()
