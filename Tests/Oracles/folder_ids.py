"""Prints, as a JSON object, the ids that transformers' tokenizer of each folder makes of each text.

    python Tests/Oracles/folder_ids.py ROOT TEXT ...

A folder of ROOT that transformers cannot load has null.
"""

import json
import logging
import os
import sys

import transformers

logging.disable(logging.ERROR)


def ids(folder, texts):
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    except (ValueError, OSError, KeyError, TypeError):
        return None
    return [tokenizer(text)["input_ids"] for text in texts]


root, texts = sys.argv[1], sys.argv[2:]
print(json.dumps({name: ids(os.path.join(root, name), texts) for name in sorted(os.listdir(root))}))
