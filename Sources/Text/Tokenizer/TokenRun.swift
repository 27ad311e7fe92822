/// The tokens of a text, and where they come from if that was asked for.
struct TokenRun {
  var ids: [Int32]
  var sources: [TokenSource]?

  /// Appends a special token, which comes from no text.
  mutating func append(special id: Int32) {
    ids.append(id)
    sources?.append(TokenSource())
  }

  mutating func append(_ run: TokenRun) {
    ids += run.ids
    if let others = run.sources { sources? += others }
  }

  /// Cuts so many tokens off the end.
  mutating func removeLast(_ count: Int) {
    ids.removeLast(count)
    sources?.removeLast(count)
  }

  /// The tokens of a stretch.
  subscript(range: Range<Int>) -> TokenRun {
    TokenRun(ids: Array(ids[range]), sources: sources.map { Array($0[range]) })
  }

  /// The run cut into stretches of at most `room` tokens, each of which repeats the last `overlap`
  /// tokens of the one before; nil where that leads nowhere.
  func stretches(room: Int, overlap: Int) -> [TokenRun]? {
    if ids.count <= room { return [self] }
    guard (0..<max(0, room)).contains(overlap) else { return nil }
    var stretches: [TokenRun] = []
    var end = 0
    while end < ids.count {
      let start = stretches.isEmpty ? 0 : end - overlap
      end = min(start + room, ids.count)
      stretches.append(self[start..<end])
    }
    return stretches
  }
}
