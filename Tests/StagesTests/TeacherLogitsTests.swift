import Files
import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct TeacherLogitsTests {
  @Test func `Kept teacher logits give the student that the teacher itself gives`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let bare = folder + "/bare.h5"
      try copyWithoutLogits(world.artifact("intermediate_student"), to: bare)
      let run = try Distill.succeed(
        [
          "prediction", "--teacher", world.artifact("teacher"), "--student", bare, "--dataset",
          world.artifact("augmented"), "--output", folder + "/student.h5",
        ] + SmallWorld.flags(SmallWorld.prediction) + SmallWorld.flags(SmallWorld.batch),
        in: folder)
      #expect(run.errors.contains("the teacher runs with every step"))
      #expect(world.outcome.errors.contains("teacher logits kept by the intermediate phase"))
      // The teacher's last bits follow the company a row has in its batch, which changes with every
      // epoch; the kept logits are those of the first. AdamW makes steps of the full learning rate
      // of them in key biases, whose gradient is nothing but rounding.
      let student = world.artifact("student")
      #expect(try distance(folder + "/student.h5", student) < 2e-3)
      #expect(try distance(world.artifact("baseline"), student) > 2e-2)
    }
  }

  /// The distance of all weights of two models, relative to the norm of the second's.
  private func distance(_ path: String, _ other: String) throws -> Double {
    let (one, two) = (try ArtifactReader(path: path), try ArtifactReader(path: other))
    let names = two.datasets.map(\.name).filter { $0.hasPrefix("weights/") }
    var (squares, norm) = (0.0, 0.0)
    for name in names where one.contains(name) {
      for (a, b) in zip(try one.floats(name), try two.floats(name)) {
        squares += Double((a - b) * (a - b))
        norm += Double(b * b)
      }
    }
    return (squares / norm).squareRoot()
  }

  @Test func `Logits of other rows are not used`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let run = try Distill.succeed(
        [
          "prediction", "--teacher", world.artifact("teacher"), "--student",
          world.artifact("intermediate_student"), "--dataset", world.artifact("rows"), "--output",
          folder + "/student.h5", "--max-steps", "2",
        ], in: folder)
      #expect(run.errors.contains("the teacher runs with every step"))
    }
  }

  /// Writes an intermediate student again as if its phase had been shorter than an epoch.
  private func copyWithoutLogits(_ path: String, to copy: String) throws {
    let reader = try ArtifactReader(path: path)
    var description = try #require(
      try JSONSerialization.jsonObject(with: Data(reader.configuration)) as? [String: Any])
    #expect(description.removeValue(forKey: "teacher_logits") != nil)
    let configuration = try JSONSerialization.data(
      withJSONObject: description, options: [.sortedKeys, .withoutEscapingSlashes])
    try ArtifactWriter.write(
      to: copy, kind: reader.kind, configuration: Array(configuration), inputs: reader.inputs,
      createdBy: reader.createdBy
    ) { body in
      for dataset in reader.datasets where dataset.name != "teacher/logits" {
        try body.copy(dataset, from: reader)
      }
    }
  }
}

extension ArtifactBody {
  /// Writes a dataset as another artifact has it.
  func copy(_ dataset: DatasetInfo, from reader: ArtifactReader) throws {
    let name = dataset.name
    switch dataset.element {
    case .float32: try floats(name, shape: dataset.shape, values: try reader.floats(name))
    case .int32: try int32s(name, shape: dataset.shape, values: try reader.int32s(name))
    case .int64: try int64s(name, shape: dataset.shape, values: try reader.int64s(name))
    case .uint8: try bytes(name, shape: dataset.shape, values: try reader.bytes(name))
    }
  }
}
