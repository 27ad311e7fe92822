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
    if let folder = given["train"], isFolder(folder), glue == nil,
      let options = GlueFolder.options(for: folder)
    {
      throw TextError(
        folder, "is a folder; give a file of rows, or \(options) if it is GLUE's")
    }
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
    for (split, name) in names(of: task, in: folder) {
      let paths = candidates(name, in: folder)
      if let second = paths.dropFirst().first {
        throw TextError(second, "stands beside \(name); move one of them away")
      }
      if let path = paths.first { found.append((split, path)) }
    }
    guard found.contains(where: { $0.split == "train" }) else {
      let own = (try? folderEntries(folder).sorted()) ?? []
      let below = own.first { holds(task, "\(folder)/\($0)") && isLike($0, task) }
      throw StageError.missing(
        folder,
        "has no train.tsv"
          + (task.foreignFiles.first.map { " and no \($0.name)" } ?? "")
          + ", which GLUE's \(task.rawValue) has",
        cure: below.map { "give \(folder)/\($0)" } ?? "give the folder that holds it, or its files")
    }
    return found
  }

  /// The names of the files: GLUE's, or those of their authors where it has none of GLUE's to learn from.
  private static func names(
    of task: GlueTask, in folder: String
  ) -> [(split: String, name: String)] {
    let isThere = { (name: String) in !candidates(name, in: folder).isEmpty }
    guard !isThere("train.tsv"), let train = task.foreignFiles.first, isThere(train.name) else {
      return task.files
    }
    return task.foreignFiles
  }

  /// Whether a folder has the training file of a task.
  private static func holds(_ task: GlueTask, _ folder: String) -> Bool {
    (["train.tsv"] + task.foreignFiles.prefix(1).map(\.name)).contains {
      !candidates($0, in: folder).isEmpty
    }
  }

  /// The options that read a folder as GLUE's, where it seems to be that; nil where it does not.
  static func options(for folder: String) -> String? {
    func given(_ task: GlueTask, _ path: String) -> String {
      "--glue \(task.rawValue) --train \(printable(path))"
    }
    let name = folder.split(separator: "/").last.map(String.init) ?? ""
    if let task = GlueTask.allCases.first(where: { isLike(name, $0) }) {
      return given(task, folder)
    }
    if let task = GlueTask.allCases.first(where: { !$0.foreignFiles.isEmpty && holds($0, folder) }),
      candidates("train.tsv", in: folder).isEmpty
    {
      return given(task, folder)
    }
    if !candidates("train.tsv", in: folder).isEmpty {
      return "--glue TASK --train \(printable(folder))"
    }
    // One that holds the folders of all tasks.
    let own = (try? folderEntries(folder).sorted()) ?? []
    return own.lazy.compactMap { entry in
      GlueTask.allCases.first { isLike(entry, $0) && holds($0, "\(folder)/\(entry)") }
        .map { given($0, "\(folder)/\(entry)") }
    }.first
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
