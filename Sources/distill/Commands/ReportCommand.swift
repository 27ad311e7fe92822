import ArgumentParser
import Artifacts
import Files
import Pipelines
import Report

/// `distill report`: one page about what was distilled and what it is worth.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one HTML page about what was distilled and what it is worth.",
    usage: "distill report <places> ... [--output <file>] [--json]",
    discussion: """
      Scores against costs, confusions, the rows on which student and teacher differ most, the graph, \
      losses, attempts, configuration and environment; of several places side by side, with what \
      differs. The file needs no other one and no network.
      """)

  @Argument(help: "Pipeline files (YAML), workspaces, or what stage commands wrote.")
  var places: [String]

  @Option(name: .shortAndLong, help: "The file to write.")
  var output = "report.html"

  @Option(
    name: .customLong("sentence"),
    help: ArgumentHelp(
      "A text to show what teacher and student attend to in, up to 3 times (short rows that were evaluated).",
      valueName: "text"))
  var sentences: [String] = []

  @OptionGroup var threads: ThreadOption

  @Flag(help: "Print one JSON document about what was written.")
  var json = false

  func validate() throws {
    guard !output.isEmpty, !isFolder(output), !output.hasSuffix("/") else {
      throw ValidationError("--output names a file, such as report.html")
    }
    guard sentences.count <= 3 else { throw ValidationError("--sentence takes at most 3 texts") }
    guard sentences.isEmpty || places.count == 1 else {
      throw ValidationError("--sentence is for the models of one place; give one place")
    }
  }

  func run() throws {
    var report = try RunReport(places.map { try Place($0).workspace })
    ReportAttention.add(to: &report, sentences: sentences, threads: threads.count)
    for fault in report.faults { Failure.tell(fault) }
    let page = Array(report.html.utf8)
    let digest = try AtomicFile.write(page, to: output)
    guard !json else {
      let document = JSONValue.object(
        JSONObject([
          ("schema", .string("distill.report/1")), ("path", .string(output)),
          ("bytes", .integer(page.count)), ("sha256", .string(digest.hexadecimal)),
          ("faults", .array(report.faults.map { .string($0) })),
        ]))
      Output.data(try document.indented())
      return
    }
    Output.data(printable(output))
    Output.error("\(page.count.byteSize), to be opened in a browser")
  }
}
