"""Reads a file with the safetensors library and prints its metadata and the SHA-256 of each tensor.

    python Tests/Oracles/read_safetensors.py model.safetensors
"""

import hashlib
import json
import sys

from safetensors import safe_open


def main(path):
    with safe_open(path, "np") as file:
        tensors = {}
        for name in file.keys():
            tensor = file.get_tensor(name)
            tensors[name] = {
                "dtype": file.get_slice(name).get_dtype(),
                "shape": list(tensor.shape),
                "values": hashlib.sha256(tensor.tobytes()).hexdigest(),
            }
        print(json.dumps({"metadata": file.metadata(), "tensors": tensors}))


if __name__ == "__main__":
    main(sys.argv[1])
