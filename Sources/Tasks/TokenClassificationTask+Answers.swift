import Files
import Text
public import Training

extension TokenClassificationTask {
  /// The tag of every word and the entities that the tags mark.
  ///
  /// A word that has no piece within the model's limit has no answer: it is told as `O`.
  public func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer] {
    let tags = Self.tags(labels, count: outputs.columns)
    let answered = words(outputs, of: rows)
    return rows.sources.enumerated().map { index, row in
      let words = row.wordsOfText
      var numbers = [Int32?](repeating: nil, count: words.count)
      let asked = Self.firstPieces(of: rows.encodings[index]).compactMap(\.self)
      for (word, predicted) in zip(asked, answered[index].predicted) { numbers[word] = predicted }
      let names = numbers.map { number in number.map { labels[Int($0)] } ?? "O" }
      let entities = Entity.all(
        in: numbers.map { number in number.map { tags[Int($0)] } ?? .outside })
      return Answer(
        text: names.joined(separator: " "), probabilities: [],
        object: JSONObject([
          ("words", .array(words.map { .string($0) })), ("tags", .array(names.map { .string($0) })),
          ("entities", .array(entities.map { Self.object($0, words) })),
        ]), lines: zip(words, names).map { [$0, $1] }, unanswered: numbers.count { $0 == nil })
    }
  }

  /// An entity: its type, its words, and the places of its first word and of the one after its last.
  private static func object(_ entity: Entity, _ words: [String]) -> JSONValue {
    .object(
      JSONObject([
        ("type", .string(entity.type)),
        ("text", .string(words[entity.words].joined(separator: " "))),
        ("start", .integer(entity.words.lowerBound)), ("end", .integer(entity.words.upperBound)),
      ]))
  }
}
