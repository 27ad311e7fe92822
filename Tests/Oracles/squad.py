"""The rules of extractive question answering, as others have them.

Scores are those of SQuAD's official evaluation scripts (versions 1.1 and 2.0), features and the search
for answers those of transformers' run_qa.py and utils_qa.py, cut down to what they compute.

    squad.py scores FILE                    lines {"answers": [...], "gold": [[...], ...]}
    squad.py search FILE                    lines {"offsets": [...], "start": [...], "end": [...], ...}
    squad.py windows FOLDER FILE MAX STRIDE lines {"question", "context", "answers"}; FOLDER: a tokenizer
    squad.py answers FOLDER FILE MAX STRIDE [THRESHOLD]  the same; FOLDER: a model

A result a line, in the order of the lines.
"""

import collections
import json
import re
import string
import sys

import numpy as np


def normalize_answer(s):
    def remove_articles(text):
        return re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", text)

    def white_space_fix(text):
        return " ".join(text.split())

    def remove_punc(text):
        exclude = set(string.punctuation)
        return "".join(ch for ch in text if ch not in exclude)

    return white_space_fix(remove_articles(remove_punc(s.lower())))


def f1_version1(prediction, ground_truth):
    prediction_tokens = normalize_answer(prediction).split()
    ground_truth_tokens = normalize_answer(ground_truth).split()
    common = collections.Counter(prediction_tokens) & collections.Counter(ground_truth_tokens)
    num_same = sum(common.values())
    if num_same == 0:
        return 0
    precision = 1.0 * num_same / len(prediction_tokens)
    recall = 1.0 * num_same / len(ground_truth_tokens)
    return (2 * precision * recall) / (precision + recall)


