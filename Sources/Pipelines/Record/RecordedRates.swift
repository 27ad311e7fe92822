internal import Files

/// How fast stages have trained by the record of their numbers.
enum RecordedRates {
  /// So much of the end of a record is looked at.
  private static let tail = 1 << 20

  /// The median of the tokens a second that each stage reported near the end of the record at `path`;
  /// none where there is no record, or none that can be read.
  static func read(_ path: String) -> [String: Double] {
    guard let file = try? RegularFile(path) else { return [:] }
    let count = min(file.size, tail)
    guard let bytes = try? file.read(at: file.size - count, count: count, as: UInt8.self) else {
      return [:]
    }
    var rates: [String: [Double]] = [:]
    // The first line may be cut, the last may be half-written: neither is read.
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let record = try? StrictJSON.parse(Array(line), path: path),
        let stage = record.member("stage")?.string, record.member("event")?.string == "step",
        let rate = record.member("values")?.member("tokens_per_second")?.number,
        rate.isFinite, rate > 0
      else { continue }
      rates[stage, default: []].append(rate)
    }
    return rates.compactMapValues { $0.isEmpty ? nil : $0.sorted()[$0.count / 2] }
  }
}
