#!/usr/bin/env python3
"""Fetches a model from servers whose store behaves badly, each in one way: the model is there whole or not at
all, nothing lies outside the folder of what is fetched, what was cut goes on, and what is wrong is one line.

    Tests/Tracking/bad_stores.py                  about a minute
    Tests/Tracking/bad_stores.py --only cut

DISTILL_BINARY names the program, the release build by default.
"""

import argparse
import json
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/Tests/Durability")

import inputs  # noqa: E402
from tools import BINARY, Failure, check  # noqa: E402

TOKEN = "canary-5e81aa02"
MODEL = "mlflow:models/m-1"
STORE = "/api/2.0/mlflow-artifacts/artifacts"


class Store:
    """A server with one logged model, the files of a folder in `model/` and `components/tokenizer/`."""

    def __init__(self, folder, fault):
        self.files = {}
        for name in sorted(os.listdir(folder)):
            with open(f"{folder}/{name}", "rb") as file:
                content = file.read()
            part = "model" if name in ("config.json", "model.safetensors") else "components/tokenizer"
            self.files[f"1/m/{part}/{name}"] = content
        self.files["1/m/MLmodel"] = b"flavors: {}\n"
        self.fault, self.asked, self.elsewhere, self.tokens = fault, [], [], set()
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                store.answer(self)

            def log_message(self, *words):
                pass

        class Neighbour(socketserver.BaseRequestHandler):
            def handle(self):
                store.elsewhere.append(self.request.recv(4096))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.neighbour = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Neighbour)
        for server in (self.server, self.neighbour):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        for server in (self.server, self.neighbour):
            server.shutdown()
            server.server_close()

    def entries(self, place):
        found = {}
        for path, content in self.files.items():
            if path.startswith(place + "/"):
                name, _, rest = path[len(place) + 1:].partition("/")
                found[name] = {"path": name, "is_dir": True} if rest else {
                    "path": name, "is_dir": False, "file_size": len(content)}
        return [found[name] for name in sorted(found)]

    def answer(self, request):
        self.tokens.add(request.headers.get("Authorization", ""))
        parts = urllib.parse.urlsplit(request.path)
        path = urllib.parse.unquote(parts.path)
        self.asked.append(path)
        try:
            if path == "/api/2.0/mlflow/logged-models/m-1":
                info = {"model_id": "m-1", "status": "LOGGED_MODEL_READY", "artifact_uri": "mlflow-artifacts:/1/m"}
                self.reply(request, self.fault.info({"model": {"info": info}}))
            elif path == STORE:
                place = urllib.parse.parse_qs(parts.query).get("path", [""])[0]
                self.fault.listing(self, request, place, {"files": self.entries(place)})
            elif path.startswith(STORE + "/") and path[len(STORE) + 1:] in self.files:
                self.fault.file(self, request, path, self.files[path[len(STORE) + 1:]])
            else:
                self.reply(request, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}, 404)
        except OSError:
            request.close_connection = True

    @staticmethod
    def reply(request, value, status=200, headers=(), length=None):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        for name, text in headers:
            request.send_header(name, text)
        request.end_headers()
        request.wfile.write(body)


class Fault:
    """Nothing is wrong."""

    status, words = 0, ""

    def info(self, value):
        return value

    def listing(self, store, request, place, value):
        store.reply(request, value)

    def file(self, store, request, path, content):
        store.reply(request, content)


