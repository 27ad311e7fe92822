import Files
import TestSupport
import Testing

/// Questions that come through a pipe as one document.
struct StandardInputFormatTests {
  @Test func `a document of questions may come through standard input`() throws {
    let world = try QuestionWorld.shared()
    let document = try Disk.text(world.folder + "/dev.json")
    let model = ["predict", "--model", world.folder + "/student.h5"]
    let file = try Distill.succeed(
      model + ["--input", world.folder + "/dev.json"], in: world.folder)
    let piped = try Distill.succeed(
      model + ["--input", "-", "--format", "json"], in: world.folder, input: document)
    #expect(piped.output == file.output && !piped.output.isEmpty)
    let lines = try Distill.run(model + ["--input", "-"], in: world.folder, input: document)
    #expect(lines.status == 65, "\(lines.errors)")
    #expect(lines.errors.contains("<stdin>:1: is a document of SQuAD, not a question a line"))
    try withTemporaryFolder { folder in
      let dataset = [
        "dataset", "--task", "question-answering", "--train", "-", "--tokenizer",
        world.folder + "/encoder", "--output", "rows.h5",
      ]
      try Distill.succeed(dataset + ["--format", "json"], in: folder, input: document)
      let texts = try Distill.run(
        dataset.filter { !["--task", "question-answering"].contains($0) } + ["--format", "json"],
        in: folder, input: document)
      #expect(texts.status == 64)
      #expect(texts.errors.contains("--format: json is SQuAD's document of questions"))
    }
    let rows = try FinishedWorld.shared()
    let other = try Distill.run(
      ["predict", "--model", rows.artifact("student"), "--input", "-", "--format", "json"],
      in: rows.folder, input: "{}")
    #expect(other.status == 64 && other.errors.contains("--format: json is SQuAD's document"))
    let unknown = try Distill.run(
      ["predict", "--model", rows.artifact("student"), "--input", "-", "--format", "xml"],
      in: rows.folder)
    #expect(unknown.status == 64 && !unknown.errors.contains(".;"), "\(unknown.errors)")
  }
}
