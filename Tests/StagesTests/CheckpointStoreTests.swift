import Artifacts
import Compute
import Files
import Foundation
import Interchange
import Pipelines
import TestSupport
import Testing
import Training
import Transformer

@testable import Stages

@Suite struct CheckpointStoreTests {
  /// Runs a training, in a process of its own as it were, for so many micro-batches.
  @discardableResult
  private func train(
    _ surroundings: Surroundings, microBatches: Int = .max, _ small: SmallTraining = SmallTraining()
  ) throws -> (trainer: Trainer, report: TrainingReport?) {
    surroundings.stop(after: microBatches)
    let trainer = try small.make()
    do {
      return (trainer, try TrainingRun(context: surroundings.context).run(trainer))
    } catch is StageInterruption {
      return (trainer, nil)
    }
  }

  private func slots(_ folder: String) -> [String] {
    ["a", "b"].map { "\(folder)/checkpoints/checkpoint-\($0).safetensors" }
  }

  private static let whole = Result { try SmallTraining().make() }.map { trainer in
    _ = try? trainer.run()
    return trainer.weights.values.values()
  }

  @Test func `stopped at each micro-batch it goes on from the file to the same bits`() throws {
    let whole = try Self.whole.get()
    for microBatches in 0..<24 {
      try withTemporaryFolder { folder in
        let surroundings = Surroundings(folder)
        let first = try train(surroundings, microBatches: microBatches)
        #expect(first.report == nil)
        #expect(first.trainer.state.openStep?.microBatches ?? 0 == microBatches % 4)
        let second = try train(surroundings)
        #expect(second.trainer.weights.values.values() == whole, "after \(microBatches)")
        #expect(surroundings.resumedSteps == [0, microBatches / 4])
      }
    }
  }

