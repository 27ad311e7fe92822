internal import Files

/// What `tokenizer_config.json` says, and the two files of old folders that say it beside it:
/// `special_tokens_map.json` and `added_tokens.json`, which transformers heeds where the first does
/// not list the added tokens itself.
struct TokenizerConfiguration {
  /// The largest tokenizer file read.
  static let fileLimit = 64 << 20

  /// The path of `tokenizer_config.json`.
  let path: String
  /// Whether that file is there.
  let isThere: Bool

  let root: JSONObject
  /// The contents of `special_tokens_map.json`, with its path.
  let specialTokens: (path: String, members: JSONObject)?
  /// The contents of `added_tokens.json`, with its path.
  let addedTokens: (path: String, members: JSONObject)?
  /// What `config.json` of the model names as the tokenizer's class, with its path.
  private let modelsWord: (path: String, name: String)?

  /// Reads the files that a folder has of these.
  ///
  /// - Throws: `FileError` if one is not JSON, `TextError` if it is not an object.
  init(folder: String) throws {
    path = "\(folder)/tokenizer_config.json"
    isThere = fileExists(path)
    root = try Self.object(path)?.members ?? JSONObject()
    let isListed = root["added_tokens_decoder"]?.object != nil
    specialTokens = isListed ? nil : try Self.object("\(folder)/special_tokens_map.json")
    addedTokens = isListed ? nil : try Self.object("\(folder)/added_tokens.json")
    let model = "\(folder)/config.json"
    modelsWord = try Self.object(model)?.members["tokenizer_class"]?.string.map { (model, $0) }
  }

  private static func object(_ path: String) throws -> (path: String, members: JSONObject)? {
    guard fileExists(path) else { return nil }
    let bytes = try BoundedReader.bytes(at: path, limit: fileLimit)
    guard let members = try StrictJSON.parse(bytes, path: path).object else {
      throw TextError(path, "is not a JSON object; save the tokenizer again with transformers")
    }
    return (path, members)
  }

  /// The classes of transformers that cut text as `BertTokenizer` does, with or without `Fast`.
  private static let classes = [
    "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "ConvBertTokenizer",
    "MobileBertTokenizer", "SqueezeBertTokenizer", "RetriBertTokenizer", "LayoutLMTokenizer",
    "LxmertTokenizer", "DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer",
    "PreTrainedTokenizer", "TokenizersBackend",
  ]

  /// The class that is named, with the file that names it.
  var statedClass: (path: String, name: String)? {
    root["tokenizer_class"]?.string.map { (path: path, name: $0) } ?? modelsWord
  }

  /// Those among them that take `tokenizer.json` as it is and give no segments unless they are told to.
  private static let plainClasses = [
    "PreTrainedTokenizer", "TokenizersBackend", "RetriBertTokenizer",
  ]

  /// Those of BERT's that take `tokenizer.json` as it is.
  private static let faithfulClasses = [
    "ConvBertTokenizer", "ConvBertTokenizerFast", "DPRContextEncoderTokenizerFast",
    "DPRQuestionEncoderTokenizerFast",
  ]

  /// Whether the class that is named changes nothing of `tokenizer.json`.
  var takesJSONAsItIs: Bool {
    let name = statedClass?.name ?? "BertTokenizer"
    return Self.plainClasses.contains(Self.bare(name)) || Self.faithfulClasses.contains(name)
  }

  /// A class of transformers without the `Fast` that old versions set behind its name.
  private static func bare(_ name: String) -> String {
    name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
  }

  /// Whether a model is told which of two texts a token is of: what `model_input_names` says, or else
  /// what the class is made for.
  ///
  /// - Throws: `TextError` if it is no list of names.
  func hasSegments() throws -> Bool {
    guard let stated = root["model_input_names"] else {
      let name = Self.bare(statedClass?.name ?? "BertTokenizer")
      return name != "DistilBertTokenizer" && !Self.plainClasses.contains(name)
    }
    guard let names = stated.array else {
      throw TextError(
        path,
        "model_input_names is \(stated.kindName), expected an array of names; correct or remove it")
    }
    return names.contains { $0.string == "token_type_ids" }
  }

  /// Refuses a folder whose tokenizer is of a class that cuts text in another way.
  ///
  /// - Throws: `TextError` naming the class.
  func checkClass() throws {
    guard let stated = statedClass else { return }
    guard !Self.classes.contains(Self.bare(stated.name)) else { return }
    throw TextError(
      stated.path,
      "tokenizer_class is '\(printable(stated.name))', which cuts text in another way than "
        + "BertTokenizer; use a model with a BERT WordPiece tokenizer")
  }

  /// Refuses texts that are to be cut at their beginning.
  ///
  /// - Parameter stated: What `tokenizer.json` says, with its path.
  /// - Throws: `TextError` naming the file and the key.
  func checkTruncation(_ stated: (path: String, side: String?)? = nil) throws {
    let own = root["truncation_side"]?.string
    let side = own ?? stated?.side?.lowercased()
    guard side == "left" else { return }
    throw TextError(
      own == nil ? stated?.path ?? path : path,
      "\(own == nil ? "truncation.direction" : "truncation_side") is left: long texts would be cut at "
        + "their beginning, which this version does not do; set it to right if their end may go")
  }

