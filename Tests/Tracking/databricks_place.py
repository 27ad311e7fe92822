#!/usr/bin/env python3
"""Follows a pipeline on a stand-in for Databricks: what distill uses of its MLflow, as its documentation has it
(paths as experiments, a bearer token, artifacts elsewhere, limits of a request), and a folder in the place of a
volume, whose files are written from beginning to end. It proves what we send, not what Databricks takes.

    Tests/Tracking/databricks_place.py                  about a minute

DISTILL_BINARY names the program, the release build by default.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/Tests/Durability")

import world as worlds  # noqa: E402
from tools import BINARY, Failure, check  # noqa: E402

TOKEN = "dapi-canary-77c1"
EXPERIMENT = "/Users/me@example.org/distill"
FOLDER = ROOT + "/pipelines/databricks"


class Refusal(Exception):
    def __init__(self, status, code, message):
        self.status, self.code, self.message = status, code, message


class Databricks:
    """The stand-in; everything in memory."""

    def __init__(self):
        self.experiments, self.runs, self.models, self.faults = {}, {}, {}, []
        place = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urllib.parse.urlsplit(self.path)
                query = {k: v[0] for k, v in urllib.parse.parse_qs(parts.query).items()}
                try:
                    if self.headers.get("Authorization") != "Bearer " + TOKEN:
                        raise Refusal(403, "PERMISSION_DENIED", "Invalid access token.")
                    if len(body) > 1 << 20:
                        raise Refusal(400, "INVALID_PARAMETER_VALUE", "more than 1 MB")
                    status, value = 200, place.answer(self.command, parts.path, query, json.loads(body or b"{}"))
                except Refusal as refusal:
                    status, value = refusal.status, {"error_code": refusal.code, "message": refusal.message}
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_PUT = handle_one

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, method, path, query, body):
        prefix = "/api/2.0/mlflow/"
        if not path.startswith(prefix):
            self.faults.append(f"{method} {path}")
            raise Refusal(404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {path}'")
        call = path[len(prefix):]
        handler = getattr(self, re.sub(r"\W", "_", call), None)
        if call.startswith("logged-models/m-"):
            handler = lambda: self.models[call.split("/")[1]].update(body) or {}  # noqa: E731
            return handler()
        if handler is None:
            self.faults.append(f"{method} {path}")
            raise Refusal(404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {path}'")
        return handler({**query, **body})

    def run(self, asked):
        if asked.get("run_id") not in self.runs:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Run '{asked.get('run_id')}' not found.")
        return self.runs[asked["run_id"]]

    def experiments_get_by_name(self, asked):
        if asked["experiment_name"] not in self.experiments:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", "Node ID does not exist.")
        name = asked["experiment_name"]
        return {"experiment": {"experiment_id": self.experiments[name], "name": name, "lifecycle_stage": "active"}}

    def experiments_get(self, asked):
        raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no such experiment")

    def experiments_search(self, asked):
        return {"experiments": [{"name": name, "experiment_id": i} for name, i in self.experiments.items()]}

    def experiments_create(self, asked):
        if not asked["name"].startswith("/"):
            raise Refusal(400, "INVALID_PARAMETER_VALUE", "Got an invalid experiment name")
        return {"experiment_id": self.experiments.setdefault(asked["name"], str(10**15 + len(self.experiments)))}

    def runs_create(self, asked):
        number = f"{len(self.runs) + 1:032x}"
        info = {"run_id": number, "run_name": asked["run_name"], "status": "RUNNING", "start_time": asked["start_time"],
                "experiment_id": asked["experiment_id"],
                "artifact_uri": f"dbfs:/databricks/mlflow-tracking/{asked['experiment_id']}/{number}/artifacts"}
        self.runs[number] = {"info": info, "params": {}, "metrics": {}, "datasets": [],
                             "tags": {tag["key"]: tag["value"] for tag in asked["tags"]}}
        return {"run": self.told(number)}

    def told(self, number):
        run = self.runs[number]
        return {"info": run["info"], "inputs": {"dataset_inputs": run["datasets"]}, "data": {
            "params": [{"key": k, "value": v} for k, v in run["params"].items()],
            "tags": [{"key": k, "value": v} for k, v in run["tags"].items()],
            "metrics": [max(points, key=lambda point: (point["step"], point["timestamp"]))
                        for points in run["metrics"].values()]}}

    def runs_get(self, asked):
        self.run(asked)
        return {"run": self.told(asked["run_id"])}

    def runs_search(self, asked):
        found = [number for number, run in self.runs.items()
                 if run["info"]["experiment_id"] in asked["experiment_ids"]]
        if "filter" in asked:
            mark = re.fullmatch(r"tags\.`distill\.client_run_id` = '([\w-]+)'", asked["filter"])[1]
            found = [n for n in found if self.runs[n]["tags"].get("distill.client_run_id") == mark]
        start = int(asked.get("page_token", 0))
        # Pages are as long as the server likes.
        page = found[start:start + min(3, asked["max_results"])]
        rest = {"next_page_token": str(start + len(page))} if start + len(page) < len(found) else {}
        return {"runs": [self.told(number) for number in page], **rest}

    def runs_log_batch(self, asked):
        run = self.run(asked)
        metrics, params, tags = (asked.get(name, []) for name in ("metrics", "params", "tags"))
        if len(metrics) > 1000 or len(params) > 100 or len(tags) > 100 or len(metrics) + len(params) + len(tags) > 1000:
            raise Refusal(400, "INVALID_PARAMETER_VALUE", "too many entities")
        for pair in params:
            if len(pair["value"]) > 6000 or run["params"].setdefault(pair["key"], pair["value"]) != pair["value"]:
                raise Refusal(400, "INVALID_PARAMETER_VALUE", f"parameter {pair['key']}")
        for pair in tags:
            run["tags"][pair["key"]] = pair["value"]
        for point in metrics:
            points = run["metrics"].setdefault(point["key"], [])
            if point not in points:
                points.append(point)
        return {}

    def runs_log_inputs(self, asked):
        self.run(asked)["datasets"] += asked["datasets"]
        return {}

    def runs_update(self, asked):
        self.run(asked)["info"].update({k: v for k, v in asked.items() if k in ("status", "end_time")})
        return {"run_info": self.run(asked)["info"]}

    def metrics_get_history(self, asked):
        return {"metrics": self.run(asked)["metrics"].get(asked["metric_key"], [])}

    def logged_models_search(self, asked):
        return {}

    def logged_models(self, asked):
        number = f"m-{len(self.models):032x}"
        self.models[number] = {"status": "LOGGED_MODEL_PENDING"}
        place = f"dbfs:/databricks/mlflow-tracking/{asked['experiment_id']}/logged_models/{number}/artifacts"
        return {"model": {"info": {"model_id": number, "artifact_uri": place, "status": "LOGGED_MODEL_PENDING"}}}


def distill(folder, *arguments, status=0, **variables):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MLFLOW_", "DATABRICKS_"))}
    environment.update(variables, HOME=folder, DISTILL_TRACKING_INTERVAL="0.2")
    done = subprocess.run([BINARY, *arguments], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    check(done.returncode == status, f"{arguments[:3]} ended with {done.returncode}: {done.stdout[-1500:]}")
    return done.stdout


def tracked(place, server):
    """A run by `databricks` and by a profile, its attempts read back, and what is refused."""
    world = worlds.World(place + "/world")
    given = {"DATABRICKS_HOST": server.address, "DATABRICKS_TOKEN": TOKEN}
    output = distill(world.folder, "run", "m.yaml", "--tracking-uri", "databricks", "--experiment", EXPERIMENT,
                     **given)
    told = [line for line in output.splitlines() if "track" in line]
    check(len(told) <= 1 and TOKEN not in output, output[-900:])
    runs = list(server.runs.values())
    parents = [run for run in runs if "mlflow.parentRunId" not in run["tags"]]
    listed = json.loads(distill(world.folder, "runs", "list", "m.yaml", "--json"))["attempts"]
    check(len(parents) == 1 and len(runs) == 1 + len(listed), f"{len(runs)} runs")
    check({run["info"]["status"] for run in runs} == {"FINISHED"}, [run["info"]["status"] for run in runs])
    check(all(model["status"] == "LOGGED_MODEL_UPLOAD_FAILED" for model in server.models.values()), server.models)
    with open(world.folder + "/.databrickscfg", "w") as file:
        file.write(f"[work]\nhost = {server.address}\ntoken = {TOKEN}\n")
    profile = {"MLFLOW_TRACKING_URI": "databricks://work"}
    there = json.loads(distill(world.folder, "runs", "list", f"mlflow:{EXPERIMENT}", "--json", **profile))
    check(len(there["attempts"]) == len(listed), f"{len(there['attempts'])} attempts are read back")
    export = next(one["id"] for one in there["attempts"] if one["kind"] == "export")
    output = distill(world.folder, "inspect", f"mlflow:runs/{export}/model", status=69, **profile)
    check("are not reached through the server (dbfs)" in output and len(output.splitlines()) == 1, output)
    output = distill(world.folder, "runs", "list", f"mlflow:{EXPERIMENT}", status=69,
                     MLFLOW_TRACKING_URI="databricks", DATABRICKS_HOST=server.address, DATABRICKS_TOKEN="other")
    check("lets nobody in" in output and "other" not in output, output)
    check(not server.faults, f"unknown calls: {server.faults}")
    holders = [name for folder, _, names in os.walk(world.workspace) for name in names
               if TOKEN.encode() in open(f"{folder}/{name}", "rb").read()]
    check(not holders, f"the token is in {holders}")


class Widgets:
    """What the notebook asks Databricks for."""

    def __init__(self, values, address):
        self.get = values.__getitem__
        self.widgets = self.notebook = self.entry_point = self
        self.getDbutils = self.getContext = lambda: self
        self.apiUrl, self.apiToken = (lambda: Value(address)), (lambda: Value(TOKEN))

    def __call__(self):
        return self


class Value:
    def __init__(self, value):
        self.get = lambda: value


def notebook(place, server):
    """The notebook's cells, twice: what is on the volume afterwards is whole, the second time there is nothing to do."""
    world = worlds.World(place + "/volume/m")
    home, scratch, results = place + "/home", place + "/scratch", place + "/volume/results"
    os.makedirs(home + "/bin")
    os.makedirs(results)
    os.symlink(BINARY, home + "/bin/distill")
    values = {"pipeline": world.folder + "/m.yaml", "results": results, "experiment": "/Shared/notebook"}
    with open(FOLDER + "/distill.py") as file:
        code = file.read()
    check(code.startswith("# Databricks notebook source\n") and code.count("# COMMAND ----------") >= 4, "its cells")
    runner = ("import json, sys\nsys.path.insert(0, {tests!r})\nimport databricks_place as stand_in\n"
              "dbutils = stand_in.Widgets(json.loads({values!r}), {address!r})\n"
              "exec(compile(open({code!r}).read(), 'notebook', 'exec'))\n").format(
        tests=os.path.dirname(os.path.abspath(__file__)), values=json.dumps(values), address=server.address,
        code=FOLDER + "/distill.py")
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MLFLOW_", "DATABRICKS_"))}
    environment.update(DISTILL_HOME=home, DISTILL_SCRATCH=scratch, HOME=home)
    for turn in range(2):
        if turn == 1:
            # The first try was killed between its two renames.
            os.rename(results + "/m", results + "/m.old")
            shutil.copytree(results + "/m.old", results + "/m.new")
        done = subprocess.run([sys.executable, "-c", runner], env=environment, text=True, cwd=place,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check(done.returncode == 0, done.stdout[-2000:])
        check(("nothing to do" in done.stdout) == (turn == 1), done.stdout[-2000:])
        check(TOKEN not in done.stdout, "the token was shown")
        # Another cluster takes the next turn.
        shutil.rmtree(scratch)
    kept = results + "/m/workspace/artifacts"
    check(os.path.exists(kept + "/student.h5") and os.path.exists(results + "/m/report.html"), os.listdir(results))
    check(os.listdir(results) == ["m"], os.listdir(results))
    distill(place, "verify", results + "/m/workspace")
    check("/Shared/notebook" in server.experiments, "the experiment")


def files(place, server):
    """The job and the init script are what their readers take."""
    with open(FOLDER + "/job.json") as file:
        task = json.load(file)["tasks"][0]
    check(set(task["notebook_task"]["base_parameters"]) == {"pipeline", "results", "experiment"}, task)
    check("DISTILL_ARCHIVE" in task["new_cluster"]["spark_env_vars"], task)
    done = subprocess.run(["bash", FOLDER + "/init.sh"], capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"]})
    check(done.returncode != 0 and "DISTILL_ARCHIVE is not set" in done.stderr, done.stderr)
    # An archive as release.sh makes it, whose packages are all there.
    inside = place + "/distill-1/bin"
    os.makedirs(inside)
    os.symlink(BINARY, inside + "/distill")
    with open(place + "/distill-1/debian-packages", "w") as file:
        file.write("libc6\n")
    subprocess.run(["tar", "-C", place, "-czf", place + "/a.tar.gz", "distill-1"], check=True)
    has_packages = subprocess.run("dpkg-query -W libc6 libcurl4", shell=True, capture_output=True).returncode == 0
    if has_packages:
        done = subprocess.run(["bash", FOLDER + "/init.sh"], capture_output=True, text=True, env={
            "PATH": os.environ["PATH"], "DISTILL_ARCHIVE": place + "/a.tar.gz", "DISTILL_HOME": place + "/home"})
        check(done.returncode == 0 and os.path.exists(place + "/home/bin/distill"), done.stderr)


def main():
    place = tempfile.mkdtemp(prefix="distill-databricks-")
    failed = 0
    try:
        for test in (files, tracked, notebook):
            server = Databricks()
            os.makedirs(f"{place}/{test.__name__}")
            try:
                test(f"{place}/{test.__name__}", server)
                print(f"ok      {test.__name__}", flush=True)
            except Failure as failure:
                failed += 1
                print(f"FAILED  {test.__name__}: {failure}", flush=True)
            server.server.shutdown()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
