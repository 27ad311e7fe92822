"""A real MLflow server on loopback: runs in SQLite, artifacts in a folder, both outlive a stop."""

import os
import signal
import socket
import subprocess
import time
import urllib.request


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class MLflowServer:
    def __init__(self, python, folder):
        self.python, self.folder = python, folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None
        os.makedirs(folder, exist_ok=True)

    def start(self):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("MLFLOW_")}
        environment.update(MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", MLFLOW_DISABLE_TELEMETRY="true")
        log = open(self.folder + "/log", "ab")
        self.process = subprocess.Popen(
            [self.python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port),
             "--backend-store-uri", f"sqlite:///{self.folder}/runs.db",
             "--artifacts-destination", self.folder + "/artifacts", "--workers", "1"],
            stdout=log, stderr=log, start_new_session=True, env=environment)
        log.close()
        end = time.monotonic() + 300
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(self.address + "/health", timeout=2) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        with open(self.folder + "/log") as file:
            raise RuntimeError("the MLflow server does not start:\n" + file.read()[-3000:])

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
