import Glibc

/// Folders that appear whole or not at all.
public enum AtomicFolder {
  /// Fills a new folder and puts it in the place of `path`.
  ///
  /// The new folder is made beside `path`, filled, and renamed; an older folder there is removed
  /// afterwards. If filling fails, what was there stays.
  ///
  /// - Parameters:
  ///   - path: The folder to make or to replace.
  ///   - fill: Writes the contents into the folder it is given.
  /// - Throws: `FileError`, and what `fill` throws.
  public static func replace(_ path: String, _ fill: (String) throws -> Void) throws {
    let parts = splitPath(path)
    try ensureDirectory(parts.folder)
    let temporary = "\(parts.folder)/.\(parts.name).new"
    try removeTree(temporary)
    try ensureDirectory(temporary)
    do {
      try fill(temporary)
      try exchange(temporary, path)
    } catch {
      try? removeTree(temporary)
      throw error
    }
  }

  /// Puts `new` at `path`, moving what is there out of the way first.
  ///
  /// A kill between the two steps leaves no folder at `path`, never half a one.
  private static func exchange(_ new: String, _ path: String) throws {
    let parts = splitPath(path)
    let old = "\(parts.folder)/.\(parts.name).old"
    try removeTree(old)
    if fileExists(path) {
      guard isFolder(path) else {
        throw FileError(.cannotCreate, path: path, detail: "a file of this name is in the way")
      }
      try move(path, to: old)
    }
    try move(new, to: path)
    try synchronizeFolder(parts.folder)
    try removeTree(old)
  }

  private static func move(_ source: String, to path: String) throws {
    guard unsafe rename(source, path) == 0 else {
      throw FileError("cannot put in place", path: path, code: errno, fallback: .cannotCreate)
    }
  }
}
