internal import CKernels
internal import Glibc
internal import Synchronization

/// Threads that live as long as a ``ComputeContext`` and share out the tiles of one job at a time.
///
/// The caller takes part, tiles are handed out by a counter, and a worker that the system did not
/// wake in time is simply not waited for. Which thread runs a tile is left to chance; what a tile
/// computes never depends on it.
///
/// `@unchecked Sendable`: `job` is written by the caller alone, while the gate is shut and no
/// worker is inside, and read by workers alone after they entered through the gate (an acquiring
/// exchange that sees the caller's releasing store). Everything else that changes is atomic or
/// guarded by `mutex`.
@safe final class WorkerPool: @unchecked Sendable {
  /// A tile's body; the second number is the thread's, below the pool's thread count.
  typealias Body = (Int, Int) -> Void

  @unsafe private struct Job {
    var tiles = 0
    var body: UnsafePointer<Body>?
  }

  private var job = unsafe Job()
  private let nextTile = Atomic<Int>(0)

  /// Bit 63: open; bits 16 to 62: number of the job; bits 0 to 15: workers inside.
  private let gate = Atomic<UInt64>(0)
  private static let open: UInt64 = 1 << 63
  private static let workersInside: UInt64 = 0xFFFF
  private static let oneJob: UInt64 = 1 << 16

  private let isStopping = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private var handles: [pthread_t] = []

  /// How often a worker looks for the next job before it goes to sleep: some tens of microseconds,
  /// longer than the pauses between the products of a training step.
  private static let patience = 2000

  /// Starts `threads - 1` workers; fewer if the system refuses.
  init(threads: Int) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe wake = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(wake, nil)
    for number in 1..<max(1, threads) {
      let start = unsafe Unmanaged.passRetained(WorkerStart(pool: self, number: number))
      var handle = pthread_t()
      let code = unsafe pthread_create(
        &handle, nil,
        { argument in
          guard let argument = unsafe argument else { return nil }
          let start = unsafe Unmanaged<WorkerStart>.fromOpaque(argument).takeRetainedValue()
          start.pool.work(as: start.number)
          return nil
        }, start.toOpaque())
      if code != 0 {
        unsafe start.release()
        break
      }
      handles.append(handle)
    }
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe pthread_cond_destroy(wake)
    unsafe mutex.deallocate()
    unsafe wake.deallocate()
  }

  /// The threads that may run tiles, the caller included.
  var threads: Int { handles.count + 1 }

  /// Ends the workers and waits for them.
  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    wakeSleepers()
    for handle in handles { pthread_join(handle, nil) }
    handles = []
  }

  /// Runs `body` for every tile and returns when all are done.
  func run(tiles: Int, _ body: Body) {
    guard tiles > 1, !handles.isEmpty else {
      for tile in 0..<tiles { body(tile, 0) }
      return
    }
    let closed = gate.load(ordering: .acquiring)
    precondition(closed & (WorkerPool.open | WorkerPool.workersInside) == 0, "nested parallel work")
    withoutActuallyEscaping(body) { body in
      unsafe withUnsafePointer(to: body) { pointer in
        unsafe job = Job(tiles: tiles, body: pointer)
        nextTile.store(0, ordering: .relaxed)
        let opened = ((closed &+ WorkerPool.oneJob) & ~WorkerPool.open) | WorkerPool.open
        gate.store(opened, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeSleepers() }
        takeTiles(as: 0)
        gate.bitwiseAnd(~WorkerPool.open, ordering: .acquiringAndReleasing)
        var spins = 0
        while gate.load(ordering: .acquiring) & WorkerPool.workersInside != 0 {
          spins += 1
          if spins < WorkerPool.patience { ck_pause() } else { sched_yield() }
        }
        unsafe job = Job()
      }
    }
  }

  private func takeTiles(as thread: Int) {
    let tiles = unsafe job.tiles
    guard let body = unsafe job.body else { return }
    while true {
      let tile = nextTile.wrappingAdd(1, ordering: .relaxed).oldValue
      guard tile < tiles else { return }
      unsafe body.pointee(tile, thread)
    }
  }

  // MARK: Workers

  private func work(as thread: Int) {
    // Signals are for the thread that asked for the work.
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    var lastJob: UInt64 = 0
    while waitForJob(after: lastJob) {
      let seen = gate.load(ordering: .acquiring)
      lastJob = seen & ~(WorkerPool.open | WorkerPool.workersInside)
      guard enter(job: lastJob) else { continue }
      takeTiles(as: thread)
      gate.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Enters while the gate of that very job is open.
  private func enter(job: UInt64) -> Bool {
    var seen = gate.load(ordering: .acquiring)
    while seen & WorkerPool.open != 0 && seen & ~(WorkerPool.open | WorkerPool.workersInside) == job
    {
      let (exchanged, original) = gate.weakCompareExchange(
        expected: seen, desired: seen + 1, successOrdering: .acquiringAndReleasing,
        failureOrdering: .acquiring)
      if exchanged { return true }
      seen = original
    }
    return false
  }

  /// Spins for a while, then sleeps; false when the pool is stopping.
  private func waitForJob(after lastJob: UInt64) -> Bool {
    func isNew() -> Bool {
      let seen = gate.load(ordering: .sequentiallyConsistent)
      return seen & ~(WorkerPool.open | WorkerPool.workersInside) != lastJob
        || isStopping.load(ordering: .sequentiallyConsistent)
    }
    for _ in 0..<WorkerPool.patience {
      if isNew() { return !isStopping.load(ordering: .acquiring) }
      ck_pause()
    }
    unsafe pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while !isNew() { unsafe pthread_cond_wait(wake, mutex) }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    unsafe pthread_mutex_unlock(mutex)
    return !isStopping.load(ordering: .acquiring)
  }

  private func wakeSleepers() {
    unsafe pthread_mutex_lock(mutex)
    unsafe pthread_cond_broadcast(wake)
    unsafe pthread_mutex_unlock(mutex)
  }
}

/// What a worker is told when it starts.
private final class WorkerStart {
  let pool: WorkerPool
  let number: Int

  init(pool: WorkerPool, number: Int) {
    self.pool = pool
    self.number = number
  }
}
