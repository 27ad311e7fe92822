public import Files

/// Room on a disk, asked for before the work that will want it.
public enum DiskRoom {
  /// Refuses what the disk has no room for.
  ///
  /// - Parameters:
  ///   - bytes: What is needed beside what is there already.
  ///   - folder: A folder of the disk.
  ///   - what: Who needs it, such as `the teacher cache`.
  ///   - cure: What to do about it.
  ///   - free: How many bytes the disk of a folder still takes.
  /// - Throws: `FileError` of kind `noSpace` with both numbers.
  public static func require(
    _ bytes: Int, in folder: String, for what: String, cure: String,
    free: (String) throws -> Int = freeBytes(in:)
  ) throws {
    let free = try free(folder)
    guard bytes <= free else {
      throw FileError(
        .noSpace, path: folder,
        detail: "\(what) need \(bytes.byteSize), \(free.byteSize) are free; \(cure)")
    }
  }
}
