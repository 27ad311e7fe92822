import Compute
import Files
import HDF5
import Interchange
import RandomStreams
public import Tasks
public import Text
public import Transformer

/// A model that a stage was given: a Hugging Face folder or a model artifact, opened and checked,
/// its weights still in the file.
public struct ModelSource {
  /// Where it lies.
  public let path: String
  /// Sizes.
  public let configuration: ModelConfiguration
  /// The head that the file holds.
  public let head: Head
  /// What it does; `nil` where that is learnt from no labelled rows.
  public let task: (any RowTask)?
  /// The same where the file says so; a folder may leave it open what its logits mean.
  public let statedTask: (any RowTask)?
  /// Names of the classes, empty where there is no classifier or its folder is wrong about them.
  public let labels: [String]
  /// Its own tokenizer.
  public let tokenizer: Tokenizer
  /// What the file says that its logits are for, where no task here is that: a `problem_type`, or the
  /// name of a task.
  public let foreignTask: String?
  /// What stands on the encoder of a folder that no head here computes, in words.
  public let foreignHead: String?
  /// Whether it was trained on pairs of texts; nil where nobody says so, as in a folder.
  public let hasPairs: Bool?
  /// Where teacher logits that ride along come from.
  public let teacherLogits: TeacherOrigin?

  private enum Storage {
    case artifact(ArtifactReader)
    case folder(HuggingFaceModel)
  }
  private let storage: Storage
  /// What is wrong with the names of the classes.
  private let labelFault: InterchangeError?

  /// Opens a folder or an artifact.
  ///
  /// - Throws: What is wrong with it, in one line.
  public init(_ path: String) throws {
    self.path = path
    try ModelPlace.check(path)
    if isFolder(path) {
      let folder = try HuggingFaceModel(folder: path)
      storage = .folder(folder)
      configuration = folder.configuration.model
      head = folder.head
      // transformers takes a single output without a problem type for a number.
      let problemType =
        folder.configuration.problemType
        ?? (folder.head == .classification(labels: 1, style: .hf) ? .regression : nil)
      task = TaskTable.ofRows(under: folder.head, problemType: problemType?.rawValue)
      statedTask = problemType == nil ? nil : task
      foreignTask = folder.head != .none && task == nil ? problemType?.rawValue : nil
      (labels, labelFault) = (folder.labels, folder.labelFault)
      foreignHead = folder.foreignHead
      tokenizer = try Tokenizer(folder: path)
      hasPairs = nil
      teacherLogits = nil
    } else {
      let (reader, description) = try ModelArtifact.open(path)
      storage = .artifact(reader)
      configuration = description.model
      head = description.head
      let named = description.task.flatMap(TaskTable.ofRows(named:))
        .flatMap { $0.isDone(by: description.head) ? $0 : nil }
      task = description.task == nil ? TaskTable.ofRows(under: description.head) : named
      statedTask = task
      foreignTask = named == nil ? description.task : nil
      (labels, labelFault, foreignHead) = (description.labels, nil, nil)
      tokenizer = try ModelArtifact.tokenizer(reader, description)
      hasPairs = description.hasPairs
      teacherLogits = description.teacherLogits
    }
    guard tokenizer.vocabularySize <= configuration.vocabularySize else {
      throw ArtifactError.badData(
        path,
        "the tokenizer has \(tokenizer.vocabularySize) tokens, the embedding table \(configuration.vocabularySize) rows",
        cure: "put the model's own vocabulary into the folder")
    }
  }

  /// Refuses a model that does not do what is asked of it.
  ///
  /// - Parameters:
  ///   - wanted: The task; any of labelled rows if nil.
  ///   - cure: What to do about it.
  /// - Returns: The task.
  /// - Throws: `ArtifactError` naming what the model does instead.
  public func rowTask(_ wanted: (any RowTask)? = nil, cure: String) throws -> any RowTask {
    try refuseForeignHead(cure: cure)
    if let labelFault { throw labelFault }
    if let foreignTask {
      let isRegression = foreignTask == RegressionTask().problemType
      throw ArtifactError.badData(
        path,
        "its logits are for \(printable(foreignTask))\(isRegression ? " of several numbers" : ""), "
          + "which this version does not do",
        cure: isRegression
          ? "use a model with one output"
          : "use a model of \(TaskTable.ofRows.map(\.name).joined(separator: " or "))")
    }
    guard let task else {
      var heads: [String] = []
      for head in (wanted.map { [$0] } ?? TaskTable.ofRows).map(\.headName)
      where !heads.contains(head) { heads.append(head) }
      throw ArtifactError.badData(
        path, "the model has \(heads.map { "no \($0)" }.joined(separator: " and "))", cure: cure)
    }
    guard let wanted else { return task }
    try wanted.requireModel(path, under: head, stating: statedTask, cure: cure)
    return wanted
  }

  /// Refuses a folder whose head is none that is known here, where the head is what is asked for.
  ///
  /// - Throws: `ArtifactError` naming it.
  public func refuseForeignHead(cure: String) throws {
    guard let foreignHead else { return }
    throw ArtifactError.badData(
      path, "it is \(printable(foreignHead)), of which this version reads the encoder alone",
      cure: cure)
  }

