import Foundation
import TestSupport
import Testing

/// A file of rows or text, or an option of its reading, that cannot be used: what is said of it, and
/// the command that does what the message advises.
struct DataFault: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The exit code it must end with.
  let status: Int32
  /// A regular expression for its one error line.
  let pattern: String
  /// What comes through standard input.
  var input = ""
  /// Writes what is needed into a folder and gives the command's words.
  let prepare: @Sendable (FinishedWorld, String) throws -> [String]
  /// Does what is advised, and gives the words that succeed.
  let cure: @Sendable (_ words: [String], _ folder: String) throws -> [String]

  init(
    _ name: String, _ status: Int32, _ pattern: String, input: String = "",
    _ prepare: @escaping @Sendable (FinishedWorld, String) throws -> [String],
    cure: @escaping @Sendable (_ words: [String], _ folder: String) throws -> [String]
  ) {
    testDescription = name
    (self.status, self.pattern, self.input) = (status, pattern, input)
    (self.prepare, self.cure) = (prepare, cure)
  }
}

/// Files as the faults need them.
enum RowFiles {
  /// Rows of two classes without header.
  static let rows = (0..<40).map { row in
    "the \(SmallWorld.things[row % 8]) is \(row % 2 == 0 ? "good" : "bad") \(row)\t\(row % 2)\n"
  }.joined()
  /// The same with a header.
  static let headed = "sentence\tlabel\n" + rows

  /// Writes bytes into a folder, and gives the name.
  @discardableResult
  static func write(_ bytes: [UInt8], _ folder: String, _ name: String) throws -> String {
    let path = folder + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return name
  }

  /// Writes a text into a folder, and gives the name.
  @discardableResult
  static func write(_ text: String, _ folder: String, _ name: String) throws -> String {
    try write(Array(text.utf8), folder, name)
  }
}

extension [String] {
  /// The words with another one in the place of the value of a flag; without the flag where it is nil.
  func with(_ flag: String, _ value: String?) -> [String] {
    guard let place = firstIndex(of: flag) else { return self + (value.map { [flag, $0] } ?? []) }
    return Array(self[..<place]) + (value.map { [flag, $0] } ?? []) + self[(place + 2)...]
  }
}
