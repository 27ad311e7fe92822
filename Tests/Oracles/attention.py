"""Prints what the layers of a folder's encoder attend to in texts, as transformers computes it: for each
text its tokens and, for each layer, the mean over heads of the attention probabilities.

    python Tests/Oracles/attention.py FOLDER TEXTS.json

A text is a string, or two of them.
"""

import json
import sys

import torch
import transformers


def main(folder, texts):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    answers = []
    with open(texts, encoding="utf-8") as file, torch.no_grad():
        for text in json.load(file):
            encoded = tokenizer(*([text] if isinstance(text, str) else text), return_tensors="pt")
            layers = model(**encoded, output_attentions=True).attentions
            answers.append({
                "tokens": tokenizer.convert_ids_to_tokens(encoded["input_ids"][0]),
                "layers": [layer[0].mean(0).flatten().tolist() for layer in layers],
            })
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
