"""A3: the order of the calls of one run: what is renamed into place is durable before, the rename is
durable before the manifest speaks of it, and nothing that has its final name is ever written to."""

import os
import re

import world
from faults import Faults
from kit import is_temporary

# Written in place on purpose: the record of metrics, to its end alone, and locks, whose text is a
# courtesy to whoever finds them taken.
APPENDED = re.compile(r"/metrics\.jsonl$")
LOCKS = re.compile(r"/(lock|locks/[^/]+|[^/]+\.lock)$")
# Renamed without waiting for the disk on purpose: how far a run is, which is of no use after a power cut, when
# there is no run, and is then read as nothing.
TOLD = re.compile(r"/progress\.json$")


def run(kit, row):
    at = kit.fresh("a3")
    plan = Faults(kit, at.workspace, "a3", log=True)
    outcome = at.run(preload=plan.environment)
    calls = plan.calls()
    renames = [c for c in calls if c.name == "rename"]
    problems = outcome.faults(0) + lint(calls)
    for call in renames:
        of_this = [p for p in problems if p.startswith(f"{call.number} ")]
        row.trial("renames", of_this, call.second)
    renamed = {f"{call.number} " for call in renames}
    others = [p for p in problems if not p.startswith(tuple(renamed))]
    row.trial("runs without writes in place", others)
    if not problems:
        at.remove()
    controls(kit, row)


def lint(calls):
    """What is wrong with a sequence of calls; each begins with the number of the call."""
    problems = []
    calls = [c for c in calls if c.result >= 0]
    for index, call in enumerate(calls):
        before, after = calls[:index], calls[index + 1 :]
        if call.name == "rename":
            problems += [f"{call.number} {p}" for p in rename_faults(call, before, after)]
        elif call.name in ("write", "ftruncate", "open"):
            fault = in_place_fault(call)
            if fault:
                problems.append(f"{call.number} {fault}: {call.path}")
        elif call.name == "unlink" and "/checkpoint-" in call.path:
            problems += [f"{call.number} {p}" for p in removal_faults(call, before)]
    return problems


def rename_faults(call, before, after):
    """Whether what is renamed is durable, and the rename before anything refers to it."""
    faults = []
    if TOLD.search(call.second):
        return faults
    parent = os.path.dirname(call.second)
    if is_folder_of(before, call.path):
        inside = {c.inode for c in before
                  if c.name == "write" and c.path.startswith(call.path + "/")}
    else:
        inside = {call.inode}
    for inode in inside:
        writes = [c.number for c in before if c.inode == inode and c.name in ("write", "ftruncate")]
        syncs = [c.number for c in before if c.inode == inode and c.name == "fsync"]
        if not syncs or (writes and max(syncs) < max(writes)):
            faults.append(f"{call.second} is renamed before it is durable")
    if re.search(r"/\.[^/]*\.old$", call.second):
        return faults  # on its way out
    synced = [c.number for c in after if c.name == "fsync" and c.path == parent]
    speaks = [c.number for c in after if c.name == "rename" and c.second.endswith("/manifest.json")]
    if not synced:
        faults.append(f"the folder of {call.second} is never made durable")
    elif speaks and speaks[0] < synced[0]:
        faults.append(f"the manifest is replaced before the rename to {call.second} is durable")
    return faults


def is_folder_of(calls, path):
    return any(c.path.startswith(path + "/") for c in calls)


def in_place_fault(call):
    """Whether a write goes to a file that has its final name."""
    place = call.path.rpartition("/.distill/m/")[2]
    if is_temporary(place) or call.path.endswith(" (deleted)") or LOCKS.search(call.path):
        return None
    if call.name == "open":
        return "is emptied" if call.inode >= 0 else "is made under its final name"
    if APPENDED.search(call.path):
        is_at_end = call.name == "write" and call.offset == call.size
        return None if is_at_end else "is changed elsewhere than at its end"
    return "is written in place"


def removal_faults(call, before):
    """A checkpoint goes when the manifest says, durably, that it is needed no more."""
    stage = call.path.split("/checkpoints/")[1].split("/")[0]
    artifact = "/artifacts/" + world.ARTIFACTS.get(stage, "?")
    made = [c.number for c in before if c.name == "rename" and c.second.endswith(artifact)]
    said = [c.number for c in before if c.name == "rename" and c.second.endswith("/manifest.json")]
    durable = [c.number for c in before
               if c.name == "fsync" and c.path.endswith("/.distill/m")]
    if not (made and said and durable and made[-1] < said[-1] < durable[-1]):
        return [f"a checkpoint of {stage} is removed before the manifest says done"]
    return []


def controls(kit, row):
    """A program that does not make durable, and one that overwrites in place."""
    for broken, text in [("fsync", "durable"), ("rename", "is emptied")]:
        at = kit.before("export").copy(kit.path("a3-" + broken))
        plan = Faults(kit, at.workspace, "a3-" + broken, log=True, breaks=broken)
        at.run("--until", "export", preload=plan.environment)
        row.control(f"{broken} broken", any(text in p for p in lint(plan.calls())))
        at.remove()
