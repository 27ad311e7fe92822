import Foundation

/// The files under `Tests/Fixtures`.
public enum Fixtures {
  /// The folder, found from the place of a source file below `Tests`.
  public static func folder(from file: String = #filePath) -> String {
    var parts = file.split(separator: "/", omittingEmptySubsequences: false)
    while let last = parts.last, last != "Tests" { parts.removeLast() }
    return parts.joined(separator: "/") + "/Fixtures"
  }

  /// The path of a fixture, such as `tiny-bert/config.json`.
  public static func path(_ name: String, from file: String = #filePath) -> String {
    folder(from: file) + "/" + name
  }

  /// A fixture's bytes.
  public static func bytes(_ name: String, from file: String = #filePath) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name, from: file))))
  }

  /// A fixture's text.
  public static func text(_ name: String, from file: String = #filePath) throws -> String {
    String(decoding: try bytes(name, from: file), as: UTF8.self)
  }
}

/// A folder of its own for one test, removed at the end.
public func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("distill-tests-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}
