import Files
public import Transformer

/// What sentence-transformers keeps beside an encoder: how a text's hidden states become its vector.
///
/// `modules.json` lists what runs one after the other, each with a folder of its own settings; the
/// encoder's lie in `sentence_bert_config.json`. What is more than pooling and scaling to length 1 is
/// told by its name, and then the encoder alone is read.
public struct SentenceModules: Sendable, Equatable {
  /// Pooling, and scaling where there is some; `none` where `foreign` says what stands there.
  public let head: Head
  /// What stands on the encoder that is not computed here, in words.
  public let foreign: String?
  /// The most tokens of a text; nil where the tokenizer's own limit counts.
  public let maxSequenceLength: Int?
  /// Whether texts lose their capitals, whatever the tokenizer does.
  public let lowercases: Bool
  /// What a reader should know, though vectors are the same.
  let note: String?

  /// Reads a folder; `nil` where it has no `modules.json`.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - channels: Width of the encoder's hidden states.
  /// - Throws: `FileError` and `InterchangeError` naming the file that is not understood.
  public init?(folder: String, channels: Int) throws {
    let path = "\(folder)/modules.json"
    guard fileExists(path), try !Self.isCrossEncoder(folder) else { return nil }
    try Self.requireEncoder(in: folder)
    let modules = try Self.modules(path)
    var foreign = try Self.foreignSettings(folder, channels: channels)
    var pooling: Pooling?
    var isNormalized = false
    for (number, module) in modules.enumerated() {
      switch (number, module.type) {
      case (0, "Transformer"): break
      case (1, "Pooling"):
        let mode = try Self.pooling(
          at: "\(try Self.place(of: module.path, beneath: folder))/config.json", channels: channels)
        pooling = Pooling(rawValue: mode)
        if pooling == nil { foreign = foreign ?? "with pooling by \(printable(mode))" }
      case (2, "Normalize"): isNormalized = true
      default: foreign = foreign ?? "with the module \(printable(module.type))"
      }
    }
    if pooling == nil { foreign = foreign ?? "without pooling" }
    let encoder = try Self.encoderSettings(folder)
    foreign = foreign ?? encoder.foreign
    self.foreign = foreign.map { "a model of sentence-transformers \($0)" }
    head =
      foreign == nil
      ? pooling.map { .embedding(pooling: $0, isNormalized: isNormalized) } ?? .none : .none
    let comparison = try Self.settings(folder)?["similarity_fn_name"]?.string ?? "cosine"
    note =
      comparison == "cosine"
      ? nil
      : "compares vectors by \(printable(comparison)) (similarity_fn_name); here it is the cosine"
    (maxSequenceLength, lowercases) = (encoder.maxSequenceLength, encoder.lowercases)
  }

  /// Refuses a folder whose encoder lies in a folder of its own beneath it: none of its files would be
  /// found.
  ///
  /// - Throws: `FileError` and `InterchangeError` naming `modules.json`, never where there is none.
  public static func requireEncoder(in folder: String) throws {
    let path = "\(folder)/modules.json"
    guard fileExists(path), let encoder = try modules(path).first, !encoder.path.isEmpty else {
      return
    }
    throw InterchangeError(
      "\(path): the encoder lies in \(printable(encoder.path)), as early versions of "
        + "sentence-transformers had it; load and save the model with a newer one")
  }

  /// The last part of each module's class, and its folder.
  private static func modules(_ path: String) throws -> [(type: String, path: String)] {
    let json = try StrictJSON.read(path, limit: 1 << 20)
    let modules = json.array?.map { module in
      (
        type: module.object?["type"]?.string?.split(separator: ".").last.map(String.init) ?? "",
        path: module.object?["path"]?.string ?? ""
      )
    }
    guard let modules, modules.first?.type == "Transformer",
      !modules.contains(where: \.type.isEmpty)
    else {
      throw InterchangeError(
        "\(path): is no list of modules that begins with a Transformer: save the model again with "
          + "sentence-transformers")
    }
    return modules
  }

  /// The folder of a module.
  private static func place(of relative: String, beneath folder: String) throws -> String {
    do { return try SafePath.resolve(relative, beneath: folder) } catch {
      throw InterchangeError("\(folder)/modules.json: \(error)")
    }
  }

  private static func object(_ path: String) throws -> JSONObject {
    let json = try StrictJSON.read(path, limit: 1 << 20)
    guard let object = json.object else {
      throw InterchangeError(
        "\(path): is \(json.kindName), expected an object of settings: save the model again with "
          + "sentence-transformers")
    }
    return object
  }

