import Artifacts
public import Compute
import Files
import Foundation
public import Pipelines
public import Text

/// What a teacher says of a stage's examples, computed once: logits that a student's artifact carries,
/// logits and layers in the workspace's cache.
public struct TeacherStore {
  /// Teacher and examples: what decides whether something kept is what would be computed now.
  let origin: TeacherOrigin
  /// Rows that fill a shard of logits.
  var rowsPerShard = 1024
  /// Bytes of records that fill a shard of layers.
  var bytesPerShard = 1 << 26

  let context: StageContext

  /// The store of what a teacher says in a stage.
  init(_ context: StageContext, origin: TeacherOrigin) {
    self.context = context
    self.origin = origin
  }

  /// The store of what the stage's input `teacher` says of its input `port`.
  public init(
    _ context: StageContext, tokenizer: Tokenizer, data port: String, maxSequenceLength: Int,
    on compute: ComputeContext
  ) {
    self.init(
      context, teacher: context.input("teacher"), tokenizer: tokenizer, data: port,
      maxSequenceLength: maxSequenceLength, on: compute)
  }

  /// The store of what one of its teachers says.
  init(
    _ context: StageContext, teacher: StageInput?, tokenizer: Tokenizer, data port: String,
    maxSequenceLength: Int,
    on compute: ComputeContext
  ) {
    self.init(
      context,
      origin: TeacherOrigin(
        teacher: teacher?.contentDigest.hexadecimal ?? "",
        tokenizerDigest: tokenizer.digest.hexadecimal,
        data: context.input(port)?.contentDigest.hexadecimal ?? "",
        precision: compute.precision.rawValue, maxSequenceLength: maxSequenceLength))
  }

  /// How the names of the cache's files begin that hold what `description` describes; another
  /// description gives another beginning.
  func name(_ kind: String, _ description: some Encodable) throws -> String {
    let key = Digest.of(try CanonicalJSON.encode(description)).hexadecimal.prefix(16)
    return "\(kind)-\(key)"
  }
}

extension StageContext {
  /// Does work on the files of the cache that begin with `name` while no other process does: two
  /// stages that run side by side may want the same.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `StageInterruption` when asked to stop while another stage is at it; what `body` throws.
  func withCache<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
    try ensureDirectory(cacheFolder + "/locks")
    let lock = try waitForLock("\(cacheFolder)/locks/\(name)")
    defer { lock.release() }
    return try body()
  }

  private func waitForLock(_ path: String) throws -> FileLock {
    var hasSaidSo = false
    while true {
      do {
        return try FileLock.acquire(path)
      } catch let error as FileError where error.kind == .locked {
        try stopIfAsked()
        if !hasSaidSo { note("waits for what another stage is making: \(error)") }
        hasSaidSo = true
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
  }
}
