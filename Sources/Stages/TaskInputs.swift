import Artifacts
import HDF5
package import Pipelines
import Tasks
import Text
import Transformer

/// The models and the dataset of a stage that learns or scores a task, by what their headers, names and
/// tokenizers say: what can be known to be wrong before a weight is read or a row is tokenised.
package struct TaskInputs {
  /// What a model is there for.
  package enum Role: Sendable {
    /// Answers for rows: a teacher, a model that is scored. The option may name its outputs; where it
    /// is for several models, only those whose own names are not the dataset's.
    case answers(labelOption: String, ofSeveral: Bool)
    /// Reads the rows alone: its head, if any, is not used.
    case reads
  }

  private let dataset: String
  private let models: [(path: String, role: Role)]

  /// What a stage is given.
  ///
  /// - Parameters:
  ///   - dataset: The path of a dataset artifact.
  ///   - models: Paths of models and what each is for.
  package init(dataset: String, models: [(path: String, role: Role)]) {
    self.dataset = dataset
    self.models = models
  }

  /// Everything that is wrong, each fault as its own error; none where all fits together.
  ///
  /// - Parameter options: The stage's.
  /// - Returns: The faults.
  package func faults(_ options: OptionValues) -> [any Error] {
    var faults: [any Error] = []
    func attempt<Value>(_ body: () throws -> Value) -> Value? {
      do { return try body() } catch {
        faults.append(error)
        return nil
      }
    }
    let description = attempt { try DatasetArtifact.open(dataset).1 }
    let task = attempt { try description?.rowTask(of: dataset) } ?? nil
    if let description, let task {
      _ = attempt { try Self.checkMetric(options, of: task, description) }
      _ = attempt { try ThresholdField.task(task, options) }
      if options.names.contains("temperature") {
        _ = attempt { try PredictionPhase.answerLoss(of: task, options) }
      }
    }
    for (path, role) in models {
      guard let source = attempt({ try ModelSource(path) }), let description else { continue }
      _ = attempt {
        try TokenizerCheck.same(
          description.tokenizerDigest, of: dataset, as: source.tokenizer, model: path)
      }
      _ = attempt {
        try TokenizerCheck.fits(
          description.maxSequenceLength, path: dataset, configuration: source.configuration)
      }
      _ = attempt { try source.requireSegments(forPairs: description.hasPairs, of: dataset) }
      guard case .answers(let option, let ofSeveral) = role, let task else { continue }
      _ = attempt {
        let isOwn = ofSeveral && Set(source.labels) == Set(description.labels)
        try Self.checkAnswers(
          source, to: dataset, description, task, named: isOwn ? [] : options.texts(option),
          option: "--" + option.flag)
      }
    }
    return faults
  }

  /// Refuses what is wrong, all of it at once.
  ///
  /// - Throws: The fault, or one error of all of them.
  package func check(_ options: OptionValues) throws {
    let faults = faults(options)
    guard let first = faults.first else { return }
    if faults.count == 1 { throw first }
    throw PipelineError(
      FailureStatus.of(first),
      faults: faults.map { PipelineFault(keyPath: "", message: "\($0)") })
  }

  /// A score that is asked for must be one that is measured on so many labels.
  private static func checkMetric(
    _ options: OptionValues, of task: any RowTask, _ description: DatasetDescription
  ) throws {
    guard options.names.contains("metric_for_best_model"), description.splits["dev"] != nil,
      options.text("eval_strategy") != "no"
    else { return }
    _ = try task.chooser(
      named: options.optionalText("metric_for_best_model"), labels: description.labels.count)
  }

  private static func checkAnswers(
    _ source: ModelSource, to dataset: String, _ description: DatasetDescription,
    _ task: any RowTask, named: [String], option: String
  ) throws {
    _ = try source.rowTask(task, cure: "fine-tune it first: distill finetune")
    try source.requireInput(
      ofPairs: description.hasPairs, of: dataset,
      cure: (
        single: "use a model of single texts, or make the dataset of pairs",
        pairs: "use a model of pairs, or make the dataset of single texts"
      ))
    _ = try source.order(of: description.labels, named: named, task, option: option)
  }
}

extension ModelSource {
  /// How the outputs come into the order of a dataset's labels.
  ///
  /// - Parameters:
  ///   - labels: The dataset's.
  ///   - named: Names of the outputs in order, where its own are not the dataset's; empty for none.
  ///   - task: What it does.
  ///   - option: What names them, for messages.
  /// - Returns: The order, and the names in the order of the outputs.
  /// - Throws: `ArtifactError` where another number of outputs is named, `TaskError` where the names
  ///   are not the dataset's.
  func order(
    of labels: [String], named: [String], _ task: any RowTask, option: String
  ) throws -> (order: LabelOrder, own: [String]) {
    let own = named.isEmpty ? self.labels : named
    if case .classification(let outputs, _) = head, own.count != outputs {
      throw ArtifactError.badData(
        path, "it has \(outputs) outputs, \(own.count) labels are named",
        cure: "use a model of this task, or name each output with \(option)")
    }
    return (try task.order(of: own, in: labels, path: path, option: option), own)
  }
}
