internal import Files

/// How far stages have come by the record of their numbers.
enum RecordedSteps {
  /// So much of the end of a record is looked at.
  private static let tail = 1 << 18

  /// The newest optimiser step of each stage near the end of the record at `path`; none where there is
  /// no record, or none that can be read.
  static func newest(in path: String) -> [String: Int] {
    guard let file = try? RegularFile(path) else { return [:] }
    let count = min(file.size, tail)
    guard let bytes = try? file.read(at: file.size - count, count: count, as: UInt8.self) else {
      return [:]
    }
    var steps: [String: Int] = [:]
    // The first line may be cut, the last may be half-written: neither is read.
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let record = try? StrictJSON.parse(Array(line), path: path),
        let stage = record.member("stage")?.string, let step = record.member("step")?.integer
      else { continue }
      steps[stage] = step
    }
    return steps
  }
}
