import Tasks
import Text
import Training

/// How rows become examples: several threads make them, a batch at a time.
extension DatasetStage {
  /// The tokens of the second text of each row, where answers are looked for in those; else nothing.
  ///
  /// A text's are made once, however many questions there are about it.
  func traces(
    of rows: [LabelledRow], _ tokenizer: Tokenizer, threads: Int, eachBatch: () throws -> Void
  ) rethrows -> [TracedText] {
    guard task.answersAreInText else { return [] }
    var texts: [String] = []
    var numbers: [ExactText: Int] = [:]
    var textOfRow: [Int] = []
    for row in rows {
      let text = ExactText(row.pair ?? "")
      // Questions about a text follow each other: looking it up would read all of it twice.
      if let last = textOfRow.last, ExactText(texts[last]) == text {
        textOfRow.append(last)
        continue
      }
      let number = numbers[text] ?? texts.count
      if number == texts.count {
        numbers[text] = number
        texts.append(text.text)
      }
      textOfRow.append(number)
    }
    let traces = try Self.inOrder(texts, atOnce: 8, threads: threads, eachBatch: eachBatch) {
      tokenizer.trace($0)
    }
    return textOfRow.map { traces[$0] }
  }

  /// The examples that each row becomes.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - targets: One a row.
  ///   - traces: What `traces` made of them.
  ///   - tokenizer: What makes ids.
  ///   - threads: How many threads work.
  ///   - eachBatch: Asked whether to go on.
  /// - Returns: The examples of each row, in their order.
  func encode(
    _ rows: [LabelledRow], _ targets: [Target], _ traces: [TracedText], for task: any RowTask,
    _ tokenizer: Tokenizer, threads: Int, eachBatch: () throws -> Void
  ) rethrows -> [[RowExample]] {
    let lengths = lengths
    let work = rows.indices.map { ($0, traces.isEmpty ? nil : traces[$0]) }
    // A question about a long text is many windows.
    let atOnce = traces.isEmpty ? 512 : 32
    return try Self.inOrder(work, atOnce: atOnce, threads: threads, eachBatch: eachBatch) {
      row, trace in
      let (row, target) = (rows[row], targets[row])
      guard let trace else {
        return task.examples(of: row, target: target, tokenizer: tokenizer, lengths: lengths)
          .map(\.withoutSources)
      }
      return task.examples(
        of: row, target: target, in: trace, tokenizer: tokenizer, lengths: lengths)
    }
  }

  private static func inOrder<Item: Sendable, Made: Sendable>(
    _ items: [Item], atOnce: Int, threads: Int, eachBatch: () throws -> Void,
    _ make: @escaping @Sendable (Item) -> Made
  ) rethrows -> [Made] {
    let work = OrderedWork(threads: threads) { (batch: ArraySlice<Item>) in batch.map(make) }
    var made: [Made] = []
    made.reserveCapacity(items.count)
    for start in stride(from: 0, to: items.count, by: atOnce) {
      try eachBatch()
      if work.isFull { made += work.take() ?? [] }
      work.give(items[start..<min(start + atOnce, items.count)])
    }
    while let batch = work.take() { made += batch }
    return made
  }
}
