"""Makes model folders built as much-downloaded ones of the hub are, and says what transformers makes
of them.

    python Tests/Oracles/published_folders.py FOLDER

Files, keys, forms of the tokenizer and names of tensors are those of the published folders; sizes are
small and all numbers are drawn. Prints a JSON object: for each folder the ids of TEXTS and, where the
model is one that computes here, the values that it has for them.
"""

import json
import os
import sys

import torch
import transformers
from safetensors.torch import save_file

TEXTS = [
    "Hello world! The films of 2019 weren't BAD, were they?",
    "Ein schöner Film über Göteborg; naïve café.",
    "東京 is big",
    "unaffable [MASK] hello",
    "",
]
WORDS = """! ' , . ; ? [ ] a b c d e f g h i j k l m n o p q r s t u v w x y z 2019 the film ##s of
hello world were they bad is big un ##aff ##able ##n ##t ein sch ##on ##er uber go ##te ##borg naive
cafe caf ##e 東 京 ##m ##i ##l ##d ##b ##o ##r ##a ##k ##u ##w ##h ##y ##g ##f ##p""".split()
CASED = ["Hello", "The", "BAD", "Ein", "schöner", "Film", "über", "Göteborg", "naïve", "café"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
UNUSED = [f"[unused{i}]" for i in range(6)]
UNCASED_VOCABULARY = SPECIAL[:1] + UNUSED + SPECIAL[1:] + WORDS
CASED_VOCABULARY = SPECIAL[:1] + UNUSED + SPECIAL[1:] + WORDS + CASED

BERT = {
    "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
    "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 64, "layer_norm_eps": 1e-12,
    "max_position_embeddings": 64, "model_type": "bert", "num_attention_heads": 4,
    "num_hidden_layers": 2, "pad_token_id": 0, "type_vocab_size": 2,
}
POOLER = {
    "directionality": "bidi", "pooler_fc_size": 768, "pooler_num_attention_heads": 12,
    "pooler_num_fc_layers": 3, "pooler_size_per_head": 128, "pooler_type": "first_token_transform",
}
DISTILBERT = {
    "activation": "gelu", "attention_dropout": 0.1, "dim": 32, "dropout": 0.1, "hidden_dim": 64,
    "initializer_range": 0.02, "max_position_embeddings": 64, "model_type": "distilbert",
    "n_heads": 4, "n_layers": 2, "pad_token_id": 0, "qa_dropout": 0.1, "seq_classif_dropout": 0.2,
    "sinusoidal_pos_embds": False, "tie_weights_": True,
}
ELECTRA = {
    "architectures": ["ElectraForPreTraining"], "attention_probs_dropout_prob": 0.1,
    "embedding_size": 16, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": 32,
    "initializer_range": 0.02, "intermediate_size": 64, "layer_norm_eps": 1e-12,
    "max_position_embeddings": 64, "model_type": "electra", "num_attention_heads": 4,
    "num_hidden_layers": 2, "pad_token_id": 0, "summary_activation": "gelu",
    "summary_last_dropout": 0.1, "summary_type": "first", "summary_use_proj": True,
    "type_vocab_size": 2,
}
TOKENS = {
    "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
SENTENCE_TRANSFORMER = {
    "do_lower_case": True, **TOKENS, "tokenize_chinese_chars": True, "strip_accents": None,
    "name_or_path": "nreimers/MiniLM-L6-H384-uncased", "do_basic_tokenize": True,
    "never_split": None, "tokenizer_class": "BertTokenizer", "model_max_length": 64,
}
MODERN = {
    "added_tokens_decoder": {
        str(UNCASED_VOCABULARY.index(token)): {
            "content": token, "lstrip": False, "normalized": False, "rstrip": False,
            "single_word": False, "special": True}
        for token in SPECIAL},
    "clean_up_tokenization_spaces": True, "cls_token": "[CLS]", "do_basic_tokenize": True,
    "do_lower_case": True, "mask_token": "[MASK]", "model_max_length": 64, "never_split": None,
    "pad_token": "[PAD]", "sep_token": "[SEP]", "strip_accents": None,
    "tokenize_chinese_chars": True, "tokenizer_class": "BertTokenizer", "unk_token": "[UNK]",
}


def names(labels):
    return {
        "id2label": {str(i): name for i, name in enumerate(labels)},
        "label2id": {name: i for i, name in enumerate(labels)},
    }


def old(state):
    """Layer norms as they were called in 2018."""
    return {
        key.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"): value
        for key, value in state.items()}


def with_position_ids(prefix):
    def change(state):
        return state | {f"{prefix}embeddings.position_ids": torch.arange(64)[None]}
    return change


def next_sentence(state):
    """The heads of pre-training, and the pooler, beside what the class named has."""
    state = dict(state)
    state["cls.seq_relationship.weight"] = torch.randn(2, 32)
    state["cls.seq_relationship.bias"] = torch.randn(2)
    state["bert.pooler.dense.weight"] = torch.randn(32, 32)
    state["bert.pooler.dense.bias"] = torch.randn(32)
    state.pop("cls.predictions.decoder.weight", None)
    state.pop("cls.predictions.decoder.bias", None)
    return old(state)


def pooler(state):
    return dict(state) | {
        "bert.pooler.dense.weight": torch.randn(32, 32), "bert.pooler.dense.bias": torch.randn(32)}


def untied(state):
    state = dict(state)
    state["vocab_projector.weight"] = state["distilbert.embeddings.word_embeddings.weight"].clone()
    return state


def tokenizer_json(vocabulary, lowercase, typed=True, truncation=None, padding=None):
    template = lambda *parts: [
        {"SpecialToken": {"id": part, "type_id": kind}} if part.startswith("[") else
        {"Sequence": {"id": part, "type_id": kind}} for part, kind in parts]
    model = {
        "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": {token: i for i, token in enumerate(vocabulary)}}
    if typed:
        model = {"type": "WordPiece"} | model
    single = [("[CLS]", 0), ("A", 0), ("[SEP]", 0)]
    ids = {token: vocabulary.index(token) for token in ("[CLS]", "[SEP]")}
    return {
        "version": "1.0", "truncation": truncation, "padding": padding,
        "added_tokens": [
            {"id": i, "special": True, "content": token, "single_word": False, "lstrip": False,
             "rstrip": False, "normalized": False}
            for i, token in enumerate(vocabulary) if token in SPECIAL],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
            "strip_accents": None, "lowercase": lowercase},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing", "single": template(*single),
            "pair": template(*single, ("B", 1), ("[SEP]", 1)),
            "special_tokens": {
                token: {"id": token, "ids": [i], "tokens": [token]} for token, i in ids.items()}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": model,
    }


def folders():
    """Name: configuration, class that computes it, vocabulary, files of the tokenizer, what becomes of
    the tensors' names, kind of the values."""
    lower, cased = UNCASED_VOCABULARY, CASED_VOCABULARY
    star = ["1 star"] + [f"{n} stars" for n in range(2, 6)]
    tags = ["O", "B-MISC", "I-MISC", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
    limit = {"max_length": 16, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    pad = {
        "strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
        "pad_type_id": 0, "pad_token": "[PAD]"}
    sentences = {
        "tokenizer_config.json": SENTENCE_TRANSFORMER, "special_tokens_map.json": TOKENS,
        "tokenizer.json": tokenizer_json(lower, True, truncation=limit, padding=pad)}
    return {
        "bert-base-uncased": (
            BERT | {"architectures": ["BertForMaskedLM"], "gradient_checkpointing": False,
                    "position_embedding_type": "absolute", "use_cache": True},
            "BertForMaskedLM", lower,
            {"tokenizer_config.json": {"do_lower_case": True, "model_max_length": 64},
             "tokenizer.json": tokenizer_json(lower, True, typed=False)}, next_sentence, "masked"),
        "bert-base-cased": (
            BERT | {"architectures": ["BertForMaskedLM"], "gradient_checkpointing": False},
            "BertForMaskedLM", cased,
            {"tokenizer_config.json": {"do_lower_case": False, "model_max_length": 64},
             "tokenizer.json": tokenizer_json(cased, False, typed=False)}, next_sentence, "masked"),
        "bert-base-multilingual-cased": (
            BERT | POOLER | {"architectures": ["BertForMaskedLM"]}, "BertForMaskedLM", cased,
            {"tokenizer_config.json": {"do_lower_case": False, "model_max_length": 64},
             "tokenizer.json": tokenizer_json(cased, False, typed=False)}, next_sentence, "masked"),
        "bert-base-multilingual-uncased": (
            BERT | POOLER | {"architectures": ["BertForMaskedLM"]}, "BertForMaskedLM", lower,
            {"tokenizer_config.json": {"do_lower_case": True, "model_max_length": 64}},
            next_sentence, "masked"),
        "distilbert-base-uncased": (
            DISTILBERT | {"architectures": ["DistilBertForMaskedLM"]}, "DistilBertForMaskedLM",
            lower,
            {"tokenizer_config.json": {"do_lower_case": True, "model_max_length": 64},
             "tokenizer.json": tokenizer_json(lower, True, typed=False)}, untied, "masked"),
        "distilbert-base-uncased-finetuned-sst-2-english": (
            DISTILBERT | names(["NEGATIVE", "POSITIVE"]) | {
                "architectures": ["DistilBertForSequenceClassification"],
                "finetuning_task": "sst-2", "output_past": True},
            "DistilBertForSequenceClassification", lower,
            {"tokenizer_config.json": {"do_lower_case": True, "model_max_length": 64}}, None,
            "sequence"),
        "all-MiniLM-L6-v2": (
            BERT | {"_name_or_path": "nreimers/MiniLM-L6-H384-uncased",
                    "architectures": ["BertModel"], "gradient_checkpointing": False},
            "BertModel", lower,
            sentences | {
                "modules.json": [
                    {"idx": idx, "name": str(idx), "path": path,
                     "type": f"sentence_transformers.models.{kind}"}
                    for idx, (path, kind) in enumerate([
                        ("", "Transformer"), ("1_Pooling", "Pooling"),
                        ("2_Normalize", "Normalize")])],
                "sentence_bert_config.json": {"max_seq_length": 16, "do_lower_case": False},
                "1_Pooling/config.json": {
                    "word_embedding_dimension": 32, "pooling_mode_cls_token": False,
                    "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False,
                    "pooling_mode_mean_sqrt_len_tokens": False}},
            with_position_ids(""), "base"),
        "paraphrase-MiniLM-L6-v2": (
            BERT | {"architectures": ["BertModel"]}, "BertModel", lower,
            {"tokenizer_config.json": SENTENCE_TRANSFORMER, "special_tokens_map.json": TOKENS},
            with_position_ids(""), "base"),
        "bge-small-en-v1.5": (
            BERT | names(["LABEL_0"]) | {"architectures": ["BertModel"], "torch_dtype": "float32"},
            "BertModel", lower,
            {"tokenizer_config.json": MODERN, "special_tokens_map.json": TOKENS,
             "tokenizer.json": tokenizer_json(lower, True)}, with_position_ids(""), "base"),
        "bert-base-multilingual-uncased-sentiment": (
            BERT | POOLER | names(star) | {
                "_num_labels": 5, "architectures": ["BertForSequenceClassification"],
                "finetuning_task": "sentiment-analysis", "output_past": True},
            "BertForSequenceClassification", lower,
            {"tokenizer_config.json": {"do_lower_case": True, "max_len": 64, "init_inputs": []},
             "special_tokens_map.json": TOKENS}, with_position_ids("bert."), "sequence"),
        "bert-tiny": (
            {key: value for key, value in BERT.items() if key not in (
                "model_type", "layer_norm_eps", "pad_token_id")},
            "BertModel", lower, {}, old, "base"),
        "electra-small-discriminator": (
            ELECTRA, "ElectraForPreTraining", lower,
            {"tokenizer_config.json": {"do_lower_case": True, "model_max_length": 64},
             "tokenizer.json": tokenizer_json(lower, True, typed=False)},
            with_position_ids("electra."), "base"),
        # Those that compute something else, which is refused by its name.
        "bert-base-NER": (
            BERT | names(tags) | {"_num_labels": 9, "output_past": True,
                                  "architectures": ["BertForTokenClassification"]},
            "BertForTokenClassification", cased,
            {"tokenizer_config.json": {"do_lower_case": False, "max_len": 64, "init_inputs": []},
             "special_tokens_map.json": TOKENS, "added_tokens.json": {}}, pooler, "tokens"),
        "ms-marco-MiniLM-L-6-v2": (
            BERT | names(["LABEL_0"]) | {
                "architectures": ["BertForSequenceClassification"],
                "sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"},
            "BertForSequenceClassification", lower,
            {"tokenizer_config.json": {"do_lower_case": True, "model_max_length": 64},
             "special_tokens_map.json": TOKENS}, None, "base"),
        "toxic-bert": (
            BERT | names(["toxic", "obscene", "insult"]) | {
                "architectures": ["BertForSequenceClassification"],
                "problem_type": "multi_label_classification"},
            "BertForSequenceClassification", lower,
            {"tokenizer_config.json": MODERN}, None, "base"),
    }


def activations():
    """A masked-language model with each further function of transformers that is computed here."""
    names = ["gelu_python", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "silu"]
    tokenizer = {"tokenizer_config.json": {"do_lower_case": True, "model_max_length": 64}}
    return {
        f"bert-{name}": (
            BERT | {"architectures": ["BertForMaskedLM"], "hidden_act": name}, "BertForMaskedLM",
            UNCASED_VOCABULARY, tokenizer, next_sentence, "masked")
        for name in names} | {
        "distilbert-swish": (
            DISTILBERT | {"architectures": ["DistilBertForMaskedLM"], "activation": "swish"},
            "DistilBertForMaskedLM", UNCASED_VOCABULARY, tokenizer, untied, "masked")}


def make(root, name, entry, scale=0.2):
    settings, kind, vocabulary, files, rename, values = entry
    folder = os.path.join(root, name)
    os.makedirs(os.path.join(folder, "1_Pooling"))
    settings = settings | {"vocab_size": len(vocabulary)}
    for file, content in (files | {"config.json": settings}).items():
        with open(os.path.join(folder, file), "w", encoding="utf-8") as stream:
            json.dump(content, stream, ensure_ascii=False)
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as stream:
        stream.writelines(token + "\n" for token in vocabulary)
    model_class = getattr(transformers, kind)
    model = model_class(model_class.config_class(**settings)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape) * scale)
    state = dict(model.state_dict())
    tied = [key for key in state if key.endswith(("decoder.weight", "vocab_projector.weight"))]
    for key in tied + [key for key in state if key.endswith("decoder.bias")]:
        del state[key]
    state = rename(state) if rename else state
    save_file(
        {key: value.contiguous().clone() for key, value in state.items()},
        os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    return told(folder, settings, kind, values)


def told(folder, settings, kind, values):
    """Ids and values as somebody has them who loads the folder."""
    if "model_type" in settings:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    else:
        tokenizer = transformers.BertTokenizer.from_pretrained(folder)
    ids = [tokenizer(text, truncation=False, padding=False)["input_ids"] for text in TEXTS]
    model_class = getattr(transformers, kind)
    if values == "base":
        model = {"electra": transformers.ElectraModel}.get(
            settings.get("model_type"), transformers.BertModel).from_pretrained(folder).eval()
    else:
        model = model_class.from_pretrained(folder).eval()
    results = []
    with torch.no_grad():
        for sequence in ids:
            out = model(torch.tensor([sequence]))
            results.append(
                (out.last_hidden_state if values == "base" else out.logits).flatten().tolist())
    return {"ids": ids, "kind": values, "values": results}


def main():
    torch.manual_seed(5)
    root = sys.argv[1]
    made = {name: make(root, name, entry) for name, entry in folders().items()}
    for name, entry in activations().items():
        # The same weights for all, and so large that functions near each other give other logits.
        torch.manual_seed(6)
        made[name] = make(root, name, entry, scale=0.6)
    print(json.dumps({"texts": TEXTS, "folders": made}))


if __name__ == "__main__":
    main()
