"""Looks at a page of `distill report` as a reader does, in headless Chromium.

    python3 Tests/Browser/report.py DISTILL [WORKSPACE ...] [--pictures FOLDER] [--big]

Where no workspace is given, a small pipeline is run, one of its stages twice.
At 1280 and 390 pixels, light and dark: every number shown is the one that manifest.json and metrics.jsonl
have; the page fits; text has the contrast that WCAG AA asks for; nothing is asked of the network and no error
is told; charts answer to pointer and keyboard. `--big` makes 50 workspaces of 100,000 points from the first
and sees that their page is there within 2 seconds. Ends with 1 where anything is wrong.
"""

import argparse
import hashlib
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from chromium import Chromium

CONTRAST = pathlib.Path(__file__).with_name("contrast.js").read_text()
NUMBERS = """[...document.querySelectorAll('data')].map(d =>
  [d.getAttribute('value'), d.dataset.of, d.textContent, d.dataset.step])"""


class Record:
    """What a workspace has recorded."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.content = json.loads((self.folder / "manifest.json").read_text())["content"]
        self.points = {}
        lines = self.folder / "metrics.jsonl"
        for line in lines.read_text().splitlines() if lines.exists() else []:
            record = json.loads(line)
            for name, value in record["values"].items():
                self.points.setdefault((record["stage"], record["event"], name), []).append(
                    (record.get("step"), value))

    def value(self, path, step):
        """The numbers that a page may mean by `stage/metric` or `stage/event/name`."""
        if len(path) == 3:
            return [value for at, value in self.points.get(tuple(path), []) if str(at) == step]
        stage, metric = path[0].split("@")[0] if path[0] not in self.content["stages"] else path[0], path[1]
        found = [m["value"] for m in self.content["stages"][stage]["metrics"] if m["name"] == metric]
        for attempt in (self.folder / "runs").glob("*.json"):
            record = json.loads(attempt.read_text())["content"]
            if record["stage"] == stage:
                found += [m["value"] for m in record["record"]["metrics"] if m["name"] == metric]
        return found


def says(text, value):
    """Whether a text is the number, to as many places as it has, in one of the units that a page uses."""
    if not math.isfinite(value):
        return True
    plain = text.replace("\u2212", "-").replace(",", "").replace("\u202f", "").replace("×", "")
    match = re.match(r"[+-]?\d+(?:\.(\d+))?(?:e[+-]?\d+)?", plain)
    if not match:
        return False
    shown = float(match.group())
    if "e" in match.group():
        return math.isclose(shown, value, rel_tol=5.1e-3)
    units = [1e-6] if plain.endswith("M") else [100.0] if plain.endswith("%") else [1.0, 100.0, 1e-6]
    half = 0.5 * 10 ** -len(match.group(1) or "") + 1e-9
    return any(abs(shown - value * unit) <= half for unit in units)


def check_numbers(browser, records):
    faults, numbers = [], browser.run(NUMBERS)
    for value, source, text, step in numbers:
        place, *path = source.split("/")
        known = records[int(place)].value(path, step)
        number = float(value)
        same = any(float(k) == number or (math.isnan(float(k)) and math.isnan(number)) for k in known)
        if not same:
            faults.append(f"{source}: the page has {value}, the record {known}")
        elif not says(text, number):
            faults.append(f"{source}: {value} is shown as {text}")
    if len(numbers) < 20:
        faults.append(f"only {len(numbers)} numbers are shown")
    return faults, len(numbers)


def check_look(browser, name):
    faults = [f"{name}: {fault}" for fault in browser.complaints()]
    width, seen = browser.run("[document.documentElement.scrollWidth, innerWidth]")
    if width > seen:
        faults.append(f"{name}: the page is {width} pixels wide, {seen} are seen")
    faults += [f"{name}: {fault}" for fault in browser.run(CONTRAST)]
    return faults


def check_hands(browser):
    """Charts answer to the pointer and to the arrow keys."""
    faults = []
    box = browser.run("""(() => { const c = document.querySelector('svg.course'); if (!c) return null;
      c.scrollIntoView({block: 'center', behavior: 'instant'}); const b = c.getBoundingClientRect();
      return [b.x + b.width / 2, b.y + b.height / 2] })()""")
    if box is None:
        return faults
    shown = "document.querySelector('div.tip').hidden ? '' : document.querySelector('div.tip').textContent"
    browser.send("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
    if " step " not in browser.run(shown):
        faults.append("the pointer on a chart tells nothing")
    browser.send("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    browser.run("document.querySelector('svg.course').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight",
                     windowsVirtualKeyCode=39)
    if " step " not in browser.run(shown):
        faults.append("the arrow keys on a chart tell nothing")
    return faults


def enlarge(folder, target, count=50, points=100_000):
    """Workspaces that have the manifest of one, and as many points in every curve as asked for."""
    first = Record(folder)
    stages = [s["stage"] for s in first.content["graph"] if (s["stage"], "step", "learning_rate") in first.points]
    manifest = (pathlib.Path(folder) / "manifest.json").read_bytes()
    for number in range(count):
        workspace = pathlib.Path(target) / f"run{number:02}"
        workspace.mkdir()
        (workspace / "manifest.json").write_bytes(manifest)
        with open(workspace / "metrics.jsonl", "w") as file:
            each = points // len(stages)
            for stage in stages:
                terms = [key[2] for key in first.points if key[0] == stage and key[2].endswith("_loss")]
                for step in range(1, each + 1):
                    noise = int(hashlib.md5(f"{number} {step}".encode()).hexdigest()[:4], 16) / 65536
                    value = 3 * (0.2 + 1 / (1 + step / 500)) * (0.8 + 0.4 * noise)
                    file.write('{"time":1,"stage":"%s","event":"step","step":%d,"values":{%s"learning_rate":%g}}\n'
                               % (stage, step, "".join('"%s":%g,' % (t, value) for t in terms), 1e-4))
        yield workspace


def sample(distill, folder):
    """The workspace of a small pipeline that has run, with a baseline and two attempts at a stage."""
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Durability"))
    import world
    baseline = """\
  baseline:
    run: finetune
    inputs: { model: general_student, dataset: rows }
    output: baseline
    num_train_epochs: 1
  evaluate:
    compare: ["student:baseline"]
