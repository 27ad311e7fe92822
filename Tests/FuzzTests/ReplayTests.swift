import Foundation
import TestSupport
import Testing

/// Every input in `Seeds`, which are the fuzzer's first ones and those that it found something with,
/// through its parser again.
@Suite(.serialized) struct ReplayTests {
  private static let folder =
    Fixtures.folder().replacingOccurrences(of: "/Fixtures", with: "/FuzzTests/Seeds")

  /// The inputs of a parser by name.
  private static func seeds(of parser: String) throws -> [String: [UInt8]] {
    let place = "\(folder)/\(parser)"
    let names = try FileManager.default.contentsOfDirectory(atPath: place)
    return try Dictionary(
      uniqueKeysWithValues: names.map { name in
        (name, [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(place)/\(name)"))))
      })
  }

  @Test(arguments: FuzzedParser.all.map(\.name))
  func `no seed crashes its parser or is refused in words that do not serve`(name: String) throws {
    let parser = try #require(FuzzedParser.all.first { $0.name == name })
    let scratch = try FuzzScratch()
    for (seed, bytes) in try Self.seeds(of: name).sorted(by: { $0.key < $1.key }) {
      let begin = ContinuousClock.now
      do { try parser.run(bytes, in: scratch) } catch { Issue.record("\(name)/\(seed): \(error)") }
      // The fuzzer's own limit; a seed that takes seconds hides others from it.
      #expect(ContinuousClock.now - begin < .seconds(5), "\(name)/\(seed) is slow")
    }
  }

  /// A seed that is refused at the door shows nothing of what lies behind.
  @Test(arguments: FuzzedParser.all.map(\.name))
  func `a parser reads the seeds called good to their end`(name: String) throws {
    let parser = try #require(FuzzedParser.all.first { $0.name == name })
    let good = try Self.seeds(of: name).filter { $0.key.hasPrefix("good") }
    #expect(!good.isEmpty)
    let scratch = try FuzzScratch()
    for (seed, bytes) in good {
      scratch.clear()
      do { try parser.read(bytes, scratch) } catch { Issue.record("\(name)/\(seed): \(error)") }
      if ["checkpoint", "corpus-shard", "augmentation-shard", "teacher-shard"].contains(name) {
        let isUsed = scratch.notes.contains { $0.hasPrefix("resumed") && !$0.contains("not used") }
        #expect(isUsed, "\(name)/\(seed) was not used: \(scratch.notes)")
      }
    }
  }

  @Test func `the seeds take little room`() throws {
    let total = try FuzzedParser.all.flatMap { try Self.seeds(of: $0.name).values }.map(\.count)
    #expect(total.reduce(0, +) < 100_000)
  }

  @Test func `words that do not serve are a finding`() throws {
    struct Bad: Error, CustomStringConvertible { let description: String }
    let scratch = try FuzzScratch()
    for text in ["", "no file in it", "\(scratch.path): a bell \u{7}"] {
      let parser = FuzzedParser(name: "bad") { _, _ in throw Bad(description: text) }
      #expect(throws: FuzzFinding.self) { try parser.run([], in: scratch) }
    }
    let long = String(repeating: "x", count: FuzzedParser.messageLimit)
    let parser = FuzzedParser(name: "bad") { _, scratch in
      throw Bad(description: scratch.path + long)
    }
    #expect(throws: FuzzFinding.self) { try parser.run([], in: scratch) }
  }
}
