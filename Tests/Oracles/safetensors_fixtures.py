"""Makes Tests/Fixtures/safetensors: a file with a tensor of each element type, written by the
safetensors library, and its values as that library reads them.

    python Tests/Oracles/safetensors_fixtures.py
"""

import json
import math
import pathlib

import torch
from safetensors import safe_open
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "safetensors"

# Signed zeros, subnormals, the largest, ties, infinities and NaN, as bit patterns of 16 bits.
PATTERNS = [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x3C00, 0x3555, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00,
            0x7E00, 0x3F80, 0xC049, 0x7F7F, 0x0080, 0x007F, 0x7F80]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    bits = torch.tensor(PATTERNS, dtype=torch.int32).to(torch.uint16)
    tensors = {
        "half": bits.view(torch.float16).reshape(2, 9),
        "brain": bits.clone().view(torch.bfloat16).reshape(9, 2),
        "single": torch.tensor([1.5, -0.0, 1e-45, 3.4028235e38, math.inf]),
        "double": torch.tensor([1 / 3, 1e300, -1e-300, 1 + 2**-24], dtype=torch.float64),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "long": torch.tensor([2**62, -(2**63)], dtype=torch.int64),
        "int": torch.tensor([2**31 - 1, -(2**31)], dtype=torch.int32),
        "short": torch.tensor([32767, -32768], dtype=torch.int16),
        "byte": torch.tensor([127, -128], dtype=torch.int8),
        "ubyte": torch.tensor([255, 0], dtype=torch.uint8),
        "flags": torch.tensor([True, False]),
    }
    path = FOLDER / "types.safetensors"
    save_file(tensors, path, metadata={"format": "pt", "note": "é\n\"数\""})
    found = {}
    with safe_open(path, "pt") as file:
        for name in file.keys():
            tensor = file.get_tensor(name)
            entry = {"dtype": file.get_slice(name).get_dtype(), "shape": list(tensor.shape)}
            if tensor.is_floating_point():
                # Bit patterns of single precision: JSON has no infinities.
                entry["bits"] = tensor.float().view(torch.int32).flatten().tolist()
            else:
                entry["integers"] = tensor.long().flatten().tolist()
            found[name] = entry
    (FOLDER / "types.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
