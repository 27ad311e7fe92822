internal import Files
internal import Pipelines
internal import Testing

@testable internal import Tracking

@Suite struct MLflowRunTests {
  private func run(_ text: String) throws -> MLflowRun? {
    try MLflowRun(#require(try StrictJSON.parse(Array(text.utf8), path: "run").object))
  }

  @Test func `a run that was sent from here is the attempt that it was`() throws {
    let text = #"""
      {"info": {"run_id": "0a1b", "run_name": "teacher", "status": "FAILED", "start_time": 1700000000400,
        "end_time": 1700000003900},
       "data": {"params": [{"key": "kind", "value": "finetune"}, {"key": "seed", "value": "42"},
          {"key": "learning_rate", "value": "3e-05"}, {"key": "bf16", "value": "true"},
          {"key": "max_steps", "value": "none"}, {"key": "columns", "value": "a, b"}],
        "metrics": [{"key": "loss", "value": 0.5}, {"key": "f1", "value": "NaN"}, {"key": "x"}],
        "tags": [{"key": "distill.attempt", "value": "uuid"}, {"key": "distill.stage", "value": "teacher"},
          {"key": "distill.kind", "value": "finetune"}, {"key": "distill.pipeline", "value": "p"},
          {"key": "mlflow.parentRunId", "value": "ff"}, {"key": "team", "value": "search"},
          {"key": "distill.environment.isa", "value": "AVX-512"},
          {"key": "distill.input.dataset.rows.v2", "value": "sha256:abc"},
          {"key": "distill.output.model.teacher", "value": "a b/t.h5 sha256:def"},
          {"key": "mlflow.note.content", "value": "failed: why\n\na note"}]}}
      """#
    let attempt = try #require(
      try run(text)?.attempt(in: "experiment", at: "http://h/#/experiments/1"))
    #expect(attempt.id == "0a1b" && attempt.stage == "teacher" && attempt.kind == "finetune")
    #expect(attempt.pipeline == "p" && attempt.run == "ff" && attempt.status == "failed")
    #expect(attempt.started == "2023-11-14T22:13:20Z" && attempt.finished == "2023-11-14T22:13:23Z")
    #expect(attempt.seconds.map { abs($0 - 3.5) < 1e-9 } == true && attempt.seed == "42")
    #expect(attempt.options.map(\.name) == ["learning_rate", "bf16", "max_steps", "columns"])
    #expect(
      attempt.options.map(\.value) == [.real(3e-5), .boolean(true), .null, .string("a, b")])
    #expect(attempt.metrics.map(\.name) == ["loss", "f1"] && attempt.metrics[1].value.isNaN)
    #expect(
      attempt.inputs == [
        Attempt.Thing(port: "dataset", name: "rows.v2", path: "", content: "abc")
      ])
    #expect(
      attempt.outputs == [
        Attempt.Thing(port: "model", name: "teacher", path: "a b/t.h5", content: "def")
      ])
    #expect(attempt.environment.map(\.name) == ["team", "isa"])
    #expect(attempt.error == "why" && attempt.notes == ["a note"])
  }

  @Test func `a run of another program is an attempt as far as it says the same`() throws {
    let text = #"""
      {"info": {"run_uuid": "0a1b", "status": "KILLED", "start_time": -1},
       "data": {"tags": [{"key": "mlflow.runName", "value": "sleepy-cat"}],
         "params": [{"key": "seed", "value": "7"}, {"key": "kind", "value": "big"}]},
       "inputs": {"dataset_inputs": [{"tags": [{"key": "mlflow.data.context", "value": "train"}],
         "dataset": {"name": "reviews", "digest": "d1", "source": "{}"}}]}}
      """#
    let attempt = try #require(try run(text)?.attempt(in: "e", at: "p"))
    #expect(attempt.stage == "sleepy-cat" && attempt.pipeline == "e" && attempt.kind.isEmpty)
    #expect(attempt.status == "interrupted" && attempt.started.isEmpty && attempt.finished == nil)
    #expect(attempt.options.map(\.name) == ["seed", "kind"] && attempt.seed == "7")
    #expect(
      attempt.inputs == [
        Attempt.Thing(port: "train", name: "reviews", path: "{}", content: "d1")
      ])
  }

  @Test func `the run of a pipeline is no attempt, nor is what has no identity`() throws {
    let above =
      #"{"info": {"run_id": "a"}, "data": {"tags": [{"key": "distill.run", "value": "r"}]}}"#
    #expect(try run(above)?.attempt(in: "e", at: "p") == nil)
    for text in ["{}", #"{"info": 5}"#, #"{"info": {"run_id": "../x"}}"#] {
      #expect(try run(text) == nil)
    }
  }

  @Test func `numbers that MLflow writes as texts are numbers again`() {
    #expect(MLflowRun.number(.string("NaN"))?.isNaN == true)
    #expect(MLflowRun.number(.string("-Infinity")) == -.infinity)
    #expect(MLflowRun.number(.integer(3)) == 3 && MLflowRun.number(.string("x")) == nil)
    #expect(MLflowRun.option("007") == .string("007") && MLflowRun.option("12") == .integer(12))
    #expect(MLflowRun.option("nan") == .string("nan"))
  }

  @Test func `series of a server are moments again, scores apart`() {
    func points(_ steps: [Int], at time: Int) -> [RecordedSeries.Point] {
      steps.map { RecordedSeries.Point(step: $0, time: time + $0, value: Double($0)) }
    }
    let series = RecordedSeries([
      ("loss", points([1, 2], at: 100)), ("eval_f1", points([2, 3], at: 100)),
      ("grad_norm", points([1, 2], at: 100)),
    ])
    #expect(series.moments.map(\.event) == ["step", "step", "evaluated", "evaluated"])
    #expect(series.moments.map(\.step) == [1, 2, 2, 3])
    #expect(series.moments.first?.values.map(\.name) == ["loss", "grad_norm"])
    #expect(series.all.map(\.name) == ["loss", "grad_norm", "f1"])
  }

  @Test func `details of an evaluation are no headlines`() {
    let names = ["s.test_accuracy", "s.test_confusion_0_1", "s.test_f1_lower", "s.test_f1_upper"]
    #expect(names.filter(MLflowDescription.isHeadline) == ["s.test_accuracy"])
  }
}
