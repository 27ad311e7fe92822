"""How a peer talks to the benchmark: a process that is warm once and measures whenever asked.

It prints one JSON line when ready, then one for every line it reads. Between questions it sleeps,
so that the two sides can take turns.
"""

import json
import os
import pathlib
import sys


def set_threads(count):
    """Before torch is imported, so that its libraries see it too."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(count)
    import torch

    torch.set_num_threads(count)


def claim_stdout():
    """Keeps the real stdout for answers; whatever else prints goes to stderr."""
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return channel


def peak_memory():
    """Bytes of this process's largest resident set, as Linux tells it."""
    # Not getrusage: what it says includes the process that started this one.
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None


def serve(channel, measure):
    """Answers every line of stdin with `measure()`, a dict, and the peak memory so far."""
    print(json.dumps({"ready": True}), file=channel, flush=True)
    for _ in sys.stdin:
        answer = measure() | {"peak_rss_bytes": peak_memory()}
        print(json.dumps(answer), file=channel, flush=True)
