public import Files
public import Tasks
import Training
public import Transformer

/// What is known of a model without its weights: read from its file's header, or foreseen of one that
/// is still to be made; and what it cannot be used for.
public struct ModelFacts: Sendable {
  /// Where it is, or its name.
  public var place: String
  /// Sizes.
  public internal(set) var configuration: ModelConfiguration
  /// Its head.
  public let head: Head
  /// What it does, where that is learnt from labelled rows.
  public let task: (any RowTask)?
  /// The same where the file says so; a folder may leave it open what its logits mean.
  public var statedTask: (any RowTask)?
  /// Names of its outputs; nil where they are not known yet.
  public let labels: [String]?
  /// Digest of its tokenizer.
  public let tokenizerDigest: String
  /// The most tokens that it reads of a text, as its tokenizer says; nil where that says nothing.
  public var tokenLimit: Int?
  /// Whether it was trained on pairs of texts; nil where nobody says so.
  public let hasPairs: Bool?
  /// What text its general distillation was of; nil where nobody says so, or it learnt a task since.
  public var seen: SeenText?
  /// What its file says that its logits are for, where no task here is that.
  public internal(set) var foreignTask: String?
  /// Its head, in words, where it is none of those that are computed here.
  public internal(set) var foreignHead: String?
  /// Digest of what an artifact means; nil for a folder, and for what is still to be made.
  public internal(set) var contentDigest: Digest?
  /// The teacher and the dataset, by their names in the pipeline, whose logits it will bring with it.
  public var logitsOf: [String?]?
  /// What is wrong with the names of its outputs.
  var labelFault: (any Error)?

  /// A model that nothing speaks against.
  public init(
    place: String, configuration: ModelConfiguration, head: Head, task: (any RowTask)?,
    labels: [String]?, tokenizerDigest: String, hasPairs: Bool? = nil
  ) {
    self.place = place
    self.configuration = configuration
    self.head = head
    self.task = task
    self.labels = labels
    self.tokenizerDigest = tokenizerDigest
    self.hasPairs = hasPairs
  }
}

extension ModelFacts {
  /// The same with its states pooled to a vector, whatever stands on its encoder, unless it does so by
  /// itself.
  public func pooled(_ pooling: Pooling) -> ModelFacts {
    guard !head.isEmbedding else { return self }
    let head = head.pooled(pooling)
    var facts = ModelFacts(
      place: place, configuration: configuration, head: head, task: TaskTable.ofRows(under: head),
      labels: [], tokenizerDigest: tokenizerDigest)
    facts.tokenLimit = tokenLimit
    return facts
  }

  /// Refuses a model that does not do what is asked of it.
  ///
  /// - Parameters:
  ///   - wanted: The task; any of labelled rows if nil.
  ///   - isNamed: Whether its outputs are named by the caller, whatever its file says of them.
  ///   - cure: What to do about it.
  /// - Returns: The task.
  /// - Throws: `ArtifactError` naming what the model does instead.
  public func rowTask(
    _ wanted: (any RowTask)? = nil, isNamed: Bool = false, cure: String
  ) throws -> any RowTask {
    try refuseForeignHead(cure: cure)
    if let labelFault, !isNamed { throw labelFault }
    if let foreignTask {
      let isRegression = foreignTask == RegressionTask().problemType
      throw ArtifactError.badData(
        place,
        "its logits are for \(printable(foreignTask))\(isRegression ? " of several numbers" : ""), "
          + "which this version does not do",
        cure: isRegression
          ? "use a model with one output"
          : "use a model of \(TaskTable.ofRows.map(\.name).joined(separator: " or "))")
    }
    guard let task else {
      var heads: [String] = []
      let able = TaskTable.ofRows.filter { $0.outputForm == .logits }
      for head in (wanted.map { [$0] } ?? able).map(\.headName)
      where !heads.contains(head) { heads.append(head) }
      throw ArtifactError.badData(
        place, "the model has \(heads.map { "no \($0)" }.joined(separator: " and "))", cure: cure)
    }
    guard let wanted else { return task }
    // That a model knows words is no other task than the one that it is to be trained for.
    if let statedTask, statedTask.name != wanted.name, statedTask.outputForm == .logits {
      throw doesAnother(statedTask, than: wanted)
    }
    if wanted.isDone(by: head) { return wanted }
    guard task.outputForm == .logits, task.name != wanted.name else {
      throw ArtifactError.badData(place, "the model has no \(wanted.headName)", cure: cure)
    }
    throw doesAnother(task, than: wanted)
  }

