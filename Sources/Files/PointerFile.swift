/// Files of which Git LFS has left a pointer: a few lines of text in the place of the content, where a
/// folder was cloned without it.
public enum PointerFile {
  private static let start = Array("version https://git-lfs.github.com/spec/".utf8)

  /// How many bytes tell it.
  public static let length = start.count

  /// Refuses a pointer.
  ///
  /// - Parameters:
  ///   - bytes: The beginning of a file, `length` bytes where there are as many.
  ///   - path: The file.
  /// - Throws: `FileError` with the command that fetches the content.
  public static func refuse(_ bytes: some Sequence<UInt8>, path: String) throws {
    guard bytes.starts(with: start) else { return }
    throw FileError(
      .damaged, path: path,
      detail: "is a pointer of Git LFS, not the file itself; fetch it: git lfs pull, in its folder")
  }
}
