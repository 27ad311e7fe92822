"""Reads every attribute and every dataset of an artifact with h5py and prints what it found as JSON,
with the content digest computed anew from what h5py read.

    python Tests/Oracles/read_artifact.py artifact.h5
"""

import hashlib
import json
import sys

import h5py
import numpy as np


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def main(path):
    datasets = {}
    with h5py.File(path, "r") as file:
        attributes = {
            name: value.decode() if isinstance(value, bytes) else int(value)
            for name, value in file.attrs.items()
        }

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                values = np.ascontiguousarray(item[()])
                datasets[name] = {
                    "type": item.dtype.name,
                    "shape": list(item.shape),
                    "values": sha256(values.tobytes()),
                    "compression": item.compression,
                    "shuffle": item.shuffle,
                    "fletcher32": item.fletcher32,
                }

        file.visititems(visit)
    lines = [
        "distill content 1",
        "kind " + attributes["kind"],
        "configuration " + sha256(attributes["config_json"].encode()),
    ]
    for name, data in sorted(datasets.items(), key=lambda entry: entry[0].encode()):
        extents = "x".join(map(str, data["shape"]))
        lines.append(f"dataset {data['type']} {extents} {data['values']} {name}")
    content = sha256("".join(line + "\n" for line in lines).encode())
    print(json.dumps({"attributes": attributes, "datasets": datasets, "content": content}))


if __name__ == "__main__":
    main(sys.argv[1])
