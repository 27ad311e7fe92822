internal import Files
internal import Foundation

/// What the system says of a file, or of all files in a folder, without reading them.
///
/// Equal signatures mean unchanged contents, unless somebody forges them: the change time cannot be
/// set from outside. Different ones mean nothing; the contents decide.
struct PathSignature: Sendable, Hashable {
  let text: String

  /// The signature of the file or folder at `path`.
  ///
  /// - Throws: `FileError` if it is missing or cannot be examined.
  init(of path: String) throws {
    guard isFolder(path) else {
      text = try Self.line(path)
      return
    }
    var lines: [String] = []
    try Self.collect(path, relative: "", into: &lines, depth: 0)
    text = Digest.of(lines.joined(separator: "\n")).hexadecimal
  }

  init(text: String) { self.text = text }

  private static func line(_ path: String) throws -> String {
    let status = try statSignature(path)
    return "\(status.device):\(status.inode):\(status.size):\(status.modificationTime):"
      + "\(status.changeTime)"
  }

  private static func collect(
    _ folder: String, relative: String, into lines: inout [String], depth: Int
  ) throws {
    guard depth < 64 else {
      throw FileError(.tooLarge, path: folder, detail: "folders are nested more than 64 deep")
    }
    for name in try folderEntries(folder) where !name.hasPrefix(".") {
      let path = folder + "/" + name
      if isFolder(path) {
        // Links could make a tree without end; the digest of a folder refuses them too.
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil {
          throw FileError(
            .notRegular, path: path, detail: "is a link to a folder; copy the folder")
        }
        try collect(path, relative: relative + name + "/", into: &lines, depth: depth + 1)
      } else {
        lines.append("\(relative)\(name) \(try line(path))")
      }
    }
  }
}
