import Artifacts
import Files
import Interchange
import Pipelines
import Tasks
import Text
import Transformer

/// What is known of a model before any work: read from its header, or foreseen by the stage that makes
/// it.
struct ModelProspect: Sendable {
  /// Where it is, or its name.
  var place: String
  /// Sizes.
  let configuration: ModelConfiguration
  /// Its head.
  let head: Head
  /// What it does, where that is learnt from labelled rows.
  let task: (any RowTask)?
  /// The same where it is certain that it does that and nothing else.
  var statedTask: (any RowTask)?
  /// Names of its outputs; nil where they are not known yet.
  let labels: [String]?
  /// Digest of its tokenizer.
  let tokenizerDigest: String
  /// Why it answers for no rows, where its file says that it has a head for something else.
  var answerFault: (any Error)?
  /// Its head, in words, where it is none of those that are computed here.
  var foreignHead: String?
}

/// What is known of a dataset before any work.
struct DatasetProspect: Sendable {
  /// Where it is, or its name.
  var place: String
  /// What its rows are for.
  let task: any RowTask
  /// Names of the outputs; nil where they are not known yet.
  let labels: [String]?
  /// Digest of the tokenizer that makes the ids; nil where it is not known.
  let tokenizerDigest: String?
  /// The limit that rows are cut to.
  let maxSequenceLength: Int
  /// Whether rows are pairs; nil where that is not known yet.
  let hasPairs: Bool?
  /// The splits that it has.
  let splits: Set<String>
}

/// What is known of a corpus before any work.
struct CorpusProspect: Sendable {
  /// Where it is, or its name.
  var place: String
  /// Digest of the tokenizer that makes the ids; nil where it is not known.
  let tokenizerDigest: String?
  /// The limit that sequences are cut to.
  let maxSequenceLength: Int
}

extension Preview {
  private static let learnTask = "fine-tune it first: distill finetune"

  /// What is known of the model at a port; nil where nothing is.
  mutating func model(_ port: String) -> ModelProspect? { input(port).flatMap { model($0, port) } }

  /// The same for one of several models.
  mutating func model(_ input: Input, _ port: String) -> ModelProspect? {
    if let foreseen = input.foreseen { return (foreseen as? ModelProspect)?.named(input.name) }
    return input.path.flatMap { path in
      read(path, at: port) { path in
        let source = try ModelSource(path)
        // That its logits are for something else is told by whoever needs them.
        var prospect = ModelProspect(
          place: path, configuration: source.configuration, head: source.head,
          task: source.foreignTask == nil ? source.task : nil, labels: source.labels,
          tokenizerDigest: source.tokenizer.digest.hexadecimal)
        prospect.foreignHead = source.foreignHead
        prospect.statedTask = source.statedTask
        if source.head != .none || source.foreignHead != nil {
          do { _ = try source.rowTask(cure: Self.learnTask) } catch { prospect.answerFault = error }
        }
        return prospect
      }
    }
  }

  /// Digest of the tokenizer at a port that takes any model for it.
  mutating func tokenizerDigest(_ port: String) -> String? {
    guard let input = input(port) else { return nil }
    if let foreseen = input.foreseen { return (foreseen as? ModelProspect)?.tokenizerDigest }
    guard let path = input.path else { return nil }
    if let known = known(path) as? ModelProspect { return known.tokenizerDigest }
    // A folder may hold a tokenizer alone.
    return check(port) { try ModelSource.tokenizer(of: path).digest.hexadecimal }
  }

  /// What is known of the dataset at the port `dataset`.
  mutating func dataset() -> DatasetProspect? {
    guard let input = input("dataset") else { return nil }
    if let foreseen = input.foreseen { return (foreseen as? DatasetProspect)?.named(input.name) }
    return input.path.flatMap { path in
      read(path, at: "dataset") { path in
        let (_, description) = try DatasetArtifact.open(path)
        return DatasetProspect(
          place: path, task: try description.rowTask(of: path), labels: description.labels,
          tokenizerDigest: description.tokenizerDigest,
          maxSequenceLength: description.maxSequenceLength, hasPairs: description.hasPairs,
          splits: Set(description.splits.keys))
      }
    }
  }

  /// What is known of the corpus at the port `corpus`.
  mutating func corpus() -> CorpusProspect? {
    guard let input = input("corpus") else { return nil }
    if let foreseen = input.foreseen { return (foreseen as? CorpusProspect)?.named(input.name) }
    return input.path.flatMap { path in
      read(path, at: "corpus") { path in
        let (_, description) = try CorpusArtifact.open(path)
        return CorpusProspect(
          place: path, tokenizerDigest: description.tokenizerDigest,
          maxSequenceLength: description.maxSequenceLength)
      }
    }
  }
}

