internal import Glibc

/// Paths from outside that must stay within a folder.
public enum SafePath {
  /// The path of `relative` beneath `root`.
  ///
  /// Refused are: empty and absolute paths, `..`, a leading `~`, control characters (NUL, newline),
  /// names longer than 255 bytes, and links that lead out of `root` or nowhere. The path need not
  /// exist.
  ///
  /// - Returns: `root/relative` without `.` and double slashes.
  /// - Throws: `FileError` of kind `escapes` naming the path and the reason.
  public static func resolve(_ relative: String, beneath root: String) throws -> String {
    func refuse(_ reason: String) -> FileError {
      FileError(.escapes, path: relative, detail: reason)
    }
    guard !relative.isEmpty else { throw refuse("the path is empty") }
    guard !relative.hasPrefix("/") else {
      throw refuse("is absolute; give a path beneath \(root)")
    }
    guard !relative.hasPrefix("~") else {
      throw refuse("starts with ~, which is not expanded here")
    }
    guard !relative.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw refuse("contains a control character")
    }
    let names = relative.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
      .filter { $0 != "." }
    guard !names.isEmpty else { throw refuse("names no file") }
    guard !names.contains("..") else { throw refuse("contains `..` and may leave \(root)") }
    guard names.allSatisfy({ $0.utf8.count <= 255 }) else {
      throw refuse("has a name of more than 255 bytes")
    }
    let path = root + "/" + names.joined(separator: "/")
    guard path.utf8.count < Int(PATH_MAX) else { throw refuse("is longer than the system allows") }
    try checkLinks(of: names, beneath: root, refuse)
    return path
  }

  /// Follows the part of the path that exists and checks after each step that it still is in `root`.
  private static func checkLinks(
    of names: [String], beneath root: String, _ refuse: (String) -> FileError
  ) throws {
    guard let realRoot = realPath(root) else { return }  // nothing exists, so no links do
    var path = root
    for name in names {
      path += "/" + name
      guard try linkStatus(of: path) != nil else { return }
      guard let real = realPath(path) else {
        throw refuse("passes through a link that leads nowhere, \(path)")
      }
      guard real == realRoot || real.hasPrefix(realRoot == "/" ? "/" : realRoot + "/") else {
        throw refuse("leaves \(root) through the link \(path)")
      }
    }
  }
}

/// `path` from the root, without `.`, `..` and double slashes, and with the links in the part of it
/// that exists followed: two paths of one place are equal.
public func canonicalPath(_ path: String) -> String {
  var parts: [Substring] = []
  let whole = path.hasPrefix("/") ? path : (realPath(".") ?? "") + "/" + path
  for part in whole.split(separator: "/") where part != "." {
    if part == ".." {
      // What is above a link is above where it leads.
      let real = realPath("/" + parts.joined(separator: "/")).map { $0.split(separator: "/") }
      parts = (real ?? parts).dropLast()
    } else {
      parts.append(part)
    }
  }
  // Most paths are there, or their folder is.
  for count in stride(from: parts.count, through: 0, by: -1) {
    guard let real = realPath("/" + parts[..<count].joined(separator: "/")) else { continue }
    let rest = parts[count...].map { "/" + $0 }.joined()
    return rest.isEmpty ? real : (real == "/" ? "" : real) + rest
  }
  return "/" + parts.joined(separator: "/")
}