def f1_version2(a_gold, a_pred):
    gold_toks = normalize_answer(a_gold).split()
    pred_toks = normalize_answer(a_pred).split()
    common = collections.Counter(gold_toks) & collections.Counter(pred_toks)
    num_same = sum(common.values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        return int(gold_toks == pred_toks)
    if num_same == 0:
        return 0
    precision = 1.0 * num_same / len(pred_toks)
    recall = 1.0 * num_same / len(gold_toks)
    return (2 * precision * recall) / (precision + recall)


def scores(answers, gold):
    if all(gold):
        exact = [max(int(normalize_answer(a) == normalize_answer(g)) for g in golds)
                 for a, golds in zip(answers, gold)]
        f1 = [max(f1_version1(a, g) for g in golds) for a, golds in zip(answers, gold)]
        return {"exact": sum(exact) / len(exact), "f1": sum(f1) / len(f1)}
    exact, f1 = [], []
    for a_pred, golds in zip(answers, gold):
        gold_answers = [a for a in golds if normalize_answer(a)]
        if not gold_answers:
            gold_answers = [""]
        exact.append(max(int(normalize_answer(a) == normalize_answer(a_pred)) for a in gold_answers))
        f1.append(max(f1_version2(a, a_pred) for a in gold_answers))
    out = {"exact": sum(exact) / len(exact), "f1": sum(f1) / len(f1)}
    for name, part in [("HasAns", [bool(g) for g in gold]), ("NoAns", [not g for g in gold])]:
        if any(part):
            out[f"{name}_exact"] = sum(e for e, p in zip(exact, part) if p) / sum(part)
            out[f"{name}_f1"] = sum(f for f, p in zip(f1, part) if p) / sum(part)
    return out


def search(context, features, version_2, n_best_size, max_answer_length, null_score_diff_threshold):
    """postprocess_qa_predictions for one example; features: (offset_mapping, start, end)."""
    min_null_prediction = None
    prelim_predictions = []
    for offset_mapping, start_logits, end_logits in features:
        feature_null_score = start_logits[0] + end_logits[0]
        if min_null_prediction is None or min_null_prediction["score"] > feature_null_score:
            min_null_prediction = {
                "offsets": (0, 0),
                "score": feature_null_score,
                "start_logit": start_logits[0],
                "end_logit": end_logits[0],
            }
        # A stable sort, so that of equal logits the first counts.
        start_indexes = np.argsort(-start_logits, kind="stable")[:n_best_size].tolist()
        end_indexes = np.argsort(-end_logits, kind="stable")[:n_best_size].tolist()
        for start_index in start_indexes:
            for end_index in end_indexes:
                if (
                    start_index >= len(offset_mapping)
                    or end_index >= len(offset_mapping)
                    or offset_mapping[start_index] is None
                    or len(offset_mapping[start_index]) < 2
                    or offset_mapping[end_index] is None
                    or len(offset_mapping[end_index]) < 2
                ):
                    continue
                if end_index < start_index or end_index - start_index + 1 > max_answer_length:
                    continue
                prelim_predictions.append({
                    "offsets": (offset_mapping[start_index][0], offset_mapping[end_index][1]),
                    "score": start_logits[start_index] + end_logits[end_index],
                    "start_logit": start_logits[start_index],
                    "end_logit": end_logits[end_index],
                })
    if version_2:
        prelim_predictions.append(min_null_prediction)
        null_score = min_null_prediction["score"]
    predictions = sorted(prelim_predictions, key=lambda x: x["score"], reverse=True)[:n_best_size]
    if version_2 and not any(p["offsets"] == (0, 0) for p in predictions):
        predictions.append(min_null_prediction)
    for pred in predictions:
        pred["text"] = context[pred["offsets"][0]:pred["offsets"][1]]
    if len(predictions) == 0 or (len(predictions) == 1 and predictions[0]["text"] == ""):
        # Theirs says "empty"; an answer that is not there has no text.
        predictions.insert(0, {"text": "", "start_logit": 0.0, "end_logit": 0.0, "score": 0.0,
                               "offsets": (0, 0), "made_up": True})
    found = np.array([pred["score"] for pred in predictions])
    exp_scores = np.exp(found - np.max(found))
    probs = exp_scores / exp_scores.sum()
    for prob, pred in zip(probs, predictions):
        pred["probability"] = prob
    difference = None
    if not version_2:
        best = predictions[0]
    else:
        best = next((p for p in predictions if p["text"] != ""), None)
        if best is None:
            best = predictions[0]
        else:
            difference = null_score - best["start_logit"] - best["end_logit"]
            if difference > null_score_diff_threshold:
                best = next(p for p in predictions if p["offsets"] == (0, 0))
    number = lambda p: {k: (list(v) if k == "offsets" else v if isinstance(v, (str, bool)) else float(v))
                        for k, v in p.items()}
    return {"text": best["text"], "best": number(best), "nbest": [number(p) for p in predictions],
            "difference": None if difference is None else float(difference)}


def features(tokenizer, row, max_seq_length, doc_stride):
    return tokenizer(
        row["question"].lstrip(), row["context"], truncation="only_second", max_length=max_seq_length,
        stride=doc_stride, return_overflowing_tokens=True, return_offsets_mapping=True)


def positions(tokenized, i, answers):
    """Of prepare_train_features, but that the last token of a window is not passed over."""
    offsets, sequence_ids = tokenized["offset_mapping"][i], tokenized.sequence_ids(i)
    if not answers:
        return 0, 0
    start_char = answers[0]["answer_start"]
    end_char = start_char + len(answers[0]["text"])
    token_start_index = sequence_ids.index(1)
    token_end_index = last = len(sequence_ids) - 1 - sequence_ids[::-1].index(1)
    if not (offsets[token_start_index][0] <= start_char and offsets[token_end_index][1] >= end_char):
        return 0, 0
    while token_start_index <= last and offsets[token_start_index][0] <= start_char:
        token_start_index += 1
    while offsets[token_end_index][1] >= end_char:
        token_end_index -= 1
    return token_start_index - 1, token_end_index + 1


def windows(tokenizer, row, max_seq_length, doc_stride):
    try:
        tokenized = features(tokenizer, row, max_seq_length, doc_stride)
    except BaseException:
        return None
    return [{"ids": ids, "span": positions(tokenized, i, row["answers"]),
             "offsets": [o if s == 1 else None
                         for o, s in zip(tokenized["offset_mapping"][i], tokenized.sequence_ids(i))]}
            for i, ids in enumerate(tokenized["input_ids"])]


def answers(model, tokenizer, row, max_seq_length, doc_stride, threshold):
    import torch

    tokenized = features(tokenizer, row, max_seq_length, doc_stride)
    made = []
    for i in range(len(tokenized["input_ids"])):
        offsets = [o if s == 1 else None
                   for o, s in zip(tokenized["offset_mapping"][i], tokenized.sequence_ids(i))]
        inputs = {k: torch.tensor([tokenized[k][i]]) for k in tokenizer.model_input_names if k in tokenized}
        with torch.no_grad():
            out = model(**inputs)
        made.append((offsets, out.start_logits[0].numpy(), out.end_logits[0].numpy()))
    return search(row["context"], made, threshold is not None, 20, 30, threshold)


def main():
    mode, arguments = sys.argv[1], sys.argv[2:]
    if mode in ("windows", "answers"):
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        folder, file, longest, stride = arguments[0], arguments[1], int(arguments[2]), int(arguments[3])
        tokenizer = AutoTokenizer.from_pretrained(folder)
    else:
        file = arguments[0]
    if mode == "answers":
        model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
        threshold = float(arguments[4]) if len(arguments) > 4 else None
    for line in open(file, encoding="utf-8"):
        row = json.loads(line)
        if mode == "scores":
            result = scores(row["answers"], row["gold"])
        elif mode == "search":
            made = [([None if o is None else tuple(o) for o in w["offsets"]],
                     np.array(w["start"], dtype=np.float32), np.array(w["end"], dtype=np.float32))
                    for w in row["windows"]]
            result = search(row["context"], made, row["version_2"], row["n_best_size"],
                            row["max_answer_length"], row["threshold"])
        elif mode == "windows":
            result = windows(tokenizer, row, longest, stride)
        else:
            result = answers(model, tokenizer, row, longest, stride, threshold)
        print(json.dumps(result))


if __name__ == "__main__":
    main()
