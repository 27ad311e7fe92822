import Dispatch
import Synchronization

/// Work that several threads do and that is taken back in the order in which it was given out.
///
/// What a job gives depends on the job alone, so the results, one after the other, are the same for
/// any number of threads. A bounded number of jobs is out at a time.
public final class OrderedWork<Job: Sendable, Result: Sendable> {
  /// A job that is out.
  private final class Slot: Sendable {
    let result = Mutex<Result?>(nil)
    let isDone = DispatchSemaphore(value: 0)
  }

  private let work: @Sendable (Job) -> Result
  // Each runs one job after the other; job k goes to lane k modulo their number.
  private let lanes: [DispatchQueue]
  private var given = 0
  private var out: [Slot] = []

  /// Starts with no job.
  ///
  /// - Parameters:
  ///   - threads: How many jobs may be done at the same time. The thread that gives and takes does
  ///     the job itself where this is 1.
  ///   - work: What is done with a job.
  public init(threads: Int, _ work: @escaping @Sendable (Job) -> Result) {
    self.work = work
    lanes = (0..<max(1, threads)).map { DispatchQueue(label: "ordered work \($0)") }
  }

  /// Whether a result must be taken before the next job is given.
  ///
  /// Each lane has a job to go on with while its last one waits to be taken.
  public var isFull: Bool { out.count >= (lanes.count == 1 ? 1 : 2 * lanes.count) }

  /// Gives out a job.
  ///
  /// - Precondition: It is not full.
  public func give(_ job: Job) {
    precondition(!isFull, "more jobs than can be out")
    let slot = Slot()
    let work = work
    let run: @Sendable () -> Void = {
      let result = work(job)
      slot.result.withLock { $0 = result }
      slot.isDone.signal()
    }
    if lanes.count == 1 { run() } else { lanes[given % lanes.count].async(execute: run) }
    given += 1
    out.append(slot)
  }

  /// The result of the job that was given out first, waited for; nil when none is out.
  public func take() -> Result? {
    guard !out.isEmpty else { return nil }
    let slot = out.removeFirst()
    slot.isDone.wait()
    return slot.result.withLock { $0 }
  }
}
