import Compute
import Distillation
import Files
import HDF5
package import Interchange
import RandomStreams
public import Tasks
public import Text
public import Transformer

/// A model that a stage was given: a Hugging Face folder or a model artifact, opened and checked,
/// its weights still in the file.
public struct ModelSource {
  /// What its file says of it.
  public let facts: ModelFacts
  /// Its own tokenizer.
  public let tokenizer: Tokenizer
  /// Where teacher logits that ride along come from.
  public let teacherLogits: TeacherOrigin?

  /// Where it lies.
  public var path: String { facts.place }
  /// Sizes.
  public var configuration: ModelConfiguration { facts.configuration }
  /// The head that the file holds.
  public var head: Head { facts.head }
  /// What it does; `nil` where that is learnt from no labelled rows.
  public var task: (any RowTask)? { facts.task }
  /// Names of the classes, empty where there is no classifier or its folder is wrong about them.
  public var labels: [String] { facts.labels ?? [] }
  /// What the file says that its logits are for, where no task here is that: a `problem_type`, or the
  /// name of a task.
  public var foreignTask: String? { facts.foreignTask }
  /// What stands on the encoder of a folder that no head here computes, in words.
  public var foreignHead: String? { facts.foreignHead }
  /// Whether it was trained on pairs of texts; nil where nobody says so, as in most folders.
  public var hasPairs: Bool? { facts.hasPairs }

  /// What an artifact says that it was made from: content digests by port; nil for a folder.
  ///
  /// - Throws: `ArtifactError` where that is not understood.
  public func madeFrom() throws -> [String: String]? {
    guard case .artifact(let reader) = storage else { return nil }
    return try CanonicalJSON.decode([String: String].self, from: reader.inputs, of: path)
  }

  private enum Storage {
    case artifact(ArtifactReader)
    case folder(HuggingFaceModel)
  }
  private let storage: Storage

  /// Opens a folder or an artifact.
  ///
  /// - Parameters:
  ///   - path: Where it lies.
  ///   - pooling: How the states of a model that has no pooling of its own become a vector; such a
  ///     model is then one of embeddings, whatever else stands on its encoder. Nil leaves it as it is.
  /// - Throws: What is wrong with it, in one line.
  public init(_ path: String, pooling: Pooling? = nil) throws {
    try ModelPlace.check(path)
    if isFolder(path) {
      let folder = try HuggingFaceModel(folder: path)
      storage = .folder(folder)
      tokenizer = try Self.tokenizer(ofFolder: path)
      var facts = Self.facts(
        of: folder, at: path, pooling: pooling, tokenizerDigest: tokenizer.digest.hexadecimal)
      facts.tokenLimit = tokenizer.settings.modelMaxLength
      facts.take(segmentsOf: tokenizer)
      self.facts = facts
      teacherLogits = nil
    } else {
      let (reader, description) = try ModelArtifact.open(path)
      storage = .artifact(reader)
      tokenizer = try ModelArtifact.tokenizer(reader, description)
      let named = description.task.flatMap(TaskTable.ofRows(named:))
        .flatMap { $0.isDone(by: description.head) ? $0 : nil }
      let task = description.task == nil ? TaskTable.ofRows(under: description.head) : named
      var facts = ModelFacts(
        place: path, configuration: description.model, head: description.head, task: task,
        labels: description.labels, tokenizerDigest: tokenizer.digest.hexadecimal,
        hasPairs: description.hasPairs)
      facts.statedTask = task
      facts.foreignTask = named == nil ? description.task : nil
      facts.contentDigest = reader.contentDigest
      facts.seen = description.seen
      facts.tokenLimit = tokenizer.settings.modelMaxLength
      facts.take(segmentsOf: tokenizer)
      self.facts = pooling.map(facts.pooled) ?? facts
      teacherLogits = description.teacherLogits
    }
    guard tokenizer.vocabularySize <= configuration.vocabularySize else {
      throw ArtifactError.badData(
        path,
        "the tokenizer has \(tokenizer.vocabularySize) tokens, the embedding table \(configuration.vocabularySize) rows",
        cure: "put the model's own vocabulary into the folder")
    }
  }

  /// What the files of a folder say of its model.
  ///
  /// - Parameters:
  ///   - folder: The folder, opened.
  ///   - path: Where it lies.
  ///   - pooling: As for `init`.
  ///   - tokenizerDigest: Of its tokenizer.
  /// - Returns: What is known without weights.
  package static func facts(
    of folder: HuggingFaceModel, at path: String, pooling: Pooling? = nil, tokenizerDigest: String
  ) -> ModelFacts {
    let head = folder.head.pooled(pooling)
    // transformers takes a single output without a problem type for a number, and heeds no type of a
    // classifier of tokens or of words.
    let problemType =
      switch head {
      case .embedding, .tokenClassification, .maskedLanguage: ProblemType?.none
      default:
        folder.configuration.problemType
          ?? (head == .classification(labels: 1, style: .hf) ? .regression : nil)
      }
    let task = TaskTable.ofRows(under: head, problemType: problemType?.rawValue)
    var facts = ModelFacts(
      place: path, configuration: folder.configuration.model, head: head, task: task,
      labels: head.isEmbedding ? [] : head.outputNames ?? folder.labels,
      tokenizerDigest: tokenizerDigest,
      hasPairs: head.isEmbedding ? nil : folder.configuration.hasPairs)
    facts.statedTask = problemType == nil ? nil : task
    facts.foreignTask = head != .none && task == nil ? problemType?.rawValue : nil
    if !head.isEmbedding {
      facts.foreignHead = folder.foreignHead
      facts.labelFault = folder.labelFault ?? oneClass(problemType, head, of: folder)
    }
    return facts
  }

