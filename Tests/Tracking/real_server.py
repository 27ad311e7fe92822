#!/usr/bin/env python3
"""Follows pipelines on a real MLflow server and compares what it has, read by MLflow's own client, with what
the workspace remembers: every run, every point of every series, once.

    Tests/Tracking/real_server.py                     about two minutes
    Tests/Tracking/real_server.py --only whole,kills

DISTILL_BINARY names the program, the release build by default; DISTILL_MLFLOW a Python that has mlflow.
"""

import argparse
import csv
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/Tests/Durability")

import back  # noqa: E402
import server as servers  # noqa: E402
import world as worlds  # noqa: E402
from tools import BINARY, PYTHON, Failure, check, distill, read, start  # noqa: E402

def records(world):
    """Every record of the workspace by attempt, those that lie aside too."""
    paths = [world.workspace + "/metrics.jsonl"]
    runs = world.workspace + "/runs"
    paths += [f"{runs}/{name}" for name in os.listdir(runs) if name.endswith(".metrics.jsonl")]
    found = {}
    for path in paths:
        with open(path) as file:
            for line in file:
                record = json.loads(line)
                found.setdefault(record["attempt"], []).append(record)
    return found


def value(number):
    """A recorded number as MLflow keeps it."""
    known = {"nan": "nan", "inf": "1.7976931348623157e308", "-inf": "-1.7976931348623157e308"}
    return float(known.get(number, number))


def series(attempt_records):
    """Series as MLflow ought to have them: points of step, time and value by key."""
    expected = {}
    for record in attempt_records:
        if record["event"] == "finished":
            continue
        for name, number in record["values"].items():
            key = ("eval_" if record["event"] == "evaluated" else "") + name
            expected.setdefault(key, []).append([record["step"], record["time"], str(value(number))])
    return expected


def compare(world, address, experiment, times=True):
    """Checks that a server has what the workspace remembers, and nothing twice."""
    there = read("runs", address, experiment)
    listed = json.loads(distill(world, "runs", "list", "m.yaml", "--json"))["attempts"]
    children = {run["tags"].get("distill.attempt"): run for run in there if run["parent"]}
    parents = {run["id"]: run for run in there if not run["parent"]}
    check(len(children) == sum(1 for run in there if run["parent"]), "a run is there twice")
    check(set(children) == {attempt["id"] for attempt in listed},
          f"attempts: {len(children)} there, {len(listed)} here")
    check(len(parents) == len({attempt["run"] for attempt in listed}),
          f"{len(parents)} runs of pipelines")
    own = records(world)
    words = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
    points = 0
    for attempt in listed:
        run = children[attempt["id"]]
        name = attempt["stage"]
        check(run["name"] == name and run["parent"] in parents, f"{name}: not nested")
        check(run["status"] == words[attempt["status"]], f"{name}: {run['status']}")
        check(run["end"] is not None, f"{name}: has no end")
        for option, chosen in attempt["options"].items():
            text = run["params"].get(option)
            check(text is not None, f"{name}: no parameter {option}")
            if isinstance(chosen, (int, float)) and not isinstance(chosen, bool):
                check(float(text) == chosen, f"{name}: {option} is {text}")
        expected = series(own.get(attempt["id"], []))
        for key, wanted in expected.items():
            got = sorted(run["metrics"].get(key, []))
            steps = [point[0] for point in got]
            check(len(steps) == len(set(steps)), f"{name}: {key} has a step twice: {steps}")
            part = slice(None) if times else slice(None, None, 2)
            check([point[part] for point in got] == [point[part] for point in sorted(wanted)]
                  if not is_pace(key) or times else steps == sorted(p[0] for p in wanted),
                  f"{name}: {key}: {got[:4]}... there, {wanted[:4]}... here")
            points += len(got)
        for key, number in attempt["metrics"].items():
            if not is_pace(key) and re.fullmatch(r"[A-Za-z0-9_. :-]+", key):
                got = run["metrics"].get(key, [])
                check(len(got) == 1 and got[0][2] == str(value(number)), f"{name}: {key}: {got}")
        extra = set(run["metrics"]) - set(expected) - set(attempt["metrics"]) - {"seconds"}
        check(not {key for key in extra if not re.search(r"-[0-9a-f]{8}$", key)}, f"{name}: {extra}")
        digests = {one["content_sha256"][:36] for one in attempt["inputs"]}
        check({one["digest"] for one in run["inputs"]} <= digests, f"{name}: data sets")
    teacher = next(children[a["id"]] for a in listed if a["stage"] == "teacher")
    check([one["name"] for one in teacher["inputs"]] == ["rows"], f"data sets: {teacher['inputs']}")
    check(all(run["name"] == "m" for run in parents.values()), "the names of the parents")
    return parents, points


def is_pace(key):
    return key.endswith(worlds.PACES)


