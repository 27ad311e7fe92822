#!/usr/bin/env python3
"""Reads runs from servers whose answers are strange or have no end, and sends late what belongs below somebody
else's run: what is read ends in time and in bounded memory, what is left out is told, and what is sent later goes
where it was meant to go.

    Tests/Tracking/bad_histories.py               about a minute
    Tests/Tracking/bad_histories.py --only pages

DISTILL_BINARY names the program, the release build by default.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/Tests/Durability")

import databricks_place as stand_in  # noqa: E402
import world as worlds  # noqa: E402
from tools import BINARY, Failure, check  # noqa: E402

MEMORY = 400 << 20


class History:
    """A server with one experiment; `search` and `history` answer a page by its number."""

    def __init__(self, search, history=None):
        self.search, self.history, self.asked = search, history, 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer goes in one piece, else each waits for the kernel's timer.
            wbufsize = -1

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urllib.parse.urlsplit(self.path)
                query = {k: v[0] for k, v in urllib.parse.parse_qs(parts.query).items()}
                query.update(json.loads(body or b"{}"))
                data = json.dumps(server.answer(parts.path, query)).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True

            do_POST = do_GET

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path, query):
        page = int(query.get("page_token") or 0)
        if path.endswith("experiments/get-by-name"):
            return {"experiment": {"experiment_id": "1", "name": "distill"}}
        self.asked += 1
        return self.search(page) if path.endswith("runs/search") else self.history(page)


def run(number, metrics=("loss",), tags=()):
    return {"info": {"run_id": f"{number:032x}", "run_name": "teacher", "status": "FINISHED", "start_time": number},
            "data": {"metrics": [{"key": key, "value": 1.0, "timestamp": 1, "step": 1} for key in metrics],
                     "tags": list(tags)}}


def ask(server, place, *arguments):
    """Standard output, what was said, and the most memory."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment.update(MLFLOW_TRACKING_URI=server.address, HOME=place)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([BINARY, *arguments], cwd=place, env=environment, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        told = errors.read().decode()
        check(process.returncode == 0, f"exit {process.returncode}: {told[-600:]}")
        check(usage.ru_maxrss << 10 < MEMORY, f"{usage.ru_maxrss >> 10} MiB")
        return output.read().decode(), told


def listed(search, place, most=2_000):
    server = History(search)
    try:
        output, told = ask(server, place, "runs", "list", "mlflow:", "--json")
    finally:
        server.server.shutdown()
    check(server.asked <= most, f"{server.asked} requests")
    return json.loads(output)["attempts"], told


def shown(history, place, metrics=("loss",)):
    server = History(lambda page: {"runs": [run(1, metrics)]}, history)
    try:
        output, told = ask(server, place, "runs", "show", "teacher", "mlflow:", "--series", "--json")
    finally:
        server.server.shutdown()
    check(server.asked <= 2_002, f"{server.asked} requests")
    return {one["name"]: one["values"] for one in json.loads(output)["series"]}, told


def more(page, name, items):
    return {name: items, "next_page_token": str(page + 1)}


def point(step, value=0.5):
    return {"key": "loss", "value": value, "timestamp": 10 + step, "step": step}


def pages_of_one(place):
    attempts, told = listed(lambda page: more(page, "runs", [run(page + 1)]), place)
    check(len(attempts) == 2_000 and "has more runs; the newest 2000" in told, f"{len(attempts)}: {told}")


def pages_of_none(place):
    attempts, told = listed(lambda page: more(page, "runs", [run(page + 1)] if page < 3 else []), place, 4)
    check(len(attempts) == 3 and "has more runs" in told, told)


def pages_of_no_runs(place):
    pages = {0: more(0, "runs", [5, "x", {}]), 1: {"runs": [run(1)]}}
    attempts, told = listed(pages.get, place, 2)
    check(len(attempts) == 1 and "3 runs have no identity" in told, told)


def large_pages(place):
    """10 MB a page, of which little is of use, without end."""
    def page(number):
        tags = [{"key": f"mlflow.t{n}", "value": "x" * 100_000} for n in range(100)]
        return more(number, "runs", [run(number + 1, tags=tags)])
    attempts, told = listed(page, place, 60)
    check(len(attempts) >= 40 and "has more runs" in told, f"{len(attempts)}: {told}")


def series_of_tiny_pages(place):
    series, told = shown(lambda page: more(page, "metrics", [point(page)]), place)
    check(len(series["loss"]) == 2_000 and "not there whole" in told, f"{len(series['loss'])}: {told}")


