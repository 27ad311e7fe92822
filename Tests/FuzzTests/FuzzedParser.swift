import Files
import Foundation

/// What an input may not do, beside crashing: it was refused in words that do not serve a user, or
/// read as something that it is not.
struct FuzzFinding: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  /// Says so unless `holds`.
  static func unless(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw FuzzFinding(what()) }
  }
}

/// A refusal that its reader does not throw as an error with words.
struct FuzzedFault: Error, CustomStringConvertible { let description: String }

/// A reader of files from outside that takes any bytes: it reads them, or refuses them in one line
/// that names the file.
struct FuzzedParser: Sendable {
  /// Its name, which the folder of its seeds has too.
  let name: String
  /// Whether its errors name the file.
  var namesFile = true
  /// Reads the bytes, in a folder of its own.
  let read: @Sendable (_ bytes: [UInt8], _ scratch: FuzzScratch) throws -> Void

  /// The longest message, in bytes.
  ///
  /// Commands cut what they print; a longer one would be the file itself.
  static let messageLimit = 40_000

  /// Every parser.
  static let all: [FuzzedParser] =
    documents + tokenizers + rows + [taggedRows] + questions + packed + models + artifacts
    + workspaces

  /// Reads an input.
  ///
  /// - Throws: `FuzzFinding` if it is read or refused in a way that it should not be.
  func run(_ bytes: [UInt8], in scratch: FuzzScratch) throws {
    scratch.clear()
    do {
      try read(bytes, scratch)
    } catch let finding as FuzzFinding {
      throw finding
    } catch {
      try Self.check(error, in: scratch, namesFile: namesFile)
    }
  }

  /// Does what may well be refused, if only in words that serve.
  static func attempt(in scratch: FuzzScratch, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let finding as FuzzFinding {
      throw finding
    } catch {
      try check(error, in: scratch)
    }
  }

  /// Checks the text of an error; only a pipeline file has several, a line each.
  static func check(
    _ error: any Error, in scratch: FuzzScratch, namesFile: Bool = true
  ) throws {
    let message = "\(error)"
    try FuzzFinding.unless(!message.isEmpty, "an error without words")
    for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
      try FuzzFinding.unless(
        line.utf8.count <= messageLimit,
        "a message of \(line.utf8.count) bytes: \(line.prefix(200))...")
      try FuzzFinding.unless(
        printable(String(line)).utf8.elementsEqual(line.utf8),
        "control characters in a message: \(printable(String(line)))")
    }
    try FuzzFinding.unless(
      !namesFile || message.contains(scratch.path), "a message without the file: \(message)")
  }
}
