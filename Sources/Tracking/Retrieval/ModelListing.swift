internal import Files

/// Which of the files of a model on a server make a Hugging Face folder, and where each goes.
///
/// ```
///   MLmodel                                    not fetched
///   model/ config.json, model.safetensors ...  -> the folder
///   components/tokenizer/ tokenizer.json ...   -> the folder too, where it has no file of the name
/// ```
/// What lies in `pipeline/` (older versions of MLflow) or in the place itself (folders that were logged as
/// they are) serves as well.
struct ModelListing: Equatable {
  /// A file of the folder.
  struct File: Equatable {
    /// Its place in the folder.
    let name: String
    /// Its place on the server.
    let place: [String]
    /// Bytes, where they are known.
    let size: Int?
    /// Whether it is one of those that are long, and worth keeping when a fetch is cut.
    var isWeights: Bool { name.hasSuffix(".safetensors") }
  }

  /// Where the model is.
  let place: [String]
  /// The digest of `MLmodel`, which says when the model was logged and under which identity; nil where there
  /// is none: nothing then tells one model from the next.
  let identity: Digest?
  /// The files, in the order of their names.
  private(set) var files: [File] = []
  /// How many of the model's folder stay where they are.
  private(set) var leftOut = 0

  /// Where the model may lie.
  private static let folders = ["model", "pipeline", "model.sentence_transformer"]
  /// What readers of such folders read.
  private static let endings = [".json", ".txt", ".safetensors"]
  private static let folderLimit = 20

  /// Looks at what is there; nil where nothing is.
  ///
  /// - Parameters:
  ///   - place: Where the model is.
  ///   - client: Whom to ask.
  /// - Throws: `MLflowFault`; `NoModel` where it is no model of transformers.
  init?(_ place: [String], _ client: MLflowClient) throws {
    let root = try client.list(place)
    guard !root.isEmpty else { return nil }
    self.place = place
    identity = try Self.identity(of: root, at: place, client)
    var (base, entries) = (place, root)
    if !Self.hasConfiguration(root) {
      let candidates = root.filter { $0.isFolder && Self.folders.contains($0.name) }
      var found: [MLflowClient.Artifact]?
      for candidate in candidates where found == nil {
        let inside = try client.list(place + [candidate.name])
        if Self.hasConfiguration(inside) { (base, found) = (place + [candidate.name], inside) }
      }
      guard let found else { throw NoModel(Self.description(of: root)) }
      entries = found
    }
    take(entries, at: base, prefix: "")
    let folders = entries.filter { $0.isFolder && ModelAddress.isPlain($0.name) }
    guard folders.count <= Self.folderLimit else {
      throw NoModel("it has \(folders.count) folders in it")
    }
    for folder in folders {
      take(
        try client.list(base + [folder.name]), at: base + [folder.name], prefix: folder.name + "/")
    }
    if base != place, root.contains(where: { $0.isFolder && $0.name == "components" }) {
      let tokenizer = place + ["components", "tokenizer"]
      let known = Set(files.map(\.name))
      take(
        try client.list(tokenizer).filter { !known.contains($0.name) }, at: tokenizer, prefix: "")
    }
    guard files.contains(where: { $0.name.hasSuffix(".safetensors") }) else {
      throw NoModel(
        "it has no .safetensors; save the model with safe_serialization=True and log it again")
    }
    files.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Why what is there is no model to fetch.
  struct NoModel: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private mutating func take(_ entries: [MLflowClient.Artifact], at place: [String], prefix: String)
  {
    for entry in entries where !entry.isFolder && !entry.name.hasPrefix(".") {
      guard Self.endings.contains(where: entry.name.hasSuffix) else {
        leftOut += 1
        continue
      }
      files.append(
        File(name: prefix + entry.name, place: place + [entry.name], size: entry.size))
    }
  }

  private static func identity(
    of root: [MLflowClient.Artifact], at place: [String], _ client: MLflowClient
  ) throws -> Digest? {
    guard let file = root.first(where: { !$0.isFolder && $0.name == "MLmodel" }) else { return nil }
    return Digest.of(
      try client.bytes(at: place + [file.name], size: file.size, limit: 16 << 20))
  }

  private static func hasConfiguration(_ entries: [MLflowClient.Artifact]) -> Bool {
    entries.contains { !$0.isFolder && $0.name == "config.json" }
  }

  private static func description(of entries: [MLflowClient.Artifact]) -> String {
    let names = entries.map(\.name)
    let shown = names.prefix(6).map { briefly($0, limit: 60) }.joined(separator: ", ")
    let what =
      names.contains("MLmodel") ? "an MLflow model, but not one of transformers" : "no model"
    return "it is \(what): there is no config.json in it or its folder model, only \(shown)"
      + (names.count > 6 ? ", ..." : "")
      + "; log it with mlflow.transformers, or name another place"
  }
}
