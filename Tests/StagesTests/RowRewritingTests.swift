import Artifacts
import Compute
import Files
import Foundation
import Pipelines
import Tasks
import TestSupport
import Testing
import Text
import Training

@testable import Stages

/// Rewrites of rows of every kind: what is right for a row is right for them.
@Suite struct RowRewritingTests {
  /// A training split of a data set of its own, and what the stage makes of it.
  struct Rows {
    var split = DatasetSplit()
    var labels = ["O", "B-thing", "I-thing"]
    var maxLength = 24
    var hasPairs = false
    var task: any RowTask = ClassificationTask()
    let world: FinishedWorld
    let tokenizer: Tokenizer

    init() throws {
      world = try FinishedWorld.shared()
      tokenizer = try Tokenizer(folder: world.folder + "/encoder")
    }

    /// Adds a row of words with a class each.
    mutating func add(_ words: [String], _ classes: [Int32]) {
      task = TokenClassificationTask()
      let row = LabelledRow(words: words, answer: .none, line: 1, wordsHaveLines: false)
      split.append(
        row.text, pair: nil,
        task.examples(
          of: row, target: .tokenLabels(classes), tokenizer: tokenizer,
          lengths: SequenceLengths(longest: maxLength)))
    }

    /// Adds a question, its context, and the stretch of the context's tokens that answers it, in
    /// windows of so many of these tokens.
    mutating func add(question: String, context: String, answer: ClosedRange<Int>, window: Int) {
      let whole = tokenizer.encode(question, context)
      let start = whole.secondSegmentStart
      let tokens = whole.ids[start..<whole.ids.count - 1]
      for first in stride(from: 0, to: tokens.count, by: window) {
        let end = min(first + window, tokens.count)
        let ids =
          whole.ids[..<start] + tokens[(start + first)..<(start + end)] + whole.ids.suffix(1)
        let isInside = answer.lowerBound >= first && answer.upperBound < end
        let place = { (token: Int) in Int32(start + token - first) }
        split.append(
          TokenizedRow(ids: Array(ids), secondSegmentStart: Int32(start)),
          isInside
            ? .span(first: place(answer.lowerBound), last: place(answer.upperBound))
            : .span(first: 0, last: 0))
      }
      split.append(question, pair: context, [])
    }

    /// The class of each word's first token.
    static func labels(of encoding: Encoding, _ classes: [Int32]) -> [Int32] {
      var last: Int?
      return encoding.sources.map { source in
        defer { last = source.word }
        guard let word = source.word, word != last else { return ignoredLabel }
        return classes[word]
      }
    }

    /// Writes the data set and augments it.
    func augmented(
      in folder: String, _ flags: [(String, String)] = [], vectors: String? = nil,
      rowsPerShard: Int = 128, isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws -> (split: DatasetSplit, notes: [String], run: StoppedStage) {
      let description = DatasetDescription(
        task: task, labels: labels, tokenizerDigest: tokenizer.digest.hexadecimal,
        maxSequenceLength: maxLength, hasPairs: hasPairs)
      let path = folder + "/rows.h5"
      _ = try DatasetArtifact.write(to: path, description, splits: ["train": split], inputs: [:])
      var inputs = ["dataset": [path], "embedding_model": [world.folder + "/encoder"]]
      if let vectors {
        inputs["word_vectors"] = [vectors]
        inputs["masked_language_model"] = inputs["embedding_model"]
        inputs["embedding_model"] = nil
        inputs["masked_language_model"] = [world.artifact("masked_language_model")]
      } else {
        inputs["masked_language_model"] = [world.artifact("masked_language_model")]
      }
      let run = StoppedStage(folder: folder, inputs: inputs, output: "dataset")
      var stage = try AugmentStage(
        OptionValues(
          flags: [("replacement_probability", "0.6")]
            + (flags.contains { $0.0 == "rewrites" }
              ? [] : [("rewrites", "6")]) + flags, fields: AugmentStage.fields))
      stage.rowsPerShard = rowsPerShard
      let outcome = try run.run(stage, isInterrupted: isInterrupted)
      guard outcome.result != nil else { return (DatasetSplit(), outcome.notes, run) }
      let (reader, made) = try DatasetArtifact.open(run.outputPath)
      return (
        try DatasetArtifact.read(
          reader, made, split: "train", vocabularySize: tokenizer.vocabularySize), outcome.notes,
        run
      )
    }
  }

