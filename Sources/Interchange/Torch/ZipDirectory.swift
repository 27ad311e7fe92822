import Files

/// Where the files lie that a zip archive holds as they are: torch never compresses them
/// (PKWARE's APPNOTE, sections 4.3 and 4.5.3).
struct ZipDirectory {
  /// Bytes of the archive, by name.
  let entries: [String: Range<Int>]

  private static let directoryLimit = 64 << 20
  private static let (endSignature, entrySignature, localSignature) = (
    0x0605_4B50, 0x0201_4B50, 0x0403_4B50
  )

  /// Reads the directory at the end of the archive.
  ///
  /// - Throws: `InterchangeError` where it is damaged, or holds compressed or encrypted files.
  init(of file: RegularFile) throws {
    func refuse(_ reason: String) -> InterchangeError {
      InterchangeError("\(file.path): is a damaged zip archive: \(reason); fetch or save it again")
    }
    func block(at place: Int, _ count: Int) throws -> ByteCursor {
      guard place >= 0, count >= 0, count <= file.size, place <= file.size - count else {
        throw refuse("it ends within its directory")
      }
      return ByteCursor(try file.read(at: place, count: count))
    }
    let (count, start, size) = try Self.end(of: file, refuse, block)
    guard size <= Self.directoryLimit else { throw refuse("its directory has \(size) bytes") }
    var directory = try block(at: start, size)
    var entries: [String: Range<Int>] = [:]
    for _ in 0..<max(0, count) {
      guard directory.number(4) == Self.entrySignature, directory.take(4) != nil,
        let flags = directory.number(2), let method = directory.number(2),
        directory.take(8) != nil, var packed = directory.number(4),
        var whole = directory.number(4), let nameLength = directory.number(2),
        let extraLength = directory.number(2), let commentLength = directory.number(2),
        directory.take(8) != nil, var place = directory.number(4),
        let name = directory.take(nameLength), let extra = directory.take(extraLength),
        directory.take(commentLength) != nil
      else { throw refuse("its directory ends early") }
      let text = String(decoding: name, as: UTF8.self)
      try Self.widen(&whole, &packed, &place, by: Array(extra)) { refuse("\(text) has no size") }
      guard method == 0, flags & 1 == 0, packed == whole else {
        throw InterchangeError(
          "\(file.path): \(text) is compressed or encrypted, which torch never does; "
            + "save the file again with torch.save")
      }
      var local = try block(at: place, 30)
      guard local.number(4) == Self.localSignature, local.take(22) != nil,
        let ownName = local.number(2), let ownExtra = local.number(2)
      else { throw refuse("\(text) is not where its directory says") }
      // The header was there, so neither sum overflows.
      let first = place + 30 + ownName + ownExtra
      guard first <= file.size, whole <= file.size - first else {
        throw refuse("\(text) reaches beyond its end")
      }
      let end = first + whole
      guard entries.updateValue(first..<end, forKey: text) == nil else {
        throw refuse("it has two files \(text)")
      }
    }
    self.entries = entries
  }

  /// How many entries the directory has, where it begins, and its bytes.
  private static func end(
    of file: RegularFile, _ refuse: (String) -> InterchangeError,
    _ block: (Int, Int) throws -> ByteCursor
  ) throws -> (count: Int, start: Int, size: Int) {
    let length = min(file.size, 22 + 0xFFFF)
    let tailStart = file.size - length
    let tail = try block(tailStart, length).bytes
    let signature: [UInt8] = [0x50, 0x4B, 5, 6]
    let found = tail.indices.reversed().first { tail[$0...].starts(with: signature) }
    guard let found, tail.count - found >= 22 else { throw refuse("it has no directory") }
    var end = try block(tailStart + found, 22)
    guard end.take(10) != nil, let count = end.number(2), let size = end.number(4),
      let start = end.number(4)
    else { throw refuse("it has no directory") }
    guard count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF else {
      return (count, start, size)
    }
    // Zip64: a locator of 20 bytes before the end names a longer one.
    var locator = try block(tailStart + found - 20, 20)
    guard locator.number(4) == 0x0706_4B50, locator.take(4) != nil, let place = locator.number(8)
    else { throw refuse("it has no zip64 directory") }
    var wide = try block(place, 56)
    guard wide.number(4) == 0x0606_4B50, wide.take(28) != nil, let wideCount = wide.number(8),
      let wideSize = wide.number(8), let wideStart = wide.number(8)
    else { throw refuse("it has no zip64 directory") }
    return (wideCount, wideStart, wideSize)
  }

  /// Takes the sizes of a large file from its zip64 field: those that are all ones in the entry itself.
  private static func widen(
    _ whole: inout Int, _ packed: inout Int, _ place: inout Int, by extra: [UInt8],
    orThrow refusal: () -> InterchangeError
  ) throws {
    let unknown = 0xFFFF_FFFF
    guard whole == unknown || packed == unknown || place == unknown else { return }
    var fields = ByteCursor(extra)
    while let kind = fields.number(2), let size = fields.number(2) {
      guard let field = fields.take(size) else { break }
      guard kind == 1 else { continue }
      var numbers = ByteCursor(Array(field))
      func number(_ value: inout Int) throws {
        guard value == unknown else { return }
        guard let wide = numbers.number(8) else { throw refusal() }
        value = wide
      }
      try number(&whole)
      try number(&packed)
      try number(&place)
      return
    }
    throw refusal()
  }
}
