"""What a tracking server gives back: models by their address, runs as attempts, and runs of somebody else's that
a pipeline takes part in."""

import json
import os
import subprocess

import server as servers
import world as worlds
from tools import BINARY, check, distill, read


def predictions(world, model, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment.update(variables)
    return subprocess.run([BINARY, "predict", "--model", model, "--input", "texts.txt", "--json"],
                          cwd=world.folder, env=environment, capture_output=True, text=True)


def files_beneath(folder):
    return sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)


def fetched(place, server):
    """A model that was logged and registered answers by its address as the exported folder does."""
    world = worlds.World(place)
    distill(world, "run", "m.yaml", "--tracking-uri", server.address, "--experiment", "fetched",
            "--register-model", "fetched-student@best")
    export = next(run for run in read("runs", server.address, "fetched")
                  if run["tags"].get("distill.kind") == "export")
    with open(world.folder + "/inputs/test.tsv") as file, open(world.folder + "/texts.txt", "w") as out:
        out.writelines(line.split("\t")[0] + "\n" for line in list(file)[1:9])
    folder = next(p for p in (world.workspace + "/artifacts/" + name
                              for name in os.listdir(world.workspace + "/artifacts"))
                  if os.path.isdir(p) and os.path.exists(p + "/config.json"))
    own = predictions(world, folder).stdout
    check(own, "the exported folder answers nothing")
    variables = {"MLFLOW_TRACKING_URI": server.address, "XDG_CACHE_HOME": world.folder + "/cache"}
    addresses = [f"mlflow:runs/{export['id']}/model", "mlflow:models/fetched-student@best",
                 "mlflow:models/fetched-student/1"]
    for address in addresses:
        done = predictions(world, address, **variables)
        check(done.returncode == 0 and done.stdout == own, f"{address}: {done.stderr[-800:]}")
        # Of an alias only the version has to be fetched, which then has a name of its own.
        is_new = address != addresses[2]
        check(("fetching" in done.stderr) == is_new, f"{address}: {done.stderr}")
    # What is here needs no server, but for an alias, of which that is told.
    nobody = {**variables, "MLFLOW_TRACKING_URI": server.address}
    server.stop()
    done = predictions(world, addresses[0], **nobody)
    told = [line for line in done.stderr.splitlines() if not line.startswith("answered: ")]
    check(done.returncode == 0 and done.stdout == own and not told, done.stderr)
    done = predictions(world, addresses[1], **nobody)
    check(done.returncode == 0 and done.stdout == own and "meant last" in done.stderr, done.stderr)
    server.start()
    # What was changed here is fetched again, that file alone.
    weights = next(p for p in files_beneath(world.folder + "/cache")
                   if p.endswith(".safetensors") and "/fetched-student" in p)
    with open(weights, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x7f")
    done = predictions(world, addresses[2], **variables)
    check(done.returncode == 0 and done.stdout == own and "1 of " in done.stderr, done.stderr)
    check(not [p for p in files_beneath(world.folder + "/cache") if ".part" in p], "something is left over")
    # A pipeline that is drafted for it names it by its address, and a benchmark takes it.
    distill(world, "init", "drafted.yaml", "--teacher", addresses[1], "--train", "inputs/train.tsv",
            "--finetune", **variables)
    with open(world.folder + "/drafted.yaml") as file:
        text = file.read()
    check(f'encoder: "{addresses[1]}"  # the teacher' in text, text[:1500])
    distill(world, "plan", "drafted.yaml", **variables)
    distill(world, "bench", "general", "--teacher", addresses[1], "--student", addresses[2], "--steps", "1",
            "--warmup", "0", "--batch", "2", "--length", "8", **variables)
    # As an input of a pipeline it is known by its content.
    with open(world.folder + "/again.yaml", "w") as file:
        file.write("pipeline: again\nsources:\n  student: mlflow:models/fetched-student@best\n"
                   "  rows: inputs/test.tsv\nstages:\n  dataset:\n"
                   "    inputs: { train: rows, tokenizer: student }\n    output: data\n")
    distill(world, "run", "again.yaml", **variables)
    output = distill(world, "run", "again.yaml", **variables)
    check("nothing to do" in output, output)
    for address, status, words in [
        ("mlflow:models/fetched-student@worst", 66, "alias worst"),
        ("mlflow:models/nobody/1", 66, "no version 1 of nobody"),
        (f"mlflow:runs/{'0' * 32}/model", 66, "no such run"),
        (f"mlflow:runs/{export['id']}/nothing", 66, "nothing of this name"),
        ("mlflow:models/fetched-student/latest", 64, "mlflow:runs/RUN/NAME"),
        ("mlflow:runs/../../etc/passwd", 64, "mlflow:runs/RUN/NAME"),
    ]:
        done = predictions(world, address, **variables)
        check(done.returncode == status and words in done.stderr and done.stderr.count("\n") == 1,
              f"{address}: {done.returncode}, {done.stderr}")
    done = predictions(world, addresses[0], XDG_CACHE_HOME=world.folder + "/cache")
    check(done.returncode == 64 and "MLFLOW_TRACKING_URI" in done.stderr, done.stderr)
    away = {**variables, "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{servers.free_port()}"}
    done = predictions(world, addresses[0], **away)
    check(done.returncode == 69 and done.stderr.count("\n") == 1, done.stderr)
    return f"{len(addresses)} addresses"


def listed(place, server):
    """Attempts of a server are those of the workspace that were sent there."""
    world = worlds.World(place)
    variables = {"MLFLOW_TRACKING_URI": server.address, "MLFLOW_EXPERIMENT_NAME": "listed"}
    distill(world, "run", "m.yaml", "--until", "teacher", **variables)
    distill(world, "run", "m.yaml", "--until", "teacher", "--set", "stages.teacher.learning_rate=0.004",
            **variables)

    def attempts(what):
        return json.loads(distill(world, "runs", "list", what, "--json", **variables))["attempts"]

    own, there = attempts("m.yaml"), attempts("mlflow:listed")
    check(attempts("mlflow:") == there, "the experiment that the environment names")
    check(len(own) == len(there), f"{len(there)} there, {len(own)} here")
    for one, other in zip(own, there):
        for name in ("stage", "kind", "status", "pipeline", "finished", "seed", "current"):
            check(one[name] == other[name], f"{one['stage']}: {name}: {one[name]}, {other[name]}")
        plain = {k: v for k, v in one["options"].items() if not isinstance(v, (list, dict))}
        check(plain == {k: other["options"].get(k) for k in plain}, f"{plain}\n{other['options']}")
        check({k: v for k, v in other["metrics"].items() if k in one["metrics"]} == one["metrics"],
              f"{one['metrics']}\n{other['metrics']}")
        for things in ("inputs", "outputs"):
            check(sorted((t["port"], t["name"], t["content_sha256"]) for t in one[things])
                  == sorted((t["port"], t["name"], t["content_sha256"]) for t in other[things]),
                  f"{one['stage']}: {things}")
    metric = next(name for name in own[-1]["metrics"] if name.startswith("train_"))
    best = ["--metric", metric, "--where", "stage = teacher", "--json"]
    ours = json.loads(distill(world, "runs", "best", "m.yaml", *best, **variables))
    theirs = json.loads(distill(world, "runs", "best", "mlflow:listed", *best, **variables))
    check(ours["attempt"]["metrics"][metric] == theirs["attempt"]["metrics"][metric], "the best")

    def series(what):
        text = distill(world, "runs", "show", "teacher", what, "--series", "--json", **variables)
        return sorted((one["event"], one["name"], one["steps"], one["times"], one["values"])
                      for one in json.loads(text)["series"])

    check(series("m.yaml") == series("mlflow:listed"), "the series")
    text = distill(world, "runs", "compare", "mlflow:listed", "--where", "stage = teacher", **variables)
    check("learning_rate" in text, text)
    text = distill(world, "runs", "diff", "teacher~1", "teacher", "mlflow:listed", **variables)
    check("learning_rate" in text, text)
    text = distill(world, "runs", "list", "mlflow:lisped", status=66, **variables)
    check('did you mean "listed"' in text and len(text.splitlines()) == 1, text)
    distill(world, "runs", "list", "mlflow:listed", status=69,
            MLFLOW_TRACKING_URI=f"http://127.0.0.1:{servers.free_port()}")
    text = distill(world, "runs", "list", "m.yaml", "--tracking-uri", server.address, status=64)
    check("mlflow:EXPERIMENT" in text, text)
    return f"{len(there)} attempts"


def adopted(place, server):
    """Somebody's run is the one above the stages, has the figures of the evaluation, and stays open."""
    world = worlds.World(place)
    run = read("begin", server.address, "adopted")
    tags = json.dumps({"team": "search", "budget": 3})
    distill(world, "run", "m.yaml", MLFLOW_TRACKING_URI=server.address, MLFLOW_RUN_ID=run, MLFLOW_TAGS=tags)
    there = read("runs", server.address, "adopted")
    above = next(one for one in there if one["id"] == run)
    below = [one for one in there if one["id"] != run]
    check(below and all(one["parent"] == run for one in below), "the stages are elsewhere")
    check(above["status"] == "RUNNING", f"somebody's run is {above['status']}")
    for one in there:
        check(one["tags"].get("team") == "search" and one["tags"].get("budget") == "3", f"{one['tags']}")
    evaluation = next(one for one in below if one["tags"]["distill.kind"] == "evaluate")
    figures = {key: points for key, points in evaluation["metrics"].items()
               if "_confusion_" not in key and not key.endswith(("_lower", "_upper")) and key != "seconds"}
    for key, points in figures.items():
        got = above["metrics"].get(key, [])
        check([point[2] for point in got] == [points[-1][2]], f"{key}: {got}, {points}")
    check(figures and not [key for key in above["metrics"] if "_confusion_" in key], "the figures above")
    for name, value, words in [("MLFLOW_TAGS", "[1]", "JSON object"), ("MLFLOW_TAGS", '{"mlflow.x": 1}', "taken"),
                               ("MLFLOW_RUN_ID", "../1", "no identity")]:
        output = distill(world, "run", "m.yaml", status=64, MLFLOW_TRACKING_URI=server.address, **{name: value})
        check(words in output and len(output.splitlines()) == 1, output)
    return f"{len(figures)} figures"
