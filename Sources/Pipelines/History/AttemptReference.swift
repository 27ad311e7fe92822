internal import Files

/// The name of one attempt: its identity or the beginning of it, or a stage, whose last attempt is meant;
/// `prediction~1` is the one before that.
public enum AttemptReference {
  /// The fewest letters of an identity.
  private static let shortest = 4

  /// Looks an attempt up.
  ///
  /// - Parameters:
  ///   - text: The name.
  ///   - history: Where to look.
  /// - Returns: The attempt.
  /// - Throws: `PipelineError` with status `usage` where there is none, or several.
  public static func find(_ text: String, in history: RunHistory) throws -> Attempt {
    let attempts = history.attempts
    let parts = text.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    let stage = parts.first ?? ""
    let ofStage = attempts.filter { $0.stage == stage }
    if !ofStage.isEmpty {
      let places = ofStage.map(\.workspace).uniqued()
      guard places.count == 1 else {
        throw fault(text, "is a stage in \(places.count) places", ofStage)
      }
      guard parts.count == 1 || parts.last.flatMap({ Int($0) }).map({ $0 >= 0 }) ?? false else {
        throw PipelineError(
          .usage, at: briefly(text, limit: 100),
          "what follows ~ counts back from the last attempt; write \(stage)~1 for the one before it"
        )
      }
      let back = parts.count == 1 ? 0 : parts.last.flatMap { Int($0) } ?? 0
      guard back < ofStage.count else {
        throw fault(text, "there are \(ofStage.count) attempts at \(stage)", ofStage)
      }
      return ofStage[ofStage.count - 1 - back]
    }
    let found = attempts.filter { attempt in
      attempt.id == text || text.utf8.count >= shortest && attempt.id.hasPrefix(text)
    }
    if let exact = found.first(where: { $0.id == text }) ?? (found.count == 1 ? found.first : nil) {
      return exact
    }
    guard found.isEmpty else { throw fault(text, "begins \(found.count) identities", found) }
    let begun = text.isEmpty ? [] : attempts.filter { $0.id.hasPrefix(text) }
    guard begun.isEmpty else {
      throw fault(text, "has fewer than \(shortest) letters of an identity", begun)
    }
    let suggestion = Suggestion.nearest(to: stage, among: attempts.map(\.stage).uniqued())
    throw PipelineError(
      .usage, at: briefly(text, limit: 100),
      "there is no attempt of this name, nor a stage that was tried"
        + (suggestion.map { "; did you mean \"\($0)\"?" } ?? "; `distill runs list` shows them"))
  }

  private static func fault(_ text: String, _ what: String, _ attempts: [Attempt]) -> PipelineError
  {
    let known = attempts.suffix(8).map(\.shortID).joined(separator: ", ")
    return PipelineError(
      .usage, at: briefly(text, limit: 100), "\(what); name one of \(known)")
  }
}
