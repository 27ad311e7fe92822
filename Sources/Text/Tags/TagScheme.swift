internal import Files

/// How tags mark where entities begin and end (Ramshaw and Marcus 1995; Tjong Kim Sang and Veenstra
/// 1999).
public enum TagScheme: String, Sendable, Hashable, CaseIterable {
  /// I for every word, B only where an entity follows one of its type at once.
  case iob1
  /// B for the first word, I for the others.
  case iob2
  /// B, I, E for the first, further and last of several words, S for a word alone; with M in I's place it is called
  /// BMES.
  case bioes
  /// The same in the letters B, I, L and U.
  case bilou

  /// The letters that it writes.
  var letters: String {
    switch self {
    case .iob1, .iob2: "BI"
    case .bioes: "BIMES"
    case .bilou: "BILU"
    }
  }

  /// Its name as people write it.
  public var spoken: String { rawValue.uppercased() }

  /// The tags of a sentence of so many words with these entities.
  ///
  /// Places are told, not letters: BILOU's are those of BIOES.
  public func tags(of entities: [Entity], words: Int) -> [EntityTag] {
    var tags = [EntityTag](repeating: .outside, count: words)
    var last: Entity?
    for entity in entities {
      let (first, end) = (entity.words.lowerBound, entity.words.upperBound - 1)
      for word in entity.words { tags[word] = EntityTag(.inside, entity.type) }
      switch self {
      case .iob1:
        if last?.type == entity.type, last?.words.upperBound == first {
          tags[first] = EntityTag(.begin, entity.type)
        }
      case .iob2: tags[first] = EntityTag(.begin, entity.type)
      case .bioes, .bilou:
        tags[first] = EntityTag(.begin, entity.type)
        tags[end] = EntityTag(first == end ? .single : .end, entity.type)
      }
      last = entity
    }
    return tags
  }

  /// The scheme that the tags of sentences are written in.
  ///
  /// E, S or M is BIOES, L or U BILOU. Of the others IOB1 has entities that begin with I and IOB2 has not;
  /// where some begin with I and some with a B that IOB1 would not write, it is IOB2 with mistakes.
  ///
  /// - Parameter sentences: The tags of each.
  /// - Returns: It; nil where tags of two schemes are mixed.
  public static func recognized(in sentences: some Sequence<[String]>) -> TagScheme? {
    var letters: Set<Character> = []
    var (beginsWithInside, beginsWithBegin) = (false, false)
    for sentence in sentences {
      letters.formUnion(sentence.compactMap(\.first))
      let tags = sentence.map { EntityTag($0) ?? .outside }
      for (last, tag) in zip([.outside] + tags, tags) where tag.place != .outside {
        let continues = last.place != .outside && last.type == tag.type
        if tag.place == .inside, !continues { beginsWithInside = true }
        if tag.place == .begin, !continues { beginsWithBegin = true }
      }
    }
    let (hasEnds, hasLasts) = (!letters.isDisjoint(with: "MES"), !letters.isDisjoint(with: "LU"))
    if hasEnds || hasLasts { return hasEnds && hasLasts ? nil : hasEnds ? .bioes : .bilou }
    return beginsWithInside && !beginsWithBegin ? .iob1 : .iob2
  }
}
