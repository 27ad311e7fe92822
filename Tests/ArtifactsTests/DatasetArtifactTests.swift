import Compute
import Files
import HDF5
import Tasks
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Artifacts

@Suite struct DatasetArtifactTests {
  private let description = DatasetDescription(
    task: ClassificationTask(), labels: ["no", "yes"], tokenizerDigest: "0",
    maxSequenceLength: 8, hasPairs: false)

  /// Rows of 2, 1 and 3 tokens.
  private func split(_ targets: [Target], rows: [Int32] = [0, 1, 2]) -> DatasetSplit {
    var split = DatasetSplit()
    split.texts = (0...rows[2]).map { "text \($0)" }
    split.rows = rows
    split.sequences = [[2, 3], [3], [2, 4, 3]].map {
      TokenizedRow(ids: $0, secondSegmentStart: Int32($0.count))
    }
    split.targets = targets
    return split
  }

  /// Writes the split and opens it again.
  private func reopen(
    _ split: DatasetSplit, in folder: String
  ) throws -> (reader: ArtifactReader, description: DatasetDescription) {
    _ = try DatasetArtifact.write(
      to: folder + "/rows.h5", description, splits: ["train": split], inputs: [:])
    return try DatasetArtifact.open(folder + "/rows.h5")
  }

  @Test func `a description that no stage writes is refused in one line`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/rows.h5"
      func refusal(_ change: (inout DatasetDescription) -> Void) throws -> String {
        var changed = self.description
        change(&changed)
        _ = try DatasetArtifact.write(
          to: path, changed, splits: ["train": split([.none, .none, .none])], inputs: [:])
        do {
          let (reader, description) = try DatasetArtifact.open(path)
          _ = try DatasetArtifact.readRows(
            reader, description, for: description.rowTask(of: path), split: "train",
            vocabularySize: 5)
          return ""
        } catch {
          #expect("\(error)".hasPrefix(path) && !"\(error)".contains("\n"))
          return "\(error)"
        }
      }
      #expect(try refusal { _ in } == "")
      for length in [-5, 0, 1, 2, .min, .max] {
        #expect(
          try refusal { $0.maxSequenceLength = length }
            .contains("max_seq_length is \(length), expected 3 to 100000"))
      }
      try #expect(refusal { $0.labels = [] }.contains("it names no label"))
      var long = split([.none, .none, .none])
      long.sequences[1] = TokenizedRow(
        ids: [Int32](repeating: 3, count: 9), secondSegmentStart: 9)
      let (reader, opened) = try reopen(long, in: folder)
      let error = #expect(throws: ArtifactError.self) {
        try DatasetArtifact.readExamples(reader, opened, split: "train", vocabularySize: 5)
      }
      #expect(
        error?.description.contains("row 1 of 'train' has 9 tokens, beyond its own limit of 8")
          == true)
    }
  }

  private func examples(_ split: DatasetSplit) throws -> InMemoryExamples {
    try withTemporaryFolder { folder in
      let (reader, description) = try reopen(split, in: folder)
      return try DatasetArtifact.readExamples(
        reader, description, split: "train", vocabularySize: 5)
    }
  }

  @Test(
    arguments: [
      ([.label(1), .none, .label(0)], ["labels"]), ([.none, .none, .none], []),
      ([.number(0.5), .none, .number(-2)], ["numbers"]),
      ([.labels([0, 1]), .labels([]), .none], ["label_sets/offsets", "label_sets/values"]),
      (
        [.tokenLabels([1, -100]), .none, .tokenLabels([0, 0, 1])],
        ["token_labels/offsets", "token_labels/values"]
      ), ([.none, .span(first: 0, last: 0), .span(first: 1, last: 2)], ["spans"]),
      ([.vector([1, 2]), .none, .vector([3, 4])], ["vectors/offsets", "vectors/values"]),
    ] as [([Target], [String])])
  func `targets of every kind are stored and read`(targets: [Target], columns: [String]) throws {
    try withTemporaryFolder { folder in
      let (reader, description) = try reopen(split(targets), in: folder)
      let always = ["ids", "offsets", "second", "text/bytes", "text/offsets"]
      #expect(reader.datasets.map(\.name) == (always + columns).map { "train/" + $0 }.sorted())
      let examples = try DatasetArtifact.readExamples(
        reader, description, split: "train", vocabularySize: 5)
      #expect((0..<3).map { examples.targets[$0] } == targets)
      let again = try DatasetArtifact.read(
        reader, description, split: "train", vocabularySize: 5)
      #expect(again.targets == targets && again.rows == [0, 1, 2])
      #expect(again.texts == ["text 0", "text 1", "text 2"])
      #expect(again.sequences == split(targets).sequences)
    }
  }

  @Test func `a row that became two windows is known as one row`() throws {
    let windows = split([.label(1), .label(1), .label(0)], rows: [0, 0, 1])
    try withTemporaryFolder { folder in
      let (reader, description) = try reopen(windows, in: folder)
      #expect(description.splits == ["train": 2])
      let examples = try DatasetArtifact.readExamples(
        reader, description, split: "train", vocabularySize: 5)
      #expect((0..<3).map { examples.row(of: $0) } == [0, 0, 1])
      let again = try DatasetArtifact.read(
        reader, description, split: "train", vocabularySize: 5)
      #expect(again.rows == [0, 0, 1] && again.texts.count == 2)
    }
  }

  @Test(
    arguments: [
      ([.label(2), .label(0), .label(1)], "row 0 of 'train' has label 2 of 2"),
      ([.labels([0]), .labels([1, 2]), .none], "row 1 of 'train' has label 2, but"),
      ([.none, .tokenLabels([0, 1]), .none], "row 1 of 'train' has 2 labels for 1 tokens"),
      ([.span(first: 1, last: 2), .none, .none], "row 0 of 'train' has an answer from token 1"),
      ([.none, .none, .vector([1, 2, 3])], "row 2 of 'train' has an answer of 3 numbers"),
    ] as [([Target], String)])
  func `targets that no model could learn are refused by their row`(
    targets: [Target], message: String
  ) throws {
    let error = #expect(throws: ArtifactError.self) { try examples(split(targets)) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [[0, 0, 2], [0, 2, 2], [1, 1, 2], [0, 1, 0]] as [[Int32]])
  func `rows out of order, or without an example, are refused`(rows: [Int32]) throws {
    try withTemporaryFolder { folder in
      let split = split([.label(1), .label(1), .label(0)], rows: rows)
      let (reader, description) = try reopen(split, in: folder)
      #expect(throws: ArtifactError.self) {
        try DatasetArtifact.readExamples(reader, description, split: "train", vocabularySize: 5)
      }
    }
  }

  @Test func `a dataset for a task that is not known here is named`() throws {
    var other = description
    other.task = "chess"
    let error = #expect(throws: ArtifactError.self) { try other.rowTask(of: "rows.h5") }
    #expect(
      error?.description == "rows.h5: is for the task 'chess', which this version does not know; "
        + "make it again for \(TaskTable.ofRows.map(\.name).joined(separator: ", "))")
    #expect(try description.rowTask(of: "rows.h5").name == "classification")
  }

  @Test func `predictions of several rows an example say where each begins`() throws {
    try withTemporaryFolder { folder in
      let even = Outputs(columns: 2, values: [1, 2, 3, 4])
      let ragged = Outputs(
        columns: 2, rows: Ragged(values: [1, 2, 3, 4, 5, 6], offsets: [0, 4, 6]))
      for (name, outputs) in [("even", even), ("ragged", ragged)] {
        let path = "\(folder)/\(name).h5"
        _ = try PredictionsArtifact.write(
          to: path, [.init(model: "m", outputs: ["dev": outputs])],
          targets: ["dev": .labels([0, 1])], splits: ["dev"], inputs: [:])
        let reader = try ArtifactReader(path: path, expecting: "predictions")
        #expect(try reader.floats("logits/m/dev") == outputs.values)
        #expect(try reader.int32s("labels/dev") == [0, 1])
        #expect(reader.contains("starts/dev") == (name == "ragged"))
        if name == "ragged" { #expect(try reader.int64s("starts/dev") == [0, 2, 3]) }
      }
    }
  }
}
