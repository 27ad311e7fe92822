"""A16: forty hostile pipeline files and workspaces; each is refused before anything runs, and nothing
outside the workspace is touched."""

import os

import program
import world
from faults import Faults

FILE = """\
pipeline: m
workspace: WORKSPACE
sources:
  encoder: inputs/encoder
  sentences: inputs/text.txt
stages:
  corpus:
    inputs: { text: sentences, tokenizer: encoder }
    output: OUTPUT
    max_seq_length: 32
"""
TWO = """\
  second:
    run: corpus
    inputs: { text: sentences, tokenizer: encoder }
    output: OTHER
"""


def outputs():
    """Names of outputs that must not be."""
    return [
        "../escape", "a/../../escape", "/tmp/distill-escape", "..", ".", '""', "~/escape",
        "~root/escape", '"a\\0b"', '"a\\nb"', '"a\\x1bb"', "x" * 300, "a/" * 40 + "../" * 41 + "x",
        "../inputs/text.txt", "../../canary/kept", '"a/./../../b"', ".../../../escape", '"-\\u2028/../x"',
    ]


def workspaces():
    """Workspaces that must not be."""
    return ["../outside", "/tmp/distill-outside", "a/../../outside", "~/outside", '""',
            '"a\\0b"', '"a\\nb"', "out-link", "out-link/deeper", "inputs/text.txt"]


def shapes():
    """Files whose structure is hostile, by what they are."""
    base = FILE.replace("WORKSPACE", ".distill/m").replace("OUTPUT", "corpus")
    lines = base.splitlines()
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 9))
    return {
        "the same output twice": base + TWO.replace("OTHER", "corpus"),
        "outputs that differ in case": base + TWO.replace("OTHER", "Corpus"),
        "an output in an output": base + TWO.replace("OTHER", "corpus.h5/inner"),
        "a stage that leaves": base.replace("  corpus:\n", "  ../corpus:\n    run: corpus\n"),
        "a stage with a slash": base.replace("  corpus:\n", "  a/../../b:\n    run: corpus\n"),
        "a name that leaves": base.replace("pipeline: m", "pipeline: ../m").replace(lines[1] + "\n", ""),
        "a key twice": base + "pipeline: n\n",
        "an alias": base.replace("32", "&a 32\n    mode: *a"),
        "a merge key": base + "  more:\n    <<: { run: corpus }\n",
        "a tag": base.replace("output: corpus", "output: !!python/object:os.system corpus"),
        "a bomb": base + bomb,
        "a cycle": base.replace("text: sentences", "text: corpus"),
        "an endless nest": base + "deep: " + "[" * 5000 + "]" * 5000 + "\n",
        "a value that leaves": base.replace("output: corpus", 'output: "corpus-${x}"\n    '
                                            'matrix: { x: ["../../y"] }'),
    }


def run(kit, row):
    cases = [(f"output {o[:30]}", text(output=o), None) for o in outputs()]
    cases += [(f"workspace {w[:30]}", text(workspace=w), None) for w in workspaces()]
    cases += [(name, body, None) for name, body in shapes().items()]
    cases += [(name, text(), link) for name, link in LINKS.items()]
    if not kit.full:
        cases = cases[::5] + cases[-len(LINKS):]
    kit.each(row, "hostile files", list(enumerate(cases)), lambda case: hostile(kit, *case))
    controls(kit, row)


def text(output="corpus", workspace=".distill/m"):
    return FILE.replace("OUTPUT", output).replace("WORKSPACE", workspace)


def artifacts_lead_out(at, canary):
    os.makedirs(at.workspace)
    os.symlink(canary, at.workspace + "/artifacts")


def workspace_leads_out(at, canary):
    os.makedirs(os.path.dirname(at.workspace))
    os.symlink(canary, at.workspace)


def output_leads_out(at, canary):
    os.makedirs(at.workspace + "/artifacts")
    os.symlink(canary + "/kept", at.workspace + "/artifacts/corpus.h5")


LINKS = {
    "artifacts that lead out": artifacts_lead_out,
    "a workspace that leads out": workspace_leads_out,
    "an output that leads out": output_leads_out,
}


def hostile(kit, index, case):
    """Runs one, with all changing calls of the machine written down."""
    name, body, link = case
    at = kit.fresh(f"a16-{index}")
    canary = kit.path(f"a16-{index}-canary")
    os.makedirs(canary)
    with open(canary + "/kept", "w") as file:
        file.write("untouched\n")
    os.symlink(canary, at.folder + "/out-link")
    if link:
        link(at, canary)
    with open(at.folder + "/m.yaml", "w") as file:
        file.write(body)
    inputs, outside = world.digests(at.folder + "/inputs"), world.digests(canary)
    outcome, touched = observed(kit, at, f"a16-{index}")
    problems = outcome.faults(64, 65, 73, 78)
    if outcome.status and not outcome.error_lines():
        problems.append(f"gives no reason: {outcome.tail()}")
    if "never run" in outcome.errors:
        problems.append("a stage was started")
    problems += [f"touched {path}" for path in touched]
    if world.digests(canary) != outside or world.digests(at.folder + "/inputs") != inputs:
        problems.append("a file outside the workspace changed")
    if not problems:
        at.remove()
    return [f"{name}: {problem}" for problem in problems]


def observed(kit, at, name):
    """Runs the file, and gives what was changed anywhere outside the workspace."""
    plan = Faults(kit, "/", name, log=True)
    outcome = program.distill("run", "m.yaml", folder=at.folder, preload=plan.environment)
    allowed = (at.workspace, os.path.dirname(at.workspace))
    touched = []
    for call in plan.calls():
        for path in (call.path, call.second):
            mine = path.endswith("(deleted)") or path.startswith(("/dev/", "pipe:"))
            real = os.path.realpath(os.path.dirname(path)) + "/" + os.path.basename(path)
            inside = real in allowed or real.startswith(at.workspace + "/") or real == at.folder
            if path and not mine and not inside:
                touched.append(f"{call.name} {path}")
    return outcome, touched


def controls(kit, row):
    """A sound file runs, and what it would change elsewhere would be seen."""
    at = kit.fresh("a16-control")
    with open(at.folder + "/m.yaml", "w") as file:
        file.write(text())
    outcome, touched = observed(kit, at, "a16-control")
    row.control("a sound file is not refused", outcome.status == 0 and not touched)
    with open(at.folder + "/m.yaml", "w") as file:
        file.write(text(workspace="elsewhere"))
    _, touched = observed(kit, at, "a16-control")
    row.control("a change elsewhere is seen", touched)
    at.remove()
