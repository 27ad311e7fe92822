internal import CKernels

/// The threads and the scratch memory that computations run on.
///
/// Every function splits its work into tiles that depend on shapes alone and sums in a fixed order,
/// so the same bits come out at any number of threads. Arguments are checked with preconditions.
/// A context serves one caller at a time.
public final class ComputeContext {
  /// The number of threads, the caller included.
  public let threads: Int
  /// The products computed, where somebody counts them: set an empty record to begin.
  public var productRecord: ProductRecord?

  /// In which precision products are to read what passes through the model.
  public let precision: Precision

  /// The one library to use for layers' products, to measure it; nil where the table chooses.
  public let library: ProductLibrary?

  let own = OwnBackend()
  let openBLAS = OpenBLASBackend()
  let oneDNN: (any PackingBackend)?
  private let pool: WorkerPool
  private var scratch: [Buffer]
  private var shared = Buffer(count: 0)
  private var partialSums = DoubleBuffer(count: 4096)

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - threads: all available cores if nil.
  ///   - precision: of the operands of products.
  ///   - library: computes every layer's products instead of what the table names; to measure it.
  /// - Precondition: there is no ``obstacleToBF16`` if `precision` is bf16.
  public init(
    threads: Int? = nil, precision: Precision = .fp32, library: ProductLibrary? = nil
  ) {
    precondition(
      library.map { $0.precisions.contains(precision) } ?? true, "a library without \(precision)")
    self.library = library
    if precision == .bf16, let obstacle = Self.obstacleToBF16 { preconditionFailure(obstacle) }
    self.precision = precision
    let wanted = max(1, threads ?? ComputeContext.availableCores)
    if !OpenBLASRoom.hold(threads: wanted) { MemoryRoom.leave(lacking: nil) }
    pool = WorkerPool(threads: wanted)
    self.threads = pool.threads
    scratch = (0..<pool.threads).map { _ in Buffer(count: 0) }
    #if canImport(COneDNN)
    oneDNN = (library ?? .oneDNN) == .oneDNN ? OneDNNBackend(threads: pool.threads) : nil
    #else
    oneDNN = nil
    #endif
  }

  deinit { pool.stop() }

  /// The cores this process may run on.
  public static var availableCores: Int {
    max(1, Int(ck_available_cores()))
  }

  /// Runs `body(tile, thread)` for every tile; `thread` is below ``threads``.
  func parallel(_ tiles: Int, _ body: (Int, Int) -> Void) { pool.run(tiles: tiles, body) }

  /// Runs `body` for every tile.
  func parallel(_ tiles: Int, _ body: (Int) -> Void) {
    pool.run(tiles: tiles) { tile, _ in body(tile) }
  }

  /// Runs `body` for ranges of at most `size` of `count` things.
  func parallel(_ count: Int, by size: Int, _ body: (Range<Int>) -> Void) {
    parallel((count + size - 1) / size) { tile in
      body(tile * size..<min(count, (tile + 1) * size))
    }
  }

  /// Sums `body`'s results over ranges of at most `size` of `count` things, in order.
  func parallelSum(_ count: Int, by size: Int, _ body: (Range<Int>) -> Double) -> Double {
    let tiles = (count + size - 1) / size
    if partialSums.count < tiles { partialSums = DoubleBuffer(count: 2 * tiles) }
    let partial = unsafe partialSums.base
    parallel(count, by: size) { range in unsafe partial[range.lowerBound / size] = body(range) }
    var sum = 0.0
    for tile in 0..<tiles { unsafe sum += partial[tile] }
    return sum
  }

  /// Gives every thread scratch memory for `floats` floats; to be called before the parallel part.
  func reserveScratch(_ floats: Int) {
    guard scratch[0].count < floats else { return }
    scratch = scratch.map { _ in Buffer(count: floats) }
  }

  /// Scratch memory that the tiles of one job share.
  func sharedScratch(_ floats: Int) -> UnsafeMutablePointer<Float> {
    if shared.count < floats { shared = Buffer(count: floats) }
    return unsafe shared.base
  }

  /// A thread's own scratch memory.
  func scratch(of thread: Int) -> UnsafeMutablePointer<Float> { unsafe scratch[thread].base }
}

/// Memory for partial sums.
@safe private final class DoubleBuffer {
  let count: Int
  let base: UnsafeMutablePointer<Double>

  init(count: Int) {
    self.count = count
    unsafe base = .allocate(capacity: count)
    unsafe base.initialize(repeating: 0, count: count)
  }

  deinit { unsafe base.deallocate() }
}