  private func doesAnother(_ task: any RowTask, than wanted: any RowTask) -> ArtifactError {
    ArtifactError.badData(
      place, "its logits are for \(task.name), the dataset is for \(wanted.name)",
      cure: "use a model of \(wanted.name), or make the dataset again with --task \(task.name)")
  }

  /// Refuses a folder whose head is none that is known here, where the head is what is asked for.
  ///
  /// - Throws: `ArtifactError` naming it.
  public func refuseForeignHead(cure: String) throws {
    guard let foreignHead else { return }
    throw ArtifactError.badData(
      place, "it is \(printable(foreignHead)), of which this version reads the encoder alone",
      cure: cure)
  }

  /// How the outputs come into the order of a dataset's labels.
  ///
  /// - Parameters:
  ///   - labels: The dataset's.
  ///   - named: Names of the outputs in order, where its own are not the dataset's; empty for none.
  ///   - task: What it does.
  ///   - option: What names them, for messages.
  /// - Returns: The order, and the names in the order of the outputs; the dataset's where they are not
  ///   known yet.
  /// - Throws: `TaskError` where another number of outputs is named, or the names are not the
  ///   dataset's.
  public func order(
    of labels: [String], named: [String], _ task: any RowTask, option: String
  ) throws -> (order: LabelOrder, own: [String]) {
    let own = named.isEmpty ? self.labels ?? labels : named
    if self.labels != nil,
      let outputs = try BertModel(configuration, head: head).logitShape?.columns
    {
      try task.requireNames(
        own, ofOutputs: outputs, path: place,
        cure: "use a model of this task, or name each output with \(option)")
    }
    return (try task.order(of: own, in: labels, path: place, option: option), own)
  }

  /// Whether its outputs have names that are a dataset's labels, or mean them in another notation: then none need be
  /// given.
  public func knows(_ labels: [String], _ task: any RowTask) -> Bool {
    guard let own = self.labels else { return false }
    let order = try? task.order(of: own, in: labels, path: place, option: "")
    return Set(own) == Set(labels) || order?.isTranslation == true
  }

  /// Refuses rows whose ids mean other words to the model.
  ///
  /// - Parameters:
  ///   - digest: Of the tokenizer that makes the ids; nil where that is not known.
  ///   - rows: Where they lie.
  /// - Throws: `ArtifactError` naming both.
  public func requireSameTokenizer(_ digest: String?, of rows: String) throws {
    guard let digest else { return }
    try TokenizerCheck.same(digest, of: rows, as: tokenizerDigest, model: place)
  }

  /// Refuses a model whose tokenizer is not the other's.
  ///
  /// - Throws: `ArtifactError` naming both.
  public func requireSameTokenizer(as other: ModelFacts) throws {
    try TokenizerCheck.same(
      tokenizerDigest, ofModel: place, as: other.tokenizerDigest, of: other.place)
  }

  /// Refuses pairs for a model that has one segment type alone, as transformers does.
  ///
  /// - Throws: `ArtifactError`.
  public func requireSegments(forPairs hasPairs: Bool, of rows: String) throws {
    guard hasPairs, !configuration.takesPairs else { return }
    throw ArtifactError.badData(
      rows, "holds pairs of texts, \(place) knows one segment (type_vocab_size 1)",
      cure: "give single texts, or use a model of two segments")
  }

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
    guard let own = self.hasPairs, own != hasPairs else { return }
    let words = { (isPairs: Bool) in isPairs ? "pairs of texts" : "single texts" }
    throw ArtifactError.badData(
      rows, "holds \(words(hasPairs)), \(place) was trained on \(words(own))",
      cure: hasPairs ? cure.pairs : cure.single)
  }
}
