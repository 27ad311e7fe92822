import Files
import Foundation
import TestSupport
import Text

/// A file under `Fixtures/text`, a JSON value a line.
func fixtureLines(_ name: String) throws -> [JSONValue] {
  let reader = try LineReader(Fixtures.path("text/\(name)"))
  var values: [JSONValue] = []
  while let (_, text) = try reader.next() {
    values.append(try StrictJSON.parse(Array(text.utf8), path: name))
  }
  return values
}

/// The vocabulary of the fixture tokenizer.
func fixtureTokens() throws -> [String] {
  try Fixtures.text("text/tokenizer/vocab.txt").split(separator: "\n").map(String.init)
}

/// The twelve combinations of lower-casing, accents and ideographs, as the oracle orders them.
let allSettings: [TokenizerSettings] = [true, false].flatMap { lower in
  [nil, true, false].flatMap { strip in
    [true, false].map { ideographs in
      var settings = TokenizerSettings()
      settings.normalizer.doLowerCase = lower
      settings.normalizer.stripAccents = strip
      settings.normalizer.tokenizeChineseChars = ideographs
      return settings
    }
  }
}

extension JSONValue {
  /// The ids in an array.
  var ids: [Int32] { (array ?? []).compactMap { $0.integer.map { Int32($0) } } }
}

extension Encoding {
  /// The sources as the oracle writes them: segment, word, start and end of each token.
  var flatSources: [Int32] {
    sources.flatMap { source in
      [source.segment ?? -1, source.word ?? -1, source.range.lowerBound, source.range.upperBound]
        .map { Int32($0) }
    }
  }
}

/// Writes a file of a test.
func write(_ text: String, _ folder: String, _ name: String) throws -> String {
  let path = "\(folder)/\(name)"
  try AtomicFile.write(Array(text.utf8), to: path)
  return path
}

/// The description of the error that `body` throws; empty if none.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    return "\(error)"
  }
}

/// Runs `Tests/Oracles/tokenizer_oracle.py`; the lines it prints.
func oracle(_ arguments: [String], texts: [String] = []) throws -> [String] {
  try withTemporaryFolder { folder in
    let lines = try texts.map {
      String(decoding: try JSONValue.string($0).encoded(), as: UTF8.self)
    }
    let input = try write(lines.map { $0 + "\n" }.joined(), folder, "input")
    let output = try write("", folder, "output")
    let script = Fixtures.folder().replacing("/Fixtures", with: "/Oracles/tokenizer_oracle.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: pythonPath ?? "")
    process.arguments = [script] + arguments
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw TextError(script, "ended with \(process.terminationStatus); run it by hand")
    }
    let reader = try LineReader(output)
    var printed: [String] = []
    while let (_, text) = try reader.next() { printed.append(text) }
    return printed
  }
}

/// A Python that has `transformers`, for comparisons with the real tokenizer.
let pythonPath = ProcessInfo.processInfo.environment["DISTILL_PYTHON"]
/// The data folder of the quickstart.
let quickstartData = ProcessInfo.processInfo.environment["DISTILL_QUICKSTART_DATA"]
