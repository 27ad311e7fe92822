"""A9: bits, ends and pieces of our own files are changed; nothing that was is ever used."""

import os
import shutil

import damage
import program
import world


def run(kit, row):
    flips, cuts, others = (2000, 200, 100) if kit.full else (60, 12, 12)
    # Artifacts and checkpoints are checked file by file, the manifest by whoever reads it; every
    # tenth checkpoint meets the run that would go on from it.
    shares = [("artifact", 0.8), ("manifest", 0.1), ("checkpoint", 0.1)]
    cases = []
    for kind, share in shares:
        for way, count in [("flip", flips), ("cut", cuts), ("other", others)]:
            cases += [(kind, way, number) for number in range(round(count * share))]
    stopped, _ = damage.stopped(kit, "prediction", "a9-stopped")
    kit.each(row, "corruptions", list(enumerate(cases)), lambda case: detect(kit, stopped, *case))
    row.trial("verifications", verified(kit))
    kit.each(row, "made again", world.STAGES if kit.full else ["teacher"],
             lambda stage: made_again(kit, stage))
    controls(kit, row)


def detect(kit, stopped, index, case):
    """One change to one file, and whether it is seen."""
    kind, way, number = case
    numbers = kit.numbers(f"A9 {case}")
    if kind == "artifact":
        names = [n for n in world.ARTIFACTS.values() if n.endswith(".h5")]
        source = f"{kit.reference.workspace}/artifacts/{numbers.choice(names)}"
        path = kit.path(f"a9-{index}.h5")
        shutil.copy(source, path)
        change(path, way, numbers)
        problems = seen(program.distill("inspect", path, folder=kit.folder), path, 65)
        os.remove(path)
        return problems
    if kind == "manifest":
        at = empty_copy(kit, f"a9-{index}")
        path = at.workspace + "/manifest.json"
        change(path, way, numbers)
        problems = seen(program.distill("status", "m.yaml", folder=at.folder), "manifest.json", 65)
        if not problems:
            at.remove()
        return problems
    if number % 10:
        path = kit.path(f"a9-{index}.safetensors")
        shutil.copy(damage.slots(stopped, "prediction")[-1], path)
        change(path, way, numbers)
        problems = seen(program.distill("verify", path, folder=kit.folder), path, 65)
        os.remove(path)
        return problems
    at = stopped.copy(kit.path(f"a9-{index}"))
    older, newest = damage.slots(at, "prediction")
    change(newest, way, numbers)
    outcome = at.run("--until", "prediction")
    problems = outcome.faults(0) + kit.check(at, "prediction")
    if os.path.basename(newest) not in outcome.errors:
        problems.append("says nothing of the damaged checkpoint")
    if outcome.resumed().get("prediction") != world.SAVE_STEPS:
        problems.append(f"does not go on from the other one: {outcome.resumed()}")
    if not problems:
        at.remove()
    return problems


def empty_copy(kit, name):
    """A world with the reference's manifest alone; reading that comes before all else."""
    at = object.__new__(world.World)
    at.folder = kit.path(name)
    at.workspace = at.folder + "/.distill/m"
    os.makedirs(at.workspace)
    shutil.copy(kit.reference.folder + "/m.yaml", at.folder)
    shutil.copy(kit.reference.workspace + "/manifest.json", at.workspace)
    os.symlink(kit.reference.folder + "/inputs", at.folder + "/inputs")
    return at


def seen(outcome, path, status):
    """Whether a command refused a file and named it."""
    problems = outcome.faults(status)
    if os.path.basename(path) not in outcome.errors + outcome.output:
        problems.append(f"does not name {path}: {outcome.tail()}")
    return problems


def change(path, way, numbers):
    """Flips a bit, cuts the end off, swaps two pieces, zeroes one or appends one."""
    with open(path, "rb") as file:
        before = file.read()
    content = bytearray(before)
    while bytes(content) == before:
        place = numbers.randrange(len(content))
        if way == "flip":
            content[place] ^= 1 << numbers.randrange(8)
        elif way == "cut":
            content = content[:place]
        else:
            size = numbers.choice([1, 16, 512])
            other = numbers.randrange(len(content))
            kind = numbers.choice(["swap", "zero", "append"])
            if kind == "swap":
                one, two = content[place : place + size], content[other : other + size]
                content[place : place + len(two)] = two
                content[other : other + len(one)] = one
            elif kind == "zero":
                content[place : place + size] = bytes(len(content[place : place + size]))
            else:
                content += bytes(numbers.randrange(256) for _ in range(size))
    with open(path, "wb") as file:
        file.write(content)


def verified(kit):
    """`verify` finds all damage in a workspace at once, and none where there is none."""
    at = kit.reference.copy(kit.path("a9-verify"))
    problems = program.distill("verify", "m.yaml", folder=at.folder).faults(0)
    names = ["teacher.h5", "rows.h5", "student_folder/model.safetensors"]
    for name in names:
        damage.hurt(f"{at.workspace}/artifacts/{name}", "bit")
    outcome = program.distill("verify", "m.yaml", folder=at.folder)
    for name in names:
        problems += seen(outcome, name.split("/")[0], 65)
    if outcome.output.count("damaged") < len(names):
        problems.append(f"finds less than {len(names)} damaged files: {outcome.output}")
    if not problems:
        at.remove()
    return problems


def made_again(kit, stage):
    """A damaged output is noticed by the next run, made again, and what it feeds is left alone."""
    at = kit.reference.copy(kit.path("a9-again-" + stage))
    at.run()  # gets to know the copies
    path = f"{at.workspace}/artifacts/{world.ARTIFACTS[stage]}"
    if os.path.isdir(path):
        path += "/model.safetensors"
    stat = os.stat(path)
    damage.hurt(path, "bit")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    outcome = at.run("--no-stat-cache")
    problems = outcome.faults(0)
    # What was made and what may come next are told after it.
    told = [line for line in outcome.errors.splitlines() if " run, " in line and " current" in line]
    if not told or "1 stage run" not in told[-1]:
        problems.append(f"more or less than that stage ran: {told[-1:]}")
    # Only when and how it was made differs: it is the same again.
    problems += kit.check(at, without_metrics=True)
    if not problems:
        at.remove()
    return problems


def controls(kit, row):
    """A file that nobody touched is not refused, so a refusal means something."""
    path = kit.path("a9-control.h5")
    shutil.copy(f"{kit.reference.workspace}/artifacts/teacher.h5", path)
    row.control("an intact file", seen(program.distill("inspect", path, folder=kit.folder), path, 65))
    at = empty_copy(kit, "a9-control")
    outcome = program.distill("status", "m.yaml", folder=at.folder)
    row.control("an intact manifest", seen(outcome, "manifest.json", 65))
    os.remove(path)
    at.remove()
