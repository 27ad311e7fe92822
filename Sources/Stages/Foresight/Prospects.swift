import Artifacts
import Files
import HDF5
import Interchange
import Pipelines
import Tasks
import Text
import Transformer

/// What is known, before any work, of what holds ids.
protocol TokenProspect {
  /// Where it is, or its name.
  var place: String { get }
  /// Digest of the tokenizer that makes the ids; nil where it is not known.
  var tokenizerDigest: String? { get }
  /// The limit that sequences are cut to.
  var maxSequenceLength: Int { get }
}

/// What is known of a dataset before any work.
struct DatasetProspect: TokenProspect, Sendable {
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
  /// What it means; nil where that is not known yet.
  var contentDigest: Digest?
  /// Whether training rows carry a teacher's answers; nil where that is not known yet.
  let hasAnswers: Bool?
  /// What its training rows can be learnt from; nil where that is not known yet.
  var lessons: DatasetLessons?
  /// Whether it is known already that training rows lack labels.
  var lacksLabels = false
  /// The splits that are known already to have neither labels nor a teacher's answers.
  var unanswered: Set<String> = []
  /// How much each split holds, where that was asked for and is known.
  var amounts: [String: TokenAmount] = [:]
  /// A part of its rows, where they were read.
  var sample: DatasetSample?
  /// What of its amounts is not known, and why.
  var unknown: [String] = []
}

/// What is known of a corpus before any work.
struct CorpusProspect: TokenProspect, Sendable {
  /// Where it is, or its name.
  var place: String
  /// Digest of the tokenizer that makes the ids; nil where it is not known.
  let tokenizerDigest: String?
  /// The limit that sequences are cut to.
  let maxSequenceLength: Int
  /// Whether it may have second segments.
  var hasPairs = false
  /// What it means; nil where that is not known yet.
  var contentDigest: Digest?
  /// How much it holds, where that was asked for and is known.
  var amount: TokenAmount?
  /// What of its amount is not known, and why.
  var unknown: [String] = []
}

extension Preview {
  /// What is known of the model at a port; nil where nothing is.
  ///
  /// `pooling` makes vectors of the states of a model that has none of its own.
  mutating func model(_ port: String, pooling: Pooling? = nil) -> ModelFacts? {
    input(port).flatMap { model($0, port, pooling: pooling) }
  }

  /// What is known of the model that a training begins with, or extends.
  ///
  /// - Parameter port: The input that names a model to start from.
  /// - Returns: It; nil where nothing is known.
  mutating func start(_ port: String) -> ModelFacts? { model(startingPort(port)) }

  /// The port that names what a training begins with.
  func startingPort(_ port: String) -> String {
    input(StartingPoint.port) == nil ? port : StartingPoint.port
  }

  /// Looks whether what a training extends was made of the same inputs, under the same head.
  ///
  /// - Parameters:
  ///   - head: The head that is trained; nil where it is not known yet.
  ///   - port: The input that names a model to start from.
  mutating func checkExtended(under head: Head?, insteadOf port: String) {
    guard let path = input(StartingPoint.port)?.path else { return }
    var given: [String: String?] = [:]
    for name in inputs.keys where name != StartingPoint.port {
      if let several = inputs[name], several.count > 1 {
        for (index, input) in several.enumerated() {
          let digest = model(input, name)?.contentDigest
          given["\(name).\(index)"] = .some(digest?.hexadecimal)
        }
        continue
      }
      let digest =
        switch name {
        case "dataset": dataset()?.contentDigest
        case "corpus": corpus()?.contentDigest
        default: model(name)?.contentDigest
        }
      given[name] = .some(digest?.hexadecimal)
    }
    check(StartingPoint.port) {
      let source = try ModelSource(path)
      try StartingPoint.check(source, madeFrom: given, insteadOf: port)
      if let head { try StartingPoint.check(source, head: head, insteadOf: port) }
    }
  }

  /// The same for one of several models.
  mutating func model(_ input: Input, _ port: String, pooling: Pooling? = nil) -> ModelFacts? {
    let facts = facts(of: input, port)
    return pooling.flatMap { facts?.pooled($0) } ?? facts
  }

  private mutating func facts(of input: Input, _ port: String) -> ModelFacts? {
    if let foreseen = input.foreseen { return (foreseen as? ModelFacts)?.named(input.name) }
    return input.path.flatMap { path in
      read(path, at: port) { try ModelSource($0).facts }
    }
  }

  /// Digest of the tokenizer at a port that takes any model for it, and the most tokens that it says a
  /// model reads.
  mutating func tokenizer(_ port: String) -> (digest: String, limit: Int?)? {
    guard let input = input(port) else { return nil }
    let said = { (facts: ModelFacts) -> (digest: String, limit: Int?) in
      (digest: facts.tokenizerDigest, limit: facts.tokenLimit)
    }
    if let foreseen = input.foreseen { return (foreseen as? ModelFacts).map(said) }
    guard let path = input.path else { return nil }
    if let known = known(path) as? ModelFacts { return said(known) }
    // A folder may hold a tokenizer alone.
    return check(port) {
      let tokenizer = try ModelSource.tokenizer(of: path)
      return (digest: tokenizer.digest.hexadecimal, limit: tokenizer.settings.modelMaxLength)
    }
  }

