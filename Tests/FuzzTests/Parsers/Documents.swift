import Files
import Foundation

@testable import HTTP
@testable import Pipelines
@testable import Stages
@testable import Tracking

extension FuzzedParser {
  /// JSON itself, pipeline files, and what is told by line.
  static let documents = [
    FuzzedParser(name: "json") { bytes, scratch in
      let path = scratch.path + "/document.json"
      let value = try StrictJSON.parse(bytes, path: path)
      let compact = try value.encoded()
      try FuzzFinding.unless(
        try StrictJSON.parse(compact, path: path) == value, "it reads back as another value")
      let indented = Array(try value.indented().utf8)
      try FuzzFinding.unless(
        try StrictJSON.parse(indented, path: path) == value, "indented it is another value")
      _ = try value.encoded(.canonical)
    },
    FuzzedParser(name: "pipeline") { bytes, scratch in
      _ = try PipelineFile.load(
        scratch.write(bytes, to: "pipeline.yaml"), registry: Kinds.registry)
    },
    FuzzedParser(name: "metrics-document") { bytes, scratch in
      let metrics = try RecordedMetrics(document: scratch.write(bytes, to: "metrics.json"))
      _ = try metrics.json.encoded()
      _ = try MetricsDifference(from: metrics, to: metrics).json.encoded()
    },
    FuzzedParser(name: "attempt-filter", namesFile: false) { bytes, scratch in
      let text = bytes.asText
      var attempt = Attempt(id: "5f0c2f34", stage: "pred", status: "done", started: "2026-11-28")
      attempt.metrics = [("dev f1", 0.8), ("loss", .nan)]
      attempt.options = [("bf16", .boolean(true))]
      let history = RunHistory([
        attempt, Attempt(id: "5f0d", stage: text, status: "", started: text),
      ])
      func tried(_ body: () throws -> Void) throws {
        do { try body() } catch let error as PipelineError {
          try FuzzFinding.unless(error.lines.count == 1, "not one line: \(error)")
          throw error
        }
      }
      // One text for all that a user may type; what is none of them is refused by each.
      var faults: [any Error] = []
      let readers: [() throws -> Void] = [
        { _ = try AttemptFilter(text).fits(attempt) },
        { _ = try AttemptOrder(text).sorted(history.attempts) },
        { _ = try AttemptReference.find(text, in: history) },
      ]
      for reader in readers { do { try tried(reader) } catch { faults.append(error) } }
      for fault in faults.dropLast() {
        try FuzzedParser.check(fault, in: scratch, namesFile: false)
      }
      if faults.count == readers.count, let fault = faults.last { throw fault }
    },
    FuzzedParser(name: "records") { bytes, scratch in
      let record = LocalRecord(try scratch.write(bytes, to: "metrics.jsonl"))
      try record.take(.resumed(stage: "train", step: 3, evaluatedStep: 2), at: 1)
      try record.take(.evaluated(stage: "train", step: 4, metrics: [("loss", 1)]), at: 2)
    },
    FuzzedParser(name: "credentials") { bytes, scratch in
      let file = try ConfigurationFile(scratch.write(bytes, to: "credentials"))
      _ = file["mlflow", "mlflow_tracking_username"]
    },
    FuzzedParser(name: "mlflow-run", namesFile: false) { bytes, _ in
      let value = try StrictJSON.parse(bytes, path: "answer")
      guard let run = value.object.flatMap(MLflowRun.init),
        let attempt = run.attempt(in: "experiment", at: "http://host")
      else { return }
      _ = try attempt.json.encoded()
      _ = RunHistory([attempt])
      for field in attempt.fields { _ = attempt[field]?.text }
    },
    FuzzedParser(name: "model-address", namesFile: false) { bytes, _ in
      let text = bytes.asText
      let address = try ModelAddress(text)
      try FuzzFinding.unless(
        try ModelAddress("\(address)") == address, "it reads back as another address")
      let place = ModelShelf("/c", server: "http://host").folder(of: address)
      try FuzzFinding.unless(
        place.split(separator: "/").count == 3 && !place.contains(".."), "it leads out: \(place)")
    },
    FuzzedParser(name: "request-head", namesFile: false) { bytes, _ in
      do {
        let path = try RequestHead(bytes).path
        try FuzzFinding.unless(
          path.hasPrefix("/") && !path.contains("?"), "a path that is none: \(path)")
      } catch let refusal as RequestHead.Refusal {
        try FuzzFinding.unless([400, 403, 405].contains(refusal.status), "\(refusal)")
        throw FuzzedFault(description: "status \(refusal.status)")
      }
    },
    FuzzedParser(name: "stage-messages") { bytes, _ in
      for line in bytes.asText.split(separator: "\n") {
        guard let message = StageMessage(line: String(line)) else { continue }
        guard let said = try message.line() else { continue }
        try FuzzFinding.unless(
          try StageMessage(line: said)?.line() == said, "it is told as another: \(said)")
      }
    },
  ]
}
