import Transformer

extension FamilyFormat {
  /// ELECTRA: discriminators, and generators with their masked-language head.
  static let electra = FamilyFormat(
    family: .electra, classPrefix: "Electra", keys: ["qa_dropout": nil],
    defaults: {
      var defaults = ModelConfiguration(.electra)
      defaults.embeddingSize = 128
      return defaults
    }(),
    tensors: TensorNames(
      prefix: "electra", roots: ["embeddings.", "embeddings_project.", "encoder."],
      modules: [
        ("cls.predictions.transform", "generator_predictions"),
        ("cls.predictions", "generator_lm_head"),
      ],
      tiedDecoder: "generator_lm_head.weight"))
}
