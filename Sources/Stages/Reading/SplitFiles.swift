import Artifacts
import Files
import Text

/// The files of a dataset's splits.
enum SplitFiles {
  /// The splits that have a file, in order.
  ///
  /// Where a GLUE task is named, `train` may be the folder of its files; splits that are given besides
  /// go before those of the folder.
  ///
  /// - Parameters:
  ///   - given: Paths by split.
  ///   - glue: The task of GLUE.
  /// - Returns: A path a split.
  /// - Throws: `StageError` or `TextError` where a folder is no such one.
  static func find(
    _ given: [String: String], glue: GlueTask?
  ) throws -> [(split: String, path: String)] {
    var paths = given
    if let folder = given["train"], isFolder(folder), let glue {
      paths["train"] = nil
      for (split, path) in try GlueFolder.files(of: glue, in: folder) where paths[split] == nil {
        paths[split] = path
      }
    }
    return DatasetArtifact.splitNames.compactMap { split in paths[split].map { (split, $0) } }
  }
}

/// The files of a GLUE task in the folder that its archive unpacks to.
enum GlueFolder {
  /// The files that are there, by split.
  ///
  /// - Throws: `StageError` where the training file is missing, `TextError` where one is there twice.
  static func files(of task: GlueTask, in folder: String) throws -> [(split: String, path: String)]
  {
    var found: [(split: String, path: String)] = []
    for (split, name) in task.files {
      let paths = candidates(name, in: folder)
      if let second = paths.dropFirst().first {
        throw TextError(second, "stands beside \(name); move one of them away")
      }
      if let path = paths.first { found.append((split, path)) }
    }
    guard found.contains(where: { $0.split == "train" }) else {
      let own = (try? folderEntries(folder).sorted()) ?? []
      let below = own.first {
        !candidates("train.tsv", in: "\(folder)/\($0)").isEmpty && isLike($0, task)
      }
      throw StageError.missing(
        folder, "has no train.tsv, which GLUE's \(task.rawValue) has",
        cure: below.map { "give \(folder)/\($0)" } ?? "give the folder that holds it, or its files")
    }
    return found
  }

  /// A file and the same one packed.
  private static func candidates(_ name: String, in folder: String) -> [String] {
    ([name] + Packing.endings.map { "\(name).\($0)" }).map { "\(folder)/\($0)" }
      .filter { fileExists($0) && !isFolder($0) }
  }

  /// Whether a folder is called as the task, or as GLUE spells it.
  private static func isLike(_ name: String, _ task: GlueTask) -> Bool {
    let plain = { (text: String) in text.lowercased().filter(\.isLetter) }
    return plain(name) == plain(task.rawValue)
  }
}
