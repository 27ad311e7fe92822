/// A text's tokens and the places that they come from, made once for all that is done with it.
public struct TracedText: Sendable {
  let run: TokenRun
  /// The Unicode scalars that each token was made from.
  public let places: [Range<Int>]
}

/// A stretch of a long text, beside a whole first text.
public struct TextWindow: Sendable {
  /// Ids and segments, without sources.
  public let encoding: Encoding
  /// The token of the long text with which the stretch begins.
  public let firstToken: Int
}

extension Tokenizer {
  /// The tokens of a text, without special tokens around it.
  public func trace(_ text: String) -> TracedText {
    var tokens = TracedTokens(of: text, segment: 1)
    collect(text, into: &tokens)
    return TracedText(run: TokenRun(ids: tokens.ids), places: tokens.sources.map(\.range))
  }

  /// The windows of a long text beside a whole first one, each `[CLS] text [SEP] stretch [SEP]`, as
  /// Hugging Face cuts them with `return_overflowing_tokens` and the truncation `only_second`.
  ///
  /// Where the first text leaves no more room than the overlap, which Hugging Face refuses, it loses its
  /// end: half of what is left beyond the overlap is the stretch's, and each window says how many
  /// tokens were cut off.
  ///
  /// - Parameters:
  ///   - text: The first text.
  ///   - long: The second one.
  ///   - maxLength: The most ids of a window, special tokens included.
  ///   - overlap: How many tokens a window repeats of the one before; Hugging Face's `stride`.
  /// - Returns: The windows in order, at least one.
  /// - Precondition: `maxLength` has room for the special tokens and more than the overlap.
  public func windows(
    _ text: String, of long: TracedText, maxLength: Int, overlap: Int
  ) -> [TextWindow] {
    var first = TokenRun(ids: tokenize(text))
    let room = maxLength - postProcessor.addedCount(isPair: true)
    precondition(overlap >= 0 && room > overlap, "no room for windows that overlap by \(overlap)")
    var cut = 0
    if long.run.ids.count > room - first.ids.count, room - first.ids.count <= overlap {
      let kept = min(first.ids.count, (room - overlap) / 2)
      cut = first.ids.count - kept
      first.removeLast(cut)
    }
    let stretches = long.run.stretches(room: room - first.ids.count, overlap: overlap) ?? []
    var start = 0
    return stretches.map { stretch in
      defer { start += stretch.ids.count - overlap }
      return TextWindow(
        encoding: postProcessor.encoding(first, stretch, truncatedCount: cut), firstToken: start)
    }
  }
}
