import Files
public import Transformer

extension SentenceModules {
  /// The names that `write` may give to what it writes.
  public static let entries = [
    "modules.json", "1_Pooling", "2_Normalize", "sentence_bert_config.json",
    "config_sentence_transformers.json",
  ]

  /// Writes what sentence-transformers needs beside the files of transformers, in the words that all its
  /// versions since the second understand.
  ///
  /// - Parameters:
  ///   - pooling: How a text's hidden states become one vector.
  ///   - isNormalized: Whether it is scaled to length 1.
  ///   - channels: Its width.
  ///   - maxSequenceLength: The most tokens of a text.
  ///   - folder: The folder, which is there.
  /// - Throws: `FileError`.
  public static func write(
    _ pooling: Pooling, isNormalized: Bool, channels: Int, maxSequenceLength: Int,
    to folder: String
  ) throws {
    func module(_ number: Int, _ type: String, _ path: String) -> JSONValue {
      .object(
        JSONObject([
          ("idx", .integer(number)), ("name", .string("\(number)")), ("path", .string(path)),
          ("type", .string("sentence_transformers.models.\(type)")),
        ]))
    }
    let modules =
      [module(0, "Transformer", ""), module(1, "Pooling", "1_Pooling")]
      + (isNormalized ? [module(2, "Normalize", "2_Normalize")] : [])
    func write(_ json: JSONValue, as name: String) throws {
      try AtomicFile.write(try json.encoded(), to: "\(folder)/\(name)")
    }
    try ensureDirectory("\(folder)/1_Pooling")
    try write(
      .object(
        JSONObject([
          ("word_embedding_dimension", .integer(channels)),
          ("pooling_mode_cls_token", .boolean(pooling == .cls)),
          ("pooling_mode_mean_tokens", .boolean(pooling == .mean)),
          ("pooling_mode_max_tokens", .boolean(false)),
          ("pooling_mode_mean_sqrt_len_tokens", .boolean(false)),
        ])), as: "1_Pooling/config.json")
    if isNormalized { try ensureDirectory("\(folder)/2_Normalize") }
    try write(
      .object(
        JSONObject([
          ("max_seq_length", .integer(maxSequenceLength)), ("do_lower_case", .boolean(false)),
        ])), as: "sentence_bert_config.json")
    try write(
      .object(
        JSONObject([
          ("prompts", .object(JSONObject())), ("default_prompt_name", .null),
          ("similarity_fn_name", .string("cosine")),
        ])), as: "config_sentence_transformers.json")
    // What makes it a folder of sentence-transformers comes last.
    try write(.array(modules), as: "modules.json")
  }
}
