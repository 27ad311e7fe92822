import Artifacts
import Distillation
import Files
import Interchange
import Pipelines
import Training
import Transformer

/// The teacher's matched states and raw scores of every example of a stage, computed once, before
/// the first step, and kept in the workspace's cache as shards: sealed safetensors files of whole
/// examples.
///
/// | tensor | type and shape |
/// |---|---|
/// | `offsets` | I64 `[examples + 1]`: where each example's record begins in `values` |
/// | `values` | F32 or BF16 `[numbers]`: the records, laid out as `TapLayout` says |
extension TeacherStore {
  /// What the files say about themselves, and the key.
  private struct TapDescription: Codable {
    /// Teacher and data.
    let origin: TeacherOrigin
    /// Tapped states.
    let hidden: [Int]
    /// Layers, counted from 1, whose scores are tapped.
    let scores: [Int]
    /// Layers, counted from 1, whose queries, keys and values are tapped; nil for none.
    let queriesKeysValues: [Int]?
    /// How numbers are stored.
    let type: TeacherCacheFields.Storage
  }

  /// Examples read at once.
  private static let piece = 1024

  /// The teacher's side of the loss from the cache, of which those shards are made that are not there
  /// and whole.
  ///
  /// - Parameters:
  ///   - teacher: The teacher, run only to make the cache.
  ///   - taps: What the loss compares with.
  ///   - examples: All examples of the stage.
  ///   - type: How numbers are stored.
  /// - Returns: The source.
  /// - Throws: `FileError` where the disk has no room; `StageInterruption` when asked to stop, and
  ///   then the shards that are whole stay.
  func taps(
    _ teacher: TeacherRunner, _ taps: BertModel.Taps, of examples: any ExampleSource,
    type: TeacherCacheFields.Storage
  ) throws -> CachedTaps {
    let layout = TapLayout(taps, of: teacher.configuration)
    let description = TapDescription(
      origin: origin, hidden: layout.hidden, scores: layout.scores,
      queriesKeysValues: layout.queriesKeysValues.isEmpty ? nil : layout.queriesKeysValues,
      type: type)
    let key = String(decoding: try CanonicalJSON.encode(description), as: UTF8.self)
    let name = try name("teacher-taps", description)
    let parts = try parts(of: examples, layout, type)
    let store = try context.withCache(name) {
      var store = try ShardStore<TapShards.Part>(
        in: context.cacheFolder, name: name, key: key, total: parts.count,
        beforeEach: context.stopIfAsked
      ) { number, part in number < parts.count && parts[number] == part }
      if store.count == parts.count {
        context.note("teacher cache: \(context.cacheFolder)/\(name)-* is used")
      } else {
        try make(parts, in: &store, layout, teacher, examples, type, name)
      }
      return store
    }
    let shards = TapShards(store, parts)
    return CachedTaps(
      layout, of: teacher.configuration, bounds: { try shards.bounds(of: $0) },
      read: { first, values in try shards.read(from: first, into: &values) })
  }

  /// What each shard will hold; it depends on the examples' lengths alone.
  private func parts(
    of examples: any ExampleSource, _ layout: TapLayout, _ type: TeacherCacheFields.Storage
  ) throws -> [TapShards.Part] {
    let numberSize = type == .fp32 ? 4 : 2
    var end = 0
    let parts = try RecordingBatches().parts(of: examples, atLeast: bytesPerShard / numberSize) {
      try context.stopIfAsked()
      return layout.count(length: $0)
    }
    return parts.map { part in
      defer { end += part.size }
      return TapShards.Part(examples: part.examples, numbers: end..<end + part.size)
    }
  }

  private func tensors(
    _ part: TapShards.Part, _ type: TeacherCacheFields.Storage
  ) -> [SafetensorsWriter.Entry] {
    [
      SafetensorsWriter.Entry("offsets", .int64, shape: [part.examples.count + 1]),
      SafetensorsWriter.Entry(
        "values", type == .fp32 ? .float32 : .bfloat16, shape: [part.numbers.count]),
    ]
  }

  /// Runs the teacher over the examples of the shards that are not there.
  private func make(
    _ parts: [TapShards.Part], in store: inout ShardStore<TapShards.Part>, _ layout: TapLayout,
    _ teacher: TeacherRunner, _ examples: any ExampleSource, _ type: TeacherCacheFields.Storage,
    _ name: String
  ) throws {
    let sizes = try parts.enumerated().map { number, part in
      try store.byteCount(number, part, tensors(part, type))
    }
    context.note(
      "teacher cache: \(sizes.reduce(0, +).byteSize) for \(examples.count.grouped) examples, "
        + "\(layout.hidden.count) states and the scores of \(layout.scores.count) layers"
        + (layout.queriesKeysValues.isEmpty ? "" : ", queries, keys and values of one") + " in "
        + "\(type.rawValue): \(context.cacheFolder)/\(name)-*")
    if let remark = store.remark { context.note("teacher cache: \(remark)") }
    try Self.requireRoom(sizes[store.count...].reduce(0, +), in: context.cacheFolder)
    let progress = context.progress(of: examples.count, unit: "examples")
    for part in parts[store.count...] {
      try store.append(part, tensors(part, type)) { writer in
        var offset = 0
        try writer.write([Int64(0)])
        try Self.forEachLength(of: examples, in: part.examples) { length in
          offset += layout.count(length: length)
          try writer.write([Int64(offset)])
        }
        let isDone = try teacher.record(
          layout, of: examples, in: part.examples, shouldStop: context.isInterrupted,
          progress: progress
        ) { values in
          switch type {
          case .fp32: try writer.write(values)
          case .bf16: try writer.write(values.indices.map { BFloat16.bits(of: values[$0]) })
          }
        }
        guard isDone else { throw StageInterruption(step: nil) }
      }
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

  /// The lengths of some examples in order; a source may keep none of them in memory.
  private static func forEachLength(
    of examples: any ExampleSource, in part: Range<Int>, _ body: (Int) throws -> Void
  ) throws {
    for start in stride(from: part.lowerBound, to: part.upperBound, by: piece) {
      let indices = Array(start..<min(start + piece, part.upperBound))
      for example in try examples.examples(indices) { try body(example.sequence.ids.count) }
    }
  }
}
