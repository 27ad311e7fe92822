import Artifacts
import Compute
import Distillation
import Files
import HDF5
import Interchange
import Pipelines
import Training
import Transformer

/// The teacher's logits of all training rows of a dataset, kept in the workspace's cache as an
/// artifact of kind `logits`; while they are computed, what is done lies beside it in shards.
///
/// | dataset | type and shape |
/// |---|---|
/// | `logits` | float32 `[training rows, labels]`; more rows where an example has several |
extension TeacherStore {
  /// The `kind` attribute.
  private static let logitsKind = "logits"

  /// The logits that the student's artifact or the cache keeps, else those computed now, and kept.
  ///
  /// - Parameters:
  ///   - teacher: The teacher.
  ///   - rows: All training rows.
  ///   - outputs: Names of the teacher's outputs.
  ///   - part: What these rows are called, where they are not all.
  ///   - student: A model that may carry them.
  /// - Returns: The logits of all rows.
  /// - Throws: `StageInterruption` when asked to stop, and then the shards that are whole stay; what
  ///   reading and writing throws.
  func logits(
    _ teacher: TeacherRunner, of rows: InMemoryExamples, outputs: TeacherOrigin.Outputs,
    part: String? = nil, carriedBy student: ModelSource? = nil
  ) throws -> Outputs {
    var origin = origin.logits(outputs)
    origin.part = part
    let columns = teacher.model.logitShape?.columns ?? outputs.kept.count
    let starts = rows.outputStarts(of: teacher.model)
    let shape = [starts[rows.count], columns]
    let logits = try flatLogits(teacher, of: rows, origin, shape, starts, carriedBy: student)
    return Outputs(
      columns: columns, rows: Ragged(values: logits, offsets: starts.map { $0 * columns }))
  }

  private func flatLogits(
    _ teacher: TeacherRunner, of rows: any ExampleSource, _ origin: TeacherOrigin, _ shape: [Int],
    _ starts: [Int], carriedBy student: ModelSource?
  ) throws -> [Float] {
    if let student, student.teacherLogits == origin, let values = try student.readTeacherLogits(),
      values.count == shape[0] * shape[1]
    {
      context.note("teacher logits: those kept by the intermediate phase are used")
      return values
    }
    let name = try name("teacher-logits", origin)
    let path = "\(context.cacheFolder)/\(name).h5"
    return try context.withCache(name) {
      let logits: [Float]
      if let kept = read(path, origin, shape) {
        logits = kept
      } else {
        logits = try compute(teacher, rows, origin, name, starts, columns: shape[1])
        try write(logits, origin, shape, to: path)
      }
      try ShardStore<RecordingBatches.Part>.remove(in: context.cacheFolder, name: name)
      return logits
    }
  }

  /// The artifact's logits; nil where there are none that are whole and of these very rows.
  private func read(_ path: String, _ origin: TeacherOrigin, _ shape: [Int]) -> [Float]? {
    guard fileExists(path) else { return nil }
    do {
      let reader = try ArtifactReader(path: path, expecting: Self.logitsKind)
      let found = try CanonicalJSON.decode(
        TeacherOrigin.self, from: reader.configuration, of: path)
      guard found == origin, reader.datasets.map(\.shape) == [shape] else {
        throw ArtifactError.badData(path, "is of another teacher or other rows", cure: "remove it")
      }
      let logits = try reader.floats("logits")
      context.note("teacher logits: \(path) is used")
      return logits
    } catch {
      context.note("teacher logits: those kept cannot be used: \(error)")
      return nil
    }
  }

  private func write(
    _ logits: [Float], _ origin: TeacherOrigin, _ shape: [Int], to path: String
  ) throws {
    try ArtifactWriter.write(
      to: path, kind: Self.logitsKind, configuration: try CanonicalJSON.encode(origin),
      inputs: try CanonicalJSON.encode([
        "dataset": origin.data, "teacher": origin.teacher,
      ]), createdBy: ProgramVersion.createdBy
    ) { body in
      try body.floats("logits", shape: shape, values: logits)
    }
  }

  /// Runs the teacher over the rows, those aside that shards know.
  private func compute(
    _ teacher: TeacherRunner, _ rows: any ExampleSource, _ origin: TeacherOrigin, _ name: String,
    _ starts: [Int], columns: Int
  ) throws -> [Float] {
    context.note("teacher logits: computed once for \(rows.count.grouped) rows")
    // The last part is followed by the artifact and needs no shard.
    let parts = try RecordingBatches().parts(of: rows, atLeast: rowsPerShard) { _ in 1 }
    var store = try ShardStore<RecordingBatches.Part>(
      in: context.cacheFolder, name: name,
      key: String(decoding: try CanonicalJSON.encode(origin), as: UTF8.self),
      total: parts.count - 1, beforeEach: context.stopIfAsked
    ) { number, part in number < parts.count - 1 && parts[number] == part }
    if let remark = store.remark { context.note("teacher logits: \(remark)") }
    let recorder = TeacherLogitRecorder(starts: starts, columns: columns)
    for number in 0..<store.count {
      let (file, rows) = (try store.open(number), recorder.rows(of: parts[number].examples))
      let values = try file.floats("logits")
      guard values.count == rows.count else {
        throw ArtifactError.badData(
          file.path, "holds \(values.count) logits, not the \(rows.count) of its rows",
          cure: "remove it and run again")
      }
      rows.assign(values)
    }
    let layout = TapLayout(BertModel.Taps(), of: teacher.configuration)
    let progress = context.progress(of: rows.count, unit: "rows")
    for part in parts[store.count...] {
      let isDone = try teacher.record(
        layout, of: rows, in: part.examples, recorder: recorder,
        shouldStop: context.isInterrupted, progress: progress, write: { _ in })
      guard isDone else { throw StageInterruption(step: nil) }
      guard part.examples.upperBound < rows.count else { continue }
      let logits = recorder.rows(of: part.examples)
      let tensor = SafetensorsWriter.Entry(
        "logits", .float32, shape: [logits.rows, logits.columns])
      try store.append(part, [tensor]) { writer in try writer.write(logits.values()) }
    }
    return recorder.values.values()
  }
}
