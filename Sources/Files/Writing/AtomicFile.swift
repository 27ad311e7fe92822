internal import Glibc

/// The only way a file appears under its final name: whole, durable, or not at all.
///
/// A temporary file in the same folder is written, made durable (`fsync`), renamed over the old one,
/// and the folder made durable. Until the rename the old file stays as it was; after a failure the
/// temporary file is gone and the error says why.
public enum AtomicFile {
  /// Writes `bytes` as the whole content of `path`.
  ///
  /// - Parameters:
  ///   - bytes: The content.
  ///   - path: The file to create or replace.
  ///   - isDurable: Whether a power cut leaves it; what tells others how work goes need not outlive it.
  /// - Returns: The SHA-256 of the bytes.
  /// - Throws: `FileError` if the file cannot be created or written; the old file is untouched.
  @discardableResult
  public static func write(
    _ bytes: [UInt8], to path: String, isDurable: Bool = true
  ) throws -> Digest {
    try stream(to: path, isDurable: isDurable) { writer in try writer.write(bytes) }
  }

  /// Writes `text` as UTF-8 as the whole content of `path`.
  ///
  /// - Returns: The SHA-256 of the bytes.
  /// - Throws: `FileError` if the file cannot be created or written; the old file is untouched.
  @discardableResult
  public static func write(_ text: String, to path: String) throws -> Digest {
    try write(Array(text.utf8), to: path)
  }

  /// Writes `path` piece by piece.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace. A link to a file is written through.
  ///   - isDurable: Whether a power cut leaves it.
  ///   - body: Writes the content; if it throws, nothing is published.
  /// - Returns: The SHA-256 of the bytes.
  /// - Throws: What `body` throws, or `FileError`; the old file is untouched.
  @discardableResult
  public static func stream(
    to path: String, isDurable: Bool = true, _ body: (inout FileWriter) throws -> Void
  ) throws -> Digest {
    let temporary = try TemporaryFile.create(for: destination(of: path))
    let digest: Digest
    do {
      var writer = FileWriter(
        try Descriptor.open(
          temporary.path, flags: O_WRONLY | O_NOFOLLOW, operation: "cannot open",
          fallback: .cannotCreate))
      try body(&writer)
      digest = try writer.finish(isDurable: isDurable)
    } catch let error as FileError where error.path == temporary.path {
      // The user asked for `path` and never heard of the temporary file.
      throw FileError(error.kind, path: path, detail: error.detail)
    }
    try temporary.publish(isDurable: isDurable)
    return digest
  }

  /// Copies a file.
  ///
  /// - Throws: `FileError` if either cannot be read or written; an old file at `path` is untouched.
  public static func copy(_ source: String, to path: String) throws {
    let file = try RegularFile(source)
    try stream(to: path) { writer in
      let piece = 1 << 20
      for start in stride(from: 0, to: file.size, by: piece) {
        let count = min(piece, file.size - start)
        try writer.write(try file.read(at: start, count: count, as: UInt8.self))
      }
      try file.checkUnchanged()
    }
  }

  /// Replaces `path` by what `body` writes into a temporary file, for libraries that open files by
  /// name.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace. A link to a file is written through.
  ///   - body: Gets the path of an empty file and must have closed it when it returns; if it throws,
  ///     nothing is published.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws, or `FileError`; the old file is untouched.
  @discardableResult
  public static func replace<Result>(
    _ path: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let temporary = try TemporaryFile.create(for: destination(of: path))
    let result = try body(temporary.path)
    try temporary.publish()
    return result
  }

  /// Removes temporary files in `folder` that a killed process left behind; those a living process
  /// still works on stay.
  ///
  /// - Returns: How many were removed.
  /// - Throws: `FileError` if the folder cannot be read or a file not removed.
  @discardableResult
  public static func removeLeftovers(in folder: String) throws -> Int {
    try TemporaryFile.removeLeftovers(in: folder)
  }

  /// Whether a file's name is that of one under construction, or of a file without a name that a
  /// killed process could not take away any more.
  public static func isUnfinished(_ name: String) -> Bool {
    name.hasPrefix(TemporaryFile.prefix) || name.hasPrefix(ScratchFile.prefix)
  }

  /// Appends `bytes` to a file under construction inside `replace`.
  package static func append(_ bytes: [UInt8], toTemporary path: String) throws {
    let descriptor = try Descriptor.open(
      path, flags: O_WRONLY | O_APPEND | O_NOFOLLOW, operation: "cannot open")
    unsafe try bytes.withUnsafeBytes { unsafe try descriptor.write($0) }
    try descriptor.close()
  }

  /// Refuses a path that no file can be put at because of what is there: a folder, a device, a link
  /// that leads nowhere.
  ///
  /// - Throws: `FileError` of kind `cannotCreate`.
  public static func requireReplaceable(_ path: String) throws { _ = try destination(of: path) }

  /// The path to rename to: `path`, or what a link at `path` leads to.
  ///
  /// Renaming replaces whatever is there, so devices and the like (`/dev/null`) are refused, and
  /// links (`/dev/stdout`, `latest.h5`) are not torn out.
  static func destination(of path: String) throws -> String {
    let name = splitPath(path).name
    guard !path.utf8.contains(0), !path.hasSuffix("/"), !["", ".", ".."].contains(name) else {
      throw FileError(.cannotCreate, path: path, detail: "is not the name of a file")
    }
    guard var status = try linkStatus(of: path) else { return path }
    var target = path
    if status.st_mode & S_IFMT == S_IFLNK {
      guard let resolved = realPath(path), let resolvedStatus = try linkStatus(of: resolved) else {
        throw FileError(.cannotCreate, path: path, detail: "is a link that leads nowhere")
      }
      target = resolved
      status = resolvedStatus
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(
        .cannotCreate, path: path,
        detail: "is \(Descriptor.name(of: status)) and will not be replaced by a file")
    }
    return target
  }
}

/// The absolute path without links, or nil if it does not exist.
func realPath(_ path: String) -> String? {
  guard let resolved = unsafe realpath(path, nil) else { return nil }
  defer { unsafe free(resolved) }
  return unsafe String(cString: resolved)
}
