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
}
