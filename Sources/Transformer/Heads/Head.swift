/// What stands on top of the encoder, as artifacts store it.
public enum Head: Sendable, Codable, Equatable {
  /// Nothing: the encoder is read through its taps.
  case none
  /// One row of `labels` logits per sequence.
  case classification(labels: Int, style: ClassifierStyle)
  /// Vocabulary logits at the rows a batch asks for.
  case maskedLanguage
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
  }

  /// What a row is about.
  public let rows: Rows
  /// Labels, or entries of the vocabulary.
  public let columns: Int
}