def whole(place, server):
    """A pipeline that nothing disturbs, and then one more attempt."""
    world = worlds.World(place)
    output = distill(world, "run", "m.yaml", "--tracking-uri", server.address, "--experiment", "whole")
    check("track" not in output, output)
    parents, points = compare(world, server.address, "whole")
    check([run["status"] for run in parents.values()] == ["FINISHED"], parents)
    output = distill(world, "run", "m.yaml", "--tracking-uri", server.address, "--experiment", "whole",
                     "--set", "stages.teacher.learning_rate=2e-3", "--until", "teacher")
    check("track" not in output, output)
    parents, points = compare(world, server.address, "whole")
    check(len(parents) == 2, parents)
    output = distill(world, "track", "sync", "m.yaml", "--experiment", "whole", "--tracking-uri",
                     server.address)
    check(": 0 records sent, " in output, output)
    return f"{points} points"


def long_world(place):
    """A pipeline that trains long enough to be killed now and then."""
    return worlds.World(place, change=lambda text: re.sub(
        r"(?<=num_train_epochs: )[\d.]+", lambda found: str(40 * float(found[0])), text))


def written(world):
    """Bytes of the workspace's record."""
    try:
        return os.path.getsize(world.workspace + "/metrics.jsonl")
    except FileNotFoundError:
        return 0


def wait_for_some(process, world, numbers, seconds):
    """Waits for a random time, or until a random piece of record was written: however fast the
    machine is, it is then in the middle of something."""
    end = time.monotonic() + numbers.uniform(*seconds)
    enough = written(world) + numbers.randrange(1_000, 16_000)
    while process.poll() is None and time.monotonic() < end and written(world) < enough:
        time.sleep(0.01)


def kills(place, server):
    """kill -9 at random instants, of the program and of the server."""
    numbers = random.Random(4)
    world = long_world(place)
    for trial in range(60):
        process = start(world, "run", "m.yaml", "--threads", "1",
                        MLFLOW_TRACKING_URI=server.address, MLFLOW_EXPERIMENT_NAME="kills")
        if trial < 8:
            wait_for_some(process, world, numbers, (0.4, 1.5))
        if trial == 2:
            server.stop()
        if trial == 4:
            server.start()
        if process.poll() is None and trial < 8:
            process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
        if process.returncode == 0:
            break
        check(process.returncode == -signal.SIGKILL, output[-1500:])
    else:
        raise Failure("it does not come to its end")
    if not server.is_running():
        server.start()
    check(trial >= 6, f"it was killed {trial} times only")
    # What waited when the server was away is sent by the run that follows.
    output = distill(world, "track", "sync", "m.yaml", MLFLOW_TRACKING_URI=server.address,
                     MLFLOW_EXPERIMENT_NAME="kills")
    parents, points = compare(world, server.address, "kills", times=False)
    check([run["status"] for run in parents.values()] == ["FINISHED"], parents)
    return f"{points} points after {trial} kills"


def away(place, server):
    """A server that is not there: the run ends well, names a command, and that sends everything."""
    world = worlds.World(place)
    nobody = f"http://127.0.0.1:{servers.free_port()}"
    output = distill(world, "run", "m.yaml", "--until", "teacher", "--tracking-uri", nobody)
    told = [line for line in output.splitlines() if "track sync" in line]
    check(len(told) == 1 and re.search(r" \d+ records wait: distill track sync ", told[0]), output[-800:])
    command = told[0].rsplit(": distill ", 1)[1].split()
    output = distill(world, *command, status=69)
    check("wait" in output and len(output.splitlines()) == 1, output)
    distill(world, *command, "--tracking-uri", server.address, "--experiment", "away")
    _, points = compare(world, server.address, "away")
    output = distill(world, *command)
    check(output.startswith(server.address + ": 0 records sent"), output)
    return f"{points} points"


def required(place, server):
    """What was declared necessary is waited for before any work, and then the run goes on."""
    world = worlds.World(place)
    nobody = f"http://127.0.0.1:{servers.free_port()}"
    arguments = ["run", "m.yaml", "--until", "dataset", "--tracking", "required", "--tracking-uri"]
    output = distill(world, *arguments, nobody, status=69)
    check(len(output.splitlines()) == 1 and not os.path.exists(world.workspace), output)
    distill(world, *arguments, server.address, "--experiment", "required")
    for arguments, words in [
        (["--tracking", "required"], "--tracking-uri"),
        (["--tracking-uri", "http://me:secret@127.0.0.1:1"], "MLFLOW_TRACKING_USERNAME"),
        (["--tracking-uri", "sqlite:///x.db"], "mlflow server"),
        (["--tracking-uri", "databricks"], "DATABRICKS_HOST"),
    ]:
        output = distill(world, "run", "m.yaml", *arguments, status=64, HOME=place)
        check(words in output and len(output.splitlines()) == 1 and "secret" not in output, output)
    output = distill(world, "run", "m.yaml", "--until", "dataset", MLFLOW_TRACKING_URI="./mlruns")
    check("names no server" in output, output)
    return "and refusals"


