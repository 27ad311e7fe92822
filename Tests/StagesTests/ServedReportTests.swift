import Foundation
import HTTP
import TestSupport
import Testing

/// `distill report --serve`, as a browser sees it.
@Suite struct ServedReportTests {
  @Test func `the page is that of the record as it is, until ctrl-c`() throws {
    let world = try FinishedWorld.shared()
    try world.withCopy { folder in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Distill.path)
      process.arguments = ["report", "tiny.yaml", "--serve"]
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      let (output, errors) = (Pipe(), Pipe())
      process.standardOutput = output
      process.standardError = errors
      try process.run()
      defer {
        process.terminate()
        process.waitUntilExit()
      }
      let address = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        .trimmingCharacters(in: .newlines)
      #expect(address.hasPrefix("http://127.0.0.1:") && address.hasSuffix("/"), "\(address)")
      let client = try HTTPClient()
      func get(_ path: String) throws -> String {
        var request = HTTPRequest("GET", address + path)
        request.limit = 16 << 20
        request.seconds = 60
        let answer = try client.send(request)
        #expect(answer.status == 200)
        return String(decoding: answer.body, as: UTF8.self)
      }
      let (version, page) = (try get("version"), try get(""))
      #expect(page.contains("data-version=\"\(version)\"") && page.contains("was distilled from"))
      #expect(page.contains("id=\"attention\"") && !page.contains("id=\"attempts\""))
      #expect(try get("version") == version)

      let port = String(address.dropLast().split(separator: ":").last ?? "")
      let taken = try Distill.run(
        ["report", "tiny.yaml", "--serve", "--port", port], in: folder)
      #expect(taken.status == 69 && taken.output.isEmpty)
      #expect(
        taken.errors
          == "distill: --port \(port): another program listens there; give another port, "
          + "or leave --port out for a free one\n")

      try Distill.succeed(
        ["run", "tiny.yaml", "--set", "stages.prediction.learning_rate=4e-3"], in: folder)
      let later = try get("version")
      #expect(later != version)
      let again = try get("")
      #expect(again.contains("data-version=\"\(later)\"") && again.contains("id=\"attempts\""))

      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }
  }
}
