import ArgumentParser
import Artifacts
import Files
import HTTP
import Pipelines
import Report

/// `distill report`: one page about what was distilled and what it is worth.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one HTML page about what was distilled and what it is worth.",
    usage: "distill report [<places> ...] [--output <file>] [--serve] [options]",
    discussion: """
      Scores against costs, confusions, the rows on which student and teacher differ most, the graph, \
      losses, attempts, configuration and environment; of several places side by side, with what \
      differs. The file needs no other one and no network. With --serve it is no file but an address for \
      browsers of this machine, and the page follows the run.
      """)

  @Argument(
    help: "Pipeline files (distill.yaml), workspaces, or what stage commands wrote.")
  var places: [String] = []

  @Option(name: .shortAndLong, help: "The file to write (report.html).")
  var output: String?

  @Option(
    name: .customLong("sentence"),
    help: ArgumentHelp(
      "A text to show what teacher and student attend to in, up to 3 times (short rows that were evaluated).",
      valueName: "text"))
  var sentences: [String] = []

  @Flag(help: "Serve the page on 127.0.0.1, and have it follow the run, until Ctrl-C.")
  var serve = false

  @Option(help: "Where --serve listens (a free port).")
  var port: UInt16?

  @OptionGroup var threads: ThreadOption

  @Flag(help: "Replace a file that is no report.")
  var overwrite = false

  @Flag(help: "Print one JSON document about what was written.")
  var json = false

  func validate() throws {
    let isFile = { (path: String) in
      !["", "-"].contains(path) && !isFolder(path) && !path.hasSuffix("/")
    }
    guard output.map(isFile) ?? true else {
      throw ValidationError("--output names a file, such as report.html")
    }
    guard port == nil || serve else { throw ValidationError("--port goes with --serve") }
    guard !serve || output == nil && !json && !overwrite else {
      throw ValidationError("--serve writes no file; leave --output, --overwrite and --json out")
    }
    guard sentences.count <= 3 else { throw ValidationError("--sentence takes at most 3 texts") }
    guard sentences.isEmpty || places.count <= 1 else {
      throw ValidationError("--sentence is for the models of one place; give one place")
    }
  }

  /// Whether nothing is lost: what is there, if anything, begins as every report does.
  private func mayReplace(_ output: String, with page: [UInt8]) throws -> Bool {
    guard fileExists(output) else { return true }
    try AtomicFile.requireReplaceable(output)
    let there = try RegularFile(output)
    let head = page.prefix(300)
    return try there.size == 0
      || there.size >= head.count && there.read(at: 0, count: head.count).elementsEqual(head)
  }

  func run() throws {
    let workspaces = try UsualFile.places(places).map { try Place($0).workspace }
    guard !serve else { return try serve(workspaces) }
    let output = output ?? "report.html"
    try requirePlace(output, isFolder: false)
    var report = try RunReport(workspaces)
    let attention = ReportAttention.find(report, sentences: sentences, threads: threads.count)
    report.show(attention.maps, leavingOut: attention.faults)
    for fault in report.faults { Failure.tell(fault) }
    let page = Array(report.html.utf8)
    guard try overwrite || mayReplace(output, with: page) else {
      throw FileError(
        .cannotCreate, path: output,
        detail: "is there and is no report; name another file, or replace it with --overwrite")
    }
    try ensureDirectory(splitPath(output).folder)
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

  /// Answers browsers until a signal comes; SIGINT is how that is meant to end.
  private func serve(_ workspaces: [Workspace]) throws {
    let server: LoopbackServer
    do {
      server = try LoopbackServer(port: port ?? 0)
    } catch let error as PortError {
      throw PipelineError(
        .serviceUnavailable, at: "--port \(port ?? 0)",
        "\(error); give another port, or leave --port out for a free one")
    }
    let page = try ServedReport(workspaces, sentences: sentences, threads: threads.count)
    Interruption.remember(telling: "no longer serving")
    Output.data("http://127.0.0.1:\(server.port)/")
    server.serve(while: { !Interruption.isRequested }, page.answer)
    guard Interruption.status == .interrupted else { throw ExitCode(Interruption.status.rawValue) }
  }
}
