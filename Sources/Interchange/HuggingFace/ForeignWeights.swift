import Files

/// Weights that other programs read, as they lie in folders of the hub beside or in place of ours.
enum ForeignWeights {
  /// Why a folder that has no weights of ours cannot be read, and what to do; nil where it holds none of
  /// another program either.
  static func refusal(of folder: String) -> InterchangeError? {
    let names = entries(folder) + entries("\(folder)/onnx").map { "onnx/" + $0 }
    for (kind, fits, cure) in kinds {
      guard let name = names.first(where: fits) else { continue }
      return InterchangeError(
        "\(folder): holds \(name), weights for \(kind), which are not read, and neither "
          + "model.safetensors nor pytorch_model.bin; put one of these of the same model into the folder"
          + cure)
    }
    return nil
  }

  /// Why the folder of a checkpoint of Google's BERT, which has another configuration too, cannot be read; nil
  /// where it is none.
  static func refusalOfRelease(_ folder: String) -> InterchangeError? {
    guard !fileExists("\(folder)/config.json"), fileExists("\(folder)/bert_config.json"),
      let name = entries(folder).first(where: { $0.contains(".ckpt") })
    else { return nil }
    return InterchangeError(
      "\(folder): holds \(name) and bert_config.json, as Google published BERT, which are not read, and no "
        + "config.json; give the folder of the same model as the Hugging Face hub has it (config.json, "
        + "model.safetensors, vocab.txt)")
  }

  /// The program, the files that are its own, and how they become ours: transformers 5 reads none of them.
  private static let kinds: [(program: String, fits: @Sendable (String) -> Bool, cure: String)] = [
    ("TensorFlow", { $0 == "tf_model.h5" }, conversion("from_tf")),
    // Of pieces and checkpoints from_pretrained knows nothing.
    (
      "TensorFlow",
      { $0.hasPrefix("tf_model") && $0.hasSuffix(".h5") || $0.contains(".ckpt.") }, ""
    ),
    (
      "Flax", { $0.hasPrefix("flax_model") && $0.hasSuffix(".msgpack") }, conversion("from_flax")
    ),
    (
      "ONNX", { $0.hasSuffix(".onnx") },
      " (an ONNX file is made from them)"
    ),
  ]

  private static func conversion(_ argument: String) -> String {
    ", or make it with transformers 4 (from_pretrained with \(argument)=True, then save_pretrained), "
      + "since transformers 5 no longer reads the other"
  }

  private static func entries(_ folder: String) -> [String] {
    ((try? folderEntries(folder)) ?? []).sorted()
  }
}
