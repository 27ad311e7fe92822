import Compute
public import Distillation
import Files
public import Text
public import Training
public import Transformer

/// The stretch of a text that answers a question, or that the text does not hold the answer.
///
/// A long text is read in windows, each beside the whole question, as `run_qa.py` of transformers has it.
public struct QuestionAnsweringTask: RowTask {
  /// The only one there is.
  public init() {}

  /// Its name in options and artifacts.
  public var name: String { "question-answering" }

  /// What its head is called in messages.
  public var headName: String { "question-answering head" }

  /// Two logits a token.
  public func isDone(by head: Head) -> Bool { head == .questionAnswering }

  /// Hugging Face has no name for it but the class's.
  public var problemType: String? { nil }

  /// Stretches of the second text.
  public var answersAreInText: Bool { true }

  private static let outputs = Head.questionAnswering.outputNames ?? []

  /// Beginning and end.
  ///
  /// - Throws: `TextError` where names are given: the outputs have no others.
  public func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String] {
    guard named.isEmpty || named == Self.outputs else {
      throw TextError("labels", "answers are stretches of text, not classes; leave the option out")
    }
    return Self.outputs
  }

  /// Where each row's first answer stands, in scalars of the context.
  ///
  /// -1 twice where the context does not hold it; `examples` makes tokens of it.
  public func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target] {
    let missing = rows.filter { $0.answer == .none }
    if let first = missing.first, missing.count < rows.count, !allowsMissing {
      throw TextError(
        path, line: first.line,
        "\(missing.count) of \(rows.count) questions have no 'answers'; give them, or take the file with "
          + "--allow-missing-labels")
    }
    return rows.map { row in
      guard case .spans(let spans) = row.answer else { return .none }
      guard let first = spans.first?.range else { return .span(first: -1, last: -1) }
      return .span(first: Int32(first.lowerBound), last: Int32(first.upperBound) - 1)
    }
  }

  /// Tokens of answers.
  public func takes(_ targets: Targets) -> Bool {
    switch targets {
    case .none, .spans: true
    default: false
    }
  }

  /// The windows of the context.
  ///
  /// One that shows the whole answer is to find it; any other, and all where there is none, are to point
  /// at `[CLS]`.
  public func examples(
    of row: LabelledRow, target: Target, tokenizer: Tokenizer, lengths: SequenceLengths
  ) -> [RowExample] {
    examples(
      of: row, target: target, in: tokenizer.trace(row.pair ?? ""), tokenizer: tokenizer,
      lengths: lengths)
  }

  /// The same of a context whose tokens are known.
  public func examples(
    of row: LabelledRow, target: Target, in context: TracedText, tokenizer: Tokenizer,
    lengths: SequenceLengths
  ) -> [RowExample] {
    tokenizer.windows(
      row.text, of: context, maxLength: lengths.longest, overlap: lengths.overlap
    ).map { window in
      RowExample(
        window.encoding, target: Self.target(target, in: window, of: context),
        firstToken: window.firstToken)
    }
  }

  /// The tokens of an answer that stands at these scalars.
  static func target(
    _ target: Target, in window: TextWindow, of context: TracedText
  ) -> Target {
    guard case .span(let first, let last) = target else { return .none }
    let start = window.encoding.secondSegmentStart
    let shown = window.firstToken..<window.firstToken + window.encoding.ids.count - 1 - start
    let places = context.places
    guard first >= 0, let before = shown.first, let after = shown.last,
      places[before].lowerBound <= Int(first), places[after].upperBound > Int(last),
      let begin = shown.last(where: { places[$0].lowerBound <= Int(first) }),
      let end = shown.first(where: { places[$0].upperBound > Int(last) })
    else { return .span(first: 0, last: 0) }
    // Several tokens may be made of one scalar.
    let offset = start - window.firstToken
    return .span(first: Int32(min(begin, end) + offset), last: Int32(max(begin, end) + offset))
  }

  /// Beginning and end for every token.
  public func head(labels: [String], style: ClassifierStyle) -> Head { .questionAnswering }

  /// Cross-entropy of beginning and end.
  public var targetLoss: any TargetLoss { SpanCrossEntropy() }

  /// Soft cross-entropy with the teacher's beginnings and ends.
  public func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss {
    try SpanSoftCrossEntropy(temperature: temperature, scalesByTemperature: scalesByTemperature)
  }

  /// Exact matches and F1 of words, as the official scripts count them.
  public func metrics(labels: Int) -> [Metric] {
    ["exact_match", "f1"].map { Metric($0, isShare: true) }
  }

  /// The values of `metrics`.
  public func scores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    let means = Self.scored(outputs, on: rows).means()
    return [means.exact, means.f1]
  }

  /// The same over the questions that have an answer and over those that have none, under the official
  /// names, where there are both kinds.
  public func details(of outputs: Outputs, on rows: TaskRows) -> [(String, Double)] {
    guard rows.sheet?.hasUnanswerable == true else { return [] }
    let scores = Self.scored(outputs, on: rows)
    return [(true, "HasAns"), (false, "NoAns")].flatMap { part, name in
      scores.hasAnswer.contains(part)
        ? [
          ("\(name)_exact", scores.means(ofAnswerable: part).exact),
          ("\(name)_f1", scores.means(ofAnswerable: part).f1),
        ] : []
    }
  }

  /// The share of questions without answer.
  public func baseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String) {
    let gold = Self.gold(of: rows)
    return (
      Double(gold.count { $0.isEmpty }) / Double(max(gold.count, 1)),
      "saying that there is no answer"
    )
  }

  /// The share of rows in which both find the same words.
  public func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double {
    let (own, other) = (Self.texts(outputs, on: rows), Self.texts(others, on: rows))
    return Double(zip(own, other).count { NormalizedAnswer($0) == NormalizedAnswer($1) })
      / Double(max(own.count, 1))
  }

  /// The share of exact matches.
  public func chiefScore(of outputs: Outputs, on rows: TaskRows) -> (([Int]) -> Double)? {
    guard rows.targets != .none else { return nil }
    let exact = Self.scored(outputs, on: rows).exact
    return { drawn in Double(drawn.count { exact[$0] }) / Double(max(drawn.count, 1)) }
  }

  /// The outputs stand in one order everywhere.
  public func order(of model: [String], in labels: [String], path: String, option: String) throws
    -> LabelOrder
  {
    try LabelOrder(
      of: model.isEmpty ? Self.outputs : model, in: Self.outputs, model: path, option: option)
  }

  /// The answer, its place in the context and its probability among the candidates; those too where
  /// they are asked for.
  public func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer] {
    guard let sheet = rows.sheet else { return [] }
    return sheet.search.findings(outputs, on: rows.examples, sheet).enumerated().map {
      row, finding in
      let context = sheet.contexts[Int(sheet.contextOfRow[row])]
      let members = { (found: AnswerSearch.Candidate) -> [(name: String, value: JSONValue)] in
        [
          ("answer", .string(String(context[found.characters]))),
          ("score", .real(found.probability)),
          ("start", .integer(found.characters.lowerBound)),
          ("end", .integer(found.characters.upperBound)),
        ]
      }
      var object = Self.object(members(finding.best))
      if let difference = finding.nullDifference {
        object.append("null_score_diff", .real(Double(difference)))
      }
      if sheet.search.shownCandidates > 0 {
        object.append(
          "nbest",
          .array(
            finding.candidates.prefix(sheet.search.shownCandidates).map { candidate in
              .object(
                Self.object(
                  members(candidate) + [
                    ("start_logit", .real(Double(candidate.startLogit))),
                    ("end_logit", .real(Double(candidate.endLogit))),
                  ]))
            }))
      }
      return Answer(
        text: String(context[finding.best.characters]), probabilities: [], object: object)
    }
  }

  private static func object(_ members: [(name: String, value: JSONValue)]) -> JSONObject {
    var object = JSONObject()
    for (name, value) in members { object.append(name, value) }
    return object
  }

  /// The words that are found for each row.
  private static func texts(_ outputs: Outputs, on rows: TaskRows) -> [String] {
    guard let sheet = rows.sheet else { return [] }
    return sheet.search.findings(outputs, on: rows.examples, sheet).enumerated().map {
      row, finding in
      String(sheet.contexts[Int(sheet.contextOfRow[row])][finding.best.characters])
    }
  }

  private static func gold(of rows: TaskRows) -> [[String]] {
    (rows.sheet?.answers ?? []).map { ($0 ?? []).map(\.text) }
  }

  private static func scored(_ outputs: Outputs, on rows: TaskRows) -> AnswerScores {
    AnswerScores(texts(outputs, on: rows), gold: gold(of: rows))
  }
}
