/// What a tensor's name in a Hugging Face file stands for.
enum TensorName: Equatable {
  /// A parameter, under the name this project gives it.
  case parameter(String)
  /// The copy of the word embeddings that some files hold for the masked-language decoder.
  case tiedDecoder
  /// The copy of `cls.predictions.bias` that some files hold.
  case tiedDecoderBias
  /// Nothing a model needs.
  case ignored(reason: String)

  /// Reads a name with or without the `bert.` prefix, and with layer norms' names of 2018 (`gamma`,
  /// `beta`).
  init(_ name: String) {
    let bare = name.hasPrefix("bert.") ? String(name.dropFirst(5)) : name
    if bare == "embeddings.position_ids" || bare == "embeddings.token_type_ids" {
      self = .ignored(reason: "constant indices")
    } else if bare.hasPrefix("cls.seq_relationship.") {
      self = .ignored(reason: "next-sentence head")
    } else if bare.hasPrefix("fit_dense.") || bare.hasPrefix("fit_denses.") {
      self = .ignored(reason: "projection of an earlier distillation")
    } else if bare == "cls.predictions.decoder.weight" {
      self = .tiedDecoder
    } else if bare == "cls.predictions.decoder.bias" {
      self = .tiedDecoderBias
    } else {
      let isEncoder = ["embeddings.", "encoder.", "pooler."].contains { bare.hasPrefix($0) }
      self = .parameter(Self.modern(isEncoder ? "bert.\(bare)" : name))
    }
  }

  /// Whether the parameter belongs to a part that models are used without.
  static func isOptional(_ parameter: String) -> Bool {
    ["bert.pooler.", "classifier.", "cls.", "qa_outputs."].contains { parameter.hasPrefix($0) }
  }

  private static func modern(_ name: String) -> String {
    for (old, new) in [
      ("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias"),
    ]
    where name.hasSuffix(old) {
      return name.dropLast(old.count) + new
    }
    return name
  }
}