  /// What is wrong with a choice among one, of which every row gets the same.
  private static func oneClass(
    _ problemType: ProblemType?, _ head: Head, of folder: HuggingFaceModel
  ) -> InterchangeError? {
    guard problemType == .singleLabelClassification, head.labelCount == 1 else { return nil }
    return InterchangeError(
      "\(folder.folder)/config.json: problem_type is single_label_classification, and there "
        + "is one output; correct it: regression where the output is a number")
  }

  /// The tokenizer of a folder; sentence-transformers may have a word on its limit, and on capitals.
  private static func tokenizer(ofFolder path: String) throws -> Tokenizer {
    try SentenceModules.requireEncoder(in: path)
    let tokenizer = try Tokenizer(folder: path)
    guard let stated = try SentenceModules.ofTexts(folder: path) else { return tokenizer }
    guard !stated.lowercases || tokenizer.settings.normalizer.doLowerCase else {
      throw ArtifactError.badData(
        path, "sentence_bert_config.json wants lower case, the tokenizer keeps capitals",
        cure: "set do_lower_case in tokenizer_config.json too, or take it out of the former")
    }
    return stated.maxSequenceLength.map(tokenizer.limited) ?? tokenizer
  }

  /// The task that the model does; see ``ModelFacts/rowTask(_:isNamed:cure:)``.
  public func rowTask(
    _ wanted: (any RowTask)? = nil, isNamed: Bool = false, cure: String
  ) throws -> any RowTask {
    try facts.rowTask(wanted, isNamed: isNamed, cure: cure)
  }

  /// Checks names and shapes of what the file holds against what it says of itself.
  ///
  /// - Throws: One error listing every tensor that is missing, unexpected or misshapen; a head may be
  ///   missing.
  public func checkShapes() throws {
    try check(BertModel(configuration, head: head), keepsHead: true, mayBeNew: true)
  }

  /// Checks names and shapes of what the file holds against a model, before memory is taken for it.
  ///
  /// - Throws: One error listing every tensor that is missing, unexpected or misshapen.
  func check(_ model: BertModel, keepsHead: Bool, mayBeNew: Bool) throws {
    switch storage {
    case .folder(let folder): try folder.check(model, mayBeNew: mayBeNew)
    case .artifact(let reader):
      let own = try BertModel(configuration, head: head).layout
      let strange = reader.datasets.map(\.name).filter { $0.hasPrefix("weights/") }
        .map { String($0.dropFirst("weights/".count)) }
        .filter { own[$0] == nil && !$0.hasPrefix(HiddenProjection.prefix) }
      guard strange.isEmpty else {
        throw ArtifactError.badData(
          path,
          "\(strange.count) of its tensors are of no layer that its description names: "
            + strange.prefix(5).map { printable($0) }.joined(separator: ", ")
            + (strange.count > 5 ? ", ..." : ""),
          cure: "make the artifact again")
      }
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
      let projections = parameters.filter { isProjection($0.name) }
      let report = try folder.load(
        into: loaded.model, loaded.weights,
        newHead: mayBeNew ? RandomStream(seed: 0, purpose: "initialization") : nil,
        beside: PublishedProjection.tensors(for: projections))
      notes = foreignHead.map { ["it is \(printable($0)): its encoder alone is read"] } ?? []
      notes += PublishedProjection.notes(folder, for: projections, loaded: report.loaded)
      notes = (notes + report.notes).map { "\(path): \($0)" }
      missing =
        report.newlyInitialized
        + projections.map(\.name).filter { !report.loaded.contains($0) }
    case .artifact(let reader):
      let wanted = parameters.filter { keepsHead || !isHead($0.name) }
      missing = try ModelArtifact.load(reader, into: loaded.weights, parameters: wanted)
      let isNeedless = Set(loaded.model.needlessParameters.map(\.name)).contains
      let forbidden = missing.filter { name in
        !isNeedless(name) && (!mayBeNew || !(isProjection(name) || isOptional(name)))
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

extension ModelFacts {
  /// A model of a family that knows segments is told of them where its tokenizer gives them.
  ///
  /// Of a family without any the class of the tokenizer has none either, which says nothing: a student of
  /// another family that takes over the tokenizer may well have some.
  mutating func take(segmentsOf tokenizer: Tokenizer) {
    guard configuration.family.hasSegments else { return }
    configuration.readsSegments = tokenizer.settings.hasSegments
  }
}

extension ModelSource {
  /// The tokenizer of a folder or an artifact, without the rest of the model.
  public static func tokenizer(of path: String) throws -> Tokenizer {
    try ModelPlace.check(path)
    if isFolder(path) { return try tokenizer(ofFolder: path) }
    let (reader, description) = try ModelArtifact.open(path)
    return try ModelArtifact.tokenizer(reader, description)
  }
}
