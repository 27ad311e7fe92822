import Compute
public import Transformer

/// What decides everything that a teacher says of examples: the key of what is kept of it, be it its
/// logits beside a student, or its logits or layers in a workspace.
public struct TeacherOrigin: Codable, Sendable, Equatable {
  /// Names of a teacher's outputs.
  public struct Outputs: Codable, Sendable, Equatable {
    /// In the teacher's own order.
    public var own: [String]
    /// The rows' labels, in whose order logits are kept, but those that are translated after; none where outputs
    /// have no names.
    public var kept: [String]
    /// What stands on the encoder, where the user may have chosen it.
    public var head: Head?

    /// The names in both orders.
    public init(own: [String], kept: [String], head: Head? = nil) {
      (self.own, self.kept, self.head) = (own, kept, head)
    }
  }

  /// Raised whenever the same teacher says something else of the same examples.
  public var revision = EngineRevision.plus(1)
  /// Content digest of the teacher.
  public var teacher: String
  /// Digest of its tokenizer.
  public var tokenizerDigest: String
  /// Content digest of the dataset or corpus.
  public var data: String
  /// In which precision the teacher computes: `fp32` or `bf16`; logits are kept in fp32.
  public var precision: String
  /// Limit that the examples were cut to.
  public var maxSequenceLength: Int
  /// Which of the examples, where it is asked for those alone that name it.
  public var part: String?
  /// Its outputs, where logits are kept.
  public var outputs: Outputs?

  enum CodingKeys: String, CodingKey {
    case revision, teacher, data, precision, part, outputs
    case tokenizerDigest = "tokenizer_digest"
    case maxSequenceLength = "max_seq_length"
  }

  /// The origin of what a teacher says now.
  public init(
    teacher: String, tokenizerDigest: String, data: String, precision: String,
    maxSequenceLength: Int
  ) {
    self.teacher = teacher
    self.tokenizerDigest = tokenizerDigest
    self.data = data
    self.precision = precision
    self.maxSequenceLength = maxSequenceLength
  }

  /// The same for logits, under the names of their outputs.
  public func logits(_ outputs: Outputs) -> TeacherOrigin {
    var origin = self
    origin.outputs = outputs
    return origin
  }
}

/// Teacher logits that a model artifact keeps, and what they belong to.
public struct KeptLogits {
  /// Teacher, rows and outputs.
  public let origin: TeacherOrigin
  /// Numbers of a row.
  public let columns: Int
  /// `[rows, columns]`, row-major.
  public let values: [Float]

  /// Logits of an origin.
  public init(origin: TeacherOrigin, columns: Int, values: [Float]) {
    (self.origin, self.columns, self.values) = (origin, columns, values)
  }
}
