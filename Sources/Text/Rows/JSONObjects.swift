package import Files

/// The JSON objects of a file, one after the other: one a line, or the elements of one list.
///
/// Blank lines are passed over.
package final class JSONObjects {
  private enum Source {
    case lines(LineReader)
    case list(JSONListReader)
  }

  private let source: Source

  /// Reads a file: a list where its name ends in `.json` and it holds one, else lines.
  ///
  /// - Throws: `FileError` if it cannot be read, `TextError` where it is rows in another document.
  package convenience init(_ path: String) throws { try self.init(try LineReader(path)) }

  /// Reads lines, or the list that their file turns out to be.
  ///
  /// - Throws: As for a file.
  init(_ lines: LineReader) throws {
    let isList = try JSONForm.named(by: lines.path) == .list
    source = isList ? .list(try JSONListReader(lines.path)) : .lines(lines)
  }

  /// Whether they are the elements of a list, by which they are numbered.
  var areListed: Bool { if case .list = source { true } else { false } }

  /// Bytes of the file that the objects so far took; nil where something packed them.
  var bytesRead: Int? {
    switch source {
    case .lines(let lines): lines.bytesRead
    case .list(let list): list.bytesRead
    }
  }

  /// The next object.
  ///
  /// - Returns: It, its line or its place in the list from 1, and the place for errors; nil at the end.
  /// - Throws: `FileError` if the text is not acceptable, `TextError` for what is no object.
  package func next() throws -> (object: JSONObject, number: Int, place: String)? {
    switch source {
    case .lines(let lines):
      while let (number, text) = try lines.next() {
        if text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
        guard text.utf8.first(where: { $0 != 0x20 && $0 != 0x09 }) != UInt8(ascii: "[") else {
          throw TextError(
            lines.path, line: number,
            "begins a JSON list; write one object a line, or let the name of a file that is one list end "
              + "in .json")
        }
        return try Self.object(
          Array(text.utf8), number, at: "\(lines.path):\(number)", cure: "write one object a line")
      }
      return nil
    case .list(let list):
      guard let (number, bytes) = try list.next() else { return nil }
      let place = "\(list.path): object \(number)"
      return try Self.object(bytes, number, at: place, cure: "list objects alone")
    }
  }

  private static func object(
    _ bytes: [UInt8], _ number: Int, at place: String, cure: String
  ) throws -> (object: JSONObject, number: Int, place: String) {
    let isLine = !bytes.contains(UInt8(ascii: "\n"))
    guard let object = try StrictJSON.parse(bytes, path: place, isLine: isLine).object else {
      throw TextError(place, "is not a JSON object; \(cure)")
    }
    return (object, number, place)
  }
}