class Cut(Fault):
    """The weights break off half-way, twice or for ever."""

    def __init__(self, times):
        self.left = times
        if times > 3:
            self.status = 69

    def file(self, store, request, path, content):
        if path.endswith(".safetensors") and self.left > 0:
            self.left -= 1
            store.reply(request, content[:len(content) // 2], length=len(content))
            request.close_connection = True
        else:
            store.reply(request, content)


class Slow(Fault):
    """The weights come so slowly that there is time to kill."""

    def file(self, store, request, path, content):
        if path.endswith("/model.safetensors"):
            store.reply(request, content[:1000], length=len(content))
            request.wfile.flush()
            time.sleep(30)
            request.close_connection = True
        else:
            store.reply(request, content)


class Unsized(Fault):
    """Says no sizes, and the weights have no end."""

    status, words = 74, "make room"

    def listing(self, store, request, place, value):
        for file in value["files"]:
            file.pop("file_size", None)
        store.reply(request, value)

    def file(self, store, request, path, content):
        endless(store, request, content) if path.endswith(".safetensors") else store.reply(request, content)


class Changing(Fault):
    """The model is logged anew while it is fetched, with files of the same sizes."""

    status, words = 69, "was changed there"

    def file(self, store, request, path, content):
        store.reply(request, content)
        if path.endswith(".safetensors"):
            store.files["1/m/MLmodel"] = b"flavors: []\n"


class Listing(Fault):
    """Lists something else than there is."""

    def __init__(self, change, status, words, where="1/m/model"):
        self.change, self.status, self.words, self.where = change, status, words, where

    def listing(self, store, request, place, value):
        if place == self.where:
            value = self.change(store, value)
        store.reply(request, value)


class File(Fault):
    """Gives another file than it listed."""

    def __init__(self, give, status, words):
        self.give, self.status, self.words = give, status, words

    def file(self, store, request, path, content):
        self.give(store, request, content)


class Info(Fault):
    """Says other things of the model."""

    def __init__(self, code, words, **members):
        self.status, self.words, self.members = code, words, members

    def info(self, value):
        value["model"]["info"].update(self.members)
        return value


def renamed(name):
    return lambda store, value: {"files": value["files"] + [{"path": name, "file_size": 3}]}


def endless(store, request, content):
    request.send_response(200)
    request.send_header("Connection", "close")
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 65536)


def elsewhere(store, request, content):
    place = f"http://127.0.0.1:{store.neighbour.server_address[1]}/"
    store.reply(request, b"", 302, [("Location", place)])


def sized(size):
    return lambda store, value: {"files": [{**file, "file_size": size} for file in value["files"]]}


FAULTS = {
    "nothing": Fault(),
    "cut twice": Cut(2),
    "cut for ever": Cut(10**6),
    "a name that leads out": Listing(renamed("../../../../stolen.json"), 69, "none to keep"),
    "a name of two dots": Listing(renamed(".."), 69, "none to keep"),
    "control characters in a name": Listing(renamed("a\x1b[31m\n.json"), 69, "none to keep"),
    "a hundred thousand files": Listing(
        lambda store, value: {"files": [{"path": f"f{n}.json"} for n in range(100_000)]}, 69, ""),
    "a page in the place of a list": Listing(lambda store, value: b"<html>", 69, "no JSON", "1/m"),
    "folders without end": Listing(
        lambda store, value: {"files": [{"path": "model", "is_dir": True}]}, 65, "no config.json", "1/m/model"),
    "other types": Listing(lambda store, value: {"files": [5, "x", {"path": 7}]}, 69, "none to keep"),
    "an empty place": Listing(lambda store, value: {}, 66, "nothing of this name", "1/m"),
    "no weights": Listing(
        lambda store, value: {"files": [f for f in value["files"] if "safetensors" not in f["path"]]},
        65, "safe_serialization"),
    "larger than any disk": Listing(sized(1 << 62), 69, "more than is fetched"),
    "larger than this disk": Listing(
        lambda store, value: {"files": value["files"] + [
            {"path": f"f{n}.json", "file_size": 1 << 36} for n in range(400)]}, 74, "make room"),
    "changed while it is fetched": Changing(),
    "sizes below nothing": Listing(sized(-1), 0, ""),
    "an answer without end": File(endless, 69, ""),
    "shorter than said": File(lambda store, request, content: store.reply(request, content[:5]), 69, "bytes of a"),
    "sent to a neighbour": File(elsewhere, 69, "sends elsewhere"),
    "500": File(lambda store, request, content: store.reply(request, b"", 500), 69, "500"),
    "403": File(lambda store, request, content: store.reply(request, b"", 403), 69, "403"),
    "404": File(lambda store, request, content: store.reply(request, b"", 404), 69, "404"),
    "another store": Info(69, "--serve-artifacts", artifact_uri="s3://bucket/1/m"),
    "another host": Info(69, "--serve-artifacts", artifact_uri="mlflow-artifacts://other/1/m"),
    "a place that leads out": Info(69, "--serve-artifacts", artifact_uri="mlflow-artifacts:/1/../../m"),
    "not whole yet": Info(69, "not there whole", status="LOGGED_MODEL_PENDING"),
}


def begin(place, store):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment.update(MLFLOW_TRACKING_URI=store.address, MLFLOW_TRACKING_TOKEN=TOKEN, HOME=place,
                       XDG_CACHE_HOME=place + "/cache")
    return subprocess.Popen([BINARY, "inspect", MODEL, "--json"], cwd=place, env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def tree(place):
    return sorted(os.path.relpath(f"{folder}/{name}", place)
                  for folder, _, names in os.walk(place) for name in names)


def folders(place):
    """What is taken for a whole model."""
    found = [name for name in tree(place) if name.endswith("/config.json")]
    return [f"{place}/{os.path.dirname(name)}" for name in found if ".part/" not in name]


def behaves(place, encoder, fault):
    store = Store(encoder, fault)
    try:
        output, errors = (process := begin(place, store)).communicate(timeout=240)
    finally:
        store.close()
    told = [line for line in errors.splitlines() if not line.startswith("distill: note: ")]
    check(process.returncode == fault.status, f"exit {process.returncode}: {errors[-600:]}")
    check(len(told) == (fault.status != 0) and fault.words in errors, errors[-600:])
    check(not any(ord(letter) < 32 and letter != "\n" for letter in errors), "control characters were shown")
    check(not store.elsewhere, "something went to a neighbour")
    check(store.tokens == {"Bearer " + TOKEN}, f"who asked: {store.tokens}")
    outside = [name for name in tree(place) if not name.startswith("cache/distill/mlflow/")]
    check(not outside, f"outside the folder: {outside}")
    for name in tree(place):
        with open(f"{place}/{name}", "rb") as file:
            check(TOKEN.encode() not in file.read(), f"the token is in {name}")
    check(len(folders(place)) == (fault.status == 0), f"models: {folders(place)}")
    return output


def cut_off(place, encoder):
    """A store, half of whose model was fetched when `kill -9` came."""
    store = Store(encoder, Slow())
    # Of the weights one file is whole when the other is cut.
    store.files["1/m/model/a.safetensors"] = store.files["1/m/model/model.safetensors"]
    process = begin(place, store)
    end = time.monotonic() + 60
    while not any(path.endswith("/model.safetensors") for path in store.asked) and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    check(not folders(place), "half a model is taken for one")
    store.fault = Fault()
    store.asked.clear()
    return store


def goes_on(place, encoder):
    """kill -9 while the weights come: half a model is none, and weights that are whole are not asked for again."""
    store = cut_off(place, encoder)
    try:
        _, errors = (process := begin(place, store)).communicate(timeout=240)
        check(process.returncode == 0 and len(folders(place)) == 1, errors)
        again = [path for path in store.asked if path.endswith("/a.safetensors")]
        check(not again, f"asked for again: {again}")
        store.asked.clear()
        _, errors = (process := begin(place, store)).communicate(timeout=240)
        check(process.returncode == 0 and not store.asked and not errors, f"{store.asked}, {errors}")
    finally:
        store.close()


def is_another(place, encoder, name):
    """kill -9 while the weights come, and then another model of the same sizes is there: nothing of the old one
    becomes a part of it."""
    store = cut_off(place, encoder)
    try:
        path = next(path for path in store.files if path.endswith("/" + name))
        # The same to who reads it, and as long.
        store.files[path] = store.files[path].replace(b": ", b":\t", 1)
        weights = "1/m/model/a.safetensors"
        store.files[weights] = store.files[weights][:-1] + bytes([store.files[weights][-1] ^ 1])
        _, errors = (process := begin(place, store)).communicate(timeout=240)
        check(process.returncode == 0 and len(folders(place)) == 1, errors)
        for path, content in store.files.items():
            if path != "1/m/MLmodel":
                with open(f"{folders(place)[0]}/{os.path.basename(path)}", "rb") as file:
                    check(file.read() == content, f"{path} is that of the model that was there before")
    finally:
        store.close()


def fills_nothing(place, encoder):
    """Weights of no size and without end, on a disk of 64 MiB: it has room left, also while they come."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place], check=True)
    least, ended = [1 << 40], threading.Event()

    def watch():
        while not ended.wait(0.01):
            disk = os.statvfs(place)
            least[0] = min(least[0], disk.f_bavail * disk.f_frsize)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        behaves(place, encoder, Unsized())
        check(sum(os.path.getsize(f"{place}/{name}") for name in tree(place)) < 16 << 20, "what is no use stays")
    finally:
        ended.set()
        watcher.join()
        subprocess.run(["umount", "-l", place], check=True)
    check(least[0] > 4 << 20, f"{least[0]} bytes were left")


WAYS = {
    "killed half-way": goes_on,
    "another configuration after a kill": lambda place, encoder: is_another(place, encoder, "config.json"),
    "another model after a kill": lambda place, encoder: is_another(place, encoder, "MLmodel"),
}
# Who may not mount has no small disk.
if os.geteuid() == 0:
    WAYS["no sizes and no end"] = fills_nothing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", default="", help="a part of the names")
    options = parser.parse_args()
    place = tempfile.mkdtemp(prefix="distill-bad-stores-")
    failed = 0
    try:
        inputs.write_inputs(place + "/inputs")
        names = [name for name in [*FAULTS, *WAYS] if options.only in name]
        for name in names:
            folder = f"{place}/world"
            os.makedirs(folder)
            began = time.monotonic()
            try:
                encoder = place + "/inputs/encoder"
                behaves(folder, encoder, FAULTS[name]) if name in FAULTS else WAYS[name](folder, encoder)
                print(f"ok      {name}: {time.monotonic() - began:.1f} s", flush=True)
            except Failure as failure:
                failed += 1
                print(f"FAILED  {name}: {failure}", flush=True)
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(f"{len(names) - failed} of {len(names)} stores do no harm", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
