"""How fast PyTorch computes single matrix products: its part of the machine's limit.

    python -m peers.products --precision fp32|bf16 < shapes

Reads a JSON list of [operation, m, k, n] and prints [operation, m, k, n, GFLOP/s], the best of some
repetitions. Shapes are those of a layer y = x W^T: m rows, k inputs, n outputs; in `attention` m = n
is a sequence's length and k a head's width, and many heads go through one batched product.
"""

import argparse
import json
import sys
import time

from peers import worker

HEADS = 384  # products of attention in one batched call, such as 32 sequences of 12 heads


def products(operation, m, k, n, dtype):
    """The ways to compute one product; each a function without arguments."""
    import torch
    from torch.nn import functional as F

    def draw(*shape):
        return torch.randn(*shape).to(dtype)

    if operation == "attention":
        q, keys, p, v = draw(HEADS, m, k), draw(HEADS, n, k), draw(HEADS, m, n), draw(HEADS, n, k)
        return [lambda: torch.bmm(q, keys.transpose(1, 2)), lambda: torch.bmm(p, v)]
    x, w, dy = draw(m, k), draw(n, k), draw(m, n)
    return {
        "forward": [lambda: F.linear(x, w), lambda: torch.mm(x, w.t())],
        "input_gradient": [lambda: torch.mm(dy, w)],
        "weight_gradient": [lambda: torch.mm(dy.t(), x), lambda: torch.mm(x.t(), dy)],
    }[operation]


def rate(shape, dtype, seconds):
    """GFLOP/s of the fastest way's fastest repetition."""
    operation, m, k, n = shape
    flops = 2 * m * k * n * (HEADS if operation == "attention" else 1)
    best = float("inf")
    for product in products(*shape, dtype):
        product()
        end = time.perf_counter() + seconds
        while True:
            start = time.perf_counter()
            product()
            now = time.perf_counter()
            best = min(best, now - start)
            if now > end:
                break
    return flops / best / 1e9


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--seconds", type=float, default=0.3, help="for each way of each shape")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    worker.set_threads(options.threads)
    import torch

    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[options.precision]
    with torch.inference_mode():
        rates = [[*s, rate(s, dtype, options.seconds)] for s in json.load(sys.stdin)]
    print(json.dumps(rates))


if __name__ == "__main__":
    main()
