internal import Files
public import Pipelines
internal import Synchronization

/// Writes the numbers of a run as TensorBoard reads them: a folder for each attempt at a stage, in it
/// `train/...` for what training steps told, `eval/...` for scores, `final/...` for what came out.
///
/// An attempt that is gone on with begins another file, which says what of the earlier ones no longer holds.
public final class TensorBoardTracker: Tracker {
  private struct Course {
    let attempt: String
    var file: EventFile?
    var step = 0
    /// The step after which it goes on.
    var goesOnAfter: Int?
  }

  private let folder: String
  private let courses = Mutex<[String: Course]>([:])

  /// A tracker that writes below `folder`.
  public init(_ folder: String) { self.folder = folder }

  /// `TensorBoard does not see everything`.
  public var complaint: String { "TensorBoard does not see everything" }
  /// False.
  public var isRecord: Bool { false }

  /// Writes an event's numbers; one without numbers is left out.
  ///
  /// - Throws: `TrackingError` or `FileError` where a file cannot be written.
  public func take(_ event: RunEvent, at time: Int) throws {
    try courses.withLock { courses in
      switch event {
      case .stageStarted(let stage, let record, _):
        courses[stage.name] = Course(attempt: record.id ?? "attempt")
      case .resumed(let stage, let step, _):
        courses[stage]?.goesOnAfter = step
        courses[stage]?.step = step
      default:
        guard let stage = event.recordedStage, var course = courses[stage],
          let record = event.metricRecord(at: time, of: course.attempt)
        else { return }
        defer { courses[stage] = course }
        let seconds = Double(time) / 1_000
        if let step = record.step { course.step = max(course.step, step) }
        let file = try course.file ?? open(stage, course, at: seconds)
        course.file = file
        let lead =
          switch record.event {
          case .step: "train/"
          case .evaluated: "eval/"
          case .finished: "final/"
          }
        try file.append(
          record.values.map { (lead + $0.name, $0.value) }, at: seconds,
          step: record.step ?? course.step)
      }
    }
  }

  private func open(_ stage: String, _ course: Course, at seconds: Double) throws -> EventFile {
    let place = "\(folder)/\(stage).\(course.attempt.prefix(8))"
    // Files are read in the order of their names.
    let second = Int(exactly: seconds.rounded(.down)) ?? 0
    var number = 0
    var path = ""
    repeat {
      path = "\(place)/events.out.tfevents.\(second).distill.\(number)"
      number += 1
    } while fileExists(path)
    return try EventFile(path, at: seconds, goingOnFrom: course.goesOnAfter.map { $0 + 1 })
  }
}
