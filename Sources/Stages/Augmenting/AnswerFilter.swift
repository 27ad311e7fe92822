import Artifacts
import Augmentation
import Compute
import Pipelines
import Tasks
import Training
import Transformer

/// Drops rewrites that are no longer of their row's class, as a teacher sees it: those to which it gives
/// another class than to the untouched row.
struct AnswerFilter {
  /// The input that asks for it.
  static let port = Port(
    "teacher", kinds: ["model", "folder"], isOptional: true,
    help:
      "teacher, fine-tuned on the task: rewrites that it classifies otherwise than their row are "
      + "dropped")

  private let predictor: Predictor
  private let isInterrupted: () -> Bool

  /// Loads the teacher; nil where none is given.
  ///
  /// - Throws: What is wrong with its file.
  init?(_ context: StageContext, on compute: ComputeContext) throws {
    guard let input = context.input(Self.port.name) else { return nil }
    let loaded = try ModelSource(input.path).loadWhole()
    context.note(loaded)
    predictor = Predictor(loaded.model, weights: loaded.weights, on: compute)
    isInterrupted = context.isInterrupted
  }

  /// Looks whether the teacher does the dataset's task, and whether its rows have classes.
  static func foresee(_ preview: inout Preview, _ dataset: DatasetProspect?) {
    guard let teacher = preview.model(port.name), let dataset else { return }
    guard dataset.task.rowsHaveClasses else {
      preview.find(
        StageError.usage(
          port.name, "rows of \(dataset.task.name) have no class that a rewrite could change",
          cure: "leave the teacher out"))
      return
    }
    preview.check(dataset, readBy: teacher)
    let task = preview.check(port.name) {
      try teacher.rowTask(dataset.task, cure: dataset.task.headCure)
    }
    guard task != nil, let labels = dataset.labels,
      let outputs = try? BertModel(teacher.configuration, head: teacher.head).logitShape?.columns,
      outputs != labels.count
    else { return }
    preview.find(
      ArtifactError.badData(
        teacher.place, "has \(outputs) outputs, \(dataset.place) has \(labels.count) labels",
        cure: "use a model of this task, or leave the teacher out"), at: port.name)
  }

  /// The rows without the rewrites whose class is another.
  ///
  /// - Parameters:
  ///   - rows: Originals, each followed by its rewrites.
  ///   - original: The split that they are made of.
  ///   - rewriting: What makes ids of a rewrite; one that has none is kept for whoever counts those.
  /// - Returns: The rows that stay, in their order.
  /// - Throws: `StageInterruption` when asked to stop, `TrainingError` where logits are not finite.
  func kept(
    _ rows: [AugmentedRow], of original: DatasetSplit, _ rewriting: RowRewriting
  ) throws -> [AugmentedRow] {
    var examples: [Example] = []
    var places: [Int?] = []
    for row in rows {
      let stored =
        row.rewrite == 0
        ? rewriting.examples(of: row.source).first.map { original.sequences[$0] }
        : rewriting.examples(of: row)?.first?.0
      places.append(stored == nil ? nil : examples.count)
      if let stored {
        examples.append(
          Example(
            sequence: TokenSequence(
              ids: stored.ids, secondSegmentStart: Int(stored.secondSegmentStart))))
      }
    }
    guard
      let outputs = try predictor.outputs(
        of: InMemoryExamples(examples), shouldStop: isInterrupted)
    else { throw StageInterruption(step: nil) }
    let classes = outputs.greatest
    var own: Int32?
    return zip(rows, places).filter { row, place in
      let found = place.map { classes[$0] }
      if row.rewrite == 0 { own = found }
      return row.rewrite == 0 || found == nil || own == nil || found == own
    }.map(\.0)
  }
}
