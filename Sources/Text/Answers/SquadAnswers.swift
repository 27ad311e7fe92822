internal import Files

/// The answers that a file gives to a question, found in the context.
struct SquadAnswers {
  /// What is right.
  let answer: RowAnswer

  /// Reads them: objects with `text` and `answer_start`, or an object with a list of each.
  ///
  /// - Parameters:
  ///   - entry: The question.
  ///   - context: Its context.
  ///   - seen: What is to be told is counted here.
  /// - Throws: `TextError` where one is not in the context, or cannot be one.
  init(_ entry: SquadReader.Entry, in context: CountedText, _ seen: inout SquadRemarks) throws {
    let (question, place) = (entry.question, entry.place)
    let isImpossible = question["is_impossible"]
    guard isImpossible == nil || isImpossible == .null || isImpossible?.boolean != nil else {
      throw TextError(
        place, "'is_impossible' is \(isImpossible?.kindName ?? ""); it must be true or false")
    }
    guard let value = question["answers"], value != .null else {
      answer = isImpossible?.boolean == true ? .spans([]) : .none
      return
    }
    let given = try Self.pairs(value, at: place)
    if isImpossible?.boolean == true, !given.isEmpty {
      throw TextError(
        place, "'is_impossible' is true, but answers are given; remove them, or make it false")
    }
    if isImpossible?.boolean == false, given.isEmpty { seen.unanswered.add(line: place) }
    var moved = false
    answer = .spans(
      try given.enumerated().map { number, pair in
        let (start, isMoved) = try Self.find(
          pair.text, at: pair.start, in: context, "\(place).answers[\(number)]")
        moved = moved || isMoved
        return TextSpan(pair.text, at: start)
      })
    if moved { seen.moved.add(line: place) }
  }

  /// Where an answer stands: where the file says, or in the next place to that.
  private static func find(
    _ text: String, at start: Int, in context: CountedText, _ place: String
  ) throws -> (start: Int, isMoved: Bool) {
    guard !text.isEmpty else {
      throw TextError(place, "'text' is empty; remove the answer, or give what answers")
    }
    guard start >= 0, start < context.count else {
      throw TextError(
        place,
        "'answer_start' is \(start), the context has \(context.count) characters; correct it")
    }
    let length = text.unicodeScalars.count
    if length <= context.count - start,
      context[start..<start + length].utf8.elementsEqual(text.utf8)
    {
      return (start, false)
    }
    guard let found = context.occurrence(of: text, next: start) else {
      throw TextError(
        place,
        "the text '\(printable(String(text.prefix(60))))' stands nowhere in the context; correct the "
          + "answer, or give --skip-malformed-rows to leave such questions out")
    }
    return (found, true)
  }

  private static func pairs(
    _ value: JSONValue, at place: String
  ) throws -> [(text: String, start: Int)] {
    if let list = value.array {
      return try list.enumerated().map { number, element in
        let place = "\(place).answers[\(number)]"
        guard let object = element.object else {
          throw TextError(
            place, "is \(element.kindName); it must be an object with text and answer_start")
        }
        let text = try object.text("text", at: place)
        return (text, try integer(object["answer_start"], at: place))
      }
    }
    guard let object = value.object else {
      throw TextError(
        place, "'answers' is \(value.kindName); it must be a list of objects, or an object of lists"
      )
    }
    let place = place + ".answers"
    guard let texts = object["text"]?.array, let starts = object["answer_start"]?.array else {
      throw TextError(place, "'text' and 'answer_start' must both be lists")
    }
    guard texts.count == starts.count else {
      throw TextError(
        place, "holds \(texts.count) texts and \(starts.count) places; give each text its place")
    }
    return try zip(texts, starts).map { text, start in
      guard let text = text.string else {
        throw TextError(place, "a text is \(text.kindName); it must be a string")
      }
      return (text, try integer(start, at: place))
    }
  }

  private static func integer(_ value: JSONValue?, at place: String) throws -> Int {
    // Tables that have a gap somewhere write whole numbers as fractions.
    guard let integer = value?.integer ?? value?.real.flatMap(Int.init(exactly:)) else {
      throw TextError(
        place, "'answer_start' is \(value?.kindName ?? "missing"); it must be an integer")
    }
    return integer
  }
}

/// What a reader of questions saw that may not be what was meant, counted.
struct SquadRemarks {
  /// How often something was seen, and where first.
  struct Tally {
    private(set) var count = 0
    private(set) var first = ""

    mutating func add(line place: String) {
      if count == 0 { first = place }
      count += 1
    }
  }

  /// Answers whose text does not stand where the file says.
  var moved = Tally()
  /// Questions without answers that are not called impossible.
  var unanswered = Tally()
  /// Questions without text.
  var empty = Tally()
  /// Questions with the id of one before.
  var repeated = Tally()

  /// A line for each.
  var sentences: [String] {
    var sentences: [String] = []
    func say(_ tally: Tally, _ one: String, _ many: String, _ rest: String) {
      guard tally.count > 0 else { return }
      sentences.append(
        "\(tally.first): \(tally.count == 1 ? "1 \(one)" : "\(tally.count) \(many)")"
          + "\(tally.count == 1 ? "" : " (the first here)")\(rest)")
    }
    say(
      moved, "question has an answer that does not stand at its answer_start",
      "questions have an answer that does not stand at its answer_start",
      ": the nearest place where its text stands is taken")
    say(
      unanswered, "question has no answer, though is_impossible is false",
      "questions have no answer, though is_impossible is false",
      ": it counts as not to be answered from the text")
    say(empty, "question is empty", "questions are empty", "; it counts as a question")
    say(
      repeated, "question has the id of one before it", "questions have the id of one before them",
      ": each counts as a question of its own")
    return sentences
  }
}