def models(place, server):
    """A student that is registered is loaded by MLflow and answers texts as it does here."""
    world = worlds.World(place)
    output = distill(world, "run", "m.yaml", "--tracking-uri", server.address, "--experiment", "models",
                     "--register-model", "small-student@best")
    check("track" not in output, output)
    there = read("runs", server.address, "models")
    export = next(run for run in there if run["tags"].get("distill.kind") == "export")
    with open(world.folder + "/inputs/test.tsv") as file:
        texts = [line.split("\t")[0] for line in file][1:9]
    with open(world.folder + "/texts.txt", "w") as file:
        file.write("".join(text + "\n" for text in texts))
    predicted = subprocess.run(
        [BINARY, "predict", "--model", world.workspace + "/artifacts/student.h5", "--input", "texts.txt",
         "--json"], cwd=world.folder, capture_output=True, text=True, check=True).stdout
    own = [json.loads(line) for line in predicted.splitlines()]
    addresses = [f"runs:/{export['id']}/model", "models:/small-student@best"]
    predictions = read("predict", server.address, ",".join(addresses), *texts)
    for address, answers in predictions.items():
        for kind in ("pyfunc", "transformers"):
            got = answers[kind]
            check([one["label"] for one in got] == [one["label"] for one in own], f"{address}: {got}")
            for one, ours in zip(got, own):
                weights = [math.exp(logit) for logit in ours["logits"]]
                check(abs(one["score"] - max(weights) / sum(weights)) < 1e-4, f"{address}: {one}, {ours}")
    output = distill(world, "track", "sync", "m.yaml", "--tracking-uri", server.address, "--experiment",
                     "models", "--register-model", "small-student@best")
    check(": 0 records sent, " in output and len(output.splitlines()) == 1, output)
    again = read("runs", server.address, "models")
    check(len(again) == len(there), "another run")
    return f"{len(texts)} texts"


def boards(place, server):
    """What TensorBoard and a table have, after kills too, is what the workspace remembers."""
    numbers = random.Random(9)
    world = long_world(place)
    for trial in range(20):
        process = start(world, "run", "m.yaml", "--until", "teacher", "--threads", "1", "--report-to",
                        "tensorboard,csv")
        if trial < 6:
            wait_for_some(process, world, numbers, (0.2, 0.6))
            process.kill()
        output, _ = process.communicate()
        if process.returncode == 0:
            break
    check(process.returncode == 0, output[-1500:])
    check(trial >= 3, f"it was killed {trial} times only")
    listed = json.loads(distill(world, "runs", "list", "m.yaml", "--json"))["attempts"]
    own = records(world)
    seen = read("scalars", world.workspace + "/tensorboard")
    points = 0
    for attempt in listed:
        there = seen.get(f"{attempt['stage']}.{attempt['id'][:8]}", {})
        for key, wanted in series(own.get(attempt["id"], [])).items():
            tag = key.replace("eval_", "eval/") if key.startswith("eval_") else "train/" + key
            got = {}
            for step, _, number in there.get(tag, []):
                check(step not in got or tag.startswith("eval/"), f"{tag}: step {step} twice")
                got[step] = number
            check(sorted(got) == sorted(point[0] for point in wanted), f"{tag}: {sorted(got)}")
            for step, _, number in wanted:
                check(is_pace(key) or abs(got[step] - float(number)) <= 1e-6 * max(1, abs(float(number))),
                      f"{tag}: {got[step]}, {number}")
            points += len(got)
    with open(world.workspace + "/metrics.csv") as file:
        rows = list(csv.DictReader(file))
    with open(world.workspace + "/metrics.jsonl") as file:
        lines = [json.loads(line) for line in file]
    wanted = [(line["stage"], line.get("step"), name, value(number))
              for line in lines for name, number in line["values"].items()]
    check([(row["stage"], int(row["step"]) if row["step"] else None, row["name"], float(row["value"]))
           for row in rows] == wanted, "the table")
    output = distill(world, "run", "m.yaml", "--report-to", "tensorbord", status=64)
    check('did you mean "tensorboard"' in output, output)
    return f"{points} points, {trial} kills"


TESTS = [models, back.fetched, back.listed, back.adopted, boards, whole, kills, away, required]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", default="", help="names of tests")
    options = parser.parse_args()
    if not PYTHON:
        parser.error("DISTILL_MLFLOW names no Python with mlflow; Tests/run.sh installs one")
    wanted = options.only.split(",") if options.only else [test.__name__ for test in TESTS]
    place = tempfile.mkdtemp(prefix="distill-mlflow-")
    server = servers.MLflowServer(PYTHON, place + "/server")
    failed = 0
    try:
        server.start()
        for test in TESTS:
            if test.__name__ not in wanted:
                continue
            began = time.monotonic()
            try:
                what = test(f"{place}/{test.__name__}", server)
                print(f"ok      {test.__name__}: {what}, {time.monotonic() - began:.0f} s", flush=True)
            except Failure as failure:
                failed += 1
                print(f"FAILED  {test.__name__}: {failure}", flush=True)
    finally:
        server.stop()
        if not failed:
            shutil.rmtree(place, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
