"""A18: folder, environment, processors and threads change no bit; a finished pipeline does nothing,
at once."""

import program


def run(kit, row):
    ways = {
        "as the reference": {},
        "2 threads": {"threads": 2},
        "4 threads": {"threads": 4},
        "one processor": {"command": ["taskset", "-c", "0"], "threads": 2},
        "another folder to stand in": {"standing": "/", "threads": 2},
        "a long path": {"name": "a18-" + "long-" * 20, "threads": 1},
        "another zone and language": {"environment": {"TZ": "Asia/Kathmandu", "LANG": "tr_TR.UTF-8",
                                                      "LC_ALL": "C"}},
        "variables in another order": {"environment": {f"FILLER_{n}": "x" * 100 for n in range(50)},
                                       "reverse": True},
        "another hash seed": {"environment": {"SWIFT_DETERMINISTIC_HASHING": "1"}},
        "no home, another mask": {"environment": {"HOME": "/nonexistent"}, "umask": 0o077},
    }
    chosen = list(ways) if kit.full else ["2 threads", "4 threads", "another folder to stand in"]
    kit.each(row, "ways to run", chosen, lambda way: one(kit, way, **ways[way]))
    controls(kit, row)


def one(kit, way, name=None, threads=1, standing=None, command=None, environment=None,
        reverse=False, umask=None):
    at = kit.fresh(name or "a18-" + way.replace(" ", "-"))

    def run():
        path = at.folder + "/m.yaml" if standing else "m.yaml"
        options = {"umask": umask} if umask is not None else {}
        start = program.Start(
            ["run", path, "--threads", str(threads)], standing or at.folder, command=command,
            environment=environment, reverse=reverse, **options)
        return start.wait()

    problems = run().faults(0) + kit.check(at)
    again = run()
    problems += again.faults(0) + kit.check(at)
    if "nothing to do" not in again.errors:
        problems.append(f"the second run does something: {again.tail()}")
    if again.seconds > 1:
        problems.append(f"to do nothing took {again.seconds:.1f} s")
    if not problems:
        at.remove()
    return problems


def controls(kit, row):
    """A number more in the pipeline file is another result, and another step for the second run."""
    at = kit.before("dataset").copy(kit.path("a18-control"))
    at.run("--until", "dataset")
    at.write_pipeline(change=lambda text: text.replace("max_seq_length: 32", "max_seq_length: 6"))
    outcome = at.run("--until", "dataset")
    row.control("another option does something", "nothing to do" not in outcome.errors)
    row.control("another option gives another H", kit.check(at, "dataset"))
    at.remove()
