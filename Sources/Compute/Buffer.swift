/// Memory for floats: 64-byte aligned, zeroed, freed with its last owner.
///
/// The one owner of memory in the engine; a ``Matrix`` is a view of it. Not `Sendable`: kernels
/// split work among threads by themselves, nobody above shares a buffer between threads.
@safe public final class Buffer {
  /// The number of floats.
  public let count: Int

  /// Raised by whatever writes weights, so that copies of them are known to be old.
  var version: UInt64 = 0

  /// The first float.
  let base: UnsafeMutablePointer<Float>

  /// Kernels load whole vectors, so a vector's worth of floats may be read past the end.
  private static let slack = 16

  /// Allocates `count` floats, all zero.
  public init(count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    let floats = count + Buffer.slack
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: floats * MemoryLayout<Float>.stride, alignment: 64)
    unsafe base = memory.bindMemory(to: Float.self, capacity: floats)
    unsafe base.initialize(repeating: 0, count: floats)
  }

  deinit { unsafe base.deallocate() }
}
