import Transformer

/// What a family calls its tensors in Hugging Face files, both ways.
///
/// This project names a parameter as BERT does. A family's own name differs in the prefix of the
/// encoder and in the modules listed here; the last part of a name (`weight`, `bias`) is everyone's.
struct TensorNames: Sendable {
  /// Before the encoder's names in files of a model with a head; a bare encoder's have none.
  let prefix: String
  /// How names of the bare encoder begin.
  let roots: [String]
  /// This project's modules and the family's, `#` being the number of the layer; of two rows that fit
  /// a name the first counts.
  var modules: [(own: String, theirs: String)] = []
  /// The copy of the word embeddings that some files hold for the masked-language decoder.
  let tiedDecoder: String
  /// The copy of the masked-language head's bias that some files hold.
  var tiedDecoderBias: String?

  /// The names under a head: a family may have other layers of one name in a classifier of sequences.
  func under(_ head: Head) -> TensorNames {
    guard case .tokenClassification = head else { return self }
    var names = self
    names.modules.removeAll { $0.own.hasPrefix("classifier.") }
    return names
  }

  /// The bias of the masked-language head.
  static let decoderBias = "cls.predictions.bias"

  /// What a tensor stands for.
  enum Meaning: Equatable {
    /// A parameter, under the name this project gives it.
    case parameter(String)
    /// See `tiedDecoder`.
    case tiedDecoder
    /// See `tiedDecoderBias`.
    case tiedDecoderBias
    /// Nothing a model needs.
    case ignored(reason: String)
  }

  /// Reads a tensor's name with or without the prefix, and with layer norms' names of 2018 (`gamma`,
  /// `beta`).
  func meaning(of tensor: String) -> Meaning {
    let start = prefix + "."
    let bare = tensor.hasPrefix(start) ? String(tensor.dropFirst(start.count)) : tensor
    if let (_, reason) = Self.useless.first(where: { bare.hasPrefix($0.start) }) {
      return .ignored(reason: reason)
    }
    if bare == tiedDecoder { return .tiedDecoder }
    if bare == tiedDecoderBias { return .tiedDecoderBias }
    let isEncoder = roots.contains { bare.hasPrefix($0) }
    let name = Self.modern(isEncoder ? start + bare : tensor)
    return .parameter(
      translated(name, by: modules.map { ($0.theirs, $0.own) }, prefix: (prefix, "bert")))
  }

  /// Whether the name is one of the bare encoder, with or without the prefix.
  func isEncoder(_ tensor: String) -> Bool {
    let start = prefix + "."
    let bare = tensor.hasPrefix(start) ? String(tensor.dropFirst(start.count)) : tensor
    return roots.contains { bare.hasPrefix($0) }
  }

  /// The name of a parameter in a file of the family; `isBare` leaves out the encoder's prefix.
  func tensor(for parameter: String, isBare: Bool = false) -> String {
    let name = translated(
      parameter, by: modules.map { ($0.own, $0.theirs) }, prefix: ("bert", prefix))
    return isBare && name.hasPrefix(prefix + ".") ? String(name.dropFirst(prefix.count + 1)) : name
  }

  /// Whether the parameter belongs to what models are used without: anything but the encoder.
  static func isOptional(_ parameter: String) -> Bool {
    !parameter.hasPrefix("bert.") || parameter.hasPrefix("bert.pooler.")
  }

  /// The number of the encoder's layer that a parameter is of, counted from 0; nil where it is of none.
  static func layer(of parameter: String) -> Int? {
    let start = "bert.encoder.layer."
    guard parameter.hasPrefix(start) else { return nil }
    return Int(parameter.dropFirst(start.count).prefix { $0 != "." })
  }

  /// Why tensors are left aside that nobody misses.
  static let constants = "constant indices"

  /// How names of tensors begin that no model needs, and what they are.
  private static let useless: [(start: String, reason: String)] = [
    ("embeddings.position_ids", constants), ("embeddings.token_type_ids", constants),
    ("cls.seq_relationship.", "next-sentence head"),
    ("discriminator_predictions.", "replaced-token head"),
    ("fit_dense.", "projection of an earlier distillation"),
    ("fit_denses.", "projection of an earlier distillation"),
  ]

  private func translated(
    _ name: String, by rows: [(from: String, to: String)], prefix: (from: String, to: String)
  ) -> String {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let place = parts.firstIndex { Int($0) != nil }
    let number = place.map { parts[$0] }
    if let place { parts[place] = "#" }
    let pattern = parts.joined(separator: ".")
    var changed = pattern
    if let row = rows.first(where: { pattern.hasPrefix($0.from + ".") }) {
      changed = row.to + pattern.dropFirst(row.from.count)
    } else if parts[0] == prefix.from {
      changed = prefix.to + pattern.dropFirst(prefix.from.count)
    }
    return number.map { changed.replacing("#", with: $0, maxReplacements: 1) } ?? changed
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