  @Test func `stopped after every micro-batch the newest file is gone on from`() throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      var runs = 0
      while try train(surroundings, microBatches: 1).report == nil { runs += 1 }
      #expect(runs == 23)
      #expect(surroundings.resumedSteps == (0...23).map { $0 / 4 })
      let last = try train(surroundings)
      #expect(last.trainer.weights.values.values() == (try Self.whole.get()))
      #expect(
        try folderEntries(folder + "/checkpoints") == [
          "checkpoint-a.safetensors", "checkpoint-b.safetensors",
        ])
    }
  }

  /// What may become of a file: of its bytes, those that are left.
  enum Damage: String, CaseIterable {
    case empty, half, flippedValue, flippedHeader, flippedSeal, gone

    func strike(_ path: String) throws {
      if self == .gone { return try removeFile(path) }
      var bytes = try Disk.bytes(path)
      switch self {
      case .empty: bytes = Data()
      case .half: bytes = bytes.prefix(bytes.count / 2)
      case .flippedValue: bytes[bytes.count / 2] ^= 1
      case .flippedHeader: bytes[40] ^= 1
      case .flippedSeal: bytes[bytes.count - 1] ^= 1
      case .gone: break
      }
      try bytes.write(to: URL(fileURLWithPath: path))
    }
  }

  @Test(arguments: Damage.allCases)
  func `a damaged newest checkpoint is told, and the other one is used`(damage: Damage) throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      try train(surroundings, microBatches: 9)
      try train(surroundings, microBatches: 5)
      let paths = slots(folder)
      try damage.strike(paths[1])
      let stopped = try train(surroundings, microBatches: 2).trainer
      #expect(surroundings.resumedSteps == [0, 2, 2])
      #expect(stopped.state.step == 2 && stopped.state.openStep?.microBatches == 3)
      let told = surroundings.notes.filter { $0.contains("cannot be used") }
      #expect(told.count == (damage == .gone ? 0 : 1))
      #expect(told.allSatisfy { $0.contains(paths[1]) && $0.contains("after step 2, is used") })
      // The damaged one was overwritten, the one that was used is still there.
      for path in paths { try SafetensorsFile(path: path).verifySeal() }
      let end = try train(surroundings)
      #expect(end.trainer.weights.values.values() == (try Self.whole.get()))
    }
  }

  @Test(arguments: Damage.allCases)
  func `with both damaged the stage starts afresh and says so`(damage: Damage) throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      try train(surroundings, microBatches: 9)
      try train(surroundings, microBatches: 5)
      for path in slots(folder) { try damage.strike(path) }
      let end = try train(surroundings)
      #expect(surroundings.resumedSteps == [0, 2, 0])
      let told = surroundings.notes.filter { $0.contains("the stage starts afresh") }
      #expect(told.count == (damage == .gone ? 0 : 1))
      #expect(end.trainer.weights.values.values() == (try Self.whole.get()))
    }
  }

  @Test func `a damaged older checkpoint is told, and the newest is used`() throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      try train(surroundings, microBatches: 9)
      try train(surroundings, microBatches: 5)
      try Damage.half.strike(slots(folder)[0])
      try train(surroundings)
      #expect(surroundings.resumedSteps == [0, 2, 3])
      #expect(surroundings.notes.contains { $0.contains("the other one, after step 3, is used") })
    }
  }

  @Test func `a checkpoint of other numbers is refused, unless the change is allowed`() throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      try train(surroundings, microBatches: 9)
      let path = slots(folder)[0]
      try rename(path, numerics: "fp32, OpenBLAS Elsewhere, AVX2")
      let saved = try Disk.bytes(path)
      let error = #expect(throws: ArtifactError.self) { try train(surroundings) }
      #expect(FailureStatus.of(try #require(error)) == .badData)
      let line = error?.description ?? ""
      let current = ComputeContext(threads: 1).numerics
      #expect(line.contains("fp32, OpenBLAS Elsewhere, AVX2") && line.contains(current))
      #expect(line.contains("--allow-numeric-change") && line.contains("--force"))
      #expect(!line.contains("\n"))
      #expect(try Disk.bytes(path) == saved)

      let allowed = Surroundings(folder, allowsNumericChange: true)
      try train(allowed)
      #expect(allowed.resumedSteps == [2])
      #expect(
        allowed.notes.contains { $0.contains("goes on in \(current) what was begun in fp32") })
    }
  }

  @Test func `a checkpoint from before numbers were noted is gone on from`() throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      try train(surroundings, microBatches: 9)
      try rename(slots(folder)[0], numerics: nil)
      try train(surroundings)
      #expect(surroundings.resumedSteps == [0, 2])
    }
  }

  @Test(
    arguments: [
      ("step", Int.max), ("step", -1), ("tokens", .max), ("tokens", -1), ("runningSteps", .max),
      ("evaluatedStep", .max), ("evaluationsWithoutImprovement", -5), ("microBatches", 0),
      ("microBatches", .min), ("maxTokens", -1),
    ])
  func `a checkpoint with impossible counters is told, and the other one is used`(
    key: String, value: Int
  ) throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      try train(surroundings, microBatches: 9)
      try train(surroundings, microBatches: 5)
      let path = slots(folder)[1]
      try rewrite(path) { metadata in
        let state = metadata["state"] ?? ""
        metadata["state"] = state.replacing(
          try Regex("\"\(key)\":-?[0-9]+"), with: "\"\(key)\":\(value)")
        #expect(metadata["state"] != state)
      }
      try train(surroundings, microBatches: 2)
      #expect(surroundings.resumedSteps == [0, 2, 2])
      let told = surroundings.notes.filter { $0.contains("cannot be used") }
      #expect(told.count == 1 && told[0].contains(path) && told[0].contains("--force"))
      #expect(CheckpointStore.newestStep(in: folder + "/checkpoints") == 2)
      #expect(try train(surroundings).trainer.weights.values.values() == (try Self.whole.get()))
    }
  }

  /// Writes a checkpoint again with other numerics in its header.
  private func rename(_ path: String, numerics: String?) throws {
    try rewrite(path) { metadata in
      #expect(metadata["numerics"] == ComputeContext(threads: 2).numerics)
      metadata["numerics"] = numerics
    }
  }

  /// Writes a checkpoint again, sealed, with another header.
  private func rewrite(
    _ path: String, _ change: (inout [String: String]) throws -> Void
  ) throws {
    let file = try SafetensorsFile(path: path)
    var metadata = file.metadata.filter { $0.key != "format" }
    try change(&metadata)
    let tensors = file.tensors.filter { $0.name != SafetensorsWriter.sealName }
    try SafetensorsWriter.write(
      to: path, metadata: metadata, isSealed: true,
      tensors: try tensors.map { ($0.name, $0.shape, try file.floats($0.name)) })
  }

  @Test func `what decides the bits has precision and libraries, no versions and no threads`() {
    let one = ComputeContext(threads: 1).numerics
    #expect(one == ComputeContext(threads: 3).numerics)
    #expect(one.hasPrefix("fp32, ") && one.contains("OpenBLAS"))
    #expect(one.firstMatch(of: /[0-9]+\.[0-9]+/) == nil)
    if ComputeContext.obstacleToBF16 == nil {
      #expect(ComputeContext(precision: .bf16).numerics.hasPrefix("bf16, oneDNN"))
    }
  }

  @Test func `the disk is asked for room for two checkpoints, the next one, and the output`() throws
  {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      let trainer = try SmallTraining().make()
      let error = #expect(throws: FileError.self) {
        try surroundings.store().requireRoom(
          for: trainer, outputs: surroundings.outputs, free: { _ in 5000 })
      }
      #expect(error?.kind == .noSpace)
      #expect(FailureStatus.of(try #require(error)) == .inputOutput)
      let line = error?.description ?? ""
      #expect(
        line.contains("5.0 kB are free") && line.contains("two checkpoints and the next need"))

      let needed = try leastRoom(surroundings, trainer)
      try train(surroundings, microBatches: 8)
      let closed = try Disk.bytes(slots(folder)[0]).count
      #expect(abs(needed - closed - (try leastRoom(surroundings, trainer))) < 1000)
      try train(surroundings, microBatches: 1)
      let open = try Disk.bytes(slots(folder)[1]).count
      #expect(open > closed)
      #expect(abs(2 * closed + open - needed) < 1000, "\(closed), \(open), \(needed)")

      // Where the checkpoints have room, the output may have none.
      let refused = #expect(throws: FileError.self) {
        try surroundings.store().requireRoom(
          for: trainer, outputs: surroundings.outputs, free: { $0 == folder ? 100 : .max })
      }
      #expect(refused?.description.contains("the outputs need") == true)
    }
  }

  /// The least number of free bytes with which a training begins.
  private func leastRoom(_ surroundings: Surroundings, _ trainer: Trainer) throws -> Int {
    let store = try surroundings.store()
    var (low, high) = (0, 1 << 30)
    while low < high {
      let middle = (low + high) / 2
      do {
        try store.requireRoom(
          for: trainer, outputs: surroundings.outputs, free: { _ in middle })
        high = middle
      } catch {
        low = middle + 1
      }
    }
    return low
  }

  @Test func `a checkpoint holds what was foretold, and what saving takes is reported`() throws {
    try withTemporaryFolder { folder in
      var small = SmallTraining()
      small.options.saveSteps = 1
      let (trainer, report) = try train(Surroundings(folder), small)
      let seconds = try #require(report?.checkpointSeconds)
      #expect(seconds > 0 && seconds < 60)
      #expect(try train(Surroundings(folder + "/other")).report?.checkpointSeconds == 0)
      for path in slots(folder) {
        let file = try SafetensorsFile(path: path)
        try file.verifySeal()
        let names = file.tensors.map(\.name).filter { $0 != SafetensorsWriter.sealName }
        #expect(Set(names) == Set(trainer.checkpointLayout(isOpen: false).map(\.name)))
      }
    }
  }
}
