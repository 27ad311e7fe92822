import Foundation
import TestSupport
import Testing

/// Errors of commands that print JSON, and the names of what they print.
@Suite struct JSONErrorTests {
  private func error(_ arguments: [String], in folder: String) throws -> [String: Any] {
    let outcome = try Distill.run(arguments, in: folder)
    let last = try #require(outcome.errors.split(separator: "\n").last)
    let object = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    let told = try #require(object, "\(outcome.errors)")
    #expect(told["schema"] as? String == "distill.error/1")
    #expect(told["exit_code"] as? Int == Int(outcome.status))
    #expect(outcome.errorLines.isEmpty, "\(outcome.errors)")
    return told
  }

  @Test func `an error is one object with its place, what is wrong and what to do`() throws {
    let missing = try error(["status", "nowhere.yaml", "--json"], in: "/tmp")
    #expect(missing["exit_code"] as? Int == 66 && missing["place"] as? String == "nowhere.yaml")
    let option = try error(
      [
        "general", "--teacher", "a", "--corpus", "b", "--output", "c", "--lerning-rate", "1",
        "--json",
      ],
      in: "/tmp")
    #expect(option["place"] as? String == "--lerning-rate")
    #expect(option["message"] as? String == "there is no such option")
    #expect((option["cure"] as? String)?.contains("--learning-rate") == true)
    let several = try error(["general", "--json"], in: "/tmp")
    #expect((several["faults"] as? [[String: Any]])?.count == 3)
    let word = try error(["plan", "--json", "--jso"], in: "/tmp")
    #expect(word["cure"] as? String == "see distill plan --help")
    let table = try error(["runs", "list", "nowhere", "--format", "json"], in: "/tmp")
    #expect(table["exit_code"] as? Int == 66)
  }

  @Test func `all faults of a pipeline file are in one object, with their places`() throws {
    try withTemporaryFolder { folder in
      try Disk.write(
        "pipeline: p\nsed: 3\nstages:\n  corpus: { outpt: c }\n", to: folder + "/p.yaml")
      let told = try error(["run", "p.yaml", "--json"], in: folder)
      let faults = try #require(told["faults"] as? [[String: Any]])
      #expect(faults.count > 1 && faults.first?["place"] as? String == "p.yaml:2:1: sed")
      #expect(told["place"] as? String == "p.yaml:2:1: sed")
      #expect(faults.allSatisfy { ($0["message"] as? String)?.isEmpty == false })
    }
  }

  @Test func `a stage that fails is told so too, and as an event`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("sentence\tlabel\ngood\ta\nbad\tb\tc\n", to: folder + "/rows.tsv")
      let command = [
        "dataset", "--train", "rows.tsv", "--tokenizer", world.folder + "/encoder", "--output",
        "rows.h5", "--json",
      ]
      let told = try error(command, in: folder)
      #expect(told["exit_code"] as? Int == 65 && told["stage"] as? String == "dataset")
      #expect(told["place"] as? String == "rows.tsv:3" && told["cure"] is String)
      let outcome = try Distill.run(command + ["--log-format", "json"], in: folder)
      let events = try outcome.errors.split(separator: "\n").compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
      #expect(events.allSatisfy { $0["schema"] as? String == "distill.event/1" })
      let failure = events.first { $0["kind"] as? String == "error" }
      #expect(failure?["exit_code"] as? Int == 65 && failure?["cure"] is String)
    }
  }

  @Test func `every document names its schema`() throws {
    let world = try FinishedWorld.shared()
    let place = world.folder + "/tiny.yaml"
    for (schema, command) in [
      ("plan", ["plan", place]), ("status", ["status", place]), ("metrics", ["metrics", place]),
      ("metrics-diff", ["metrics", "diff", place, place]), ("verify", ["verify", place]),
      ("clean", ["clean", place, "--dry-run"]), ("doctor", ["doctor"]),
      ("inspect", ["inspect", world.artifact("student")]), ("attempts", ["runs", "list", place]),
    ] {
      let document = try Distill.object(command + ["--json"], in: world.folder)
      #expect(document["schema"] as? String == "distill.\(schema)/1", "\(command)")
    }
  }
}
