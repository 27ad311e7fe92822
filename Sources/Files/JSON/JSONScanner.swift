/// Reads one JSON text front to back.
struct JSONScanner {
  let bytes: [UInt8]
  let path: String
  /// Whether the text is one line of a file, which `path` names.
  let isLine: Bool
  private var position = 0
  private var valueCount = 0

  init(bytes: [UInt8], path: String, isLine: Bool = false) {
    self.bytes = bytes
    self.path = path
    self.isLine = isLine
  }

  mutating func scanDocument() throws -> JSONValue {
    let value = try scanValue(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("text after the end of the value") }
    return value
  }

  private func failure(_ reason: String, at place: Int? = nil) -> FileError {
    let place = place ?? position
    let before = bytes[..<min(place, bytes.count)]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = place - (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1)
    let spot = isLine ? "column \(column)" : "line \(line), column \(column) (byte \(place))"
    return FileError(.invalidJSON, path: path, detail: "\(spot): \(reason)")
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func scanValue(depth: Int) throws -> JSONValue {
    skipSpace()
    guard let byte = current else { throw failure("the text ends where a value should be") }
    valueCount += 1
    guard valueCount <= StrictJSON.valueLimit else {
      throw failure("more than \(StrictJSON.valueLimit) values")
    }
    switch byte {
    case UInt8(ascii: "{"): return .object(try scanObject(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try scanArray(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try scanString())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try scanNumber()
    default:
      for (word, value) in [
        ("true", JSONValue.boolean(true)), ("false", .boolean(false)), ("null", .null),
      ] where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      try refuseForeignWord()
      throw failure("a value cannot start here")
    }
  }

  /// Names what Python writes and JSON does not have.
  private func refuseForeignWord() throws {
    let rest = bytes[min(position, bytes.count)...]
    let words = [
      ("NaN", "null"), ("nan", "null"), ("Infinity", "null"), ("-Infinity", "null"),
      ("None", "null"), ("True", "true"), ("False", "false"),
    ]
    guard let (word, cure) = words.first(where: { rest.starts(with: $0.0.utf8) }) else { return }
    throw failure(
      "\(word) is not JSON; write \(cure)\(cure == "null" ? ", or leave the key out" : "")")
  }

  private func checkDepth(_ depth: Int) throws {
    guard depth <= StrictJSON.depthLimit else {
      throw failure("nested more than \(StrictJSON.depthLimit) deep")
    }
  }

  private mutating func scanObject(depth: Int) throws -> JSONObject {
    try checkDepth(depth)
    position += 1
    var object = JSONObject()
    skipSpace()
    if take(UInt8(ascii: "}")) { return object }
    while true {
      skipSpace()
      let start = position
      guard current == UInt8(ascii: "\"") else { throw failure("a key in quotes should be here") }
      let key = try scanString()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("a colon should be here") }
      guard object.append(key, try scanValue(depth: depth)) else {
        throw failure("the key \"\(key)\" occurs twice in one object; leave one out", at: start)
      }
      skipSpace()
      if take(UInt8(ascii: "}")) { return object }
      guard take(UInt8(ascii: ",")) else { throw failure("a comma or } should be here") }
    }
  }

  private mutating func scanArray(depth: Int) throws -> [JSONValue] {
    try checkDepth(depth)
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try scanValue(depth: depth))
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw failure("a comma or ] should be here") }
    }
  }

  private mutating func scanString() throws -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: try scanEscape())
      case 0..<0x20: throw failure("a control character in a string", at: position - 1)
      default: text.append(byte)
      }
    }
    throw failure("the string is not closed", at: start)
  }

  private mutating func scanEscape() throws -> [UInt8] {
    let start = position - 1
    guard let byte = current else { throw failure("the string is not closed", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default: throw failure("an unknown escape", at: start)
    }
    var code = try scanFourDigits()
    if (0xD800..<0xDC00).contains(code), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
      let low = try scanFourDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw failure("half a surrogate", at: start) }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate", at: start) }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func scanFourDigits() throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits should follow \\u")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private mutating func scanDigits() -> Int {
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    return position - start
  }

  private mutating func scanNumber() throws -> JSONValue {
    let start = position
    var isInteger = true
    _ = take(UInt8(ascii: "-"))
    let digitsStart = position
    let digits = scanDigits()
    guard digits > 0 else {
      position = start
      try refuseForeignWord()
      throw failure("a digit should follow the minus sign", at: digitsStart)
    }
    guard digits == 1 || bytes[digitsStart] != UInt8(ascii: "0") else {
      throw failure("a number must not start with 0", at: start)
    }
    if take(UInt8(ascii: ".")) {
      isInteger = false
      guard scanDigits() > 0 else { throw failure("a digit should follow the point") }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard scanDigits() > 0 else { throw failure("a digit should follow the exponent sign") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw failure("the number is out of range", at: start)
    }
    return .real(value)
  }
}
