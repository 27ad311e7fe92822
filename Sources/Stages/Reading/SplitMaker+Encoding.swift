import Tasks
import Text
import Training

/// How rows become examples: several threads make them, a batch at a time.
extension SplitMaker {
  /// The tokens of the second text of each row, where answers are looked for in those; else nothing.
  ///
  /// A text's are made once, however many questions there are about it.
  func traces(of rows: [LabelledRow]) throws -> [TracedText] {
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
    let tokenizer = tokenizer
    let traces = try inOrder(texts, atOnce: 8) { tokenizer.trace($0) }
    return textOfRow.map { traces[$0] }
  }

  /// The examples that each row becomes, in their order.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - targets: One a row.
  ///   - traces: What `traces` made of them.
  /// - Returns: The examples of each row.
  /// - Throws: What `eachBatch` throws.
  func encode(
    _ rows: [LabelledRow], _ targets: [Target], _ traces: [TracedText]
  ) throws -> [[RowExample]] {
    let (task, lengths, tokenizer) = (task, lengths, tokenizer)
    let work = rows.indices.map { ($0, traces.isEmpty ? nil : traces[$0]) }
    // A question about a long text is many windows.
    return try inOrder(work, atOnce: traces.isEmpty ? 512 : 32) { row, trace in
      let (row, target) = (rows[row], targets[row])
      guard let trace else {
        return task.examples(of: row, target: target, tokenizer: tokenizer, lengths: lengths)
          .map(\.withoutSources)
      }
      return task.examples(
        of: row, target: target, in: trace, tokenizer: tokenizer, lengths: lengths)
    }
  }

  private func inOrder<Item: Sendable, Made: Sendable>(
    _ items: [Item], atOnce: Int, _ make: @escaping @Sendable (Item) -> Made
  ) throws -> [Made] {
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
