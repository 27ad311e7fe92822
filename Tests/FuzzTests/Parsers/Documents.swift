import Files
import Foundation

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
    FuzzedParser(name: "records") { bytes, scratch in
      let record = LocalRecord(try scratch.write(bytes, to: "metrics.jsonl"))
      try record.take(.resumed(stage: "train", step: 3, evaluatedStep: 2), at: 1)
      try record.take(.evaluated(stage: "train", step: 4, metrics: [("loss", 1)]), at: 2)
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
