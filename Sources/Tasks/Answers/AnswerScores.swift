/// How answers score by the official scripts of SQuAD: version 1.1 where every question has an answer,
/// version 2.0 where some have none.
struct AnswerScores {
  /// Whether each question is answered in the words of one of its right answers.
  private(set) var exact: [Bool] = []
  /// The share of words that each answer has in common with the nearest right one.
  private(set) var f1: [Double] = []
  /// Whether each question has an answer.
  private(set) var hasAnswer: [Bool] = []

  /// Scores answers.
  ///
  /// - Parameters:
  ///   - answers: One a question.
  ///   - gold: The right ones; none for a question that has no answer.
  init(_ answers: [String], gold: [[String]]) {
    precondition(answers.count == gold.count, "\(answers.count) answers, \(gold.count) questions")
    let isVersion2 = gold.contains(where: \.isEmpty)
    for (answer, gold) in zip(answers, gold) {
      let given = NormalizedAnswer(answer)
      var right = gold.map { NormalizedAnswer($0) }
      if isVersion2 {
        right.removeAll(where: \.isEmpty)
        if right.isEmpty { right = [NormalizedAnswer("")] }
      }
      exact.append(right.contains(given))
      f1.append(right.map { given.f1($0, isVersion2: isVersion2) }.max() ?? 0)
      hasAnswer.append(!gold.isEmpty)
    }
  }

  /// The means over the questions that have an answer, that have none, or over all where nil.
  func means(ofAnswerable part: Bool? = nil) -> (exact: Double, f1: Double) {
    let chosen = exact.indices.filter { part == nil || hasAnswer[$0] == part }
    let count = Double(chosen.count)
    return (
      Double(chosen.count { exact[$0] }) / count, chosen.reduce(0) { $0 + f1[$1] } / count
    )
  }
}
