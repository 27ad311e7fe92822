"""Loads model folders with sentence-transformers and prints, as JSON, the vectors it makes of texts.

    python Tests/Oracles/sentence_vectors.py TEXTS.json FOLDER ...

TEXTS.json is a list of texts. With `--make MODE NORMALIZED FOLDER ENCODER` in their place it writes a
folder of its own making around the encoder of another one. What is logged while loading counts: an
export must load without a word.
"""

import json
import logging
import sys

from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, Transformer


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def make(mode, normalized, folder, encoder):
    transformer = Transformer(encoder, max_seq_length=12)
    width = transformer.get_embedding_dimension()
    modules = [transformer, Pooling(width, pooling_mode=mode)]
    if normalized == "dense":
        modules.append(Dense(width, 4))
    if normalized == "yes":
        modules.append(Normalize())
    SentenceTransformer(modules=modules, device="cpu").save(folder)


def main():
    if sys.argv[1] == "--make":
        return make(*sys.argv[2:])
    recorder = Recorder()
    for name in ("transformers", "sentence_transformers"):
        logging.getLogger(name).addHandler(recorder)
    texts = json.load(open(sys.argv[1], encoding="utf8"))
    out = []
    for folder in sys.argv[2:]:
        recorder.messages.clear()
        model = SentenceTransformer(folder, device="cpu")
        out.append(dict(
            vectors=model.encode(texts, batch_size=8).tolist(), faults=list(recorder.messages),
            modules=[type(module).__name__ for module in model],
            limit=model.max_seq_length))
    print(json.dumps(out))


if __name__ == "__main__":
    main()
