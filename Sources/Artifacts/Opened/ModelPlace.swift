import Files
import Transformer

/// Where a model is looked for.
public enum ModelPlace {
  /// Refuses a path where nothing is, a file of a model folder in its place, and what the hub's cache
  /// keeps around its folders.
  ///
  /// - Throws: `FileError` with the cure.
  public static func check(_ path: String) throws {
    if fileExists(path) {
      let (folder, name) = splitPath(path)
      // One of TensorFlow's could be an artifact by its ending.
      let isForeign =
        name.hasSuffix(".onnx") || ["tf_model.h5", "flax_model.msgpack"].contains(name)
      let isPart =
        name.hasSuffix(".safetensors") || ["config.json", "pytorch_model.bin"].contains(name)
        || isForeign && fileExists(folder + "/config.json")
      // Exports to ONNX lie in a folder beside the model's other files.
      let model = splitPath(folder).folder
      if isForeign, !isPart, fileExists(model + "/config.json") {
        throw FileError(
          .notRegular, path: path, detail: "is one file of a model; give its folder: \(model)")
      }
      if isPart, !isFolder(path) {
        throw FileError(
          .notRegular, path: path, detail: "is one file of a model; give its folder: \(folder)")
      }
      let snapshots = "\(path)/snapshots"
      if isFolder(snapshots), !fileExists("\(path)/config.json"),
        let newest = try folderEntries(snapshots).max()
      {
        throw FileError(
          .notRegular, path: path,
          detail: "is a repository in the hub's cache; give the folder of a version: "
            + "\(snapshots)/\(newest)")
      }
      try checkContents(path)
      return
    }
    throw FileError(
      .missing, path: path,
      detail: "there is no such file or folder" + advice(on: path, called: path))
  }

  /// Refuses a folder that has no model but what a training lays around or in place of one.
  private static func checkContents(_ path: String) throws {
    guard isFolder(path), !fileExists("\(path)/config.json") else { return }
    let entries = try folderEntries(path)
    if entries.contains("adapter_config.json") {
      throw FileError(
        .missing, path: path,
        detail: "holds an adapter and no model; merge it into its model with peft "
          + "(merge_and_unload), save that and give its folder")
    }
    let steps = entries.compactMap { name in
      name.hasPrefix("checkpoint-") ? name.split(separator: "-").last.flatMap { Int($0) } : nil
    }
    if let last = steps.max() {
      throw FileError(
        .missing, path: path,
        detail: "holds states of a training and no model; give the folder of one: "
          + "\(path)/checkpoint-\(last)")
    }
  }

  /// What to do about a missing model whose path reads like a name on the Hugging Face hub, to be
  /// appended to a message; empty where it does not.
  ///
  /// Nothing is fetched here: what a training starts from is the user's to choose and to keep.
  ///
  /// - Parameters:
  ///   - path: Where the model is looked for.
  ///   - name: What the user wrote for it.
  /// - Returns: The end of a message, or nothing.
  public static func advice(on path: String, called name: String) -> String {
    if name.hasPrefix("tinybert-"), ModelConfiguration.preset(name) != nil {
      return "; it is a size of student, not a student: make one first: distill general --student "
        + "\(name), and give its --output here"
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      part.first.map { $0.isLetter || $0.isNumber } == true
        && part.unicodeScalars.allSatisfy {
          $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
        }
    }
    let endings = [".h5", ".yaml", ".yml", ".tsv", ".csv", ".txt", ".jsonl", ".json"]
    guard isName, parts.count <= 2, parts.last?.contains("-") == true,
      !endings.contains(where: name.hasSuffix)
    else { return "" }
    let files = ["*.json", "*.txt", "*.safetensors"].map { "--include '\($0)'" }
    return "; if it is a name on the Hugging Face hub, fetch its folder first: hf download \(name) "
      + files.joined(separator: " ")
      + " --local-dir \(path) (hf is a command of the Python package "
      + "huggingface_hub)"
  }
}
