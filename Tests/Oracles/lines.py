"""The lines of text files as Python's text mode has them (universal newlines), one JSON list a file.

    python3 Tests/Oracles/lines.py FILE...
"""

import json
import sys

for path in sys.argv[1:]:
    with open(path, encoding="utf-8-sig") as file:
        print(json.dumps([line.removesuffix("\n") for line in file]))
