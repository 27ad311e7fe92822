import Files
import Foundation
import Synchronization

/// A folder in memory in which a parser finds the files that an input stands for.
final class FuzzScratch: Sendable {
  /// The folder.
  let path: String
  private let told = Mutex<[String]>([])

  init() throws {
    let memory = "/dev/shm"
    let parent =
      FileManager.default.isWritableFile(atPath: memory)
      ? memory : FileManager.default.temporaryDirectory.path
    path = "\(parent)/distill-fuzz-\(getpid())-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Removes what the last input left.
  func clear() {
    told.withLock { $0 = [] }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// Writes a file and gives its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let place = "\(path)/\(name)"
    if let slash = name.lastIndex(of: "/") {
      try FileManager.default.createDirectory(
        atPath: "\(path)/\(name[..<slash])", withIntermediateDirectories: true)
    }
    try Data(bytes).write(to: URL(fileURLWithPath: place))
    return place
  }

  /// What the parser told of an input, beside errors.
  var notes: [String] { told.withLock { $0 } }

  /// Notes what was told.
  func tell(_ text: String) { told.withLock { $0.append(text) } }

  /// Writes a text and gives its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }
}

extension Sequence<UInt8> {
  /// The bytes as text; what is no UTF-8 is replaced.
  var asText: String { String(decoding: Array(self), as: UTF8.self) }
}
