public import Text
public import Training

/// What is needed to find answers in texts and to score them, beside what a model reads: the texts,
/// each once, where their tokens stand, and the right answers.
public struct AnswerSheet: Sendable {
  /// The texts in which answers are looked for, each once.
  public private(set) var contexts: [CountedText] = []
  /// For each context, the first scalar of each of its tokens and the one after the last: two entries a
  /// token.
  public private(set) var places = Ragged<Int32>()
  /// Number of each row's context.
  public private(set) var contextOfRow: [Int32] = []
  /// The right answers of each row: none where the context holds none, nil where they are not known.
  public private(set) var answers: [[TextSpan]?] = []
  /// The first token of the context that each example shows.
  public private(set) var firstTokens: [Int32] = []
  /// How answers are looked for.
  public var search = AnswerSearch()

  /// The contexts by their bytes, while rows are added.
  private var numbers: [ExactText: Int32] = [:]

  /// A sheet without rows.
  public init() {}

  /// Puts together what was stored; everything must fit together.
  public init(
    contexts: [CountedText], places: Ragged<Int32>, contextOfRow: [Int32],
    answers: [[TextSpan]?], firstTokens: [Int32]
  ) {
    (self.contexts, self.places, self.contextOfRow) = (contexts, places, contextOfRow)
    (self.answers, self.firstTokens) = (answers, firstTokens)
  }

  /// Adds a row and the examples that it became.
  ///
  /// - Parameters:
  ///   - row: The question and its context.
  ///   - examples: Its windows.
  ///   - context: The tokens of the context.
  public mutating func append(
    _ row: LabelledRow, _ examples: [RowExample], in context: TracedText
  ) {
    let text = ExactText(row.pair ?? "")
    var number = contextOfRow.last.flatMap { last in
      ExactText(contexts[Int(last)].text) == text ? last : numbers[text]
    }
    if number == nil {
      number = Int32(contexts.count)
      numbers[text] = number
      contexts.append(CountedText(text.text))
      places.append(
        context.places.flatMap { [Int32($0.lowerBound), Int32($0.upperBound)] })
    }
    contextOfRow.append(number ?? 0)
    if case .spans(let spans) = row.answer { answers.append(spans) } else { answers.append(nil) }
    firstTokens += examples.map { Int32($0.firstToken) }
  }

  /// The same texts, and no rows.
  public var withoutRows: AnswerSheet {
    var sheet = AnswerSheet()
    (sheet.contexts, sheet.places, sheet.search) = (contexts, places, search)
    return sheet
  }

  /// Adds a row about a text of another sheet, whose texts are these.
  ///
  /// - Parameters:
  ///   - row: Its number there; another question about the same is another row.
  ///   - examples: Its windows there, which are shown as they are.
  ///   - other: That sheet.
  public mutating func append(row: Int, examples: Range<Int>, from other: AnswerSheet) {
    contextOfRow.append(other.contextOfRow[row])
    answers.append(other.answers[row])
    firstTokens += other.firstTokens[examples]
  }

  /// Whether some questions have no answer in their context, so that a model may say so.
  public var hasUnanswerable: Bool { answers.contains { $0?.isEmpty == true } }

  /// The scalars of a context that a token of an example stands for; nil for the question's tokens and
  /// those around the texts.
  func characters(of token: Int, in example: Int, of examples: InMemoryExamples) -> Range<Int>? {
    let length = examples.length(of: example)
    let start =
      examples.secondSegmentStarts.isEmpty ? length : Int(examples.secondSegmentStarts[example])
    guard token >= start, token < length - 1 else { return nil }
    let places = places[Int(contextOfRow[examples.row(of: example)])]
    let place = places.startIndex + 2 * (Int(firstTokens[example]) + token - start)
    return Int(places[place])..<Int(places[place + 1])
  }
}
