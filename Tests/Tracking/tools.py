"""What the tests on tracking servers share: the program under test, MLflow's own reader, and one word for what
is wrong."""

import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get("DISTILL_BINARY", ROOT + "/.build/release/distill"))
PYTHON = os.environ.get("DISTILL_MLFLOW", "")
READER = os.path.dirname(os.path.abspath(__file__)) + "/reader.py"


class Failure(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failure(what)


def start(world, *arguments, interval="0.2", **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment.update(variables, DISTILL_TRACKING_INTERVAL=interval)
    return subprocess.Popen([BINARY, *arguments], cwd=world.folder, env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def distill(world, *arguments, status=0, **variables):
    process = start(world, *arguments, **variables)
    output, _ = process.communicate()
    check(process.returncode == status,
          f"distill {' '.join(arguments)} ended with {process.returncode}: {output[-1500:]}")
    return output


def read(*arguments):
    done = subprocess.run([PYTHON, READER, *arguments], capture_output=True, text=True)
    check(done.returncode == 0, f"reader: {done.stderr[-2000:]}")
    return json.loads(done.stdout)
