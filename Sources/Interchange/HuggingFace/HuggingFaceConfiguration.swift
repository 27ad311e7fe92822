public import Files
public import Transformer

/// The contents of a model's `config.json`.
///
/// Keys that mean nothing here are ignored. A file without `model_type` is of the family whose classes
/// it names, and without those of BERT, as the published TinyBERT folders are.
public struct HuggingFaceConfiguration: Sendable, Equatable {
  /// Sizes and rates, valid.
  public let model: ModelConfiguration
  /// Class names in the order of the logits; empty when the file does not say.
  public let labels: [String]
  /// What is wrong with the class names, for those who need them.
  let labelFault: String?
  /// What the logits mean, when the file says.
  public let problemType: ProblemType?
  /// Classes of the transformers library the file names.
  public let architectures: [String]
  /// Whether the model was trained on pairs of texts; nil where the file, as all but ours, does not say.
  public let hasPairs: Bool?

  /// What transformers has no key for stands in an object of ours, which it keeps and does not look at.
  static let ownKey = "distill"
  static let pairsKey = "has_pairs"

  /// Makes the contents of a file to be written.
  public init(
    model: ModelConfiguration, labels: [String] = [], problemType: ProblemType? = nil,
    architectures: [String] = [], hasPairs: Bool? = nil
  ) {
    self.model = model
    self.labels = labels
    labelFault = nil
    self.problemType = problemType
    self.architectures = architectures
    self.hasPairs = hasPairs
  }

  /// Reads a parsed file; the error names every key at fault and `path`.
  public init(_ json: JSONValue, path: String) throws {
    guard let object = json.object else {
      throw InterchangeError("\(path): is \(json.kindName), expected an object of settings")
    }
    var reader = ConfigurationReader(object)
    architectures = (reader.optional("architectures")?.array ?? []).compactMap(\.string)
    let format = try FamilyFormat.of(&reader, architectures, path)
    for key in ["is_decoder", "add_cross_attention"] where reader.boolean(key, default: false) {
      reader.fault("\(key) is true, only encoders are supported: take a model that is one")
    }
    var model = format.defaults
    for setting in ModelConfiguration.settings {
      guard let own = format.key(setting.key) else { continue }
      let hasAlias = format.aliases.contains(setting.key) && reader.optional(setting.key) != nil
      reader.read(setting, as: hasAlias ? setting.key : own, into: &model)
    }
    hasPairs = reader.optional(Self.ownKey)?.object?[Self.pairsKey]?.boolean
    (labels, labelFault) = Self.readLabels(reader)
    problemType = Self.readProblemType(&reader)
    if reader.faults.isEmpty {
      do { try model.validate { format.key($0) ?? $0 } } catch let error as ModelError {
        throw InterchangeError("\(path): \(error.description)")
      }
    }
    guard reader.faults.isEmpty else {
      throw InterchangeError("\(path): " + reader.faults.joined(separator: ", "))
    }
    self.model = model.shortened
  }

  private static func readProblemType(_ reader: inout ConfigurationReader) -> ProblemType? {
    guard reader.optional("problem_type") != nil else { return nil }
    let text = reader.text("problem_type", default: "")
    if let type = ProblemType(rawValue: text) { return type }
    // To Python an empty text is as good as none.
    if text.isEmpty { return nil }
    let known = ProblemType.allCases.map(\.rawValue).joined(separator: ", ")
    reader.fault("problem_type is \"\(text)\", expected one of \(known)")
    return nil
  }
}
