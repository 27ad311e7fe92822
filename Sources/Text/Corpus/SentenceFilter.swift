/// Leaves sentences out of raw text, and counts them by the reason.
///
/// What it decides depends on the sentences before alone, in their order.
public struct SentenceFilter: Sendable {
  /// Sentences left out, each by the first reason that applies.
  public struct Counts: Sendable, Hashable {
    /// Of too few words.
    public var short = 0
    /// No prose.
    public var noProse = 0
    /// In a text that is held out.
    public var heldOut = 0
    /// There before.
    public var repeated = 0
  }

  /// What was left out so far.
  public private(set) var counts = Counts()
  /// Whether sentences were forgotten that later ones might repeat.
  public var hasForgotten: Bool { repeated?.hasForgotten == true }
  /// Whether it may leave anything out.
  public var isNeeded: Bool { minimumWords > 1 || proseOnly || heldOut != nil || repeated != nil }

  private let minimumWords: Int
  private let proseOnly: Bool
  private let heldOut: HeldOutSentences?
  private var repeated: RepeatedSentences?

  /// Makes a filter.
  ///
  /// - Parameters:
  ///   - minimumWords: Words between spaces that a sentence must have.
  ///   - proseOnly: Whether it must be prose; see `isProse`.
  ///   - heldOut: Texts that no sentence may overlap; nil for none.
  ///   - repeated: Tells repeated sentences; nil where they may stay.
  public init(
    minimumWords: Int = 1, proseOnly: Bool = false, heldOut: HeldOutSentences? = nil,
    repeated: RepeatedSentences? = nil
  ) {
    (self.minimumWords, self.proseOnly) = (minimumWords, proseOnly)
    (self.heldOut, self.repeated) = (heldOut, repeated)
  }

  /// A batch without the sentences that are left out; documents end where they did.
  public mutating func kept(of batch: SentenceBatch) -> SentenceBatch {
    guard isNeeded else { return batch }
    var kept = SentenceBatch()
    var ends = batch.documentEnds[...]
    for (number, sentence) in batch.sentences.enumerated() {
      while ends.first == number {
        ends.removeFirst()
        kept.documentEnds.append(kept.sentences.count)
      }
      if keeps(sentence) { kept.sentences.append(sentence) }
    }
    kept.documentEnds += ends.map { _ in kept.sentences.count }
    return kept
  }

  private mutating func keeps(_ sentence: String) -> Bool {
    if minimumWords > 1, sentence.split(whereSeparator: \.isWhitespace).count < minimumWords {
      counts.short += 1
    } else if proseOnly, !Self.isProse(sentence) {
      counts.noProse += 1
    } else if heldOut?.overlaps(sentence) == true {
      counts.heldOut += 1
    } else if repeated?.isRepeated(sentence) == true {
      counts.repeated += 1
    } else {
      return true
    }
    return false
  }

  /// Whether at least seven in ten characters, spaces aside, are letters: tables, programs, formulas and
  /// rulers are not.
  public static func isProse(_ sentence: String) -> Bool {
    var (letters, others) = (0, 0)
    for scalar in sentence.unicodeScalars {
      switch scalar.value {
      case 0x41...0x5A, 0x61...0x7A: letters += 1
      case 0x09, 0x20: break
      case ..<0x80: others += 1
      default:
        if scalar.properties.isAlphabetic {
          letters += 1
        } else if !scalar.properties.isWhitespace {
          others += 1
        }
      }
    }
    return letters > 0 && 10 * letters >= 7 * (letters + others)
  }
}
