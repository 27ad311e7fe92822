import Compute
import Files
import Pipelines
import Text

/// What decides everything that a teacher says of a stage's examples: the key of what is kept of it.
struct TeacherOrigin: Codable, Sendable, Equatable {
  /// Raised whenever the same teacher says something else of the same examples.
  var revision = 4
  /// Content digest of the teacher.
  let teacher: String
  /// Digest of its tokenizer.
  let tokenizerDigest: String
  /// Content digest of the dataset or corpus.
  let data: String
  /// In which precision the teacher computes.
  let precision: String
  /// Limit that the examples were cut to.
  let maxSequenceLength: Int

  enum CodingKeys: String, CodingKey {
    case revision, teacher, data, precision
    case tokenizerDigest = "tokenizer_digest"
    case maxSequenceLength = "max_seq_length"
  }

  /// The origin of what the stage's input `teacher` says of its input `port`.
  init(
    _ context: StageContext, tokenizer: Tokenizer, data port: String, maxSequenceLength: Int,
    on compute: ComputeContext
  ) {
    teacher = context.input("teacher")?.contentDigest.hexadecimal ?? ""
    tokenizerDigest = tokenizer.digest.hexadecimal
    data = context.input(port)?.contentDigest.hexadecimal ?? ""
    precision = compute.precision.rawValue
    self.maxSequenceLength = maxSequenceLength
  }
}
