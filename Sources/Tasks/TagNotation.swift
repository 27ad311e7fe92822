import Foundation
import Text
import Training

/// The tags of a model that learnt them in another notation than IOB2, which data sets are in, and what it says of
/// words in that one.
///
/// BIOES and BILOU part what IOB2 has as one: the probability of B is that of B and S, that of I is that of I and
/// E. In IOB1 (Tjong Kim Sang and Veenstra 1999) an entity begins with I unless it follows one of its type: after
/// any other word the probability of I is that of B in IOB2. The word before is the one that a model is asked for
/// before; others have no answer.
struct TagNotation: Sendable, Equatable {
  /// IOB2's tags of the same types.
  let names: [String]
  /// What each output of the model means.
  private let tags: [EntityTag]
  private let isIOB1: Bool
  /// What each output of the answers means.
  private var targets: [EntityTag]

  /// The least logarithm of a probability: that of tags that the model's notation has not at their place.
  private static let never = -12.0

  /// Looks at the names of a model's outputs; nil where they are no tags, or may well be IOB2's.
  ///
  /// IOB1 shows in a type without B alone: which it writes where two of the type follow each other, and seldom sees.
  init?(of own: [String]) {
    let tags = own.compactMap { EntityTag($0) }
    guard tags.count == own.count, Set(tags).count == tags.count, tags.contains(.outside) else {
      return nil
    }
    let types = Set(tags.filter { $0 != .outside }.map(\.type)).sorted()
    let parts = tags.contains { [.end, .single].contains($0.place) }
    isIOB1 =
      !parts
      && types.contains { type in
        tags.contains(EntityTag(.inside, type)) && !tags.contains(EntityTag(.begin, type))
      }
    guard parts || isIOB1 else { return nil }
    self.tags = tags
    targets =
      [.outside]
      + types.flatMap { type in [EntityTag(.begin, type), EntityTag(.inside, type)] }
    names = targets.map(\.text)
  }

  /// The same, its answers in the order of a data set's labels: `names` in any order.
  func ordered(as labels: [String]) -> TagNotation {
    var ordered = self
    ordered.targets = labels.map { EntityTag($0) ?? .outside }
    return ordered
  }

  /// Logarithms of the probabilities of IOB2's tags.
  ///
  /// - Parameter outputs: The model's logits, a row a word.
  /// - Returns: A row a word, in the order of the data set's labels.
  func translated(_ outputs: Outputs) -> Outputs {
    var rows = Ragged<Float>()
    for sentence in 0..<outputs.count { rows.append(translated(outputs.rows[sentence])) }
    return Outputs(columns: targets.count, rows: rows)
  }

  /// The same of the words of one sentence.
  private func translated(_ logits: ArraySlice<Float>) -> [Float] {
    let afterOther = targets.map { sources(of: $0, afterItsType: false) }
    let afterSame = targets.map { sources(of: $0, afterItsType: true) }
    // What is answered before, which need not be what the model's own tags say.
    var last = EntityTag.outside
    var answers: [Float] = []
    var rest = logits
    while !rest.isEmpty {
      let word = rest.prefix(tags.count).map(Double.init)
      rest = rest.dropFirst(tags.count)
      let whole = Self.logarithm(ofSum: word)
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
    return tags.indices.filter { tags[$0].type == target.type && places.contains(tags[$0].place) }
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