  /// How old versions name the ways of pooling, each of them on or off.
  private static let modes = [
    ("pooling_mode_cls_token", "cls"), ("pooling_mode_max_tokens", "max"),
    ("pooling_mode_mean_tokens", "mean"),
    ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
    ("pooling_mode_weightedmean_tokens", "weightedmean"), ("pooling_mode_lasttoken", "lasttoken"),
  ]

  /// The way of pooling, or several in words; the mean where nothing is said.
  private static func pooling(at path: String, channels: Int) throws -> String {
    let settings = try object(path)
    let width = settings["embedding_dimension"] ?? settings["word_embedding_dimension"]
    if let width, width.integer != channels {
      throw InterchangeError(
        "\(path): is for states of \(width.integer.map(String.init) ?? width.kindName) channels, the "
          + "encoder has \(channels): one of the two belongs to another model")
    }
    if let stated = settings["pooling_mode"] {
      let modes =
        stated.array?.map { $0.string ?? $0.kindName } ?? [stated.string ?? stated.kindName]
      return modes.joined(separator: " and ")
    }
    let chosen = modes.filter { settings[$0.0]?.boolean == true }.map(\.1)
    return chosen.isEmpty ? "mean" : chosen.joined(separator: " and ")
  }

  private static func settings(_ folder: String) throws -> JSONObject? {
    let path = "\(folder)/config_sentence_transformers.json"
    return fileExists(path) ? try object(path) : nil
  }

  /// Whether the folder is a classifier of transformers that sentence-transformers calls a
  /// cross-encoder: its modules name no more than what `config.json` says.
  private static func isCrossEncoder(_ folder: String) throws -> Bool {
    try settings(folder)?["model_type"]?.string == "CrossEncoder"
  }

  /// What the model does to texts before the encoder and is not done here.
  private static func foreignSettings(_ folder: String, channels: Int) throws -> String? {
    guard let settings = try settings(folder) else { return nil }
    if let type = settings["model_type"]?.string, type != "SentenceTransformer" {
      return "of the type \(printable(type))"
    }
    if let name = settings["default_prompt_name"]?.string,
      settings["prompts"]?.object?[name]?.string != ""
    {
      return "that puts the prompt '\(printable(name))' before every text (default_prompt_name)"
    }
    if let width = settings["truncate_dim"], width != .null, width.integer != channels {
      return "that cuts its vectors short (truncate_dim)"
    }
    return nil
  }

  /// What a folder says of texts before they are tokenised, whatever stands on its encoder; `nil` where it
  /// has no `modules.json`.
  ///
  /// - Throws: `FileError` and `InterchangeError` naming the file that is not understood.
  public static func ofTexts(
    folder: String
  ) throws -> (maxSequenceLength: Int?, lowercases: Bool)? {
    guard fileExists("\(folder)/modules.json"), try !isCrossEncoder(folder) else { return nil }
    let settings = try encoderSettings(folder)
    return (settings.maxSequenceLength, settings.lowercases)
  }

  /// Named for whatever class wrote them first; sentence-transformers takes the first that is there.
  private static let encoderFiles = [
    "bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet",
  ].map { "sentence_\($0)_config.json" }

  private static func encoderSettings(
    _ folder: String
  ) throws -> (maxSequenceLength: Int?, lowercases: Bool, foreign: String?) {
    guard let path = encoderFiles.map({ "\(folder)/\($0)" }).first(where: fileExists) else {
      return (nil, false, nil)
    }
    let settings = try object(path)
    var length: Int?
    if let stated = settings["max_seq_length"], stated != .null {
      guard let value = stated.integer, (3...1 << 20).contains(value) else {
        throw InterchangeError("\(path): max_seq_length is no number from 3 to \(1 << 20)")
      }
      length = value
    }
    var foreign: String?
    // Keyword arguments for transformers; those of the model change nothing but speed and precision.
    for key in [
      "tokenizer_args", "processor_kwargs", "processing_kwargs", "config_args", "config_kwargs",
    ] where settings[key]?.object?.members.isEmpty == false {
      foreign = "with settings of its own (\(key))"
    }
    if let task = settings["transformer_task"]?.string, task != "feature-extraction" {
      foreign = "for \(printable(task))"
    }
    let text = settings["modality_config"]?.object?["text"]?.object
    if let output = text?["method_output_name"]?.string, output != "last_hidden_state" {
      foreign = "that reads \(printable(output))"
    }
    return (length, settings["do_lower_case"]?.boolean == true, foreign)
  }
}
