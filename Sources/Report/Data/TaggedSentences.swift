internal import Artifacts
internal import Compute
internal import Foundation
internal import HDF5
internal import Tasks
internal import Text

/// What two models say of the words of the sentences of a split.
struct TaggedSentences {
  private let texts: [String]
  /// Names of tags.
  private let labels: [String]
  /// What the teacher and the student say: logits, a row for each word that was asked for.
  private let teacher: [Float]
  private let student: [Float]
  /// The first of those rows of each sentence, and the end of the last.
  private let starts: [Int]
  /// The right tag of each of those words, a number that none has where it is not known.
  private let known: [Int32]

  /// Reads what both said; nil where the files do not fit each other.
  ///
  /// - Throws: What is wrong with a file.
  init?(
    _ rows: ArtifactReader, of split: String, labels: [String], said: ArtifactReader,
    logits: [[Float]]
  ) throws {
    texts = try PackedStrings(rows, group: "\(split)/text").strings()
    self.labels = labels
    let column = "\(split)/token_labels/values"
    guard rows.contains(column) else { return nil }
    known = try rows.int32s(column).filter { $0 != ignoredLabel }
    starts =
      said.contains("starts/\(split)")
      ? try said.int64s("starts/\(split)").compactMap(Int.init(exactly:)) : Array(0...texts.count)
    guard let teacher = logits.first, let student = logits.last, !labels.isEmpty,
      teacher.count == known.count * labels.count, student.count == teacher.count,
      starts.count == texts.count + 1, starts.first == 0, starts.last == known.count,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return nil }
    (self.teacher, self.student) = (teacher, student)
  }

  /// How many sentences there are.
  var count: Int { texts.count }

  /// The sentences on which both are furthest apart.
  ///
  /// Those that are tagged alike are left out, and those that a limit cut off, or of which words were not asked
  /// for: which word was given which tag is not known.
  ///
  /// - Parameter most: How many at most.
  /// - Returns: What was said of each, the furthest apart first.
  func rows(most: Int) -> [Disagreements.Row] {
    let distances = texts.indices.map { row -> Double in
      guard words(row) != nil else { return .nan }
      let sum = (starts[row]..<starts[row + 1]).reduce(0) { $0 + distance($1) }
      return sum > 0 ? sum : .nan
    }
    return Disagreements.furthest(distances, most: most).compactMap { row in
      guard let words = words(row) else { return nil }
      let places = starts[row]..<starts[row + 1]
      let said = [teacher, student].map { logits in places.map { best(logits, $0) } }
      let right = places.map { labels.indices.contains(Int(known[$0])) ? Int(known[$0]) : nil }
      let isKnown = !right.contains(nil)
      // Of classes, words of which all say the same would hide those that count.
      let all = said + (isKnown ? [right.compactMap(\.self)] : [])
      let differing = words.indices.filter { place in Set(all.map { $0[place] }).count > 1 }
      func spoken(_ tags: [Int]) -> String { self.spoken(tags, of: words, where: differing) }
      return Disagreements.Row(
        number: row + 1, text: texts[row], pair: nil,
        right: isKnown ? spoken(right.compactMap(\.self)) : nil, teacher: (spoken(said[0]), nil),
        student: (spoken(said[1]), nil), distance: distances[row])
    }
  }

  /// The words of a sentence; nil where not all of them were asked for.
  private func words(_ row: Int) -> [String]? {
    let words = LabelledRow.words(of: texts[row], keepsNoBreakSpaces: true)
    return words.count == starts[row + 1] - starts[row] ? words : nil
  }

  /// Half the sum of the differences of the probabilities of a word's tags; 0 where both give it the same one,
  /// or long sentences would come first for many differences that count nowhere.
  private func distance(_ place: Int) -> Double {
    guard best(teacher, place) != best(student, place) else { return 0 }
    let measure = Disagreements.Measure.words
    return measure.distance(
      measure.answer(logits(teacher, place)), measure.answer(logits(student, place)))
  }

  private func logits(_ all: [Float], _ place: Int) -> [Double] {
    all[place * labels.count..<(place + 1) * labels.count].map(Double.init)
  }

  /// The most likely tag of a word, the first of several.
  private func best(_ all: [Float], _ place: Int) -> Int {
    let own = logits(all, place)
    return own.indices.max { (own[$0], $1) < (own[$1], $0) } ?? 0
  }

  /// The entities that tags mark; of classes of words, those of the words at `places`.
  private func spoken(_ tags: [Int], of words: [String], where places: [Int]) -> String {
    guard !EntityTag.areClasses(labels) else {
      return places.map { "\(words[$0]): \(labels[tags[$0]])" }.joined(separator: "; ")
    }
    let entities = Entity.all(in: tags.map { EntityTag(labels[$0]) ?? .outside })
    guard !entities.isEmpty else { return "none" }
    return entities.map { entity in
      let name = words[entity.words].joined(separator: " ")
      return entity.type.isEmpty ? name : "\(entity.type): \(name)"
    }.joined(separator: "; ")
  }
}
