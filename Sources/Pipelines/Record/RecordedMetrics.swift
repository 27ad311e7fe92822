public import Files

/// The final metrics of stages that are done, in order, from wherever they were recorded, and which stages
/// have begun and are not done.
public struct RecordedMetrics: Sendable {
  /// A stage that is done.
  public struct Stage: Sendable {
    /// Its name.
    public let name: String
    /// Its metrics, in the order to show them.
    public let metrics: [(String, Double)]
    /// Its name in the file, the same for all instances of a matrix: only their names have an @.
    public var baseName: String { String(name.prefix { $0 != "@" }) }
    /// What decided its result; nil where the record does not say.
    let fingerprint: Fingerprint?
    /// What it read; empty where the record does not say.
    public let inputs: [InputRecord]

    init(
      name: String, metrics: [(String, Double)], fingerprint: Fingerprint?,
      inputs: [InputRecord] = []
    ) {
      (self.name, self.metrics) = (name, metrics)
      (self.fingerprint, self.inputs) = (fingerprint, inputs)
    }

    /// The value that it had for an option; nil where the record does not say.
    public func option(_ name: String) -> JSONValue? {
      fingerprint?.preimage.object?["options"]?.object?[name]
    }
  }

  /// The stages, in the order they ran.
  public private(set) var stages: [Stage]
  /// The stages that have begun and are not done.
  public private(set) var unfinished: [UnfinishedStage] = []

  /// Metrics that are at hand.
  init(stages: [Stage]) { self.stages = stages }

  /// The metrics of one stage alone, or of all instances of one.
  public func only(_ name: String) -> RecordedMetrics {
    var part = self
    part.stages.removeAll { $0.name != name && $0.baseName != name }
    part.unfinished.removeAll { $0.name != name && $0.baseName != name }
    return part
  }

  /// What the manifest of a pipeline's workspace says about the pipeline's stages.
  ///
  /// - Throws: `PipelineError` with status `missingInput` where nothing has run, and as
  ///   `Manifest.read`.
  public init(of pipeline: Pipeline) throws {
    self.init(
      of: pipeline.stages.map(\.name), try Self.manifest(of: pipeline.workspace),
      in: pipeline.workspace)
  }

  /// What the manifest of a workspace says about the stages of its last run.
  ///
  /// - Throws: As `init(of:)`.
  public init(in workspace: Workspace) throws {
    let manifest = try Self.manifest(of: workspace)
    self.init(
      of: manifest.graph.compactMap { $0.object?["stage"]?.string }, manifest, in: workspace)
  }

  private init(of names: [String], _ manifest: Manifest, in workspace: Workspace) {
    stages = Self.stages(names, manifest)
    unfinished = UnfinishedStage.all(of: names, manifest, in: workspace)
  }

  /// What a document says: an object of metrics by stage, as `json` gives it.
  ///
  /// - Throws: `PipelineError` with status `badData`; `FileError` if it cannot be read.
  public init(document path: String) throws {
    func refuse(_ place: String) -> PipelineError {
      PipelineError(
        .badData, at: path,
        "\(place)expected metrics by stage, as `distill metrics --json` prints them; of a workspace "
          + "give the folder")
    }
    guard let object = try StrictJSON.read(path, limit: Manifest.sizeLimit).object else {
      throw refuse("")
    }
    stages = try object.members.compactMap { member in
      if member.name == "schema", member.value.string != nil { return nil }
      guard let metrics = member.value.object?.members else { throw refuse("\(member.name): ") }
      // A stage that was not done has a series in the place of metrics.
      if member.value.object?["series"]?.array != nil { return nil }
      return Stage(
        name: member.name,
        metrics: try metrics.map { metric in
          guard let value = metric.value.number else {
            throw refuse("\(member.name).\(metric.name): ")
          }
          return (Self.currentName(metric.name), value)
        }, fingerprint: nil)
    }
  }

  /// One document: an object of metrics by stage.
  ///
  /// What is not finite is a text, `nan`, `inf` or `-inf`.
  public var json: JSONValue {
    Self.object(
      stages.map { stage in
        (stage.name, Self.object(stage.metrics.map { ($0.0, .number($0.1)) }))
      })
  }

  /// An object of members whose names somebody else may have given twice: the first counts.
  private static func object(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
    var object = JSONObject()
    for member in members { object.append(member.name, member.value) }
    return .object(object)
  }

  /// The name under which a metric is recorded today: the losses of a training were once called
  /// `train_label` and so on, which does not say that they are losses.
  private static func currentName(_ name: String) -> String {
    oldLosses.contains(name) ? name + "_loss" : name
  }

  private static let oldLosses = Set(
    ["attention", "embedding", "hidden", "label", "masked_language", "prediction"].map {
      "train_" + $0
    })

  private static func manifest(of workspace: Workspace) throws -> Manifest {
    guard let manifest = try Manifest.read(workspace) else {
      throw PipelineError(
        .missingInput, at: workspace.path, "nothing has run here yet; run it first")
    }
    return manifest
  }

  private static func stages(_ names: [String], _ manifest: Manifest) -> [Stage] {
    names.compactMap { name in
      guard let record = manifest.stages[name], record.status.hasOutputs else { return nil }
      return Stage(
        name: name, metrics: record.metrics.map { (currentName($0.0), $0.1) },
        fingerprint: record.fingerprint, inputs: record.inputs)
    }
  }
}
