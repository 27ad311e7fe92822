"""Opens artifacts with h5py, reads every dataset, and prints how many each has and how many of their
floats are not finite, as JSON.

    python Tests/Oracles/read_every_dataset.py ARTIFACT.h5 ...
"""

import json
import sys

import h5py
import numpy as np


def read(path):
    counts = {"datasets": 0, "values": 0, "notFinite": 0}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            values = item[()]
            counts["datasets"] += 1
            counts["values"] += int(values.size)
            if values.dtype.kind == "f":
                counts["notFinite"] += int(np.count_nonzero(~np.isfinite(values)))

    with h5py.File(path, "r") as file:
        counts["kind"] = file.attrs["kind"].decode()
        file.visititems(visit)
    return counts


if __name__ == "__main__":
    print(json.dumps({path: read(path) for path in sys.argv[1:]}))
