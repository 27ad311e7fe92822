import Compute
import Files
import Foundation
public import HDF5
public import Text
public import Transformer

/// Whose logits are kept, and of which rows: with an intermediate student, or in an artifact of their
/// own, so that the prediction phase on the same rows need not run the teacher again.
public struct TeacherLogitsOrigin: Codable, Sendable, Equatable {
  /// Content digest of the teacher.
  public var teacher: String
  /// Names of the teacher's outputs, in its own order.
  public var teacherLabels: [String]
  /// Digest of the tokenizer.
  public var tokenizerDigest: String
  /// Content digest of the dataset whose training rows the logits belong to.
  public var dataset: String
  /// In which precision the teacher computed: `fp32` or `bf16`; logits are stored in fp32.
  public var precision: String
  /// Sequence length limit that the rows were cut to.
  public var maxSequenceLength: Int
  /// Teacher outputs in the dataset's label order.
  public var labels: [String]

  enum CodingKeys: String, CodingKey {
    case teacher, dataset, labels, precision
    case teacherLabels = "teacher_labels"
    case tokenizerDigest = "tokenizer_digest"
    case maxSequenceLength = "max_seq_length"
  }
}

/// What a model artifact says about itself: the `config_json` attribute.
public struct ModelDescription: Codable, Sendable, Equatable {
  /// Sizes, in Hugging Face's own keys.
  public var model: ModelConfiguration
  /// The head on top of the encoder.
  public var head: Head
  /// Names of the classes in the order of the logits; empty where there is no classifier.
  public var labels: [String]
  /// How text becomes ids; the vocabulary itself is a dataset of the artifact.
  public var tokenizer: TokenizerSettings
  /// SHA-256 of the tokenizer: settings and vocabulary.
  public var tokenizerDigest: String
  /// Present where the artifact keeps its teacher's logits.
  public var teacherLogits: TeacherLogitsOrigin?

  enum CodingKeys: String, CodingKey {
    case model, head, labels, tokenizer
    case tokenizerDigest = "tokenizer_digest"
    case teacherLogits = "teacher_logits"
  }
}

/// A self-contained model in HDF5: configuration, weights, tokenizer, label names, provenance.
///
/// | dataset | type and shape |
/// |---|---|
/// | `weights/<Hugging Face name>` | float32, the parameter's shape |
/// | `tokenizer/bytes`, `tokenizer/offsets` | uint8 `[bytes]`, int64 `[vocabulary + 1]` |
/// | `teacher/logits` (intermediate students) | float32 `[training rows, labels]` |
public enum ModelArtifact {
  /// The `kind` attribute.
  public static let kind = "model"

  /// Writes a model.
  ///
  /// - Parameters:
  ///   - path: The file to create; an older one stays until the new one is whole.
  ///   - description: Configuration, head, labels and tokenizer settings.
  ///   - tokenizer: The tokenizer whose vocabulary is stored.
  ///   - weights: Parameters; all that are in its layout are stored, in layout order.
  ///   - parameters: The parameters to store, all of the layout when `nil`.
  ///   - teacherLogits: Row-major `[rows, labels]`, present if the description names their origin.
  ///   - inputs: Content digests by port name: the provenance.
  /// - Returns: The content and the file digest.
  /// - Throws: `HDF5Error` or `FileError`.
  @discardableResult
  public static func write(
    to path: String, _ description: ModelDescription, tokenizer: Tokenizer,
    weights: ParameterSet, parameters: [Parameter]? = nil, teacherLogits: [Float]? = nil,
    inputs: [String: String]
  ) throws -> ArtifactDigests {
    let bytes = PackedStrings(tokenizer.vocabulary.tokens)
    return try ArtifactWriter.write(
      to: path, kind: kind, configuration: try CanonicalJSON.encode(description),
      inputs: try CanonicalJSON.encode(inputs), createdBy: Product.createdBy
    ) { body in
      try body.write(bytes, group: "tokenizer")
      if let teacherLogits, let origin = description.teacherLogits {
        let rows = teacherLogits.count / max(origin.labels.count, 1)
        try body.floats(
          "teacher/logits", shape: [rows, origin.labels.count], values: teacherLogits)
      }
      for parameter in parameters ?? weights.layout.parameters {
        try body.floats(
          "weights/" + parameter.name, shape: parameter.shape, values: weights[parameter].values())
      }
    }
  }
}
