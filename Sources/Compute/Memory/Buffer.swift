internal import Glibc

/// Memory for floats: 64-byte aligned, zeroed, freed with its last owner.
///
/// The one owner of memory in the engine; a ``Matrix`` is a view of it. Not `Sendable`: kernels
/// split work among threads by themselves, nobody above shares a buffer between threads.
///
/// Whoever knows sizes beforehand asks ``MemoryRoom`` for them. Where memory is not to be had after
/// all, the process ends with one line: what it had saved is as whole as after any other end.
@safe public final class Buffer {
  /// The number of floats.
  public let count: Int

  /// Raised by whatever writes weights, so that copies of them are known to be old.
  var version: UInt64 = 0

  /// The first float.
  let base: UnsafeMutablePointer<Float>

  private let mappedBytes: Int

  /// Kernels load whole vectors, so a vector's worth of floats may be read past the end.
  private static let slack = 16

  /// From this size on memory comes from the system itself: pages that nobody touches cost nothing,
  /// and what is freed goes back at once, where the C library would keep it.
  private static let leastMapped = 1 << 20

  /// Allocates `count` floats, all zero.
  public init(count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    let (bytes, overflow) = (count &+ Buffer.slack).multipliedReportingOverflow(
      by: MemoryLayout<Float>.stride)
    if overflow || bytes < count { MemoryRoom.leave(lacking: nil) }
    if bytes >= Buffer.leastMapped {
      guard
        let memory = unsafe mmap(
          nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        unsafe memory != MAP_FAILED
      else { MemoryRoom.leave(lacking: bytes) }
      unsafe madvise(memory, bytes, MADV_HUGEPAGE)
      unsafe base = memory.bindMemory(to: Float.self, capacity: bytes / 4)
      mappedBytes = bytes
      return
    }
    var memory: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&memory, 64, bytes) == 0, let memory = unsafe memory else {
      MemoryRoom.leave(lacking: bytes)
    }
    unsafe base = memory.bindMemory(to: Float.self, capacity: bytes / 4)
    unsafe base.initialize(repeating: 0, count: bytes / 4)
    mappedBytes = 0
  }

  deinit {
    if mappedBytes > 0 { unsafe munmap(base, mappedBytes) } else { unsafe free(base) }
  }
}
