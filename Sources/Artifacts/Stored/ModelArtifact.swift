import Compute
import Files
import Foundation
public import HDF5
public import Tasks
public import Text
public import Transformer

/// What a model artifact says about itself: the `config_json` attribute.
public struct ModelDescription: Codable, Sendable, Equatable {
  /// Sizes, in Hugging Face's own keys.
  public var model: ModelConfiguration
  /// The head on top of the encoder.
  public var head: Head
  /// The task that it does, where that is another than the first that its head can do.
  public var task: String?
  /// Names of the outputs in the order of the logits; empty where there is no classifier.
  public var labels: [String]
  /// How text becomes ids; the vocabulary itself is a dataset of the artifact.
  public var tokenizer: TokenizerSettings
  /// SHA-256 of the tokenizer: settings and vocabulary.
  public var tokenizerDigest: String
  /// Whether it was trained on pairs of texts; nil where that is not known.
  public var hasPairs: Bool?
  /// Present where the artifact keeps its teacher's logits.
  public var teacherLogits: TeacherOrigin?
  /// What text it learnt from, where that was general distillation.
  public var seen: SeenText?

  /// Describes a model.
  public init(
    model: ModelConfiguration, head: Head, task: (any RowTask)? = nil, labels: [String],
    tokenizer: Tokenizer, hasPairs: Bool? = nil, teacherLogits: TeacherOrigin? = nil,
    seen: SeenText? = nil
  ) {
    self.seen = seen
    let usual = TaskTable.ofRows(under: head)?.name
    self.task = task?.name == usual ? nil : task?.name
    self.model = model
    self.head = head
    self.labels = labels
    self.hasPairs = hasPairs
    self.tokenizer = tokenizer.settings
    // The tokenizer may be that of another model of the same vocabulary.
    self.tokenizer.hasSegments = model.readsSegments
    tokenizerDigest = tokenizer.digest.hexadecimal
    self.teacherLogits = teacherLogits
  }

  enum CodingKeys: String, CodingKey {
    case model, head, task, labels, tokenizer, seen
    case tokenizerDigest = "tokenizer_digest"
    case hasPairs = "has_pairs"
    case teacherLogits = "teacher_logits"
  }
}

extension ModelDescription {
  /// Reads a description.
  ///
  /// An origin of logits that names no revision of the arithmetic, as the first
  /// artifacts have it, is left aside, and its logits with it.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    model = try values.decode(ModelConfiguration.self, forKey: .model)
    head = try values.decode(Head.self, forKey: .head)
    task = try values.decodeIfPresent(String.self, forKey: .task)
    labels = try values.decode([String].self, forKey: .labels)
    tokenizer = try values.decode(TokenizerSettings.self, forKey: .tokenizer)
    tokenizerDigest = try values.decode(String.self, forKey: .tokenizerDigest)
    hasPairs = try values.decodeIfPresent(Bool.self, forKey: .hasPairs)
    seen = try values.decodeIfPresent(SeenText.self, forKey: .seen)
    struct Revision: Decodable { let revision: Int? }
    let revision = try values.decodeIfPresent(Revision.self, forKey: .teacherLogits)?.revision
    teacherLogits =
      revision == nil ? nil : try values.decode(TeacherOrigin.self, forKey: .teacherLogits)
  }
}

/// A self-contained model in HDF5: configuration, weights, tokenizer, label names, provenance.
///
/// | dataset | type and shape |
/// |---|---|
/// | `weights/<Hugging Face name>` | float32, the parameter's shape |
/// | `tokenizer/bytes`, `tokenizer/offsets` | uint8 `[bytes]`, int64 `[vocabulary + 1]` |
/// | `teacher/logits` (intermediate students) | float32 `[training rows, columns]` |
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
  ///   - teacherLogits: Present if the description names their origin.
  ///   - inputs: Content digests by port name: the provenance.
  /// - Returns: The content and the file digest.
  /// - Throws: `HDF5Error` or `FileError`.
  @discardableResult
  public static func write(
    to path: String, _ description: ModelDescription, tokenizer: Tokenizer,
    weights: ParameterSet, parameters: [Parameter]? = nil, teacherLogits: KeptLogits? = nil,
    inputs: [String: String]
  ) throws -> ArtifactDigests {
    let bytes = PackedStrings(tokenizer.vocabulary.tokens)
    return try ArtifactWriter.write(
      to: path, kind: kind, configuration: try CanonicalJSON.encode(description),
      inputs: try CanonicalJSON.encode(inputs), createdBy: ProgramVersion.createdBy
    ) { body in
      try body.write(bytes, group: "tokenizer")
      if let teacherLogits, description.teacherLogits != nil {
        let rows = teacherLogits.values.count / max(teacherLogits.columns, 1)
        try body.floats(
          "teacher/logits", shape: [rows, teacherLogits.columns], values: teacherLogits.values)
      }
      for parameter in parameters ?? weights.layout.parameters {
        try body.floats(
          "weights/" + parameter.name, shape: parameter.shape, values: weights[parameter].values())
      }
    }
  }
}
