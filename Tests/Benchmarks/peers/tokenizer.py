"""Hugging Face's tokenizer on one thread, timed: the peer of `distill bench tokenize`.

    python -m peers.tokenizer encode|batch|batch_fast --model FOLDER --text FILE
    python -m peers.tokenizer ids --model FOLDER --text FILE

`batch_fast` leaves out the offsets of tokens. `ids` prints the ids of each line, for comparison.
"""

import argparse
import json
import os
import pathlib
import statistics
import time

from peers import worker


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("method", choices=["encode", "batch", "batch_fast", "ids"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["RAYON_NUM_THREADS"] = "1"
    from peers.batches import tokenizer_of

    tokenizer = tokenizer_of(options.model)
    lines = pathlib.Path(options.text).read_text(encoding="utf-8").split("\n")
    lines = [line for line in lines if line]
    if options.method == "ids":
        for encoding in tokenizer.encode_batch(lines):
            print(json.dumps(encoding.ids))
        return
    channel = worker.claim_stdout()
    work = {
        "encode": lambda: [tokenizer.encode(line) for line in lines],
        "batch": lambda: tokenizer.encode_batch(lines),
        "batch_fast": lambda: tokenizer.encode_batch_fast(lines),
    }[options.method]

    def measure():
        rounds = []
        while sum(rounds) < options.seconds:
            start = time.perf_counter()
            result = work()
            rounds.append(time.perf_counter() - start)
            del result
        size = sum(len(line.encode()) for line in lines)
        return {"work": size, "elapsed": statistics.median(rounds)}

    work()
    worker.serve(channel, measure)


if __name__ == "__main__":
    main()