  /// What is known of the dataset at the port `dataset`.
  mutating func dataset() -> DatasetProspect? {
    guard let input = input("dataset") else { return nil }
    if let foreseen = input.foreseen { return (foreseen as? DatasetProspect)?.named(input.name) }
    let reckons = reckons
    return input.path.flatMap { path in
      read(path, at: "dataset") { path in
        let (reader, description) = try DatasetArtifact.open(path)
        var prospect = DatasetProspect(
          place: path, task: try description.rowTask(of: path), labels: description.labels,
          tokenizerDigest: description.tokenizerDigest,
          maxSequenceLength: description.maxSequenceLength, hasPairs: description.hasPairs,
          splits: Set(description.splits.keys), contentDigest: reader.contentDigest,
          hasAnswers: StoredAnswers.areThere(reader, split: "train"),
          lessons: try DatasetLessons(of: reader, description))
        for split in description.splits.keys
        where !StoredAnswers.areThere(reader, split: split) {
          let areKnown = try StoredTargets.areKnown(reader) { "\(split)/\($0)" }
          if !areKnown { prospect.unanswered.insert(split) }
        }
        if reckons {
          for split in description.splits.keys {
            prospect.amounts[split] = try TokenAmount(of: reader, group: split + "/")
          }
          // Each split has its part of the file by its tokens.
          let bytes = Double(try statSignature(path).size)
          let tokens = max(prospect.amounts.values.reduce(0) { $0 + $1.tokens }, 1)
          for (split, amount) in prospect.amounts {
            prospect.amounts[split]?.storedBytes = bytes * amount.tokens / tokens
          }
          prospect.sample = try DatasetSample(of: reader, rows: description.splits["train"] ?? 0)
        }
        return prospect
      }
    }
  }

  /// What is known of the corpus at the port `corpus`.
  mutating func corpus() -> CorpusProspect? {
    guard let input = input("corpus") else { return nil }
    if let foreseen = input.foreseen { return (foreseen as? CorpusProspect)?.named(input.name) }
    let reckons = reckons
    return input.path.flatMap { path in
      read(path, at: "corpus") { path in
        let (reader, description) = try CorpusArtifact.open(path)
        var prospect = CorpusProspect(
          place: path, tokenizerDigest: description.tokenizerDigest,
          maxSequenceLength: description.maxSequenceLength, contentDigest: reader.contentDigest)
        prospect.hasPairs = reader.contains("second")
        if reckons {
          prospect.amount = try TokenAmount(of: reader, group: "")
          prospect.amount?.storedBytes = Double(try statSignature(path).size)
        }
        return prospect
      }
    }
  }
}

extension DatasetProspect {
  /// Refuses training rows without label.
  ///
  /// - Parameter cure: What to do about them.
  /// - Throws: `ArtifactError`, where there are such rows as far as is known.
  func requireLabels(cure: String) throws {
    try lessons?.requireLabels(of: place, cure: cure)
    guard lacksLabels else { return }
    throw ArtifactError.badData(
      place, "its training rows have no labels, or some have none", cure: cure)
  }
}

extension Preview {
  /// Looks whether a model can read what a corpus holds.
  mutating func check(_ corpus: CorpusProspect, readBy model: ModelFacts) {
    check("corpus", corpus, readBy: model)
    check("corpus") { try model.requireSegments(forPairs: corpus.hasPairs, of: corpus.place) }
  }

  /// Looks whether a model can read what a dataset holds.
  mutating func check(_ dataset: DatasetProspect, readBy model: ModelFacts) {
    check("dataset", dataset, readBy: model)
    check("dataset") {
      try model.requireSegments(forPairs: dataset.hasPairs == true, of: dataset.place)
    }
  }

  /// Looks whether a model can read the ids at a port.
  mutating func check(_ port: String, _ rows: some TokenProspect, readBy model: ModelFacts) {
    check(port) { try model.requireSameTokenizer(rows.tokenizerDigest, of: rows.place) }
    check(port) {
      try TokenizerCheck.fits(
        rows.maxSequenceLength, path: rows.place, configuration: model.configuration)
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
    _ port: String, _ model: ModelFacts, does dataset: DatasetProspect, named: [String],
    option: String, ofSeveral: Bool = false
  ) {
    let task = check(port) {
      try model.rowTask(dataset.task, isNamed: !named.isEmpty, cure: dataset.task.headCure)
    }
    guard let task else { return }
    if let hasPairs = dataset.hasPairs {
      check("dataset") {
        try model.requireInput(
          ofPairs: hasPairs, of: dataset.place,
          cure: (
            single: "use a model of single texts, or make the dataset of pairs",
            pairs: "use a model of pairs, or make the dataset of single texts"
          ))
      }
    }
    guard let labels = dataset.labels else { return }
    let isOwn = ofSeveral && model.knows(labels, task)
    check(port) { try model.order(of: labels, named: isOwn ? [] : named, task, option: option) }
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

extension ModelFacts: Placed {}
extension DatasetProspect: Placed {}
extension CorpusProspect: Placed {}
