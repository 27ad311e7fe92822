import Pipelines
import Testing

@testable import Report

@Suite struct EvaluationTests {
  private func evaluation() throws -> Evaluation {
    let attempts = SampleReport.evaluated()
    let last = try #require(attempts.last)
    return try #require(Evaluation(last, among: attempts))
  }

  @Test func `what a model is there for follows from how it was made`() throws {
    let evaluation = try evaluation()
    #expect(evaluation.models.map(\.name) == ["m0", "m1", "m2"])
    #expect(evaluation.models.map(\.role) == [.teacher, .student, .baseline])
    // Of models from elsewhere the second of a pair is what the first is compared with.
    let attempt = try #require(SampleReport.evaluated().last)
    let alone = try #require(Evaluation(attempt, among: [attempt]))
    #expect(alone.models.map(\.role) == [.teacher, .student, .baseline])
  }

  @Test func `the metric with an interval is the chief one`() throws {
    let evaluation = try evaluation()
    #expect(evaluation.splits == ["test"])
    #expect(evaluation.chief(of: "test") == "accuracy")
    #expect(evaluation.metrics(of: "test") == ["accuracy", "f1", "agreement"])
    #expect(evaluation.confusedLabels(of: "test") == 2)
    #expect(evaluation.comparisons.map(\.value) == [0.0686])
    #expect(evaluation.comparisons.allSatisfy { $0.isClear })
  }

  @Test func `splits with longer names are told apart, and kinds of answers are no metrics`() throws
  {
    var attempt = SampleReport.attempt("evaluate")
    attempt.metrics = [
      "parameters", "dev_overall_f1", "dev_person_f1", "dev_person_precision", "dev_person_recall",
      "dev_person_number", "dev_overall_f1_lower", "dev_overall_f1_upper",
      "dev_mismatched_accuracy",
    ].map { ("m.\($0)", 1) }
    let evaluation = try #require(Evaluation(attempt, among: []))
    #expect(evaluation.splits == ["dev", "dev_mismatched"])
    #expect(evaluation.metrics(of: "dev") == ["overall_f1"])
    #expect(evaluation.kinds(of: "dev") == ["person"])
    #expect(evaluation.metrics(of: "dev_mismatched") == ["accuracy"])
    #expect(Evaluation(SampleReport.attempt("evaluate"), among: []) == nil)
  }

  @Test func `means over seeds stand beside the models`() throws {
    var attempts = SampleReport.evaluated()
    attempts[attempts.count - 1].metrics.append(("mean.m.test_accuracy", 0.8392))
    attempts[attempts.count - 1].metrics.append(("deviation.m.test_accuracy", 0.0021))
    let evaluation = try #require(Evaluation(attempts[attempts.count - 1], among: attempts))
    #expect(evaluation.means.map(\.base) == ["m"] && evaluation.models.count == 3)
    let report = RunReport([SampleReport.workspace("w", attempts)])
    let source = try #require(WorthSection(report).markup).source
    #expect(source.contains("m, mean over seeds"))
    #expect(source.contains("data-of=\"0/evaluate/mean.m.test_accuracy\">83.9"))
    #expect(source.contains("data-of=\"0/evaluate/deviation.m.test_accuracy\">0.2<"))
  }

  @Test func `evaluations by the same metric are one group, and the best student leads`() throws {
    var other = SampleReport.evaluated()
    let place = other.count - 1
    other[place].metrics = other[place].metrics.map { metric in
      metric.name == "m1.test_accuracy" ? (name: metric.name, value: 0.85) : metric
    }
    let report = RunReport([
      SampleReport.workspace("a/one", SampleReport.evaluated()),
      SampleReport.workspace("b/two", other),
    ])
    let groups = ScoreGroup.all(of: report)
    #expect(groups.count == 1)
    #expect(groups.first?.best?.member.workspace.name == "two")
    #expect(groups.first?.best?.student["test_accuracy"] == 0.85)
  }
}
