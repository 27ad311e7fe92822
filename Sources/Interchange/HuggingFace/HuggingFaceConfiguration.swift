public import Files
public import Transformer

/// The contents of a BERT model's `config.json`.
///
/// Keys that mean nothing here are ignored. A file without `model_type` is taken for BERT, as the
/// published TinyBERT folders are.
public struct HuggingFaceConfiguration: Sendable, Equatable {
  /// Sizes and rates, valid.
  public let model: ModelConfiguration
  /// Class names in the order of the logits; empty when the file does not say.
  public let labels: [String]
  /// What the logits mean, when the file says.
  public let problemType: ProblemType?
  /// Classes of the transformers library the file names.
  public let architectures: [String]

  /// Makes the contents of a file to be written.
  public init(
    model: ModelConfiguration, labels: [String] = [], problemType: ProblemType? = nil,
    architectures: [String] = []
  ) {
    self.model = model
    self.labels = labels
    self.problemType = problemType
    self.architectures = architectures
  }

  /// Reads a parsed file; the error names every key at fault and `path`.
  public init(_ json: JSONValue, path: String) throws {
    guard let object = json.object else {
      throw InterchangeError("\(path): is \(json.kindName), expected an object of settings")
    }
    var reader = ConfigurationReader(object)
    let type = reader.text("model_type", default: "bert")
    guard type == "bert" else {
      throw InterchangeError(
        "\(path): model_type is \"\(type)\", only \"bert\" is supported: use a BERT-family model")
    }
    for key in ["is_decoder", "add_cross_attention"] where reader.boolean(key, default: false) {
      reader.fault("\(key) is true, only encoders are supported")
    }
    let model = Self.readModel(&reader)
    labels = Self.readLabels(&reader)
    problemType = Self.readProblemType(&reader)
    architectures = (reader.optional("architectures")?.array ?? []).compactMap(\.string)
    if reader.faults.isEmpty {
      do { try model.validate() } catch let error as ModelError {
        throw InterchangeError("\(path): \(error.description)")
      }
    }
    guard reader.faults.isEmpty else {
      throw InterchangeError("\(path): " + reader.faults.joined(separator: "; "))
    }
    self.model = model
  }

  private static func readModel(_ reader: inout ConfigurationReader) -> ModelConfiguration {
    ModelConfiguration(
      vocabularySize: reader.integer("vocab_size"),
      hiddenSize: reader.integer("hidden_size"),
      layerCount: reader.integer("num_hidden_layers"),
      headCount: reader.integer("num_attention_heads"),
      intermediateSize: reader.integer("intermediate_size"),
      maximumPositions: reader.integer("max_position_embeddings"),
      typeVocabularySize: reader.integer("type_vocab_size", default: 2),
      hiddenActivation: reader.text("hidden_act", default: "gelu"),
      hiddenDropout: reader.real("hidden_dropout_prob", default: 0.1),
      attentionDropout: reader.real("attention_probs_dropout_prob", default: 0.1),
      classifierDropout: reader.optional("classifier_dropout") == nil
        ? nil : reader.real("classifier_dropout", default: 0),
      initializerRange: reader.real("initializer_range", default: 0.02),
      layerNormEpsilon: reader.real("layer_norm_eps", default: 1e-12),
      paddingToken: reader.integer("pad_token_id", default: 0),
      positionEmbeddingType: reader.text("position_embedding_type", default: "absolute"))
  }

  private static func readProblemType(_ reader: inout ConfigurationReader) -> ProblemType? {
    guard reader.optional("problem_type") != nil else { return nil }
    let text = reader.text("problem_type", default: "")
    if let type = ProblemType(rawValue: text) { return type }
    let known = ProblemType.allCases.map(\.rawValue).joined(separator: ", ")
    reader.fault("problem_type is \"\(text)\", expected one of \(known)")
    return nil
  }
}
