internal import Files
internal import TestSupport
internal import Testing

@testable internal import Tracking

@Suite struct EventFileTests {
  @Test func `checksums are those of RFC 3720`() {
    #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
  }

  @Test func `a record is what TensorBoard's writer makes of the same bytes`() {
    // tensorboard.summary.writer.record_writer.RecordWriter.write(b"hello")
    #expect(
      EventFile.record(Array("hello".utf8)) == [
        5, 0, 0, 0, 0, 0, 0, 0, 0xEA, 0xB2, 0x04, 0x3E, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0xBB, 0x1F,
        0x1C, 0x19,
      ])
  }

  @Test func `a number is a message of tag and value`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run/events"
      let file = try EventFile(path, at: 0, goingOnFrom: nil)
      try file.append([("a", 0.5)], at: 1, step: 300)
      let bytes = try BoundedReader.bytes(at: path, limit: 1 << 16)
      // wall_time 1.0, step 300, summary { value { tag "a", simple_value 0.5 } }
      let message: [UInt8] = [
        0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 0xAC, 0x02, 0x2A, 0x0A, 0x0A, 0x08, 0x0A, 0x01,
        0x61, 0x15, 0, 0, 0, 0x3F,
      ]
      #expect(bytes.suffix(message.count + 16).elementsEqual(EventFile.record(message)))
    }
  }
}
