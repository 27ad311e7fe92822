import Files
import Foundation
import Pipelines

/// Names files of the workspace's cache by what they hold.
enum CacheName {
  /// How the names of the files begin that hold what `description` describes; another description
  /// gives another beginning.
  static func of(_ kind: String, _ description: some Encodable) throws -> String {
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
        if isInterrupted() { throw StageInterruption(step: nil) }
        if !hasSaidSo { note("waits for what another stage is making: \(error)") }
        hasSaidSo = true
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
  }
}
