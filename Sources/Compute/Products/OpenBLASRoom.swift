internal import Glibc
internal import Synchronization

/// The address space that OpenBLAS takes.
///
/// It is a buffer for each thread that multiplies, at its first product. Where it gets none it asks
/// again for ever, deaf to signals, so the space is kept for it.
enum OpenBLASRoom {
  /// Bytes of a buffer, with what surrounds it, whatever version and processor.
  static let buffer = 136 << 20

  private struct Reserve {
    var address: UInt = 0
    var bytes = 0
    /// The most threads that there was room for.
    var threads = 0
  }

  private static let reserve = Mutex(Reserve())
  private static let isHeld = Atomic<Bool>(false)

  /// Sets the space aside, unless so many threads have theirs already; false where the system has
  /// none.
  static func hold(threads: Int) -> Bool {
    reserve.withLock { reserve in
      guard threads > reserve.threads else { return true }
      giveBack(&reserve)
      let bytes = threads * buffer
      let memory = unsafe mmap(
        nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return false }
      reserve = Reserve(address: UInt(bitPattern: memory), bytes: bytes, threads: threads)
      isHeld.store(true, ordering: .releasing)
      return true
    }
  }

  /// Gives the space back, to be called before a product: a thread that takes it too early asks again.
  static func release() {
    guard isHeld.load(ordering: .acquiring) else { return }
    reserve.withLock { giveBack(&$0) }
  }

  private static func giveBack(_ reserve: inout Reserve) {
    isHeld.store(false, ordering: .releasing)
    guard let memory = unsafe UnsafeMutableRawPointer(bitPattern: reserve.address) else { return }
    unsafe munmap(memory, reserve.bytes)
    reserve.address = 0
  }
}

extension ComputeContext {
  /// Refuses to compute where the libraries would find no room for their own memory.
  ///
  /// - Parameter threads: How many threads will compute, all available cores if nil.
  /// - Throws: `MemoryShortage` naming the limit.
  public static func requireRoom(threads: Int? = nil) throws {
    let threads = threads ?? availableCores
    guard !OpenBLASRoom.hold(threads: threads) else { return }
    throw MemoryShortage(
      "memory: products on \(threads) \(threads == 1 ? "thread" : "threads") need "
        + "\((threads * OpenBLASRoom.buffer) >> 20) MiB of address space, which the system refuses; raise the limit (ulimit -v)"
        + (threads > 1 ? ", or take fewer threads (--threads 1)" : ""))
  }
}
