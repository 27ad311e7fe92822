import Files
import HDF5
import Tasks
import TestSupport
import Testing
import Text
import Training

@testable import Artifacts

@Suite struct StoredAnswersTests {
  private let description = DatasetDescription(
    task: ClassificationTask(), labels: ["no", "yes"], tokenizerDigest: "0",
    maxSequenceLength: 8, hasPairs: false)

  private func split(_ answers: [[Float]]) -> DatasetSplit {
    var split = DatasetSplit()
    for answer in answers {
      split.append(TokenizedRow(ids: [2, 3], secondSegmentStart: 2), .none, answer: answer)
      split.append("text", pair: nil, [])
    }
    return split
  }

  private func write(_ split: DatasetSplit, to path: String) throws {
    _ = try DatasetArtifact.write(to: path, description, splits: ["train": split], inputs: [:])
  }

  @Test(
    arguments: [
      ([[], []], []), ([[1, 2], [3, 4]], ["logits"]), ([[1, 2], []], ["logits", "starts"]),
      ([[], [1, 2, 3, 4]], ["logits", "starts"]),
    ] as [([[Float]], [String])])
  func `answers are stored where there are some, by example`(answers: [[Float]], names: [String])
    throws
  {
    try withTemporaryFolder { folder in
      let path = folder + "/rows.h5"
      try write(split(answers), to: path)
      let (reader, description) = try DatasetArtifact.open(path)
      let stored = reader.datasets.map(\.name).filter { $0.hasPrefix("train/teacher/") }
      #expect(stored == names.map { "train/teacher/" + $0 })
      #expect(StoredAnswers.areThere(reader, split: "train") == !names.isEmpty)
      let read = try StoredAnswers.read(reader, split: "train", examples: 2, columns: 2)
      #expect(
        read.map { outputs in (0..<2).map { Array(outputs.rows[$0]) } }
          == (names.isEmpty ? nil : answers))
      let again = try DatasetArtifact.read(reader, description, split: "train", vocabularySize: 5)
      #expect((0..<2).map { Array(again.answers[$0]) } == answers)
    }
  }

  @Test(
    arguments: [
      ([2, 3], nil, [0, 0, 0, 0, 0, 0], "has shape [2, 3], expected rows of 2 columns"),
      ([4], nil, [0, 0, 0, 0], "has shape [4], expected rows of 2 columns"),
      ([1, 2], nil, [0, 0], "does not fit its 2 examples"),
      ([2, 2], [0, 2], [0, 0, 0, 0], "does not fit its 2 examples"),
      ([2, 2], [0, 2, 1], [0, 0, 0, 0], "does not fit its 2 examples"),
      ([2, 2], [0, 3, 2], [0, 0, 0, 0], "does not fit its 2 examples"),
      ([2, 2], [1, 1, 2], [0, 0, 0, 0], "does not fit its 2 examples"),
      ([2, 2], nil, [0, .nan, 0, 0], "has numbers that are not finite"),
    ] as [([Int], [Int64]?, [Float], String)])
  func `a stranger's answers that do not fit are refused`(
    shape: [Int], starts: [Int64]?, values: [Float], message: String
  ) throws {
    try withTemporaryFolder { folder in
      try write(split([[], []]), to: folder + "/rows.h5")
      let whole = try ArtifactReader(path: folder + "/rows.h5")
      try ArtifactWriter.write(
        to: folder + "/odd.h5", kind: whole.kind, configuration: whole.configuration,
        inputs: whole.inputs, createdBy: "test"
      ) { body in
        try body.floats("train/teacher/logits", shape: shape, values: values)
        if let starts { try body.int64s("train/teacher/starts", values: starts) }
      }
      let reader = try ArtifactReader(path: folder + "/odd.h5")
      let error = #expect(throws: ArtifactError.self) {
        try StoredAnswers.read(reader, split: "train", examples: 2, columns: 2)
      }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }
}