"""
    made = world.World(folder + "/world", change=lambda text: text.replace(
        "  evaluate:\n", baseline).replace("[student]", "[student, baseline]"))
    run = [distill, "run", made.folder + "/m.yaml"]
    for settings in ([], ["--set", "stages.prediction.learning_rate=4e-3"]):
        subprocess.run(run + settings, check=True, stderr=subprocess.DEVNULL)
    return made.workspace


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("distill")
    parser.add_argument("workspaces", nargs="*")
    parser.add_argument("--pictures")
    parser.add_argument("--big", action="store_true")
    options = parser.parse_args()
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        options.workspaces = options.workspaces or [sample(options.distill, folder)]
        page = folder + "/report.html"
        subprocess.run([options.distill, "report", *options.workspaces, "-o", page], check=True)
        browser = Chromium()
        try:
            for width in (1280, 390):
                for dark in (False, True):
                    name = f"{width}-{'dark' if dark else 'light'}"
                    browser.view(width, dark=dark)
                    browser.open(page)
                    faults += check_look(browser, name)
                    if options.pictures:
                        browser.picture(f"{options.pictures}/report-{name}.png")
            browser.view(1280)
            browser.open(page)
            wrong, count = check_numbers(browser, [Record(w) for w in options.workspaces])
            faults += wrong + check_hands(browser)
            print(f"{count} numbers are those of the record")
            if options.big:
                many = [str(w) for w in enlarge(options.workspaces[0], folder)]
                began = time.monotonic()
                subprocess.run([options.distill, "report", *many, "-o", page], check=True)
                wrote = time.monotonic() - began
                browser.open(page)
                took = browser.run("performance.timing.loadEventEnd - performance.timing.navigationStart") / 1000
                size = pathlib.Path(page).stat().st_size
                print(f"50 runs of 100,000 points: written in {wrote:.1f} s, {size / 1e6:.1f} MB, open in {took:.2f} s")
                if took > 2:
                    faults.append(f"a page of 50 runs takes {took:.2f} s to open")
        finally:
            browser.close()
    for fault in faults[:40]:
        print(fault)
    print(f"{len(faults)} faults" if faults else "the page is as it should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
