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
  /// Names of the classes, empty where there is no classifier.
  public let labels: [String]
  /// Its own tokenizer.
  public let tokenizer: Tokenizer
  /// What the file says that its logits are for, where no task here is that: a `problem_type`, or the
  /// name of a task.
  public let foreignTask: String?
  /// Whether it was trained on pairs of texts; nil where nobody says so, as in a folder.
  public let hasPairs: Bool?
  /// Where teacher logits that ride along come from.
  public let teacherLogits: TeacherOrigin?

  private enum Storage {
    case artifact(ArtifactReader)
    case folder(HuggingFaceModel)
  }
  private let storage: Storage

  /// Opens a folder or an artifact.
  ///
  /// - Throws: What is wrong with it, in one line.
  public init(_ path: String) throws {
    self.path = path
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
      foreignTask = folder.head != .none && task == nil ? problemType?.rawValue : nil
      labels = folder.configuration.labels
      tokenizer = try Tokenizer(folder: path)
      hasPairs = nil
      teacherLogits = nil
    } else {
      let (reader, description) = try ModelArtifact.open(path)
      storage = .artifact(reader)
      configuration = description.model
      head = description.head
      let named = description.task.flatMap(TaskTable.ofRows(named:))
      task = description.task == nil ? TaskTable.ofRows(under: description.head) : named
      foreignTask = named == nil ? description.task : nil
      labels = description.labels
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
    if let foreignTask {
      throw ArtifactError.badData(
        path, "its logits are for \(printable(foreignTask)), which this version does not do",
        cure: "use a model of \(TaskTable.ofRows.map(\.name).joined(separator: " or "))")
    }
    guard let task, wanted == nil || wanted?.isDone(by: head) == true else {
      let heads = (wanted.map { [$0] } ?? TaskTable.ofRows).map { "no \($0.headName)" }
      throw ArtifactError.badData(
        path, "the model has \(heads.joined(separator: " and "))", cure: cure)
    }
    return wanted ?? task
  }

  /// Fills a model's weights from the file.
  ///
  /// - Parameters:
  ///   - loaded: The model.
  ///   - keepsHead: Whether the file's head is the model's.
  ///   - mayBeNew: Whether the file may lack a pooler, a head and a projection.
  /// - Returns: The parameters that are not from the file, for the caller to draw.
  /// - Throws: One error listing every tensor that is missing, unexpected or misshapen.
  @discardableResult
  public func load(into loaded: LoadedModel, keepsHead: Bool, mayBeNew: Bool) throws -> [Parameter]
  {
    let parameters = loaded.weights.layout.parameters
    let isHead = Set(loaded.model.headParameters.map(\.name)).contains
    let isOptional = Set(loaded.model.optionalParameters.map(\.name)).contains
    let isProjection = { (name: String) in loaded.model.layout[name] == nil }
    let missing: [String]
    switch storage {
    case .folder(let folder):
      missing =
        try folder.load(
          into: loaded.model, loaded.weights,
          newHead: mayBeNew ? RandomStream(seed: 0, purpose: "initialization") : nil
        ).newlyInitialized + parameters.map(\.name).filter(isProjection)
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
    return parameters.filter { missing.contains($0.name) || (!keepsHead && isHead($0.name)) }
  }

  /// The stored teacher logits, row-major `[rows, labels]`.
  public func readTeacherLogits() throws -> [Float]? {
    guard case .artifact(let reader) = storage, teacherLogits != nil else { return nil }
    return try reader.floats("teacher/logits")
  }
}

extension ModelSource {
  /// The tokenizer of a folder or an artifact, without the rest of the model.
  public static func tokenizer(of path: String) throws -> Tokenizer {
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
    guard hasPairs, configuration.typeVocabularySize < 2 else { return }
    throw ArtifactError.badData(
      rows, "holds pairs of texts, \(path) knows one segment (type_vocab_size 1)",
      cure: "give single texts, or use a model of two segments")
  }
}
