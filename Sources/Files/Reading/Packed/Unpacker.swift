/// Undoes what packed a file, piece by piece, in memory that does not grow with it.
protocol Unpacker: AnyObject {
  /// What packed the file, as messages say it.
  var format: String { get }
  /// Whether the file may end here: nothing that was begun is unfinished.
  var mayEnd: Bool { get }

  /// Unpacks what fits.
  ///
  /// - Parameters:
  ///   - packed: What comes next of the file; it may be empty, where something is still held back.
  ///   - output: Takes the unpacked bytes.
  /// - Returns: How many bytes were taken and how many written; none of either where more is needed.
  /// - Throws: `PackedFault` where these are no bytes of the format.
  func unpack(
    _ packed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(PackedFault) -> (taken: Int, written: Int)
}

/// What is wrong with packed bytes.
enum PackedFault: Error {
  /// They were changed; says how that shows.
  case damaged(String)
  /// What follows the packed bytes is not packed.
  case trailing
  /// They are whole and cannot be unpacked here; says why, and what helps.
  case refused(String)
  /// The memory that it takes is not to be had.
  case noMemory
}
