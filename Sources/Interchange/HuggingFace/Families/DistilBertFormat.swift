import Transformer

extension FamilyFormat {
  /// DistilBERT; sinusoidal positions are stored as any other table, and read as one.
  static let distilbert = FamilyFormat(
    family: .distilbert, classPrefix: "DistilBert",
    keys: [
      "embedding_size": nil, "hidden_size": "dim", "num_hidden_layers": "n_layers",
      "num_attention_heads": "n_heads", "intermediate_size": "hidden_dim", "type_vocab_size": nil,
      "hidden_act": "activation", "hidden_dropout_prob": "dropout",
      "attention_probs_dropout_prob": "attention_dropout",
      "classifier_dropout": "seq_classif_dropout", "layer_norm_eps": nil,
      "position_embedding_type": nil,
    ],
    aliases: ["hidden_size", "num_hidden_layers", "num_attention_heads"],
    defaults: {
      var defaults = ModelConfiguration(.distilbert)
      defaults.classifierDropout = 0.2
      defaults.answerDropout = 0.1
      return defaults
    }(),
    tensors: TensorNames(
      prefix: "distilbert", roots: ["embeddings.", "transformer."],
      modules: [
        ("\(layer).attention.self.query", "\(block).attention.q_lin"),
        ("\(layer).attention.self.key", "\(block).attention.k_lin"),
        ("\(layer).attention.self.value", "\(block).attention.v_lin"),
        ("\(layer).attention.output.dense", "\(block).attention.out_lin"),
        ("\(layer).attention.output.LayerNorm", "\(block).sa_layer_norm"),
        ("\(layer).intermediate.dense", "\(block).ffn.lin1"),
        ("\(layer).output.dense", "\(block).ffn.lin2"),
        ("\(layer).output.LayerNorm", "\(block).output_layer_norm"),
        ("classifier.dense", "pre_classifier"), ("classifier.out_proj", "classifier"),
        ("cls.predictions.transform.dense", "vocab_transform"),
        ("cls.predictions.transform.LayerNorm", "vocab_layer_norm"),
        ("cls.predictions", "vocab_projector"),
      ],
      tiedDecoder: "vocab_projector.weight"))

  private static let layer = "bert.encoder.layer.#"
  private static let block = "distilbert.transformer.layer.#"
}
