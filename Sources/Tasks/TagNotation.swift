import Foundation
import Text
import Training

/// The tags of a model that learnt them in another notation than IOB2, which data sets are in, and what it says of
/// words in that one.
///
/// BIOES, BMES and BILOU part what IOB2 has as one: the probability of B is that of B and S, that of I is that of I
/// and E. In IOB1 (Tjong Kim Sang and Veenstra 1999) an entity begins with I unless it follows one of its type:
/// after any other word the probability of I is that of B in IOB2. The word before is the one that a model is asked
/// for before; others have no answer. Outputs for what is no word (`EntityTag.isForNoWord`) mean nothing: the
/// probabilities are those of words.
struct TagNotation: Sendable, Equatable {
  /// IOB2's tags of the same types.
  let names: [String]
  /// What each output of the model means; nil for what is no word.
  private let tags: [EntityTag?]
  private let isIOB1: Bool

  /// Looks at the names of a model's outputs; nil where they are no tags, or may well be IOB2's alone.
  ///
  /// IOB1 shows in a type without B alone: which it writes where two of the type follow each other, and seldom sees.
  init?(of own: [String]) {
    tags = own.map { EntityTag($0) }
    guard zip(own, tags).allSatisfy({ $1 != nil || EntityTag.isForNoWord($0) }) else { return nil }
    let known = tags.compactMap(\.self)
    guard Set(known).count == known.count else { return nil }
    let types = Set(known.filter { $0 != .outside }.map(\.type)).sorted()
    let parts = known.contains { [.end, .single].contains($0.place) }
    isIOB1 =
      !parts
      && types.contains { type in
        known.contains(EntityTag(.inside, type)) && !known.contains(EntityTag(.begin, type))
      }
    // Of words that are all within something, as when sentences are parted into them, none is outside.
    let outside = known.filter { $0 == .outside }
    guard parts || !outside.isEmpty && (isIOB1 || known.count < own.count) else { return nil }
    let inside = types.flatMap { type in [EntityTag(.begin, type), EntityTag(.inside, type)] }
    names = (outside + inside).map(\.text)
  }

  /// How what a model says becomes probabilities of a data set's labels: `names`, in any order.
  func translation(to labels: [String]) -> TagTranslation {
    let targets = labels.map { EntityTag($0) ?? .outside }
    return TagTranslation(
      targets: targets, outputs: tags.count,
      words: tags.indices.filter { tags[$0] != nil },
      afterOther: targets.map { sources(of: $0, afterItsType: false) },
      afterSame: targets.map { sources(of: $0, afterItsType: true) })
  }

  /// The model's outputs that mean a tag of IOB2, of a word after one of its type or after any other.
  private func sources(of target: EntityTag, afterItsType: Bool) -> [Int] {
    let places: [EntityTag.Place]
    switch (target.place, isIOB1) {
    case (.begin, false): places = [.begin, .single]
    case (.inside, false): places = [.inside, .end]
    case (.begin, true): places = afterItsType ? [.begin] : [.begin, .inside]
    case (.inside, true): places = afterItsType ? [.inside] : []
    default: places = [target.place]
    }
    return tags.indices.filter { output in
      guard let tag = tags[output] else { return false }
      return tag.type == target.type && places.contains(tag.place)
    }
  }
}

/// From a model's logits in another notation to logarithms of the probabilities of a data set's labels.
struct TagTranslation: Sendable, Equatable {
  /// What each label means.
  let targets: [EntityTag]
  /// How many outputs the model has.
  let outputs: Int
  /// Those of them that are for words.
  let words: [Int]
  /// For each label the outputs that mean it behind a word of another type or none.
  let afterOther: [[Int]]
  /// The same behind a word of its type.
  let afterSame: [[Int]]

  /// The least logarithm of a probability: that of tags that the model's notation has not at their place.
  private static let never = -12.0

  /// Logarithms of the probabilities of the labels.
  ///
  /// - Parameter found: The model's logits, a row a word.
  /// - Returns: A row a word.
  func callAsFunction(_ found: Outputs) -> Outputs {
    var rows = Ragged<Float>()
    for sentence in 0..<found.count { rows.append(answers(found.rows[sentence])) }
    return Outputs(columns: targets.count, rows: rows)
  }

  /// The same of the words of one sentence.
  private func answers(_ logits: ArraySlice<Float>) -> [Float] {
    // What is answered before, which need not be what the model's own tags say.
    var last = EntityTag.outside
    var answers: [Float] = []
    var rest = logits
    while !rest.isEmpty {
      let word = rest.prefix(outputs).map(Double.init)
      rest = rest.dropFirst(outputs)
      let whole = Self.logarithm(ofSum: words.map { word[$0] })
      let row = targets.enumerated().map { place, target in
        let follows = last != .outside && last.type == target.type
        let parts = (follows ? afterSame : afterOther)[place].map { word[$0] - whole }
        return max(Self.logarithm(ofSum: parts), Self.never)
      }
      answers += row.map { Float($0) }
      last = zip(row, targets).max { $0.0 < $1.0 }?.1 ?? .outside
    }
    return answers
  }

  /// log(sum(exp(x))); of nothing, no finite number.
  private static func logarithm(ofSum logarithms: [Double]) -> Double {
    guard let greatest = logarithms.max() else { return -.infinity }
    return greatest + log(logarithms.reduce(0) { $0 + exp($1 - greatest) })
  }
}

extension TokenClassificationTask {
  /// Its own names, or those of IOB2 that are of the same types.
  public func labels(taughtBy model: [String]) -> [String] {
    TagNotation(of: model)?.names ?? model
  }

  /// By the names, or by what they mean where the model's tags are in another notation than IOB2.
  public func order(of model: [String], in labels: [String], path: String, option: String) throws
    -> LabelOrder
  {
    if Set(model) != Set(labels), !EntityTag.areClasses(labels),
      let notation = TagNotation(of: model)
    {
      return try LabelOrder(notation, of: model, in: labels, model: path)
    }
    let mayName = (try? self.labels(named: model, of: [], path: path)) == model
    return try LabelOrder(
      of: model, in: labels, model: path, option: option, mayName: mayName,
      otherwise: "use a model of this task, or name each of its outputs as a tag with \(option)")
  }
}
