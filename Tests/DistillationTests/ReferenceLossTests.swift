import Compute
import Distillation
import RandomStreams
import TestSupport
import Testing
import Training
import Transformer

/// What TinyBERT's program computes of a few numbers, and the pieces that it takes.
@Suite struct ReferenceLossTests {
  let context = ComputeContext(threads: 2)

  private func matrix(_ values: [Float]) -> Matrix {
    Matrix(rows: 1, columns: values.count, values: values)
  }

  @Test func `scores at or below the cutoff count as 0 and learn nothing, on each side by itself`()
  {
    // The mask hides the second key: -10000 is in its scores.
    let (s, t) = (matrix([1, -10_002, 0.5, -9_997]), matrix([2, -9_995, 1, -9_999]))
    let gradient = matrix([1, 1, 1, 1])
    let sum = context.squaredDifference(
      s, t, cutoff: -100, gradientScale: 2.0 / 4, addingGradientInto: gradient)
    #expect(sum / 4 == 0.3125)
    #expect(gradient.values() == [0.5, 1, 0.75, 1])
    // A score that is really so low: the teacher's alone, then the student's alone.
    let one = matrix([0, 0])
    let other = context.squaredDifference(
      matrix([3, -100]), matrix([-200, 3]), cutoff: -100, gradientScale: 2,
      addingGradientInto: one)
    #expect(other == 18)
    #expect(one.values() == [6, 0])
    let broken = context.squaredDifference(
      matrix([.nan]), matrix([1]), cutoff: -100, gradientScale: 2, addingGradientInto: matrix([0]))
    #expect(broken.isNaN)
  }

  @Test func `the mean over classes too is the soft cross-entropy divided by their number`() throws
  {
    let (z, t) = (matrix([2, 0]), matrix([1, 1]))
    let batch = TrainingBatch(
      packed: PackedBatch([TokenSequence(ids: [1])], places: [0]), targets: [.none], indices: [0])
    let (gradient, whole) = (matrix([0, 0]), matrix([0, 0]))
    let loss = try ClassMean(SoftCrossEntropy())
    let value = loss.share(
      student: z, teacher: t, of: batch, weight: 1, total: 1, gradient: gradient, on: context)
    #expect(abs(value - 0.563_464_005_5) < 1e-7)
    _ = loss.loss.share(
      student: z, teacher: t, of: batch, weight: 1, total: 1, gradient: whole, on: context)
    #expect(gradient.values().map { 2 * $0 } == whole.values())
  }

  @Test func `a teacher with dropout says what its training sweep says, another thing every epoch`()
    throws
  {
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 30, hiddenSize: 16, layerCount: 2, headCount: 2, intermediateSize: 32,
        maximumPositions: 12, hiddenDropout: 0.2, attentionDropout: 0.2), head: .none)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.3, stream: RandomStream(seed: 4, purpose: "weights"))
    let sequences = [TokenSequence(ids: [3, 4, 5, 6]), TokenSequence(ids: [7, 8])]
    var batch = TrainingBatch(
      packed: PackedBatch(sequences, places: [5, 6]), targets: [.none, .none], indices: [0, 1])
    let taps = BertModel.Taps(hidden: [0, 1, 2], scores: [2])
    let teacher = TeacherRunner(model, weights: weights, dropoutSeed: 9, on: context)
    func said(epoch: Int) throws -> [[Float]] {
      batch.epoch = epoch
      let made = try teacher.taps(taps, of: batch)
      return [0, 1, 2].map { made.hidden[$0]?.values() ?? [] } + [made.scores[2]?.values() ?? []]
    }
    let arena = Arena()
    let stream = RandomStream(seed: 9, purpose: "teacher dropout", epoch: 3)
    let made = model.forward(
      batch.packed, weights, taps: taps, mode: .training(DropoutStreams(stream)), on: context,
      in: arena
    ).taps
    let swept =
      [0, 1, 2].map { made.hidden[$0]?.values() ?? [] } + [made.scores[2]?.values() ?? []]
    let third = try said(epoch: 3)
    #expect(third == swept)
    #expect(try said(epoch: 4) != third)
    #expect(try said(epoch: 3) == third)
    let still = TeacherRunner(model, weights: weights, on: context)
    #expect(try still.taps(taps, of: batch).hidden[2]?.values() != third[2])
  }
}
