"""Runs a shell command while a stand-in for the Hugging Face hub serves one model from a folder.

    python Tests/Oracles/hub_stand_in.py FOLDER NAME COMMAND

The command runs in the current folder, with the programs of this Python's environment first.
"""

import hashlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(http.server.BaseHTTPRequestHandler):
    folder = name = ""

    def answer(self, sends_body):
        path = self.path.split("?")[0]
        if path.startswith(f"/api/models/{self.name}"):
            names = sorted(os.listdir(self.folder))
            told = {
                "id": self.name, "modelId": self.name, "sha": COMMIT,
                "siblings": [{"rfilename": name} for name in names]}
            if "/tree/" in path:
                told = [self.entry(name) for name in names]
            self.reply(200, json.dumps(told).encode(), sends_body)
            return
        file = os.path.join(self.folder, os.path.basename(path))
        if not path.startswith(f"/{self.name}/resolve/") or not os.path.exists(file):
            self.reply(404, b"", sends_body)
            return
        with open(file, "rb") as stream:
            self.reply(200, stream.read(), sends_body)

    def entry(self, name):
        with open(os.path.join(self.folder, name), "rb") as stream:
            content = stream.read()
        return {
            "type": "file", "path": name, "size": len(content),
            "oid": hashlib.sha1(content).hexdigest()}

    def reply(self, status, body, sends_body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if sends_body:
            self.wfile.write(body)

    def do_GET(self):
        self.answer(True)

    def do_HEAD(self):
        self.answer(False)

    def log_message(self, *_):
        pass


def main():
    Hub.folder, Hub.name, command = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        variables = os.environ | {
            "PATH": os.path.dirname(sys.executable) + ":" + os.environ.get("PATH", ""),
            "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HOME": home,
            "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1"}
        sys.exit(subprocess.run(command, shell=True, env=variables).returncode)


if __name__ == "__main__":
    main()
