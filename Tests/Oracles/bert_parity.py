"""Makes a full-size Hugging Face model folder, a ragged batch, and what transformers computes on it.

    python Tests/Oracles/bert_parity.py OUT --preset bert-base|tinybert-4l-312
    python Tests/Oracles/bert_parity.py OUT --folder MODEL

writes OUT/model/{config.json,model.safetensors} (random weights; with --folder the model is taken
from there) and OUT/expected.safetensors: the batch, every hidden state and pooled output from
transformers' BertModel in float64, and the raw scores recomputed in float64.
"""

import argparse
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

import bert

PRESETS = {
    "bert-base": dict(hidden_size=768, num_hidden_layers=12, intermediate_size=3072),
    "tinybert-4l-312": dict(hidden_size=312, num_hidden_layers=4, intermediate_size=1200),
}
LENGTHS = [7, 128, 1, 33, 64]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--preset", choices=PRESETS)
    source.add_argument("--folder", type=pathlib.Path)
    options = parser.parse_args()
    torch.manual_seed(11)
    folder = options.out / "model"
    folder.mkdir(parents=True, exist_ok=True)
    if options.preset:
        model = BertModel(BertConfig(**PRESETS[options.preset]))
        with torch.no_grad():  # spread the scores: at 0.02 attention is almost uniform
            for name, values in model.named_parameters():
                if "query.weight" in name or "key.weight" in name:
                    values.mul_(4)
                elif name.endswith("bias"):
                    values.normal_(0, 0.02)
        model.save_pretrained(folder)
    else:
        for name in ("config.json", "model.safetensors"):
            shutil.copyfile(options.folder / name, folder / name)
    model = BertModel.from_pretrained(folder, attn_implementation="eager").double().eval()
    config = model.config.to_dict()

    sequences = [
        (torch.randint(1000, config["vocab_size"], (n,)), (torch.arange(n) >= n * 2 // 3).long())
        for n in LENGTHS]
    w = {f"bert.{n}": v.double() for n, v in model.state_dict().items()}
    made, pooled, worst = [], [], 0.0
    with torch.no_grad():
        for ids, types in sequences:
            out = model(
                ids[None], token_type_ids=types[None], output_hidden_states=True,
                output_attentions=True)
            hidden, scores = bert.encode(w, config, ids, types)
            for ours, theirs in zip(hidden, out.hidden_states, strict=True):
                worst = max(worst, (ours - theirs[0]).abs().max().item())
            for ours, theirs in zip(scores, out.attentions, strict=True):
                worst = max(worst, (torch.softmax(ours, -1) - theirs[0]).abs().max().item())
            made.append(([h[0] for h in out.hidden_states], scores))
            pooled.append(out.pooler_output[0])
    assert worst < 1e-9, f"the reference and transformers differ by {worst}"

    expected = {
        "batch/ids": torch.cat([s[0] for s in sequences]).float(),
        "batch/types": torch.cat([s[1] for s in sequences]).float(),
        "batch/lengths": torch.tensor(LENGTHS).float(),
        "taps/pooled": torch.stack(pooled),
    }
    for layer in range(config["num_hidden_layers"] + 1):
        expected[f"taps/hidden.{layer}"] = torch.cat([hidden[layer] for hidden, _ in made])
    for layer in range(config["num_hidden_layers"]):
        expected[f"taps/scores.{layer}"] = bert.packed([scores[layer] for _, scores in made])
    save_file(
        {n: t.float().contiguous() for n, t in expected.items()}, options.out / "expected.safetensors",
        metadata={"format": "pt"})


if __name__ == "__main__":
    main()
