import Files

extension WordVectors {
  /// Reads a text file of word vectors as GloVe and word2vec write it: a word, then its numbers, all
  /// separated by single spaces; a first line of count and dimension is tolerated.
  ///
  /// A word may hold spaces (GloVe's do): the numbers are the last fields of a line. Left out are
  /// markers such as `<unk>`, zero vectors, and repetitions of a word.
  ///
  /// At most `limit` words are kept (nil for all): files are sorted by frequency, so the first are
  /// the common ones. Throws `FileError`, or `AugmentationError` naming the line.
  public static func read(_ path: String, limit: Int? = 100_000) throws -> WordVectors {
    let lines = try LineReader(path)
    var parser = WordVectorParser(path: path)
    while parser.words.count < limit ?? .max, let line = try lines.next() {
      try parser.read(line.text, number: line.number)
    }
    return try parser.finish()
  }
}

/// Reads the lines of a file of word vectors one by one.
struct WordVectorParser {
  let path: String
  private(set) var words: [String] = []
  private var seen: Set<String> = []
  private var values: [Float] = []
  private var dimension = 0

  init(path: String) {
    self.path = path
  }

  /// Takes one line.
  mutating func read(_ line: String, number: Int) throws {
    // Bytes, not characters: a combining mark after the space would hide it.
    var fields = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    while let last = fields.last, last.isEmpty { fields.removeLast() }
    if fields.isEmpty { return }
    if number == 1, fields.count == 2, Int(Substring(fields[0])) != nil,
      let declared = Int(Substring(fields[1]))
    {
      guard declared > 0 else { throw fault(number, "the header declares \(declared) dimensions") }
      dimension = declared
      return
    }
    if dimension == 0 {
      dimension = min(
        fields.reversed().prefix { decimal($0) != nil }.count, fields.count - 1)
    }
    guard dimension > 0, fields.count > dimension else {
      throw fault(
        number, "expected a word and \(max(dimension, 1)) numbers, found \(fields.count) fields")
    }
    let word = fields.dropLast(dimension).map { String(Substring($0)) }.joined(separator: " ")
    var vector: [Float] = []
    vector.reserveCapacity(dimension)
    for field in fields.suffix(dimension) {
      guard let value = decimal(field), value.isFinite else {
        throw fault(number, "'\(Substring(field).prefix(20))' is not a finite number")
      }
      vector.append(value)
    }
    let isMarker = word.hasPrefix("<") && word.hasSuffix(">")
    guard !word.isEmpty, !isMarker, let unit = unitVector(vector), seen.insert(word).inserted
    else { return }
    words.append(word)
    values.append(contentsOf: unit)
  }

  /// All vectors read.
  consuming func finish() throws -> WordVectors {
    guard !words.isEmpty else {
      throw AugmentationError("\(path): holds no word vectors (a word and its numbers a line)")
    }
    return WordVectors(words: words, unitVectors: values, dimension: dimension)
  }

  private func fault(_ number: Int, _ reason: String) -> AugmentationError {
    AugmentationError("\(path):\(number): \(reason); give a GloVe or word2vec text file")
  }
}

/// The number that a field spells; nil where it spells none.
///
/// Plain decimals of up to 15 digits, nearly all there are, take a short way: mantissa and power of
/// ten are exact in Double, so only their quotient is rounded.
private func decimal(_ field: Substring.UTF8View.SubSequence) -> Float? {
  var mantissa = 0
  var digits = 0
  var decimals: Int?
  for (place, byte) in field.enumerated() {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      mantissa = mantissa &* 10 &+ Int(byte - UInt8(ascii: "0"))
      digits += 1
      if let known = decimals { decimals = known + 1 }
    case UInt8(ascii: ".") where decimals == nil: decimals = 0
    case UInt8(ascii: "-") where place == 0: continue
    default: return Float(Substring(field))
    }
  }
  guard digits > 0, digits <= 15 else { return Float(Substring(field)) }
  let value = Double(mantissa) / powersOfTen[decimals ?? 0]
  return Float(field.first == UInt8(ascii: "-") ? -value : value)
}

private let powersOfTen: [Double] = (0...15).map { power in
  (0..<power).reduce(1.0) { product, _ in product * 10 }
}
