internal import Files
internal import Foundation
internal import TestSupport
internal import Testing

@testable internal import Tracking

@Suite struct MetricFileTests {
  private func step(_ step: Int, _ loss: Double, stage: String = "train") -> MetricRecord {
    MetricRecord(
      time: 1_700_000_000_000 + step, stage: stage, event: .step, step: step,
      values: [.init("loss", loss), .init("attention", loss / 2)])
  }

  private func read(_ path: String) throws -> [MetricRecord] {
    try BoundedReader.text(at: path, limit: 1 << 20).split(separator: "\n").map {
      try MetricRecord(line: String($0), at: path)
    }
  }

  /// Writes without the cost of making it durable.
  private func put(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func `records are read back as they were, also what is not finite`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let records = [
        MetricRecord(time: 1, stage: "a@seed=1", event: .evaluated, step: nil, values: []),
        step(1, 0.1), step(2, .nan), step(3, .infinity), step(4, -.infinity),
        MetricRecord(
          time: 9, stage: "train", event: .finished, step: nil,
          values: [.init("b \"quoted\"\n", 1e-300), .init("a", 3)]),
      ]
      let record = try MetricFile(path)
      for item in records { try record.append(item) }
      #expect(try read(path) == records)
      #expect(
        try BoundedReader.text(at: path, limit: 1 << 20).split(separator: "\n")[1]
          == "{\"time\":1700000000001,\"stage\":\"train\",\"event\":\"step\",\"step\":1,"
          + "\"values\":{\"loss\":0.1,\"attention\":0.05}}")
    }
  }

  @Test func `a record is with the system at once, and a second start appends`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let first = try MetricFile(path)
      try first.append(step(1, 1))
      #expect(try read(path).count == 1)
      try MetricFile(path).append(step(2, 1))
      #expect(try read(path).map(\.step) == [1, 2])
    }
  }

  @Test func `a torn line is cut off at the next start`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      try MetricFile(path).append(step(1, 1))
      let whole = try BoundedReader.bytes(at: path, limit: 1 << 20)
      for length in stride(from: 0, to: whole.count - 1, by: 7) {
        try put(whole + whole[..<length], to: path)
        try MetricFile(path).append(step(2, 1))
        #expect(try read(path).map(\.step) == [1, 2])
        try put(Array(whole[..<length]), to: path)
        _ = try MetricFile(path)
        #expect(try BoundedReader.bytes(at: path, limit: 1 << 20) == [])
      }
    }
  }

  @Test func `a long torn line is cut off whole`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      try AtomicFile.write("x\n" + String(repeating: "y", count: 20_000), to: path)
      _ = try MetricFile(path)
      #expect(try BoundedReader.text(at: path, limit: 1 << 20) == "x\n")
    }
  }

  @Test func `what a stage does again is dropped, the rest stays byte for byte`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let record = try MetricFile(path)
      for number in 1...4 { try record.append(step(number, 1)) }
      try record.append(step(2, 1, stage: "other"))
      let before = try BoundedReader.bytes(at: path, limit: 1 << 20)
      let untouched = try statSignature(path)
      try record.drop { $0.step ?? 0 > 9 }
      #expect(try statSignature(path) == untouched)
      try record.drop { $0.stage == "train" && $0.step ?? 0 > 2 }
      try record.append(step(3, 5))
      #expect(
        try read(path) == [
          step(1, 1), step(2, 1), step(2, 1, stage: "other"), step(3, 5),
        ])
      let after = try BoundedReader.bytes(at: path, limit: 1 << 20)
      let lines = before.split(separator: 0x0A)
      #expect(after.split(separator: 0x0A).prefix(3) == [lines[0], lines[1], lines[4]])
      #expect(try folderEntries(folder) == ["metrics.jsonl"])
    }
  }

  @Test func `a wrong line is named, and the file left as it was`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let record = try MetricFile(path)
      try record.append(step(1, 1))
      let line = try BoundedReader.text(at: path, limit: 1 << 20)
      try put(Array((line + "{\"time\":1}\n" + line).utf8), to: path)
      let error = #expect(throws: TrackingError.self) { try record.drop { _ in true } }
      #expect(error?.path == "\(path):2")
      #expect(try BoundedReader.text(at: path, limit: 1 << 20).split(separator: "\n").count == 3)
    }
  }

  @Test func `a file that cannot be made is an error`() throws {
    try withTemporaryFolder { folder in
      _ = #expect(throws: (any Error).self) { try MetricFile(folder + "/no/such/metrics.jsonl") }
    }
  }
}
