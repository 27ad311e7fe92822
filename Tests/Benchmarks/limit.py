"""The machine's limit for a row: the time its matrix products would take at the best measured rate.

limit = sum over the products of a step of FLOP / best rate of that shape in any library, at the
row's precision and thread count, timed in the same run: ours by `distill bench products` and
PyTorch's by peers/products.py. Everything that is no product would be free.
"""

import json
import os
import subprocess
import sys

from contenders import HERE, Failed, last_line


def seconds_at_best(products, rates):
    """products: of a step; rates: {(operation, m, k, n): GFLOP/s}. Seconds of the step's limit."""
    return sum(
        p["flops"] / (rates[p["operation"], p["m"], p["k"], p["n"]] * 1e9) for p in products)


def best(*tables):
    """The higher rate of each shape."""
    rates = {}
    for table in tables:
        for shape, rate in table.items():
            rates[shape] = max(rate, rates.get(shape, 0.0))
    return rates


def ours(binary, shapes, precision, threads):
    """Rates of the layers' shapes through every library that distill knows."""
    layers = sorted({shape[1:] for shape in shapes if shape[0] != "attention"})
    done = subprocess.run(
        [str(binary), "bench", "products", "--shapes", ",".join("%dx%dx%d" % s for s in layers),
         "--precision", precision, "--threads", str(threads), "--json"],
        capture_output=True, text=True)
    if done.returncode:
        raise Failed(last_line(done.stderr))
    document = json.loads(done.stdout)
    entries = document["products"] if isinstance(document, dict) else document
    return best(*({(e["operation"], e["m"], e["k"], e["n"]): e["gflops"]} for e in entries))


def theirs(shapes, precision, threads):
    """PyTorch's rates."""
    done = subprocess.run(
        [sys.executable, "-m", "peers.products", "--precision", precision,
         "--threads", str(threads)], input=json.dumps(sorted(shapes)), capture_output=True, text=True,
        env=dict(os.environ, PYTHONPATH=str(HERE)))
    if done.returncode:
        raise Failed(last_line(done.stderr))
    return {tuple(shape): rate for *shape, rate in json.loads(done.stdout)}


def of_step(binary, measurement, threads):
    """Limit in seconds for the step that `distill bench` described, and the rates behind it."""
    products = measurement["products"]
    shapes = {(p["operation"], p["m"], p["k"], p["n"]) for p in products}
    precision = measurement["precision"]
    rates = best(
        ours(binary, shapes, precision, threads), theirs(shapes, precision, threads))
    table = [[*shape, rates[shape]] for shape in sorted(shapes)]
    return seconds_at_best(products, rates), table
