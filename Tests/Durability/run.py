"""Proves that a pipeline never loses work: kills it, stops it, breaks its disk and its files, and
compares what it ends with to an uninterrupted run, bit for bit.

    Tests/Durability/run.py            the short version, 2 to 3 minutes on 2 cores
    Tests/Durability/run.py --full     the full figures
    Tests/Durability/run.py --only A1,A4 --seed 7

DISTILL_BINARY names the program, the release build of this package by default. Every row ends with
controls: promises broken on purpose, which the row must notice.
"""

import argparse
import json
import os
import shutil
import sys
import time

import clocks
import contention
import corruption
import damage
import disk
import infinity
import kills
import lint
import paths
import program
import runners
import sameness
import stops
import sweep
import tried
from kit import Kit, Row, timed

ROWS = [
    ("A1", "kill -9 at random instants", kills.run),
    ("A2", "kill before every changing call", sweep.run),
    ("A3", "order of the calls that make durable", lint.run),
    ("A4", "damaged checkpoints", damage.run),
    ("A5", "disk errors", disk.run),
    ("A7", "graceful stops", stops.run),
    ("A8", "simultaneous starts", contention.run),
    ("A9", "damage to our own files", corruption.run),
    ("A15", "numbers that are not finite", infinity.run),
    ("A16", "paths that lead out", paths.run),
    ("A17", "clocks that lie", clocks.run),
    ("A18", "one result everywhere", sameness.run),
    ("R", "kills of the runner alone", runners.run),
    ("R2", "kills around the run cache", tried.run),
]


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--full", action="store_true", help="the full figures")
    parser.add_argument("--only", default="", help="rows, such as A1,A4")
    parser.add_argument("--seed", type=int, default=1, help="of the random instants (1)")
    parser.add_argument("--keep", action="store_true", help="keep the folders of the trials")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="pipelines at a time")
    parser.add_argument("--work", default=root + "/.build", help="where to make a folder to work in")
    options = parser.parse_args()
    program.BINARY = program.BINARY or root + "/.build/release/distill"
    if not os.path.exists(program.BINARY):
        parser.error(f"{program.BINARY} is not there; build it, or name one in DISTILL_BINARY")
    known = [name for name, _, _ in ROWS]
    wanted = options.only.split(",") if options.only else known
    if unknown := set(wanted) - set(known):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(known)}")

    start = time.monotonic()
    place = options.work + "/durability"
    kit = Kit(place, options.full, options.seed, options.workers)
    kit.prepare()
    print(f"pipeline M: {kit.seconds:.1f} s without interruption, in {kit.folder}", flush=True)
    rows = []
    for name, title, function in ROWS:
        if name not in wanted:
            continue
        row = Row(name, title)
        timed(row, function, kit)
        rows.append(row)
        print(row.summary(), flush=True)
        for note in row.notes:
            print(f"       {note}", flush=True)
        for problem in row.problems[:12]:
            print(f"     - {problem}", flush=True)
        if len(row.problems) > 12:
            print(f"     - and {len(row.problems) - 12} more", flush=True)
    with open(place + ".json", "w") as file:
        json.dump([vars(row) for row in rows], file, default=str, indent=1)
    bad = [row.name for row in rows if not row.is_good]
    print(f"durability: {'FAILED in ' + ', '.join(bad) if bad else 'ok'}, "
          f"{time.monotonic() - start:.0f} s")
    if not options.keep and not bad:
        shutil.rmtree(place, ignore_errors=True)
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        program.kill_running()