def series_with_a_page_of_nonsense(place):
    pages = {0: more(0, "metrics", [point(1)]), 1: more(1, "metrics", [{"value": "many"}, 7]),
             2: {"metrics": [point(2)]}}
    series, told = shown(pages.get, place)
    check(len(series["loss"]) == 2 and "2 points are no numbers" in told, f"{series}: {told}")


def many_series(place):
    series, told = shown(lambda page: {"metrics": [point(1), point(2)]}, place, [f"m{n}" for n in range(1_500)])
    check(len(series) == 1_000 and "500 of 1500 series are left out" in told, f"{len(series)}: {told}")


class Upset(stand_in.Databricks):
    """Takes no tags for a while: the first requests with them fail."""

    refusals = 0

    def runs_log_batch(self, asked):
        if asked.get("tags") and asked["run_id"] == "f" * 32 and self.refusals > 0:
            self.refusals -= 1
            raise stand_in.Refusal(503, "TEMPORARILY_UNAVAILABLE", "later")
        return super().runs_log_batch(asked)


def somebody(server):
    """A run of somebody else's in an experiment of its own."""
    server.experiments["/theirs"] = "77"
    server.runs["f" * 32] = {
        "info": {"run_id": "f" * 32, "run_name": "theirs", "status": "RUNNING", "start_time": 1,
                 "experiment_id": "77", "artifact_uri": "dbfs:/77"},
        "params": {}, "metrics": {}, "tags": {}, "datasets": []}


def is_below(server, told):
    below = [one for one in server.runs.values() if one["info"]["run_id"] != "f" * 32]
    check(below and all(one["tags"].get("mlflow.parentRunId") == "f" * 32 for one in below), f"elsewhere: {told}")
    check({one["info"]["experiment_id"] for one in below} == {"77"}, "another experiment")
    check("distill.pipeline" in server.runs["f" * 32]["tags"], "the run above has no tags")
    check(server.runs["f" * 32]["info"]["status"] == "RUNNING", "somebody's run was ended")


def sent_later(place):
    """The server was away for the whole run, and MLFLOW_RUN_ID is not set when all is sent."""
    world = worlds.World(place + "/world")
    server = Upset()
    server.server.shutdown()
    server.server.server_close()
    port = server.server.server_address[1]
    given = {"MLFLOW_TRACKING_URI": server.address, "MLFLOW_TRACKING_TOKEN": stand_in.TOKEN}
    stand_in.distill(world.folder, "run", "m.yaml", "--until", "teacher", MLFLOW_RUN_ID="f" * 32, **given)
    server.server = ThreadingHTTPServer(("127.0.0.1", port), server.server.RequestHandlerClass)
    server.server.daemon_threads = True
    threading.Thread(target=server.server.serve_forever, daemon=True).start()
    somebody(server)
    told = stand_in.distill(world.folder, "track", "sync", "m.yaml", **given)
    is_below(server, told)
    server.server.shutdown()


def tags_after_a_failure(place):
    world = worlds.World(place + "/world")
    server = Upset()
    somebody(server)
    server.refusals = 1
    given = {"MLFLOW_TRACKING_URI": server.address, "MLFLOW_TRACKING_TOKEN": stand_in.TOKEN}
    told = stand_in.distill(world.folder, "run", "m.yaml", "--until", "teacher", MLFLOW_RUN_ID="f" * 32, **given)
    told += stand_in.distill(world.folder, "track", "sync", "m.yaml", **given)
    check(server.refusals == 0, "no tags were sent")
    is_below(server, told)
    server.server.shutdown()


TESTS = [pages_of_one, pages_of_none, pages_of_no_runs, large_pages, series_of_tiny_pages,
         series_with_a_page_of_nonsense, many_series, sent_later, tags_after_a_failure]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", default="", help="a part of the names")
    options = parser.parse_args()
    tests = [test for test in TESTS if options.only in test.__name__]
    failed = 0
    for test in tests:
        place = tempfile.mkdtemp(prefix="distill-bad-histories-")
        began = time.monotonic()
        try:
            test(place)
            print(f"ok      {test.__name__}: {time.monotonic() - began:.1f} s", flush=True)
        except Failure as failure:
            failed += 1
            print(f"FAILED  {test.__name__}: {failure}", flush=True)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    print(f"{len(tests) - failed} of {len(tests)} are read and sent as they should be", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
