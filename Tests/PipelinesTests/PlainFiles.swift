internal import Foundation

/// Writes a file in place, without the cost of making it durable.
func put(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Makes a symbolic link at `path` to `target`.
func makeLink(_ target: String, at path: String) throws {
  try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
}
