import Foundation
import TestSupport
import Testing

@Suite struct BadPipelineTests {
  /// A way to spoil the world's pipeline file: a text in it and what takes its place.
  struct Spoiling: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let status: Int32
    let pattern: String
    let old: String
    let new: String

    init(_ name: String, _ status: Int32, _ pattern: String, _ old: String, _ new: String) {
      testDescription = name
      self.status = status
      self.pattern = pattern
      self.old = old
      self.new = new
    }
  }

  static let spoilings = [
    Spoiling(
      "an unknown option", 78,
      #"tiny\.yaml:\d+:5: stages\.prediction\.temprature: .*did you mean "temperature"\?"#,
      "temperature:", "temprature:"),
    Spoiling(
      "an unknown key", 78, #"tiny\.yaml:3:1: sauces: .*did you mean "sources"\?"#, "sources:",
      "sauces:"),
    Spoiling(
      "an unknown kind", 78, #"tiny\.yaml:\d+:\d+: .*did you mean "finetune"\?"#, "run: finetune",
      "run: finetun"),
    Spoiling(
      "an input that nothing makes", 78, #"tiny\.yaml:\d+:\d+: .*did you mean "teacher"\?"#,
      "{ teacher: teacher, student: general_student", "{ teacher: techer, student: general_student"),
    Spoiling(
      "a cycle", 78, "wait for each other: intermediate -> prediction -> intermediate",
      "student: general_student", "student: student"),
    Spoiling(
      "two stages with one output", 78, #"tiny\.yaml:\d+:\d+: .*student"#, "output: baseline",
      "output: student"),
    Spoiling(
      "a key given twice", 78, #"tiny\.yaml:\d+:\d+: .*seed"#, "seed: 42", "seed: 42\nseed: 43"),
    Spoiling(
      "a value out of range", 78, #"tiny\.yaml:\d+:\d+: stages\.prediction\.temperature: "#,
      "temperature: 1", "temperature: -1"),
    Spoiling(
      "an alias", 78, #"tiny\.yaml:\d+:\d+: "#, "temperature: 1", "temperature: *cold"),
    Spoiling("no YAML at all", 78, #"tiny\.yaml:\d+:\d+: "#, "stages:", "stages: ]"),
    Spoiling(
      "a source that is not there", 66, "nowhere\\.txt: there is no such", "sentences: text.txt",
      "sentences: nowhere.txt"),
    Spoiling(
      "a workspace outside", 78, #"tiny\.yaml:\d+:\d+: workspace"#, "seed: 42",
      "seed: 42\nworkspace: ../elsewhere"),
  ]

  @Test(arguments: spoilings)
  func `a wrong pipeline file is told before any work, with place and cure`(_ spoiling: Spoiling)
    throws
  {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let text = try Disk.text(folder + "/tiny.yaml")
      let start = try #require(text.firstRange(of: spoiling.old))
      try Disk.write(
        text.replacingCharacters(in: start, with: spoiling.new), to: folder + "/tiny.yaml")
      for command in ["run", "plan"] {
        let outcome = try Distill.run([command, "tiny.yaml"], in: folder)
        #expect(outcome.status == spoiling.status, "\(outcome.errors)")
        let lines = outcome.errorLines
        #expect(
          try lines.contains { try Regex(spoiling.pattern).firstMatch(in: $0) != nil },
          "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == lines.count)
        #expect(
          !FileManager.default.fileExists(atPath: folder + "/.distill/tiny/artifacts/rows.h5"))
      }
    }
  }

  @Test func `all faults of a file are told at once`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let text = try Disk.text(folder + "/tiny.yaml")
      try Disk.write(
        text.replacing("rewrites:", with: "rewrite:").replacing("mode", with: "mod")
          .replacing("temperature:", with: "temprature:"), to: folder + "/tiny.yaml")
      let outcome = try Distill.run(["run", "tiny.yaml"], in: folder)
      #expect(outcome.status == 78)
      #expect(outcome.errors.contains("temprature"))
      #expect(outcome.errors.contains("rewrite:"))
    }
  }

  @Test func `a file of another encoding is a wrong one`() throws {
    try withTemporaryFolder { folder in
      let file = URL(fileURLWithPath: folder + "/p.yaml")
      let text = "pipeline: p\nsources: {}\n"
      let bytes: [UInt8] = Array(text.utf8) + [0xE9, 0x0A]
      try Data(bytes).write(to: file)
      let latin = try Distill.run(["plan", "p.yaml"], in: folder)
      #expect(latin.status == 78 && latin.errorLines.count == 1, "\(latin.errors)")
      #expect(
        latin.errors.contains("p.yaml: line 3: byte 24 is not valid UTF-8; save it as UTF-8"),
        "\(latin.errors)")
      // With a byte order mark, and without.
      let letters: [UInt8] = text.utf8.flatMap { [$0, UInt8(0)] }
      let marks: [[UInt8]] = [[0xFF, 0xFE], []]
      for mark in marks {
        try Data(mark + letters).write(to: file)
        let wide = try Distill.run(["run", "p.yaml"], in: folder)
        #expect(wide.status == 78 && wide.errorLines.count == 1, "\(wide.errors)")
      }
    }
  }

  @Test func `a file that is not there ends with 66`() throws {
    let outcome = try Distill.run(["run", "nothing.yaml"], in: "/")
    #expect(outcome.status == 66)
    #expect(outcome.errorLines.count == 1)
  }
}
