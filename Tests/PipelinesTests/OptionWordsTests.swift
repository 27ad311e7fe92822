internal import Testing

@testable internal import Pipelines

@Suite struct OptionWordsTests {
  private func spoken(_ message: String, inFile: Bool) -> String {
    OptionWords(of: [MakeStage.self], inFile: inFile).spoken(message)
  }

  @Test(arguments: [
    ("lower logging_steps or leave it", "lower --logging-steps or leave it"),
    ("temperature: is too low", "--temperature: is too low"),
    ("the temperature of a model", "the temperature of a model"),
    ("a/logging_steps.txt: is no file", "a/logging_steps.txt: is no file"),
    ("'logging_steps' is no column", "'logging_steps' is no column"),
    ("give --logging-steps 4", "give --logging-steps 4"),
  ])
  func `a command line has flags`(message: String, expected: String) {
    #expect(spoken(message, inFile: false) == expected)
  }

  @Test(arguments: [
    ("give --logging-steps 4, or --bf16", "give logging_steps: 4, or bf16"),
    ("lower logging_steps or leave it", "lower logging_steps or leave it"),
    ("take --mode fast or --mode exact", "take mode: fast or mode: exact"),
    ("--temperature: is too low", "temperature: is too low"),
    ("name them with --layers a", "name them with layers: a"),
    ("--text: missing; name it", "text: missing; name it"),
    ("start it anew with --force make", "start it anew with --force make"),
  ])
  func `a pipeline file has keys`(message: String, expected: String) {
    #expect(spoken(message, inFile: true) == expected)
  }
}
