/// A run of words with one name: a person, a place.
public struct Entity: Sendable, Hashable {
  /// What it is; empty where there is one type without a name.
  public let type: String
  /// Its words.
  public let words: Range<Int>

  /// Makes an entity.
  public init(type: String, words: Range<Int>) {
    self.type = type
    self.words = words
  }

  /// The entities of a sentence, as seqeval and conlleval count them.
  ///
  /// Any order of tags has a meaning: an inside that follows nothing of its type begins an entity, and
  /// one that is never ended ends before what is of another type.
  ///
  /// - Parameter tags: One a word.
  /// - Returns: The entities in their order; they do not overlap.
  public static func all(in tags: some Sequence<EntityTag>) -> [Entity] {
    var entities: [Entity] = []
    var last = EntityTag.outside
    var start = 0
    var place = 0
    for tag in tags {
      if ends(last, before: tag) { entities.append(Entity(type: last.type, words: start..<place)) }
      if begins(tag, after: last) { start = place }
      last = tag
      place += 1
    }
    if ends(last, before: .outside) {
      entities.append(Entity(type: last.type, words: start..<place))
    }
    return entities
  }

  private static func ends(_ last: EntityTag, before tag: EntityTag) -> Bool {
    switch (last.place, tag.place) {
    case (.outside, _): false
    case (.end, _), (.single, _), (_, .begin), (_, .single), (_, .outside): true
    default: last.type != tag.type
    }
  }

  private static func begins(_ tag: EntityTag, after last: EntityTag) -> Bool {
    switch (last.place, tag.place) {
    case (_, .outside): false
    case (_, .begin), (_, .single), (.outside, _), (.end, .end), (.end, .inside),
      (.single, .end), (.single, .inside):
      true
    default: last.type != tag.type
    }
  }
}
