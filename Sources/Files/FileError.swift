internal import Glibc

/// A file, folder or path that cannot be used as asked.
///
/// The description is one line: the path, what is wrong with it and, where there is one, the cure.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong, as a caller may want to tell cases apart (exit codes, retries).
  public enum Kind: String, Sendable, Hashable {
    /// There is no such file or folder.
    case missing
    /// The file exists and the user may not read it.
    case denied
    /// A folder, device, pipe or socket stands where a regular file is wanted.
    case notRegular
    /// The file is larger than the limit its reader set.
    case tooLarge
    /// The file changed while it was being read.
    case changed
    /// A file or folder cannot be created or replaced.
    case cannotCreate
    /// The device failed.
    case inputOutput
    /// The device or the quota is full.
    case noSpace
    /// The file system is mounted read-only.
    case readOnly
    /// What gzip or zstd packed was changed or cut short since.
    case damaged
    /// The bytes are not UTF-8, hold a NUL, or a line is too long.
    case invalidText
    /// The text is not JSON, or JSON that means different things to different readers.
    case invalidJSON
    /// The path leaves the folder it must stay in.
    case escapes
    /// Another process holds the lock.
    case locked
  }

  /// The case.
  public let kind: Kind
  /// The path as the caller gave it.
  public let path: String
  /// What is wrong, without the path.
  public let detail: String

  /// An error about `path`.
  public init(_ kind: Kind, path: String, detail: String) {
    self.kind = kind
    self.path = path
    self.detail = detail
  }

  /// `path: detail`, control characters made visible.
  public var description: String {
    "\(path.isEmpty ? "\"\"" : printable(path)): \(printable(detail))"
  }
}

extension FileError {
  /// The error for a failed system call.
  ///
  /// - Parameters:
  ///   - operation: What was being done, as in "cannot write".
  ///   - path: The file.
  ///   - code: The value of `errno` right after the call.
  ///   - fallback: The kind for codes that have none of their own.
  package init(
    _ operation: String, path: String, code: Int32, fallback: Kind = .inputOutput
  ) {
    let kind: Kind
    switch code {
    case ENOENT, ENOTDIR: kind = fallback == .cannotCreate ? .cannotCreate : .missing
    case EACCES, EPERM: kind = fallback == .cannotCreate ? .cannotCreate : .denied
    case ENOSPC, EDQUOT, EFBIG: kind = .noSpace
    case EROFS: kind = .readOnly
    case EISDIR: kind = .notRegular
    default: kind = fallback
    }
    self.init(kind, path: path, detail: "\(operation): \(systemMessage(code))")
  }
}

/// The system's text for an `errno` value.
package func systemMessage(_ code: Int32) -> String {
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}

/// `text` on one line and safe to show on a terminal: control characters become `\u{..}`.
///
/// File names and the contents of hostile files end up in messages; an escape sequence in them must
/// not reach the terminal.
public func printable(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default:
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// `text` as `printable` makes it, and no longer than `limit` bytes: of a longer text the beginning,
/// with three dots after it.
public func briefly(_ text: String, limit: Int = 4_000) -> String {
  // Of a text without end only the beginning is looked at.
  let start = String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
  let shown = printable(start)
  guard shown.utf8.count > limit || start.utf8.count < text.utf8.count else { return shown }
  var end = shown.startIndex
  var bytes = 3
  for index in shown.indices {
    bytes += shown[index].utf8.count
    guard bytes <= limit else { break }
    end = shown.index(after: index)
  }
  return shown[..<end] + "..."
}