extension Preview {
  /// Looks whether a model can read what a dataset holds.
  mutating func check(_ dataset: DatasetProspect, readBy model: ModelProspect) {
    check("dataset") {
      try TokenizerCheck.same(
        dataset.tokenizerDigest ?? model.tokenizerDigest, of: dataset.place,
        as: model.tokenizerDigest, model: model.place)
    }
    check("dataset") {
      try TokenizerCheck.fits(
        dataset.maxSequenceLength, path: dataset.place, configuration: model.configuration)
    }
    checkSegments(of: dataset, readBy: model)
  }

  /// Looks whether a model has a segment for second texts.
  mutating func checkSegments(of dataset: DatasetProspect, readBy model: ModelProspect) {
    if dataset.hasPairs == true, !model.configuration.takesPairs {
      find(
        ArtifactError.badData(
          dataset.place,
          "holds pairs of texts, \(model.place) knows one segment (type_vocab_size 1)",
          cure: "give single texts, or use a model of two segments"),
        at: "dataset")
    }
  }

  /// Looks whether a model can read a corpus.
  mutating func check(_ corpus: CorpusProspect, readBy model: ModelProspect) {
    check("corpus") {
      try TokenizerCheck.same(
        corpus.tokenizerDigest ?? model.tokenizerDigest, of: corpus.place,
        as: model.tokenizerDigest, model: model.place)
    }
    check("corpus") {
      try TokenizerCheck.fits(
        corpus.maxSequenceLength, path: corpus.place, configuration: model.configuration)
    }
  }

  /// Looks whether two models read the same ids.
  mutating func check(_ port: String, _ model: ModelProspect, readsAs other: ModelProspect) {
    check(port) {
      try TokenizerCheck.same(
        model.tokenizerDigest, ofModel: model.place, as: other.tokenizerDigest, of: other.place)
    }
  }

  /// Looks whether a model does the task of a dataset, under the same names of outputs.
  ///
  /// - Parameters:
  ///   - port: Where the model is given.
  ///   - model: The model.
  ///   - dataset: The dataset.
  ///   - named: Names for its outputs that take the place of its own.
  ///   - option: What gives them.
  ///   - ofSeveral: Whether they are for those models alone whose own names are not the dataset's.
  mutating func check(
    _ port: String, _ model: ModelProspect, does dataset: DatasetProspect, named: [String],
    option: String, ofSeveral: Bool = false
  ) {
    if let fault = model.answerFault { return find(fault, at: port) }
    do {
      try dataset.task.requireModel(
        model.place, under: model.head, stating: model.statedTask, cure: Self.learnTask)
    } catch { return find(error, at: port) }
    guard let labels = dataset.labels else { return }
    let isOwn = named.isEmpty || ofSeveral && model.labels.map(Set.init) == Set(labels)
    guard let own = isOwn ? model.labels : named else { return }
    if case .classification(let outputs, _) = model.head, model.labels != nil, own.count != outputs
    {
      return find(
        ArtifactError.badData(
          model.place, "it has \(outputs) outputs, \(own.count) labels are named",
          cure: "use a model of this task, or name each output with \(option)"), at: port)
    }
    check(port) {
      _ = try dataset.task.order(of: own, in: labels, path: model.place, option: option)
    }
  }

  /// Looks whether this machine computes in the precision that the options ask for, and whether the
  /// scores that they ask for can be had.
  mutating func check(_ options: OptionValues, on dataset: DatasetProspect?) {
    check { try PrecisionField.resolve(options.text("precision")) }
    if let dataset { check { try ThresholdField.task(dataset.task, options) } }
    guard let dataset, options.names.contains("eval_strategy") else { return }
    guard dataset.splits.contains("dev") else {
      check { try TrainingFields.optionsWithoutScores(options, seed: 0) }
      return
    }
    guard options.text("eval_strategy") != "no" else { return }
    // Without the number of outputs only the names of more than two are not known.
    if let labels = dataset.labels {
      check {
        try dataset.task.chooser(
          named: options.optionalText("metric_for_best_model"), labels: labels.count)
      }
    }
  }
}

/// Something that is known of what has a place.
private protocol Placed {
  var place: String { get set }
}

extension Placed {
  /// The same under the name that the pipeline has for it.
  fileprivate func named(_ name: String) -> Self {
    var named = self
    named.place = name
    return named
  }
}

extension ModelProspect: Placed {}
extension DatasetProspect: Placed {}
extension CorpusProspect: Placed {}
