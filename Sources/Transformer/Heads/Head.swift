/// What stands on top of the encoder, as artifacts store it.
public enum Head: Sendable, Codable, Equatable {
  /// Nothing: the encoder is read through its taps.
  case none
  /// One row of `labels` logits per sequence.
  case classification(labels: Int, style: ClassifierStyle)
  /// One row of `labels` logits for each token a batch asks for.
  case tokenClassification(labels: Int)
  /// Vocabulary logits at the rows a batch asks for.
  case maskedLanguage
  /// Two logits for every token: that an answer begins, and that it ends there.
  case questionAnswering
  /// A vector per sequence, of length 1 where it is normalised.
  case embedding(pooling: Pooling, isNormalized: Bool)

  /// How many outputs with names it has; nil for heads whose outputs have none.
  public var labelCount: Int? {
    switch self {
    case .classification(let labels, _), .tokenClassification(let labels): labels
    case .none, .maskedLanguage, .questionAnswering, .embedding: nil
    }
  }

  /// Names of the columns of logits that mean the same in every model; `nil` where each has its own.
  public var outputNames: [String]? {
    if case .questionAnswering = self { ["start", "end"] } else { nil }
  }
}

extension Head {
  /// Whether it makes a vector of each sequence.
  public var isEmbedding: Bool { if case .embedding = self { true } else { false } }

  /// A pooling in its place, where one is given and it is none itself.
  public func pooled(_ pooling: Pooling?) -> Head {
    guard let pooling, !isEmbedding else { return self }
    return .embedding(pooling: pooling, isNormalized: false)
  }
}

/// How a sequence's hidden states become one vector.
public enum Pooling: String, Sendable, Codable, Equatable, CaseIterable {
  /// Their mean over all tokens, special ones included.
  case mean
  /// That of the first token.
  case cls
}

/// How the pooled output reaches the classifier.
///
/// A model trained with one style is wrong with the other.
public enum ClassifierStyle: String, Sendable, Codable, Equatable, CaseIterable {
  /// Dropout, then the linear layer: Hugging Face's and Google's head.
  case hf
  /// ReLU, then the linear layer, no dropout: the head of the TinyBERT reference.
  case tinybert
}

/// What a head's logits look like, `[rows, columns]`.
public struct LogitShape: Sendable, Equatable {
  /// What a row of logits is about.
  public enum Rows: Sendable {
    /// A sequence of the batch: B rows.
    case sequences
    /// A token that the batch asks for, see `PackedBatch.predictionRows`: P rows.
    case predictionRows
    /// A token of the batch: N rows.
    case tokens
  }

  /// What a row is about.
  public let rows: Rows
  /// Labels, entries of the vocabulary, beginning and end, or channels of a vector.
  public let columns: Int
}
