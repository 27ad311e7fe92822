internal import ArgumentParser
internal import TestSupport
internal import Testing

@testable internal import distill

@Suite struct InterviewTests {
  /// Answers questions in order, and keeps what was asked and told.
  private final class Person {
    var answers: [String]
    var heard: [String] = []
    init(_ answers: [String]) { self.answers = answers }
    var interview: Interview {
      Interview(
        ask: { question in
          self.heard.append(question)
          return self.answers.isEmpty ? nil : self.answers.removeFirst()
        }, tell: { self.heard.append($0) })
    }
  }

  @Test func `a person is asked for what is not given, again where a file is not there`() throws {
    let here = #filePath
    var given = try DraftOptions.parse(["--train", here])
    let person = Person(["", "nowhere", " '\(here)' ", "", "\"\(here)\"", "", "soon", "30m"])
    try person.interview.fill(&given)
    #expect(given.teacher == here && given.train == here)
    #expect(given.dev == nil && given.test == here && given.text.isEmpty)
    #expect(given.budget == "30m")
    #expect(person.heard.contains("nowhere: there is no such file or folder"))
    #expect(!person.heard.contains { $0.hasPrefix("Training rows") })
  }

  @Test func `a teacher may be on a server, rows may not`() throws {
    var given = try DraftOptions.parse([])
    let address = "mlflow:models/teacher@best"
    let person = Person([address, address, #filePath, "", "", "", ""])
    try person.interview.fill(&given)
    #expect(given.teacher == address && given.train == #filePath)
    #expect(DraftedPipeline.path(to: address, from: "a/b.yaml", isOwn: true) == address)
    #expect(try DraftOptions.parse(["--teacher", address]).spoken == "--teacher \(address)")
    let form = ["--quoting", "none", "--skip-malformed-rows"]
    #expect(try DraftOptions.parse(form).spoken == form.joined(separator: " "))
  }

  @Test func `what labels are for is asked until it is a task`() throws {
    let person = Person(["numbers", " regression "])
    #expect(try person.interview.task("What are they for?") == "regression")
    #expect(person.heard.contains { $0.contains("classification, ") })
    let error = #expect(throws: (any Error).self) { try Person([]).interview.task("?") }
    #expect("\(String(describing: error))".contains("give --task NAME"))
  }

  @Test func `a person who leaves is told what was missing`() throws {
    var given = try DraftOptions.parse([])
    let error = #expect(throws: (any Error).self) { try Person([]).interview.fill(&given) }
    #expect("\(String(describing: error))".contains("give --teacher PATH"))
  }
}
