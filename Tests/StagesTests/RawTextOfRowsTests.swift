import Foundation
import TestSupport
import Testing

/// Rows of words and questions as raw text, and `init` and `compress` on them alone.
@Suite struct RawTextOfRowsTests {
  private static let questions =
    #"{"data": [{"paragraphs": [{"context": "the film is good .", "qas": ["#
    + #"{"id": "1", "question": "is it good ?", "answers": [{"text": "good", "answer_start": 12}]},"#
    + #"{"id": "2", "question": "is it ?", "answers": [{"text": "film", "answer_start": 4}]}]},"#
    + #"{"context": "the song is bad .", "qas": ["#
    + #"{"id": "3", "question": "is it bad ?", "answers": [{"text": "bad", "answer_start": 12}]}]}]}]}"#
  private static let objects =
    #"{"id": "1", "context": "the film is good .", "question": "is it good ?", "answers": "#
    + #"{"text": ["good"], "answer_start": [12]}}"# + "\n"

  /// Ids of a corpus of a file, as predict would have them of its texts.
  private func sequences(_ words: [String], in folder: String) throws -> Double {
    let corpus = try Distill.object(
      ["corpus", "--tokenizer", "encoder", "--output", "c.h5", "--json"] + words, in: folder)
    let metrics = try #require(corpus["corpus"] as? [String: Any])
    return try #require(metrics["tokens"] as? Double)
  }

