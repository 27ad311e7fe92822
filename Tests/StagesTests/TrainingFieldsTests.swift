import Pipelines
import Testing
import Training

@testable import Stages

@Suite struct TrainingFieldsTests {
  @Test func `options reach the trainer, and 0 turns a way of saving off`() throws {
    let options = { (flags: [(name: String, text: String)]) in
      TrainingFields.options(
        try OptionValues(flags: flags, fields: FinetuneStage.fields), seed: 7)
    }
    let standard = try options([])
    #expect(standard.saveSteps == 500 && standard.saveMinutes == 10)
    #expect(standard.earlyStoppingThreshold == 0 && standard.earlyStoppingPatience == nil)
    let given = try options([
      ("save_steps", "0"), ("save_minutes", "0"), ("early_stopping_patience", "2"),
      ("early_stopping_threshold", "0.25"),
    ])
    #expect(given.saveSteps == nil && given.saveMinutes == nil)
    #expect(given.earlyStoppingThreshold == 0.25 && given.earlyStoppingPatience == 2)
    #expect(try options([("save_minutes", "0.5")]).saveMinutes == 0.5)
  }

  @Test func `what only decides when to save never causes a run`() throws {
    let semantic = try OptionValues(flags: [], fields: FinetuneStage.fields).semanticNames
    #expect(!semantic.contains("save_minutes") && semantic.contains("early_stopping_threshold"))
  }

  /// What a range promises, the trainer takes: a value at its edge is not refused after other stages
  /// have run.
  @Test func `the trainer takes both ends of every range`() throws {
    for field in TrainingFields.table(epochs: 1, learningRate: 1e-4, batchSize: 8) {
      for text in try edges(of: field.type) {
        let values = try OptionValues(
          flags: [(name: field.name, text: text)], fields: FinetuneStage.fields)
        #expect(throws: Never.self, "\(field.name) \(text)") {
          try TrainingFields.options(values, seed: 7).validate()
        }
      }
    }
  }

  private func edges(of type: OptionType) throws -> [String] {
    switch type {
    case .integer(let range):
      let range = try #require(range)
      return ["\(range.lowerBound)", "\(range.upperBound)"]
    case .real(let range):
      let range = try #require(range)
      return ["\(range.lowerBound)", "\(range.upperBound)"]
    case .boolean, .text, .choice, .texts: return []
    }
  }
}
