import Transformer

extension FamilyFormat {
  /// BERT, whose names are this project's own.
  static let bert = FamilyFormat(
    family: .bert, classPrefix: "Bert", keys: ["embedding_size": nil, "qa_dropout": nil],
    defaults: ModelConfiguration(.bert),
    tensors: TensorNames(
      prefix: "bert", roots: ["embeddings.", "encoder.", "pooler."],
      tiedDecoder: "cls.predictions.decoder.weight",
      tiedDecoderBias: "cls.predictions.decoder.bias"))
}
