internal import Foundation

/// Writes a file in place, without the cost of making it durable.
func put(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// When the file at `path` says it was last written.
func modificationDate(of path: String) throws -> Date? {
  try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
}

/// Lets the file at `path` say that it was last written at `date`.
func setModificationDate(_ date: Date?, of path: String) throws {
  try FileManager.default.setAttributes([.modificationDate: date as Any], ofItemAtPath: path)
}

/// Moves a file or folder.
func moveFile(_ path: String, to other: String) throws {
  try FileManager.default.moveItem(atPath: path, toPath: other)
}

/// Makes a symbolic link at `path` to `target`.
func makeLink(_ target: String, at path: String) throws {
  try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
}
