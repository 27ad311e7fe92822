import Compute
import Pipelines
public import Transformer

/// The student's sizes: a preset, or numbers that override it.
enum StudentFields {
  static let table: [OptionField] = [
    OptionField(
      "student", .choice(ModelConfiguration.presets.map(\.key)), default: .text("tinybert-4l-312"),
      help: "sizes of the student; the options below override them"),
    OptionField(
      "num_hidden_layers", .integer(1...1000), default: nil, help: "the student's layers"),
    OptionField("hidden_size", .integer(1...100_000), default: nil, help: "the student's width"),
    OptionField(
      "num_attention_heads", .integer(1...1000), default: nil, help: "the student's heads"),
    OptionField(
      "intermediate_size", .integer(1...1_000_000), default: nil,
      help: "width between the student's two feed-forward products"),
    OptionField(
      "hidden_dropout_prob", .real(0...0.99), default: nil,
      help: "the student's hidden dropout (0; of a model to go on from, its own)"),
    OptionField(
      "attention_probs_dropout_prob", .real(0...0.99), default: nil,
      help: "the student's attention dropout (0; of a model to go on from, its own)"),
  ]

  /// What a student begins with that goes on from no model.
  static let initialization = OptionField(
    "initialization", .choice(["auto", "random", "teacher"]), default: .text("auto"),
    help:
      "the student's first weights: drawn, or the teacher's matched layers, reduced to its width; auto: "
      + "the teacher's where the student is no wider and no deeper and has as many heads")

  /// Whether a student that goes on from no model begins with its teacher's layers.
  static func beginsWithTeacher(
    _ options: OptionValues, student: ModelConfiguration, teacher: ModelConfiguration
  ) -> Bool {
    switch options.text(initialization.name) {
    case "auto":
      // Of fewer heads, wider or deeper, little of the teacher would be left to begin with.
      student.headCount == teacher.headCount && student.hiddenSize <= teacher.hiddenSize
        && student.layerCount <= teacher.layerCount
    case let named: named == "teacher"
    }
  }

  /// Options that a student which goes on from a model has no use for: the model has sizes.
  static let sizes = [
    "student", "num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size",
    "initialization",
  ]

  /// The student's configuration: the preset (or the model it starts from), changed by the options;
  /// vocabulary, positions and segment types are the teacher's, since both read the same ids.
  ///
  /// A new student has no dropout: what it is taught is no noise that it might learn by heart, and what it lacks is room.
  static func configuration(
    _ options: OptionValues, teacher: ModelConfiguration, start: ModelConfiguration?
  ) throws -> ModelConfiguration {
    let preset = ModelConfiguration.preset(options.text("student")) ?? .tinybert4l312
    var student = start ?? preset
    if start == nil { (student.hiddenDropout, student.attentionDropout) = (0, 0) }
    student.layerCount = options.optionalInteger("num_hidden_layers") ?? student.layerCount
    student.hiddenSize = options.optionalInteger("hidden_size") ?? student.hiddenSize
    student.headCount = options.optionalInteger("num_attention_heads") ?? student.headCount
    student.intermediateSize =
      options.optionalInteger("intermediate_size") ?? student.intermediateSize
    student.hiddenDropout = options.optionalReal("hidden_dropout_prob") ?? student.hiddenDropout
    student.attentionDropout =
      options.optionalReal("attention_probs_dropout_prob") ?? student.attentionDropout
    if start == nil { student.takeInput(of: teacher) }
    try check(student)
    return student
  }

  /// Refuses sizes that no student can have, or that no training of it finds room for.
  private static func check(_ student: ModelConfiguration) throws {
    let (width, heads) = (student.hiddenSize, student.headCount)
    guard width % heads == 0 else {
      let near = (1...min(heads, width)).last { width % $0 == 0 } ?? 1
      throw StageError.usage(
        "--num-attention-heads", "\(width) channels are no multiple of \(heads) heads",
        cure: "take --num-attention-heads \(near), or another --hidden-size")
    }
    do { try student.validate() } catch let error as ModelError {
      throw StageError(status: .usage, description: error.description)
    }
    let layout = try BertModel(student, head: .none).layout
    do {
      // Weights, gradients and two moments.
      try MemoryRoom.require(
        4 * layout.byteCount, for: "training a student of \(layout.count) parameters")
    } catch let error as MemoryShortage {
      throw StageError(status: .usage, description: error.description)
    }
  }
}

extension ModelConfiguration {
  /// Takes over what models that read the same ids have in common.
  public mutating func takeInput(of other: ModelConfiguration) {
    vocabularySize = other.vocabularySize
    maximumPositions = other.maximumPositions
    typeVocabularySize = other.typeVocabularySize
    readsSegments = other.readsSegments
    paddingToken = other.paddingToken
  }
}
