import HDF5
import Tasks
import Text
import Training

/// Texts in which answers are looked for, as a dataset stores them beside the questions: each once.
///
/// | dataset, per split | type and shape |
/// |---|---|
/// | `<split>/contexts/bytes`, `<split>/contexts/offsets` | uint8, int64 `[contexts + 1]` |
/// | `<split>/contexts/places`, `<split>/contexts/place_offsets` | int32, int64 `[contexts + 1]`: of each token the first scalar and the one after the last |
/// | `<split>/context` | int32 `[rows]`: the context of each |
/// | `<split>/first_token` | int32 `[examples]`: with which token of its context each window begins |
/// | `<split>/answers/bytes`, `<split>/answers/offsets` | uint8, int64 `[answers + 1]` |
/// | `<split>/answers/start` | int32 `[answers]`: the first scalar of each |
/// | `<split>/answers/rows` | int64 `[rows + 1]`: where the answers of each row begin |
/// | `<split>/answers/known` | int32 `[rows]`: 1 where it is known what is right, else 0 |
enum StoredAnswerSheet {
  /// Writes a sheet.
  ///
  /// - Throws: `HDF5Error`.
  static func write(_ sheet: AnswerSheet, to body: ArtifactBody, split: String) throws {
    func offsets(_ values: [Int], _ name: String) throws {
      try body.int64s(
        "\(split)/\(name)", shape: [values.count], values: values.map { Int64($0) })
    }
    func integers(_ values: [Int32], _ name: String) throws {
      try body.int32s("\(split)/\(name)", shape: [values.count], values: values)
    }
    try body.write(PackedStrings(sheet.contexts.lazy.map(\.text)), group: "\(split)/contexts")
    try integers(sheet.places.values, "contexts/places")
    try offsets(sheet.places.offsets, "contexts/place_offsets")
    try integers(sheet.contextOfRow, "context")
    try integers(sheet.firstTokens, "first_token")
    let answers = sheet.answers.flatMap { $0 ?? [] }
    try body.write(PackedStrings(answers.lazy.map(\.text)), group: "\(split)/answers")
    try integers(answers.map { Int32(clamping: $0.range.lowerBound) }, "answers/start")
    var rows = [0]
    for given in sheet.answers { rows.append(rows[rows.count - 1] + (given?.count ?? 0)) }
    try offsets(rows, "answers/rows")
    try integers(sheet.answers.map { $0 == nil ? 0 : 1 }, "answers/known")
  }

  /// Whether a split has one.
  static func isThere(_ reader: ArtifactReader, split: String) -> Bool {
    reader.contains("\(split)/contexts/bytes")
  }

  /// Reads a sheet and checks it against the examples.
  ///
  /// - Parameters:
  ///   - reader: The artifact.
  ///   - split: The split's name.
  ///   - rows: How many rows it has.
  ///   - examples: Its windows.
  /// - Returns: The sheet.
  /// - Throws: `ArtifactError` where its parts do not fit each other; `HDF5Error`.
  static func read(
    _ reader: ArtifactReader, split: String, rows: Int, examples: InMemoryExamples
  ) throws -> AnswerSheet {
    func fault(_ what: String) -> ArtifactError {
      ArtifactError.badData(
        reader.path, "\(what) of '\(split)' do not fit its rows", cure: "make the dataset again")
    }
    func offsets(_ name: String, count: Int, end: Int) throws -> [Int] {
      let values = try reader.int64s("\(split)/\(name)").map { Int($0) }
      guard values.count == count + 1, values.first == 0, values.last == end,
        zip(values, values.dropFirst()).allSatisfy({ $0 <= $1 })
      else { throw fault("offsets \(name)") }
      return values
    }
    func integers(_ name: String, count: Int, _ range: ClosedRange<Int>) throws -> [Int32] {
      let values = try reader.int32s("\(split)/\(name)")
      guard values.count == count, values.allSatisfy({ range.contains(Int($0)) }) else {
        throw fault("numbers \(name)")
      }
      return values
    }
    let contexts = try PackedStrings(reader, group: "\(split)/contexts").strings().map {
      CountedText($0)
    }
    let places = try reader.int32s("\(split)/contexts/places")
    let ragged = Ragged(
      values: places,
      offsets: try offsets("contexts/place_offsets", count: contexts.count, end: places.count))
    for (number, context) in contexts.enumerated() {
      let own = Array(ragged[number])
      guard own.count.isMultiple(of: 2),
        stride(from: 0, to: own.count, by: 2).allSatisfy({
          own[$0] >= 0 && own[$0] <= own[$0 + 1] && Int(own[$0 + 1]) <= context.count
        })
      else { throw fault("places of tokens") }
    }
    let contextOfRow = try integers("context", count: rows, 0...max(contexts.count - 1, 0))
    let firstTokens = try integers("first_token", count: examples.count, 0...Int(Int32.max))
    guard !contexts.isEmpty else { throw fault("contexts") }
    for example in 0..<examples.count {
      let tokens = ragged[Int(contextOfRow[examples.row(of: example)])].count / 2
      let second =
        examples.secondSegmentStarts.isEmpty ? 0 : Int(examples.secondSegmentStarts[example])
      guard Int(firstTokens[example]) + examples.length(of: example) - 1 - second <= tokens else {
        throw fault("windows")
      }
    }
    let texts = try PackedStrings(reader, group: "\(split)/answers").strings()
    let starts = try integers("answers/start", count: texts.count, 0...Int(Int32.max))
    let ends = try offsets("answers/rows", count: rows, end: texts.count)
    let known = try integers("answers/known", count: rows, 0...1)
    let answers = (0..<rows).map { row -> [TextSpan]? in
      known[row] == 0
        ? nil
        : (ends[row]..<ends[row + 1]).map { TextSpan(texts[$0], at: Int(starts[$0])) }
    }
    return AnswerSheet(
      contexts: contexts, places: ragged, contextOfRow: contextOfRow, answers: answers,
      firstTokens: firstTokens)
  }
}