  func withRows(_ body: (inout Rows, String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      var rows = try Rows()
      try body(&rows, folder)
    }
  }

  /// The words between spaces.
  private func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }

  private static let sentences: [(words: [String], classes: [Int32])] = [
    (["The", "great", "film", "was", "bright", "and", "warm", "."], [0, 1, 2, 0, 0, 0, 0, 0]),
    (["films", "grim", "actor", "was", "\u{200b}", "funny", "story"], [0, 0, 1, 0, 0, 0, 1]),
    (
      ["dull", "song", "cold-plot", "bad", "weak", "end", "cold\u{a0}scene"], [0, 1, 2, 0, 0, 0, 0]
    ),
  ]

  @Test(arguments: [false, true])
  func `a word that is replaced keeps its tag, and words of entities stay unless asked`(
    augmentsEntities: Bool
  ) throws {
    try withRows { rows, folder in
      for sentence in Self.sentences { rows.add(sentence.words, sentence.classes) }
      let (made, notes, _) = try rows.augmented(
        in: folder, augmentsEntities ? [("augment_entities", "true")] : [])
      #expect(!notes.contains { $0.contains("left as they are") })
      var (row, source) = (-1, -1)
      var changed: [Int32: Int] = [:]
      #expect(made.texts.count > 9 && made.rows == made.texts.indices.map { Int32($0) })
      for (index, text) in made.texts.enumerated() {
        // The first of each group is the original.
        if source + 1 < Self.sentences.count,
          text == Self.sentences[source + 1].words.joined(separator: " ")
        {
          (source, row) = (source + 1, index)
        }
        let (before, classes) = Self.sentences[source]
        let now = words(text)
        try #require(now.count == before.count, "\(text)")
        for (place, word) in now.enumerated() where word != before[place] {
          changed[classes[place], default: 0] += 1
          #expect(augmentsEntities || classes[place] == 0, "\(text)")
        }
        let encoding = rows.tokenizer.encode(words: now, maxLength: rows.maxLength)
        #expect(made.sequences[index].ids == encoding.ids)
        #expect(made.targets[index] == .tokenLabels(Rows.labels(of: encoding, classes)))
        #expect(index == row || text != made.texts[row])
      }
      #expect(source == Self.sentences.count - 1)
      #expect(changed[0, default: 0] > 10)
      #expect((changed[1, default: 0] > 0) == augmentsEntities)
    }
  }

