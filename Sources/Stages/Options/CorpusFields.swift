import Pipelines
import Text

/// Options of `corpus` about pairs of texts, and about what is left out of the text.
enum CorpusFields {
  /// How pairs are made; where they are not given, BERT's shares.
  static let pairs = [
    OptionField(
      "pair_share", .real(0...1), default: nil,
      help: "share of pairs in mode mixed, 0.5 by default; the rest: single sentences, packed ones"),
    OptionField(
      "short_seq_prob", .real(0...1), default: nil,
      help: "share of pairs and packed texts of a random length below the limit, 0.1 by default"),
    OptionField(
      "random_next_prob", .real(0...1), default: nil,
      help: "share of pairs whose second text is another document's, 0.5 by default"),
  ]

  /// What of the text is left out.
  static let cleaning = [
    OptionField(
      "drop_duplicates", .choice(RepeatedSentences.Measure.allCases.map(\.rawValue)), default: nil,
      help: "leave out sentences that were there before: the same, case and spaces aside, or nearly"
    ),
    OptionField(
      "min_words", .integer(2...1000), default: nil,
      help: "leave out sentences of fewer words"),
    OptionField(
      "prose_only", .boolean, default: .boolean(false),
      help: "leave out lines of which less than 70% are letters, spaces aside"),
  ]

  /// The mode.
  static func mode(_ options: OptionValues) -> CorpusChunker.Mode {
    CorpusChunker.Mode(rawValue: options.text("mode")) ?? .sentences
  }

  /// How pairs are made.
  static func mixing(_ options: OptionValues, seed: UInt64) -> PairMixing {
    PairMixing(
      pairShare: mode(options) == .pairs ? 1 : options.optionalReal("pair_share") ?? 0.5,
      shortShare: options.optionalReal("short_seq_prob") ?? 0.1,
      otherShare: options.optionalReal("random_next_prob") ?? 0.5, seed: seed)
  }

  /// Refuses options that mean nothing in the mode, and a limit that has no room for a pair.
  ///
  /// - Throws: `StageError`.
  static func validate(_ options: OptionValues) throws {
    let mode = mode(options)
    if !mode.hasPairs {
      try options.requireUnused(pairs.map(\.name), beside: "--mode \(mode.rawValue)")
    }
    if mode == .pairs { try options.requireUnused(["pair_share"], beside: "--mode pairs") }
    let length = options.integer("max_seq_length")
    if length < mode.shortestLimit {
      throw StageError.usage(
        "max_seq_length", "\(length) leaves no room for two texts beside the special tokens",
        cure: "give at least \(mode.shortestLimit), or --mode packed")
    }
  }
}
