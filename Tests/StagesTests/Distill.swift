import Files
import Foundation
import HDF5
import TestSupport

/// The program under test, as a user runs it.
enum Distill {
  /// The binary: `DISTILL_BINARY`, else the release build of this package.
  static let path: String = {
    if let given = ProcessInfo.processInfo.environment["DISTILL_BINARY"] { return given }
    let root = Fixtures.folder(from: #filePath).replacingOccurrences(
      of: "/Tests/Fixtures", with: "")
    return root + "/.build/release/distill"
  }()

  /// Runs a command to its end in `folder`.
  static func run(
    _ arguments: [String], in folder: String, input: String = "",
    whileRunning: ((Int32) throws -> Void)? = nil
  ) throws -> Program.Outcome {
    try Program.run(path, arguments, in: folder, input: input, whileRunning: whileRunning)
  }

  /// Runs a command that must succeed.
  ///
  /// - Throws: `Failure` with everything it wrote where it does not.
  @discardableResult
  static func succeed(_ arguments: [String], in folder: String, input: String = "") throws
    -> Program.Outcome
  {
    let outcome = try run(arguments, in: folder, input: input)
    guard outcome.status == 0 else { throw Failure(arguments, outcome) }
    return outcome
  }

  /// Runs a command that must print one JSON document, and reads it.
  static func object(_ arguments: [String], in folder: String) throws -> [String: Any] {
    let outcome = try succeed(arguments, in: folder)
    let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    guard let object = value as? [String: Any] else { throw Failure(arguments, outcome) }
    return object
  }

  /// A command that did not do what it should.
  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ arguments: [String], _ outcome: Program.Outcome) {
      description =
        "distill \(arguments.joined(separator: " ")) ended with \(outcome.status)\n"
        + outcome.output + outcome.errors
    }
  }
}

extension Program.Outcome {
  /// The lines on standard error that tell an error.
  var errorLines: [String] {
    errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("distill: ") }
  }

  /// The lines on standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// What lies on disk after a run.
enum Disk {
  /// Files below a folder, by their path within it, sorted.
  static func files(_ folder: String) -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
    return walk.compactMap { $0 as? String }.filter { !isFolder(folder + "/" + $0) }.sorted()
  }

  /// Whether a path names a folder.
  static func isFolder(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.type] as? FileAttributeType == .typeDirectory
  }

  /// The bytes of a file.
  static func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// The text of a file.
  static func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  /// Writes a text file.
  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// What an artifact means, as its content digest.
  static func content(_ path: String) throws -> String {
    try ArtifactReader(path: path).contentDigest.hexadecimal
  }
  /// The lines of a `metrics.jsonl`, without times, speeds and memory.
  static func figures(_ path: String) throws -> [String] {
    try text(path).split(separator: "\n").map { line in
      let object = try StrictJSON.parse(Array(line.utf8), path: path).object
      let values = object?["values"]?.object?.members ?? []
      return
        (["stage", "event", "step"].map { (name: $0, value: object?[$0] ?? .null) }
        + values.filter {
          $0.name != "seconds" && !$0.name.hasSuffix("tokens_per_second")
            && !$0.name.hasSuffix("_ms") && !$0.name.hasSuffix("_memory_mib")
        })
        .map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
  }
}