  @Test func `entities without a type stay, too`() throws {
    try withRows { rows, folder in
      rows.labels = ["O", "B", "I"]
      for sentence in Self.sentences { rows.add(sentence.words, sentence.classes) }
      let made = try rows.augmented(in: folder).split
      let kept = Self.sentences.map { sentence in
        zip(sentence.words, sentence.classes).map { $1 == 0 ? nil : $0 }
      }
      #expect(made.texts.count > 9)
      for text in made.texts {
        let now = words(text)
        #expect(
          kept.contains { $0.count == now.count && zip($0, now).allSatisfy { $0 ?? $1 == $1 } },
          "\(text)")
      }
    }
  }

  @Test func `tagged rows of a file are augmented and learnt from`() throws {
    let (tagged, world) = (try TaggedWorld.shared(), try FinishedWorld.shared())
    try withTemporaryFolder { folder in
      let rows = tagged.folder + "/rows.h5"
      let made = try Distill.succeed(
        [
          "augment", "--dataset", rows, "--embedding-model", world.folder + "/encoder",
          "--augment-entities", "--rewrites", "2", "--output", "more.h5",
        ], in: folder)
      #expect(!made.errors.contains("left as they are"), "\(made.errors)")
      let (reader, description) = try DatasetArtifact.open(folder + "/more.h5")
      #expect(
        description.splits["train"] ?? 0 > (try DatasetArtifact.open(rows).1.splits["train"] ?? 0))
      let size = try Tokenizer(folder: world.folder + "/encoder").vocabularySize
      _ = try DatasetArtifact.readRows(
        reader, description, for: TokenClassificationTask(), split: "train", vocabularySize: size)
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "more.h5", "--max-steps",
          "2", "--output", "m.h5",
        ], in: folder)
    }
  }

  @Test func `words that were cut off are no part of a rewrite`() throws {
    try withRows { rows, folder in
      rows.maxLength = 6
      let (words, classes) = Self.sentences[0]
      rows.add(words, classes)
      let made = try rows.augmented(in: folder, [("augment_entities", "true")]).split
      #expect(made.texts[0] == words.joined(separator: " "))
      #expect(made.texts.count > 1)
      for (text, index) in zip(made.texts, 0...).dropFirst() {
        #expect(self.words(text).count == 4)
        #expect(made.targets[index] == .tokenLabels([ignoredLabel, 0, 1, 2, 0, ignoredLabel]))
      }
    }
  }

  @Test func `rows whose words do not give their tokens are left, and counted`() throws {
    try withRows { rows, folder in
      rows.add(Self.sentences[0].words, Self.sentences[0].classes)
      rows.add(Self.sentences[2].words, Self.sentences[2].classes)
      rows.split.sequences[1].ids[1] += 1
      // A class where no word begins.
      rows.add(["films", "grim"], [0, 0])
      guard case .tokenLabels(var labels) = rows.split.targets[2] else { return }
      labels[2] = 1
      rows.split.targets[2] = .tokenLabels(labels)
      let (made, notes, _) = try rows.augmented(in: folder)
      #expect(notes.contains { $0.hasPrefix("2 of 3 rows are left as they are") }, "\(notes)")
      #expect(made.texts.suffix(2) == rows.split.texts.suffix(2))
      #expect(made.texts.count > 3)
    }
  }

  @Test func `a question is rewritten, its context stays, and so does the answer in every window`()
    throws
  {
    try withRows { rows, folder in
      (rows.hasPairs, rows.maxLength) = (true, 36)
      let context = "the film was bright and warm . the actor was funny , the plot so dull and grim"
      rows.add(question: "was films good ?", context: context, answer: 3...5, window: 7)
      rows.add(question: "we saw the cold scene", context: context, answer: 14...14, window: 20)
      let (made, notes, _) = try rows.augmented(in: folder)
      #expect(notes.isEmpty || !notes.contains { $0.contains("left as they are") }, "\(notes)")
      #expect(made.pairs.allSatisfy { $0 == context })
      var questions: Set<String> = []
      for (row, question) in made.texts.enumerated() {
        let source = row < made.texts.firstIndex(of: rows.split.texts[1]) ?? 0 ? 0 : 1
        let windows = made.rows.indices.filter { made.rows[$0] == Int32(row) }
        let before = rows.split.rows.indices.filter { rows.split.rows[$0] == Int32(source) }
        try #require(windows.count == before.count)
        for (window, old) in zip(windows, before) {
          let (now, then) = (made.sequences[window], rows.split.sequences[old])
          let (start, oldStart) = (Int(now.secondSegmentStart), Int(then.secondSegmentStart))
          #expect(Array(now.ids[1..<start - 1]) == rows.tokenizer.tokenize(question))
          #expect(
            now.ids[start...] == then.ids[oldStart...]
              || Array(now.ids[start...]) == Array(then.ids[oldStart...]))
          guard case .span(let first, let last) = made.targets[window],
            case .span(let oldFirst, let oldLast) = rows.split.targets[old]
          else {
            Issue.record("no span")
            continue
          }
          if oldFirst == 0 {
            #expect(first == 0 && last == 0)
          } else {
            #expect(
              Array(now.ids[Int(first)...Int(last)])
                == Array(then.ids[Int(oldFirst)...Int(oldLast)]))
          }
        }
        questions.insert(question)
      }
      #expect(questions.count == made.texts.count && questions.count > 4)
      // What the tokenizer has cut off cannot be put back.
      var cut = try Rows()
      (cut.hasPairs, cut.maxLength) = (true, 36)
      cut.add(question: "we saw the cold scene", context: context, answer: 0...0, window: 20)
      cut.split.texts[0] += " of a song"
      let left = try cut.augmented(in: folder)
      #expect(left.split.texts.count == 1)
      #expect(left.notes.contains { $0.hasPrefix("1 of 1 rows are left as they are") })
    }
  }

  @Test func `a question that grows beyond the limit is dropped, and counted`() throws {
    try withRows { rows, folder in
      rows.hasPairs = true
      rows.add(question: "films x", context: "the film was bright", answer: 1...1, window: 20)
      rows.maxLength = rows.split.sequences[0].ids.count
      try Disk.write("films 1 0\nbrightlyers 0.9 0.1\n", to: folder + "/vectors.txt")
      let (made, notes, _) = try rows.augmented(in: folder, vectors: folder + "/vectors.txt")
      #expect(
        notes.contains { $0.contains("rewrites were dropped: they are longer than") }, "\(notes)")
      #expect(made.texts.allSatisfy { !$0.contains("brightlyers") })
      rows.maxLength += 4
      let roomy = try rows.augmented(in: folder, vectors: folder + "/vectors.txt")
      let index = try #require(roomy.split.texts.firstIndex { $0.contains("brightlyers") })
      guard case .span(let first, _) = roomy.split.targets[index] else { return }
      let film = rows.tokenizer.tokenize("film")
      #expect(roomy.split.sequences[index].ids[Int(first)] == film[0])
    }
  }

  @Test func `of a pair the text that is named is rewritten, as it is beside the other`() throws {
    try withRows { rows, folder in
      rows.hasPairs = true
      for first in ["the film was bright", "the song was dull"] {
        let encoding = rows.tokenizer.encode(first, "a warm story", maxLength: rows.maxLength)
        rows.split.append(first, pair: "a warm story", [RowExample(encoding, target: .label(1))])
      }
      func texts(_ flags: [(String, String)]) throws -> Set<[String]> {
        let made = try rows.augmented(in: folder, flags).split
        return Set(zip(made.texts, made.pairs).map { [$0, $1] })
      }
      let (first, second) = (
        try texts([("augment_texts", "first")]), try texts([("augment_texts", "second")])
      )
      #expect(first.allSatisfy { $0[1] == "a warm story" } && first.count > 2)
      #expect(second.allSatisfy { rows.split.texts.contains($0[0]) } && second.count > 2)
      let both = try texts([])
      #expect(try texts([("augment_texts", "both")]) == both)
      #expect(both == first.union(second))
    }
  }

  @Test
  func `options that do not go with the rows, and rows without rewrites, are refused by name`()
    throws
  {
    func fault(_ rows: Rows, _ folder: String, _ flags: [(String, String)]) -> String {
      do {
        _ = try rows.augmented(in: folder, flags)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    try withRows { rows, folder in
      let encoding = rows.tokenizer.encode("the film was bright", maxLength: rows.maxLength)
      rows.split.append(
        "the film was bright", pair: nil, [RowExample(encoding, target: .label(1))])
      #expect(
        fault(rows, folder, [("augment_texts", "second")])
          == "--augment-texts: the rows are single texts; leave it out")
      #expect(
        fault(rows, folder, [("augment_entities", "true")])
          == "--augment-entities: the rows have no entities; leave it out")
      rows.split.targets = [.vector([1, 2, 3])]
      #expect(
        fault(rows, folder, []).hasSuffix(
          "its rows are answered with vectors, which no rewrite has; train on the rows as they are")
      )
      var questions = try Rows()
      questions.hasPairs = true
      questions.add(question: "we saw", context: "the film", answer: 0...0, window: 9)
      for sides in ["both", "second"] {
        #expect(
          fault(questions, folder, [("augment_texts", sides)])
            == "--augment-texts: the second texts hold the answers, which would not be found in a "
            + "rewrite; give --augment-texts first, or leave it out")
      }
      #expect(fault(questions, folder, [("augment_texts", "first")]) == "none")
    }
  }

  @Test func `tagged rows that were augmented piece by piece are the same to the bit`() throws {
    try withRows { rows, folder in
      for _ in 0..<8 {
        for sentence in Self.sentences { rows.add(sentence.words, sentence.classes) }
      }
      let whole = try rows.augmented(in: folder, rowsPerShard: 5)
      let expected = try Disk.bytes(whole.run.outputPath)
      try FileManager.default.removeItem(atPath: whole.run.outputPath)
      try? FileManager.default.removeItem(atPath: whole.run.checkpointFolder)
      let checkpoints = whole.run.checkpointFolder
      _ = try rows.augmented(in: folder, rowsPerShard: 5) {
        Disk.files(checkpoints).count { $0.hasSuffix(".safetensors") } >= 2
      }
      let resumed = try rows.augmented(in: folder, rowsPerShard: 5)
      #expect(
        resumed.notes.contains { $0.hasPrefix("resumed: 2 of 4 shards are there") },
        "\(resumed.notes)")
      #expect(try Disk.bytes(resumed.run.outputPath) == expected)
    }
  }
}
