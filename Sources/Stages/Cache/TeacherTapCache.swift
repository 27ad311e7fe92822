import Distillation
import Files
import Interchange
import Pipelines
import Training
import Transformer

/// The teacher's matched states and raw scores of every example of a stage, computed once, before
/// the first step, and kept in the workspace's cache as a sealed safetensors file.
///
/// | tensor | type and shape |
/// |---|---|
/// | `offsets` | I64 `[examples + 1]`: where each example's record begins in `values` |
/// | `values` | F32 or BF16 `[numbers]`: the records, laid out as `TapLayout` says |
struct TeacherTapCache {
  /// What the file says about itself, and the key.
  struct Description: Codable, Equatable {
    /// Teacher and data.
    let origin: TeacherOrigin
    /// Tapped states.
    let hidden: [Int]
    /// Layers, counted from 0, whose scores are tapped.
    let scores: [Int]
    /// How numbers are stored.
    let type: TeacherCacheFields.Storage
  }

  /// Where the file lies.
  let path: String

  private let context: StageContext
  private let taps: BertModel.Taps
  private let type: TeacherCacheFields.Storage
  private let metadata: [String: String]
  /// Examples read at once.
  private static let piece = 1024

  /// The cache that the options want; nil where they want none.
  ///
  /// - Parameters:
  ///   - context: The stage's surroundings.
  ///   - options: Values of `TeacherCacheFields`.
  ///   - origin: Teacher and data.
  ///   - taps: What the loss compares with.
  /// - Throws: An error where the key cannot be encoded.
  init?(
    _ context: StageContext, _ options: OptionValues, origin: TeacherOrigin, taps: BertModel.Taps
  ) throws {
    guard let type = TeacherCacheFields.storage(options) else { return nil }
    let description = Description(
      origin: origin, hidden: taps.hidden.sorted(), scores: taps.scores.sorted(), type: type)
    self.context = context
    self.taps = taps
    self.type = type
    metadata = [
      "teacher_cache": String(decoding: try CanonicalJSON.encode(description), as: UTF8.self)
    ]
    path = try CacheName.path(
      "teacher-taps", description, suffix: "safetensors", in: context.cacheFolder)
  }

  /// The teacher's side of the loss from the cache, which is made unless it is there and whole.
  ///
  /// - Parameters:
  ///   - teacher: The teacher, run only to make the cache.
  ///   - examples: All examples of the stage.
  /// - Returns: The source.
  /// - Throws: `FileError` where the disk has no room; `StageInterruption` when asked to stop, and
  ///   then nothing is left behind.
  func source(
    _ teacher: TeacherRunner, examples: any ExampleSource
  ) throws -> CachedTaps {
    let layout = TapLayout(taps, of: teacher.configuration)
    if let kept = keptFile(examples: examples.count) {
      context.note("teacher cache: \(path) is used")
      return Self.source(kept, layout, teacher)
    }
    try make(layout, teacher, examples)
    return Self.source(try open(examples: examples.count), layout, teacher)
  }

  private static func source(
    _ file: SafetensorsFile, _ layout: TapLayout, _ teacher: TeacherRunner
  ) -> CachedTaps {
    CachedTaps(
      layout, of: teacher.configuration,
      bounds: { example in
        let ends = try file.int64s("offsets", range: example..<example + 2)
        guard ends[0] >= 0, ends[0] <= ends[1] else {
          throw StageError.badData(file.path, "its offsets fall", cure: "remove it")
        }
        return Int(ends[0])..<Int(ends[1])
      },
      read: { first, values in try file.readFloats("values", from: first, into: &values) })
  }

  /// The file of an earlier run, where it is whole and of these very examples.
  private func keptFile(examples: Int) -> SafetensorsFile? {
    guard fileExists(path) else { return nil }
    do {
      let file = try open(examples: examples)
      try file.verifySeal()
      return file
    } catch {
      context.note("teacher cache: made again: \(error)")
      return nil
    }
  }

  private func open(examples: Int) throws -> SafetensorsFile {
    let file = try SafetensorsFile(path: path)
    guard file.metadata["teacher_cache"] == metadata["teacher_cache"],
      file.tensor("offsets")?.shape == [examples + 1]
    else {
      throw StageError.badData(path, "is of another teacher or other examples", cure: "remove it")
    }
    return file
  }

  /// Runs the teacher over all examples and writes the file.
  private func make(
    _ layout: TapLayout, _ teacher: TeacherRunner, _ examples: any ExampleSource
  ) throws {
    var numbers = 0
    try Self.forEachLength(of: examples) { numbers += layout.count(length: $0) }
    let tensors = [
      SafetensorsWriter.Entry("offsets", .int64, shape: [examples.count + 1]),
      SafetensorsWriter.Entry(
        "values", type == .fp32 ? .float32 : .bfloat16, shape: [numbers]),
    ]
    let size = try SafetensorsWriter.size(metadata: metadata, isSealed: true, layout: tensors)
    context.note(
      "teacher cache: \(size.byteSize) for \(examples.count.grouped) examples, "
        + "\(layout.hidden.count) states and the scores of \(layout.scores.count) layers in "
        + "\(type.rawValue): \(path)")
    try ensureDirectory(context.cacheFolder)
    try removeFile(path)
    try Self.requireRoom(size, in: context.cacheFolder)
    try SafetensorsWriter.stream(to: path, metadata: metadata, isSealed: true, layout: tensors) {
      writer in
      var offset = 0
      try writer.write([Int64(0)])
      try Self.forEachLength(of: examples) { length in
        offset += layout.count(length: length)
        try writer.write([Int64(offset)])
      }
      let isDone = try teacher.record(
        layout, of: examples, shouldStop: context.isInterrupted,
        progress: context.progress(of: examples.count, unit: "examples")
      ) { values in
        switch type {
        case .fp32: try writer.write(values)
        case .bf16: try writer.write(values.indices.map { BFloat16.bits(of: values[$0]) })
        }
      }
      guard isDone else { throw StageInterruption(step: nil) }
    }
  }

  /// Refuses what the disk has no room for, before any work.
  ///
  /// - Throws: `FileError` of kind `noSpace`.
  static func requireRoom(_ bytes: Int, in folder: String) throws {
    try DiskRoom.require(
      bytes, in: folder, for: "records of the teacher",
      cure: "make room, take --cache-teacher-type bf16, or leave --cache-teacher out")
  }

  /// The lengths of all examples in order; a source may keep none of them in memory.
  private static func forEachLength(
    of examples: any ExampleSource, _ body: (Int) throws -> Void
  ) throws {
    for start in stride(from: 0, to: examples.count, by: piece) {
      let indices = Array(start..<min(start + piece, examples.count))
      for example in try examples.examples(indices) { try body(example.sequence.ids.count) }
    }
  }
}
