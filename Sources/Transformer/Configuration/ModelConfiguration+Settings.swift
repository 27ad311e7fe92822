extension ModelConfiguration {
  /// A value of a configuration: its key, where it is kept and what it may be.
  public struct Setting: Sendable {
    /// The key in artifacts and in the `config.json` of BERT.
    public let key: String
    /// Where it is kept.
    public let value: Value
    /// Whether it must be present.
    public let isRequired: Bool

    init(_ key: String, _ value: Value, isRequired: Bool = false) {
      self.key = key
      self.value = value
      self.isRequired = isRequired
    }

    /// A place in a configuration, by what lies there, with the range of integers.
    public enum Value: Sendable {
      /// A size or an index.
      case integer(Path<Int>, in: ClosedRange<Int>)
      /// A size that may be absent.
      case optionalInteger(Path<Int?>, in: ClosedRange<Int>)
      /// A number.
      case real(Path<Double>)
      /// A number that may be absent.
      case optionalReal(Path<Double?>)
      /// A word.
      case text(Path<String>)
    }
  }

  /// A value of a configuration.
  public typealias Path<Value> = any WritableKeyPath<ModelConfiguration, Value> & Sendable

  /// Everything that is stored, in the order of files; the family's name stands before it.
  public static let settings = [
    Setting("vocab_size", .integer(\.vocabularySize, in: 1...(1 << 24)), isRequired: true),
    Setting("embedding_size", .optionalInteger(\.embeddingSize, in: 1...(1 << 16))),
    Setting("hidden_size", .integer(\.hiddenSize, in: 1...(1 << 16)), isRequired: true),
    Setting("num_hidden_layers", .integer(\.layerCount, in: 1...1024), isRequired: true),
    Setting("num_attention_heads", .integer(\.headCount, in: 1...(1 << 16)), isRequired: true),
    Setting("intermediate_size", .integer(\.intermediateSize, in: 1...(1 << 20)), isRequired: true),
    Setting(
      "max_position_embeddings", .integer(\.maximumPositions, in: 1...(1 << 20)), isRequired: true),
    Setting("type_vocab_size", .integer(\.typeVocabularySize, in: 1...(1 << 16))),
    Setting("hidden_act", .text(\.hiddenActivation)),
    Setting("hidden_dropout_prob", .real(\.hiddenDropout)),
    Setting("attention_probs_dropout_prob", .real(\.attentionDropout)),
    Setting("classifier_dropout", .optionalReal(\.classifierDropout)),
    Setting("qa_dropout", .optionalReal(\.answerDropout)),
    Setting("initializer_range", .real(\.initializerRange)),
    Setting("layer_norm_eps", .real(\.layerNormEpsilon)),
    Setting("pad_token_id", .integer(\.paddingToken, in: .min ... .max)),
    Setting("position_embedding_type", .text(\.positionEmbeddingType)),
  ]
}

extension ModelConfiguration: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }

    static let family = Key("model_type")
  }

  /// Reads what is there of the settings, and throws where one that is required is not.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let name = try values.decodeIfPresent(String.self, forKey: .family) ?? ModelFamily.bert.name
    guard let family = ModelFamily.all.first(where: { $0.name == name }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .family, in: values, debugDescription: "there is no family \"\(name)\"")
    }
    self.init(family)
    for setting in Self.settings {
      let key = Key(setting.key)
      func read<Value: Decodable>(_ path: Path<Value>) throws {
        if setting.isRequired {
          self[keyPath: path] = try values.decode(Value.self, forKey: key)
        } else if let value = try values.decodeIfPresent(Value.self, forKey: key) {
          self[keyPath: path] = value
        }
      }
      switch setting.value {
      case .integer(let path, _): try read(path)
      case .optionalInteger(let path, _): try read(path)
      case .real(let path): try read(path)
      case .optionalReal(let path): try read(path)
      case .text(let path): try read(path)
      }
    }
  }

  /// Writes every setting that has a value.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    if family != .bert { try values.encode(family.name, forKey: .family) }
    for setting in Self.settings {
      let key = Key(setting.key)
      switch setting.value {
      case .integer(let path, _): try values.encode(self[keyPath: path], forKey: key)
      case .optionalInteger(let path, _):
        try values.encodeIfPresent(self[keyPath: path], forKey: key)
      case .real(let path): try values.encode(self[keyPath: path], forKey: key)
      case .optionalReal(let path): try values.encodeIfPresent(self[keyPath: path], forKey: key)
      case .text(let path): try values.encode(self[keyPath: path], forKey: key)
      }
    }
  }
}
