"""A7: a signal, twice the signal, one that came too early, closed outputs; nothing is lost."""

import os
import signal
import subprocess
import time

import program
import world

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGUSR1: 143}


def run(kit, row):
    pipelines, doubles = (13, 10) if kit.full else (2, 2)
    kit.each(row, "pipelines", range(pipelines), lambda i: pipeline(kit, row, i))
    kit.each(row, "double signals", range(doubles), lambda i: double(kit, i))
    kit.each(row, "early signals", list(STATUS), lambda number: early(kit, number))
    kit.each(row, "nothing to save", list(STATUS), lambda number: reading(kit, number))
    ways = ["no reader", "closed", "full"]
    kit.each(row, "closed outputs", ways if kit.full else ways[:2], lambda way: closed(kit, way))
    controls(kit, row)


def pipeline(kit, row, index):
    """A pipeline that each signal stops once, somewhere."""
    numbers = kit.numbers(f"A7 {index}")
    signals = list(STATUS)
    numbers.shuffle(signals)
    at = kit.fresh(f"a7-{index}")
    problems, claim = [], None
    for number in signals:
        process = at.start()
        process.wait_for("workspace")
        time.sleep(numbers.uniform(0, kit.seconds / 4))
        sent = time.monotonic()
        process.signal(number)
        outcome = process.wait()
        problems += kept(outcome, claim)
        if outcome.status == 0:  # it was done before the signal came
            break
        found, claim = judge(at, outcome, STATUS[number], time.monotonic() - sent)
        row.trial("stops", found, f"{index} {number.name}")
    outcome = at.run()
    problems += outcome.faults(0) + kept(outcome, claim) + kit.check(at)
    if not problems:
        at.remove()
    return problems


def judge(at, outcome, status, seconds):
    """What is wrong with a stop, and stage and step that it claims to have kept."""
    problems = outcome.faults(status)
    if seconds > 10:
        problems.append(f"took {seconds:.1f} s")
    if "give the same command again" not in outcome.errors:
        problems.append("does not say how to go on")
    manifest = at.manifest() or {"stages": {}}
    states = {name: record["status"] for name, record in manifest["stages"].items()}
    if "running" in states.values():
        problems.append(f"the manifest says running: {states}")
    stopped = [name for name, state in states.items() if state == "interrupted"]
    if not stopped or stopped[0] not in world.TRAININGS:
        return problems, None
    step = manifest["stages"][stopped[0]]["step"] or 0
    taken = at.last_step(stopped[0])
    if step < taken:
        problems.append(f"{stopped[0]}: {taken} steps were taken, {step} kept")
    return problems, (stopped[0], step)


def kept(outcome, claim):
    """The next start goes on exactly where the stop said."""
    if claim is None:
        return []
    stage, step = claim
    found = outcome.resumed().get(stage)
    if found in (None, step):
        return []
    return [f"{stage} stopped after step {step} and went on at {found}"]


def double(kit, index):
    """The second signal does not wait for anything."""
    numbers = kit.numbers(f"A7 double {index}")
    at = kit.fresh(f"a7-double-{index}")
    process = at.start()
    process.wait_for("workspace")
    time.sleep(numbers.uniform(0, kit.seconds / 2))
    number = numbers.choice(list(STATUS))
    process.signal(number)
    time.sleep(numbers.uniform(0, 0.01))
    process.signal(number)
    sent = time.monotonic()
    outcome = process.wait()
    problems = outcome.faults(STATUS[number], 0)
    if time.monotonic() - sent > 1:
        problems.append(f"took {time.monotonic() - sent:.1f} s")
    outcome = at.run()
    problems += outcome.faults(0) + kit.check(at)
    if not problems:
        at.remove()
    return problems


def early(kit, number):
    """A signal that waits before the program has begun: nothing is begun."""

    def send():
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
        os.kill(os.getpid(), number)

    at = kit.fresh(f"a7-early-{number.name}")
    outcome = at.run(preexec_fn=send)
    problems = outcome.faults(STATUS[number])
    if os.path.exists(at.workspace):
        problems.append("the run was begun")
    if not problems:
        at.remove()
    return problems


def reading(kit, number):
    """A command with nothing to save stops at once and says nothing, whatever it waits for."""
    at = kit.fresh(f"a7-reading-{number.name}")
    process = program.Start(
        ["tokenize", "--model", at.folder + "/inputs/encoder"], at.folder, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    process.process.stdin.write(b"a\n")
    process.process.stdin.flush()
    process.process.stdout.readline()
    process.signal(number)
    outcome = process.wait(5)
    problems = outcome.faults(STATUS[number])
    if outcome.errors:
        problems.append("said " + outcome.tail())
    if not problems:
        at.remove()
    return problems


def closed(kit, way):
    """Nobody reads what it says, or nobody can: training goes on, and no file gets it instead."""
    at = kit.fresh("a7-" + way.replace(" ", "-"))
    if way == "no reader":
        reader, writer = os.pipe()
        os.close(reader)
        outcome = at.run(stdout=writer, stderr=writer)
        os.close(writer)
    elif way == "full":
        with open("/dev/full", "w") as full:
            outcome = at.run(stdout=full, stderr=full)
    else:
        # Descriptors 0, 1 and 2 do not exist: the first files that are opened get these numbers.
        outcome = at.run(command=["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-'])
    problems = outcome.faults(0) + kit.check(at)
    if not problems:
        at.remove()
    return problems


def controls(kit, row):
    """A stop that keeps nothing, as kill -9 between two checkpoints is none, is seen as a loss."""
    at = kit.before("teacher").copy(kit.path("a7-control"))
    process = at.start("--until", "teacher")
    while process.is_running() and at.last_step("teacher") % world.SAVE_STEPS != 3:
        time.sleep(0.001)
    outcome = process.kill_all()
    found, _ = judge(at, outcome, STATUS[signal.SIGTERM], 0)
    row.control("a kill is no graceful stop", found)
    outcome = at.run("--until", "teacher")
    claim = ("teacher", 3)
    row.control("steps lost are seen", kept(outcome, claim))