  /// Refuses a folder in which special tokens within texts are to be cut like other words.
  ///
  /// - Throws: `TextError`.
  func checkSplitting() throws {
    guard try boolean("split_special_tokens") == true else { return }
    throw TextError(
      path,
      "split_special_tokens is true, so that [SEP] in a text would be cut like any word; set it to false, "
        + "and give dataset, tokenize and predict --split-special-tokens")
  }

  /// `model_max_length`; nil where it is missing or the huge number that means "not known".
  func modelMaxLength() throws -> Int? {
    // The name of 2019 counts where there is no other.
    let key = root["model_max_length"] == nil ? "max_len" : "model_max_length"
    guard let value = root[key], value != .null else { return nil }
    guard let length = value.real, length >= 1 else {
      throw TextError(path, "\(key) must be a positive number; correct or remove it")
    }
    return length > 1e9 ? nil : Int(length)
  }

  /// Settings for a folder that has `vocab.txt` and no `tokenizer.json`; keys that are missing have
  /// the values transformers gives them.
  func settings() throws -> TokenizerSettings {
    var settings = TokenizerSettings()
    settings.normalizer.doLowerCase = try boolean("do_lower_case") ?? true
    settings.normalizer.stripAccents = try boolean("strip_accents")
    settings.normalizer.tokenizeChineseChars = try boolean("tokenize_chinese_chars") ?? true
    return settings
  }

  /// Refuses a file that contradicts `tokenizer.json`: other programs would heed the one or the
  /// other.
  ///
  /// The classes of transformers that are named for BERT and its kin have defaults of their own, which
  /// they put in the place of what `tokenizer.json` says.
  func check(against settings: TokenizerSettings) throws {
    try checkConstants(settings)
    let name = statedClass?.name ?? "BertTokenizer"
    let hasDefaults = !name.hasPrefix("PreTrainedTokenizer") && name != "TokenizersBackend"
    let lowercase = try boolean("do_lower_case") ?? (hasDefaults ? true : nil)
    let ideographs = try boolean("tokenize_chinese_chars") ?? (hasDefaults ? true : nil)
    let accents = try boolean("strip_accents") ?? (hasDefaults ? lowercase : nil)
    let isContradicted =
      lowercase.map { $0 != settings.normalizer.doLowerCase } == true
      ? "do_lower_case"
      : ideographs.map { $0 != settings.normalizer.tokenizeChineseChars } == true
        ? "tokenize_chinese_chars"
        : accents.map { $0 != settings.normalizer.stripsAccents } == true ? "strip_accents" : nil
    guard let key = isContradicted else { return }
    let isStated = root[key] != nil && root[key] != .null
    throw TextError(
      path,
      (isStated
        ? "\(key) contradicts" : "without \(key), \(name) takes its default, which contradicts")
        + " the normalizer of tokenizer.json; make the two files agree")
  }

  /// Refuses what those classes have no key for: they replace it by BERT's, whatever `tokenizer.json` says.
  private func checkConstants(_ settings: TokenizerSettings) throws {
    guard !takesJSONAsItIs else { return }
    let name = statedClass?.name ?? "BertTokenizer"
    let usual = WordPiece.Settings()
    let constants: [(key: String, usual: String, own: String)] = [
      ("normalizer.clean_text", "true", "\(settings.normalizer.cleanText)"),
      (
        "model.max_input_chars_per_word", "\(usual.maxInputCharsPerWord)",
        "\(settings.model.maxInputCharsPerWord)"
      ),
      (
        "model.continuing_subword_prefix", usual.continuingPrefix, settings.model.continuingPrefix
      ),
    ]
    guard let fault = constants.first(where: { $0.own != $0.usual }) else { return }
    throw TextError(
      path,
      "\(printable(name)) takes \(fault.usual) for \(fault.key), tokenizer.json says "
        + "'\(printable(fault.own))'; write \(fault.usual) there, or have the file taken as it is: "
        + "tokenizer_class PreTrainedTokenizerFast, with model_input_names as before")
  }

  /// Refuses a class of transformers that forgets `do_lower_case`.
  ///
  /// - Throws: `TextError` where that makes a difference.
  func checkCase(besidesJSON: Bool) throws {
    guard let stated = statedClass, stated.name.hasPrefix("DPR"),
      !(besidesJSON && takesJSONAsItIs), try boolean("do_lower_case") == false
    else { return }
    throw TextError(
      stated.path,
      "\(printable(stated.name)) of transformers 5 reads lower case whatever do_lower_case says; write BertTokenizer "
        + "for tokenizer_class to keep capitals, or set do_lower_case to true")
  }

  private func boolean(_ key: String) throws -> Bool? {
    guard let value = root[key], value != .null else { return nil }
    guard let boolean = value.boolean else {
      throw TextError(path, "\(key) must be true, false or null; correct it")
    }
    return boolean
  }
}

extension Tokenizer {
  /// The class that a model folder names for its tokenizer, whatever it is; nil where it names none.
  ///
  /// - Throws: `FileError` if a file is not JSON, `TextError` if it is not an object.
  public static func statedClass(folder: String) throws -> String? {
    try TokenizerConfiguration(folder: folder).statedClass?.name
  }
}
