"""A8: eight starts at once; one works, the others say who does."""

import os
import re
import time


STARTS = 8


def run(kit, row):
    rounds = 20 if kit.full else 3
    # One round after the other: the processes of a round are already too many for the machine.
    for index in range(rounds):
        row.trial("rounds", contest(kit, row, index), str(index))
    controls(kit, row)


def contest(kit, row, index):
    numbers = kit.numbers(f"A8 {index}")
    at = kit.fresh(f"a8-{index}")
    processes = [at.start() for _ in range(STARTS)]
    deadline = time.monotonic() + 10
    ended = {}
    while sum(p.is_running() for p in processes) > 1 and time.monotonic() < deadline:
        for process in processes:
            if not process.is_running():
                ended.setdefault(process, time.monotonic())
        time.sleep(0.002)
    problems = []
    winners = [p for p in processes if p.is_running()]
    losers = [p for p in processes if not p.is_running()]
    if len(winners) != 1:
        problems.append(f"{len(winners)} of {STARTS} work")
    for loser in losers:
        outcome = loser.wait()
        problems += outcome.faults(75)
        seconds = ended.get(loser, time.monotonic()) - loser.began
        if seconds > 2:
            problems.append(f"a loser took {seconds:.1f} s")
        problems += owner_faults(outcome, [w.pid for w in winners])
    if index % 2 == 0 and winners:
        time.sleep(numbers.uniform(0, kit.seconds / 2))
        winners[0].kill_all()
        following = at.run()
        row.trial("starts after the winner was killed", following.faults(0), str(index))
    else:
        for winner in winners:
            problems += winner.wait().faults(0)
    problems += kit.check(at)
    if not problems:
        at.remove()
    return problems


def owner_faults(outcome, winners):
    """A loser names the process that works, and its machine."""
    named = re.search(r"process (\d+) on (\S+)", outcome.errors)
    if not named:
        return [f"does not name the owner: {outcome.tail()}"]
    if int(named[1]) not in winners or named[2].rstrip(".;,") != os.uname().nodename:
        return [f"names {named[0]}, not process {winners} on {os.uname().nodename}"]
    return []


def controls(kit, row):
    """Two workspaces have no lock in common: both starts work, which a round would not let pass."""
    at = kit.before("teacher").copy(kit.path("a8-control"))
    other = at.copy(kit.path("a8-control-other"))
    starts = [world.start("--until", "teacher") for world in (at, other)]
    outcomes = [start.wait() for start in starts]
    row.control("two winners are seen", [o.status for o in outcomes] == [0, 0])
    row.control("a winner is no loser", all(o.faults(75) for o in outcomes))
    row.control("an owner that is not named is seen", owner_faults(outcomes[0], [1]))
    at.remove()
    other.remove()
