r"""Whether bf16 is as good as fp32: one pipeline run in both, compared from what the runs recorded.

    distill run pipelines/reviews.yaml --workspace FP32 $(for stage in masked_language_model teacher \
        general augment intermediate student baseline; do echo --set stages.$stage.precision=fp32; done)
    distill run pipelines/reviews.yaml --workspace BF16
    python3 Tests/Benchmarks/precision.py FP32 BF16 [--svg losses.svg]

Prints the test accuracy of every model in both, the difference of the students pooled over the seeds
with its 95 % interval (paired bootstrap: a test row is drawn with its outcomes under all seeds and
both precisions), and every loss term at each epoch with the ratio of the two. Exits with 1 where the
interval reaches -1.5 points or a term is off by more than 1 %. The picture needs matplotlib, which the
oracles' environment does not have.
"""

import argparse
import collections
import json
import pathlib
import sys

import h5py
import numpy

LEAST_DIFFERENCE = -1.5  # points
MOST_DEVIATION = 0.01
DRAWS = 10_000
TERMS = ("masked_language", "label", "embedding", "hidden", "attention", "prediction")


def correctness(workspace):
    """{model: whether each test row is classified rightly} of a workspace's `predictions`."""
    with h5py.File(workspace / "artifacts" / "predictions.h5") as file:
        labels = file["labels/test"][:]
        return {
            name: logits["test"][:].argmax(axis=1) == labels
            for name, logits in file["logits"].items()}


def losses(workspace):
    """{(stage, term): [(epoch at the end of a report, mean since the last report), ...]}."""
    curves = collections.defaultdict(list)
    for line in (workspace / "metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["event"] != "step":
            continue
        for term in TERMS:
            # Older records call a loss by its term alone.
            value = record["values"].get(term + "_loss", record["values"].get(term))
            if value is not None:
                curves[record["stage"], term].append((record["values"]["epoch"], value))
    return curves


def per_epoch(curve):
    """The mean of the reports that end in each epoch."""
    epochs = collections.defaultdict(list)
    for epoch, value in curve:
        epochs[int(numpy.ceil(epoch - 1e-9))].append(value)
    return {epoch: numpy.mean(values) for epoch, values in sorted(epochs.items())}


def difference(fp32, bf16, models):
    """bf16 minus fp32 in points over test rows and models, and its 95 % interval."""
    rows = numpy.mean([bf16[m].astype(float) - fp32[m] for m in models], axis=0)
    draws = numpy.random.default_rng(0).integers(len(rows), size=(DRAWS, len(rows)))
    low, high = numpy.percentile(100 * rows[draws].mean(axis=1), [2.5, 97.5])
    return 100 * rows.mean(), low, high


def draw(path, fp32, bf16):
    """One panel a loss term, both runs in it; the seeds of a stage share a panel."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "distill", "font.size": 8, "axes.titlesize": 9,
        "font.family": "sans-serif", "axes.spines.top": False, "axes.spines.right": False})
    from matplotlib import pyplot
    panels = list(dict.fromkeys((stage.split("@")[0], term) for stage, term in fp32))
    width = 3
    height = -(-len(panels) // width)
    figure, axes = pyplot.subplots(
        height, width, figsize=(9, 2.3 * height), layout="constrained", squeeze=False)
    for axis in axes.flat[len(panels):]:
        axis.set_visible(False)
    for axis, (stage, term) in zip(axes.flat, panels):
        runs = [key for key in fp32 if key[0].split("@")[0] == stage and key[1] == term]
        for key in runs:
            for curves, style in (
                    (fp32, {"color": "#d95f02", "linewidth": 2.6, "alpha": 0.55}),
                    (bf16, {"color": "#1f4e9c", "linewidth": 1.0, "linestyle": (0, (4, 2))})):
                axis.plot(*zip(*curves[key]), label="fp32" if curves is fp32 else "bf16", **style)
        seeds = f", {len(runs)} seeds" if len(runs) > 1 else ""
        axis.set_title(f"{stage}: {term}{seeds}".replace("_", " "))
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    axes.flat[0].legend(handles[:2], labels[:2], frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fp32", type=pathlib.Path)
    parser.add_argument("bf16", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    arguments = parser.parse_args()

    for workspace in (arguments.fp32, arguments.bf16):
        for name in ("artifacts/predictions.h5", "metrics.jsonl"):
            if not (workspace / name).is_file():
                sys.exit(f"{workspace / name}: not there; run the pipeline to its end in {workspace}")
    fp32, bf16 = correctness(arguments.fp32), correctness(arguments.bf16)
    curves = losses(arguments.fp32), losses(arguments.bf16)
    if not set(fp32) <= set(bf16) or not curves[0] or not set(curves[0]) <= set(curves[1]):
        sys.exit(f"{arguments.bf16}: not a run of the stages and models of {arguments.fp32}")
    print("| test accuracy | fp32 | bf16 |\n|---|---|---|")
    for model in fp32:
        print(f"| {model} | {100 * fp32[model].mean():.2f} % | {100 * bf16[model].mean():.2f} % |")
    students = [model for model in fp32 if model.startswith("student")]
    mean, low, high = difference(fp32, bf16, students)
    print(f"\nstudents, bf16 minus fp32: {mean:+.2f} points, 95 % interval {low:+.2f} to {high:+.2f}")
    fails = low <= LEAST_DIFFERENCE

    print("\n| stage | term | epoch | fp32 | bf16 | bf16 / fp32 |\n|---|---|---|---|---|---|")
    for key in curves[0]:
        expected, found = (per_epoch(side[key]) for side in curves)
        for epoch in expected:
            ratio = found[epoch] / expected[epoch]
            mark = "" if abs(ratio - 1) <= MOST_DEVIATION else " (off)"
            fails |= mark != ""
            print(f"| {key[0]} | {key[1]} | {epoch} | {expected[epoch]:.4f} | {found[epoch]:.4f} "
                  f"| {ratio:.4f}{mark} |")
    if arguments.svg:
        draw(arguments.svg, *curves)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main())