  /// Checks names and shapes of what the file holds against a model, before memory is taken for it.
  ///
  /// - Throws: One error listing every tensor that is missing, unexpected or misshapen.
  func check(_ model: BertModel, keepsHead: Bool, mayBeNew: Bool) throws {
    switch storage {
    case .folder(let folder): try folder.check(model, mayBeNew: mayBeNew)
    case .artifact(let reader):
      let left = keepsHead ? [] : model.headParameters
      _ = try ModelArtifact.stored(
        reader, of: model.layout.parameters.filter { !left.contains($0) })
    }
  }

  /// Fills a model's weights from the file.
  ///
  /// - Parameters:
  ///   - loaded: The model.
  ///   - keepsHead: Whether the file's head is the model's.
  ///   - mayBeNew: Whether the file may lack a pooler, a head and a projection.
  /// - Returns: The parameters that are not from the file, for the caller to draw, and what a reader
  ///   should know of what was left aside.
  /// - Throws: One error listing every tensor that is missing, unexpected or misshapen.
  func load(
    into loaded: LoadedModel, keepsHead: Bool, mayBeNew: Bool
  ) throws -> (new: [Parameter], notes: [String]) {
    let parameters = loaded.weights.layout.parameters
    let isHead = Set(loaded.model.headParameters.map(\.name)).contains
    let isOptional = Set(loaded.model.optionalParameters.map(\.name)).contains
    let isProjection = { (name: String) in loaded.model.layout[name] == nil }
    let missing: [String]
    var notes: [String] = []
    switch storage {
    case .folder(let folder):
      let report = try folder.load(
        into: loaded.model, loaded.weights,
        newHead: mayBeNew ? RandomStream(seed: 0, purpose: "initialization") : nil)
      notes = foreignHead.map { ["it is \(printable($0)): its encoder alone is read"] } ?? []
      notes = (notes + report.notes).map { "\(path): \($0)" }
      missing =
        report.newlyInitialized + parameters.map(\.name).filter(isProjection)
    case .artifact(let reader):
      let wanted = parameters.filter { keepsHead || !isHead($0.name) }
      missing = try ModelArtifact.load(reader, into: loaded.weights, parameters: wanted)
      let forbidden = missing.filter { name in
        !mayBeNew || !(isProjection(name) || isOptional(name))
      }
      guard forbidden.isEmpty else {
        throw ArtifactError.badData(
          path, "lacks \(forbidden.count) tensors: \(forbidden.joined(separator: ", "))",
          cure: "use a model that holds them")
      }
    }
    let new = parameters.filter { missing.contains($0.name) || (!keepsHead && isHead($0.name)) }
    return (new, notes)
  }

  /// The stored teacher logits, row-major `[rows, labels]`.
  public func readTeacherLogits() throws -> [Float]? {
    guard case .artifact(let reader) = storage, teacherLogits != nil else { return nil }
    return try reader.floats("teacher/logits")
  }
}

extension RowTask {
  /// Refuses a model that does something else.
  ///
  /// - Parameters:
  ///   - path: The model, for the message.
  ///   - head: Its head.
  ///   - stated: The task that its file names, if any.
  ///   - cure: What to do about one whose head cannot do it.
  /// - Throws: `ArtifactError` naming what it does.
  public func requireModel(
    _ path: String, under head: Head, stating stated: (any RowTask)?, cure: String
  ) throws {
    if let stated, stated.name != name {
      throw ArtifactError.badData(
        path, "its logits are for \(stated.name), the dataset is for \(name)",
        cure: "use a model of \(name), or make the dataset again with --task \(stated.name)")
    }
    guard isDone(by: head) else {
      throw ArtifactError.badData(path, "the model has no \(headName)", cure: cure)
    }
  }
}

extension ModelSource {
  /// The tokenizer of a folder or an artifact, without the rest of the model.
  public static func tokenizer(of path: String) throws -> Tokenizer {
    try ModelPlace.check(path)
    if isFolder(path) { return try Tokenizer(folder: path) }
    let (reader, description) = try ModelArtifact.open(path)
    return try ModelArtifact.tokenizer(reader, description)
  }
}

extension ModelSource {
  /// Refuses pairs of texts for a model that learnt from single ones, and the reverse: it would answer,
  /// and the answers would mean nothing.
  ///
  /// - Parameters:
  ///   - hasPairs: Whether the rows are pairs.
  ///   - rows: Where they lie.
  ///   - cure: What to do where they are single texts, and where they are pairs.
  /// - Throws: `ArtifactError`; never where it is not known what the model learnt from.
  public func requireInput(
    ofPairs hasPairs: Bool, of rows: String, cure: (single: String, pairs: String)
  ) throws {
    try requireSegments(forPairs: hasPairs, of: rows)
    guard let own = self.hasPairs, own != hasPairs else { return }
    let words = { (isPairs: Bool) in isPairs ? "pairs of texts" : "single texts" }
    throw ArtifactError.badData(
      rows, "holds \(words(hasPairs)), \(path) was trained on \(words(own))",
      cure: hasPairs ? cure.pairs : cure.single)
  }

  /// Refuses pairs for a model that has one segment type alone, as transformers does.
  ///
  /// - Throws: `ArtifactError`.
  public func requireSegments(forPairs hasPairs: Bool, of rows: String) throws {
    guard hasPairs, !configuration.takesPairs else { return }
    throw ArtifactError.badData(
      rows, "holds pairs of texts, \(path) knows one segment (type_vocab_size 1)",
      cure: "give single texts, or use a model of two segments")
  }
}
