/// When the next checkpoint is due: after so many steps, or after so many minutes by a clock that
/// nobody can set.
struct SaveSchedule {
  private let options: TrainingOptions
  private let clock = ContinuousClock()
  private var lastStep: Int
  private var last: ContinuousClock.Instant

  /// A schedule that begins now, where `step` needs no checkpoint.
  init(_ options: TrainingOptions, step: Int) {
    self.options = options
    lastStep = step
    last = clock.now
  }

  /// Whether a checkpoint is to be taken after `step`.
  func isDue(after step: Int) -> Bool {
    guard step > lastStep else { return false }
    if let steps = options.saveSteps, step % steps == 0 { return true }
    guard let minutes = options.saveMinutes else { return false }
    return (clock.now - last) / .seconds(60) > minutes
  }

  /// Notes that one has been taken.
  mutating func didSave(after step: Int) {
    lastStep = step
    last = clock.now
  }
}
