public import Files

/// What the manifest of a workspace remembers of the training that made a model.
public struct RecordedTraining: Sendable, Equatable {
  /// The step after which the model had the weights that were kept.
  public let step: Int
  /// The steps of the training.
  public let steps: Int

  /// Looks for the maker of a model.
  ///
  /// What is not found, or cannot be read, is not known: nothing depends on it.
  ///
  /// - Parameters:
  ///   - path: Where the model lies.
  ///   - content: Its content digest.
  ///   - workspace: Where to look beside the model's own workspaces; nil for nowhere else.
  public init?(of path: String, content: Digest, workspace: Workspace? = nil) {
    let (folder, _) = splitPath(path)
    var places = [Workspace(path: Pipeline.ownWorkspace(of: path))]
    if splitPath(folder).name == "artifacts" {
      places.append(Workspace(path: splitPath(folder).folder))
    }
    if let workspace { places.append(workspace) }
    for place in places {
      guard let manifest = try? Manifest.read(place) else { continue }
      for record in manifest.stages.values {
        guard let output = record.outputs.first(where: { $0.digests.content == content }),
          let known = Self(record, port: output.port)
        else { continue }
        self = known
        return
      }
    }
    return nil
  }

  private init?(_ record: StageRecord, port: String) {
    func whole(_ name: String) -> Int? {
      record.metrics.first { $0.0 == name }.flatMap { Int(exactly: $0.1) }
    }
    guard let steps = whole("steps") else { return nil }
    let options = record.fingerprint.preimage.member("options")
    let keepsBest = options?.member("load_best_model_at_end") == .boolean(true)
    self.steps = steps
    step = keepsBest && port == "model" ? whole("best_step") ?? steps : steps
  }
}
