import Artifacts
import Tasks
internal import Transformer

/// Labels that are whole numbers of many values may be classes, or amounts.
extension Draft {
  /// What has to be asked about them; nil where nothing has.
  ///
  /// - Throws: What is wrong with the files.
  public static func question(about request: DraftRequest) throws -> String? {
    guard request.rows.task == nil, request.glue == nil else { return nil }
    let guess = try RowsGuess(request.train, request.rows)
    guard let count = guess.wholeNumbers,
      knownTask(count, guess, try ModelSource(request.teacher).facts) == nil
    else { return nil }
    return "The labels are \(count) whole numbers: classes or amounts (classification, regression)?"
  }

  /// What they are for.
  ///
  /// - Throws: `StageError` where nothing says it.
  static func task(
    ofWholeNumbers count: Int, _ guess: RowsGuess, _ teacher: ModelFacts, _ request: DraftRequest
  ) throws -> String {
    if let task = knownTask(count, guess, teacher) { return task.name }
    throw StageError.usage(
      "task",
      "the labels of \(request.train) are \(count) whole numbers, which may be classes or amounts",
      cure: "give --task \(ClassificationTask().name) or --task \(RegressionTask().name)")
  }

  /// What a teacher takes them for: one of as many classes, of a number, or of vectors of pairs.
  private static func knownTask(
    _ count: Int, _ guess: RowsGuess, _ teacher: ModelFacts
  ) -> (any RowTask)? {
    if teacher.head.isEmbedding { return guess.hasPairs ? RegressionTask() : nil }
    if teacher.task is RegressionTask { return RegressionTask() }
    guard teacher.task is ClassificationTask, let own = teacher.labels?.count else { return nil }
    return own == count || own > count && !guess.areAllLabels ? ClassificationTask() : nil
  }
}
