"""Tags words with an exported folder through transformers, every row on its own, and prints JSON: what
transformers complained about, the names of the tags, and for each row its token ids, the label of each
token as Hugging Face's run_ner aligns them, and each word's logits, null where it has no token.

    python Tests/Oracles/tag_words.py FOLDER ROWS.jsonl LENGTH

A row is {"tokens": [...], "tags": [...]}, cut to LENGTH tokens.
"""

import json
import logging
import sys

import torch
import transformers


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def align(word_ids, tags):
    """As run_ner does without --label_all_tokens."""
    labels, previous = [], None
    for word in word_ids:
        labels.append(-100 if word is None or word == previous else tags[word])
        previous = word
    return labels


def main(folder, rows, length):
    recorder = Recorder()
    logging.getLogger("transformers").addHandler(recorder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model, info = transformers.AutoModelForTokenClassification.from_pretrained(
        folder, output_loading_info=True)
    model.eval()
    faults = recorder.messages[:]
    labels = [model.config.id2label[i] for i in range(len(model.config.id2label))]
    answers = []
    with open(rows, encoding="utf-8") as lines, torch.no_grad():
        for line in lines:
            row = json.loads(line)
            encoded = tokenizer(
                row["tokens"], is_split_into_words=True, truncation=True, max_length=int(length),
                return_tensors="pt")
            logits = model(**encoded).logits[0].tolist()
            words = [None] * len(row["tokens"])
            for place, word in enumerate(encoded.word_ids()):
                if word is not None and words[word] is None:
                    words[word] = logits[place]
            answers.append({
                "ids": encoded["input_ids"][0].tolist(),
                "labels": align(encoded.word_ids(), [labels.index(tag) for tag in row["tags"]]),
                "words": words,
            })
    print(json.dumps({
        "faults": faults + sorted(str(name) for names in info.values() for name in names),
        "class": type(model).__name__,
        "labels": labels,
        "rows": answers,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