  @Test func `words, and texts that questions are about, are read as raw text`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("the film is good .\nthe song is bad .\n", to: folder + "/plain.txt")
      try Disk.write(
        "the O\nfilm B-x\nis O\ngood O\n. O\n\nthe O\nsong B-x\nis O\nbad O\n. O\n",
        to: folder + "/words.conll")
      try Disk.write(
        #"{"tokens": ["the", "film", "is", "good", "."], "tags": ["O", "B-x", "O", "O", "O"]}"#
          + "\n"
          + #"{"tokens": ["the", "song", "is", "bad", "."], "tags": ["O", "B-x", "O", "O", "O"]}"#
          + "\n", to: folder + "/words.jsonl")
      try Disk.write(Self.questions, to: folder + "/squad.json")
      let tokens = try sequences(["--text", "plain.txt"], in: folder)
      #expect(tokens == 14)
      for words in [
        ["words.conll"], ["words.jsonl", "--text-column", "tokens"], ["squad.json"],
      ] {
        #expect(try sequences(["--text"] + words, in: folder) == tokens, "\(words)")
      }
    }
  }

  @Test func `a draft knows WikiText by the titles of its articles`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("the O\nfilm B-x\n\ngood O\nfilm B-x\n", to: folder + "/words.conll")
      let command = ["init", "--overwrite", "--teacher", "encoder", "--train", "words.conll"]
      let wiki =
        " \n = The film = \n \n The film was good @-@ natured . \n \n = = Story = = \n The story . \n"
      try Disk.write(wiki, to: folder + "/wiki.tokens")
      try Disk.write("the film\na = b\n\ngood story\n", to: folder + "/plain.txt")
      let made = try Distill.succeed(command + ["--text", "wiki.tokens"], in: folder)
      #expect(made.errors.contains("the raw text is WikiText: headings are left out"))
      let run = try Distill.succeed(["run", "--until", "corpus"], in: folder)
      #expect(run.errors.contains("sentences 2 "), "\(run.errors)")
      for texts in [["plain.txt"], ["wiki.tokens", "plain.txt"]] {
        try Distill.succeed(command + texts.flatMap { ["--text", $0] }, in: folder)
        #expect(try !Disk.text(folder + "/distill.yaml").contains("layout"))
      }
    }
  }

  @Test func `a draft of CoNLL-U reads the words beside their numbers, and asks for the tags`()
    throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let sentence =
        "# s_type = decl\n1\tgood\t_\tADJ\t_\n2\tfilm\t_\tNOUN\tSpaceAfter=No\n\n"
      try Disk.write(sentence + sentence, to: folder + "/ud.conllu")
      // The held-out rows have what the others have not: a word that is written as one and is two.
      try Disk.write(
        sentence.replacing("1\tgood", with: "1-2\tal\t_\t_\t_\n1\tgood"),
        to: folder + "/dev.conllu")
      let command = [
        "init", "--overwrite", "--teacher", "encoder", "--train", "ud.conllu", "--dev",
        "dev.conllu",
      ]
      let refused = try Distill.run(command, in: folder)
      #expect(
        refused.status == 64 && refused.errors.contains("give --label-column 4 for"))
      let made = try Distill.succeed(command + ["--label-column", "4"], in: folder)
      #expect(made.errors.contains("numbers its words in the first column"), "\(made.errors)")
      let run = try Distill.succeed(
        ["run", "--until", "corpus", "--until", "dataset"], in: folder)
      #expect(run.errors.contains("labels 2 "), "\(run.errors)")
      #expect(run.errors.contains("sentences 2 "), "\(run.errors)")
      let tokens = try sequences(["--text", "ud.conllu", "--text-column", "2"], in: folder)
      #expect(tokens == 8)
      // As raw text beside other rows too.
      try Distill.succeed(
        command + ["--label-column", "4", "--text", "ud.conllu"], in: folder)
      let text = try Disk.text(folder + "/distill.yaml")
      #expect(text.matches(of: try Regex("text_column: \"2\"")).count == 2, "\(text)")
      #expect(!text.contains("format: txt"))
    }
  }

  /// The stage `general` of a draft.
  private func general(in folder: String) throws -> Substring {
    let text = try Disk.text(folder + "/distill.yaml")
    let start = try #require(text.range(of: "\n  general:\n"))
    return text[start.upperBound...].prefix { $0 != "#" }
  }

  @Test func `a draft for words and for questions takes the rows' own text, and says so`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("the O\nfilm B-x\n\ngood O\nfilm B-x\n", to: folder + "/words.conll")
      try Disk.write(
        #"{"words": ["the", "film"], "ner_tags": ["O", "B-x"]}"# + "\n", to: folder + "/words.jsonl"
      )
      try Disk.write(Self.questions, to: folder + "/squad.json")
      try Disk.write(Self.objects, to: folder + "/squad.jsonl")
      for file in ["words.conll", "words.jsonl", "squad.json", "squad.jsonl"] {
        let made = try Distill.succeed(
          ["init", "--overwrite", "--teacher", "encoder", "--train", file], in: folder)
        // Of so little text many passes are made, of more the usual ones.
        #expect(try general(in: folder).contains("num_train_epochs: 40"))
        #expect(
          made.errors.contains("no raw text is given: the layers are learnt from the training"))
        try Distill.succeed(["run", "--until", "corpus", "--until", "dataset"], in: folder)
        try Distill.succeed(["plan"], in: folder)
      }
      try Disk.write(String(repeating: "a good film\n", count: 50), to: folder + "/text.txt")
      try Distill.succeed(
        [
          "init", "--overwrite", "--teacher", "encoder", "--train", "words.conll", "--text",
          "text.txt",
        ], in: folder)
      #expect(try !general(in: folder).contains("num_train_epochs: 40"))
    }
  }

  @Test
  func `compress says what can be done about a weak teacher in its own words, and that helps`()
    throws
  {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      let command = [
        "compress", "--teacher", world.folder + "/encoder", "--train",
        world.folder + "/train.conll", "--dev", world.folder + "/dev.conll", "--output", "small",
        "--set", "stages.general.num_train_epochs=1",
        "--set", "stages.intermediate.num_train_epochs=1",
        "--set", "stages.prediction.num_train_epochs=1",
        "--set", "stages.baseline.num_train_epochs=1", "--set", "stages.teacher.learning_rate=3e-3",
      ]
      let short = ["--set", "stages.teacher.num_train_epochs=0.1"]
      let refused = try Distill.run(command + short, in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1)
      #expect(
        refused.errors.contains(
          "; give it more time (a longer --budget) or more passes (--set "
            + "stages.teacher.num_train_epochs=N), or take it as it is (--allow-weak-teacher)\n"),
        "\(refused.errors)")
      // Each cure by itself.
      let weak = command + short + ["--allow-weak-teacher"]
      try Distill.succeed(weak, in: folder)
      #expect(try Distill.succeed(weak, in: folder).errors.contains("nothing to do"))
      // Its file says so to the other commands too.
      let settings = Array(weak.drop { $0 != "--set" }.dropLast())
      let status = try Distill.succeed(
        ["status", "small.distill/pipeline.yaml"] + settings, in: folder)
      #expect(!status.output.contains("allow_weak_teacher"), "\(status.output)")
      try Distill.succeed(
        command + ["--set", "stages.teacher.num_train_epochs=12"], in: folder)
      let longer = try Distill.run(
        command.map { $0 == "small" ? "other" : $0 } + ["--budget", "1d"], in: folder)
      #expect(longer.status == 0, "\(longer.errors)")
    }
  }
}
