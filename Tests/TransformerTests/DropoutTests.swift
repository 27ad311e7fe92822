import Compute
import TestSupport
import Testing

@testable import Transformer

/// Dropout, whose backward is held to its own forward.
///
/// There is no float64 twin to compare with, but the loss must grow
/// along its own gradient as fast as the gradient says. A mask drawn anew in backward would point
/// elsewhere.
@Suite struct DropoutTests {
  let context = ComputeContext(threads: 2)

  enum Site: String, CaseIterable {
    case hidden
    case attention
    case classifier
  }

  @Test(arguments: Site.allCases)
  func `the loss grows along its gradient as fast as the gradient says`(site: Site) throws {
    let fixture = try ModelFixture(
      "hf",
      rates: (
        site == .hidden ? 0.5 : 0, site == .attention ? 0.5 : 0, site == .classifier ? 0.5 : 0
      ))
    let all = try fixture.gradients("hf", "all").seeds
    // Beside losses on every hidden state, what comes through the classifier would not be noticed.
    let seeds = site == .classifier ? all.filter { $0.key == "logits" } : all
    let gradients = fixture.gradients(of: seeds, on: context).values.values()
    let squared = squaredNorm(gradients)
    let step = 1e-3 / squared.squareRoot()
    func loss(_ distance: Double) -> Double {
      let moved = ParameterSet(fixture.model.layout)
      moved.values.assign(
        zip(fixture.weights.values.values(), gradients).map {
          Float(Double($0) + distance * Double($1))
        })
      let made = fixture.model.forward(
        fixture.batch, moved, taps: BertModel.Taps(named: seeds.keys),
        mode: .training(DropoutStreams(seed: 5, epoch: 2)), on: context, in: Arena()
      ).named
      return seeds.reduce(0) { total, seed in
        total
          + zip(seed.value, made[seed.key] ?? []).reduce(0) {
            $0 + Double($1.0) * Double($1.1)
          }
      }
    }
    let slope = (loss(step) - loss(-step)) / (2 * step)
    #expect(abs(slope / squared - 1) < 0.01, "\(site): \(slope) instead of \(squared)")
  }

  @Test(arguments: Site.allCases)
  func `each kind of site drops something`(site: Site) throws {
    let rates = (
      site == .hidden ? 0.5 : 0, site == .attention ? 0.5 : 0, site == .classifier ? 0.5 : 0
    )
    let fixture = try ModelFixture("hf", rates: rates)
    func logits(_ mode: BertModel.Mode) -> [Float]? {
      fixture.model.forward(
        fixture.batch, fixture.weights, taps: .init(logits: true), mode: mode, on: context,
        in: Arena()
      ).logits?.values()
    }
    let first = logits(.training(DropoutStreams(seed: 1, epoch: 0)))
    #expect(first != logits(.evaluation))
    #expect(first == logits(.training(DropoutStreams(seed: 1, epoch: 0))))
    #expect(first != logits(.training(DropoutStreams(seed: 2, epoch: 0))))
    #expect(first != logits(.training(DropoutStreams(seed: 1, epoch: 1))))
  }

  @Test func `the embedding tap is what dropout leaves, scaled`() throws {
    let fixture = try ModelFixture("hf", dropout: 0.25)
    func embeddings(_ mode: BertModel.Mode) -> [Float] {
      fixture.model.forward(
        fixture.batch, fixture.weights, taps: .init(hidden: [0]), mode: mode, on: context,
        in: Arena()
      ).taps.hidden[0]?.values() ?? []
    }
    let kept = embeddings(.evaluation)
    let masked = embeddings(.training(DropoutStreams(seed: 9, epoch: 0)))
    var dropped = 0
    for (value, whole) in zip(masked, kept) {
      if value == 0 { dropped += 1 } else { #expect(abs(value - whole / 0.75) < 1e-5) }
    }
    // 504 draws at 1/4: mean 126, deviation 9.7.
    #expect(masked.count == 504 && (85...167).contains(dropped), "\(dropped) dropped")
  }

  @Test func `the tinybert head has no dropout of its own`() throws {
    let fixture = try ModelFixture("tinybert", rates: (0, 0, 0.5))
    func logits(_ mode: BertModel.Mode) -> [Float]? {
      fixture.model.forward(
        fixture.batch, fixture.weights, taps: .init(logits: true), mode: mode, on: context,
        in: Arena()
      ).logits?.values()
    }
    #expect(logits(.training(DropoutStreams(seed: 1, epoch: 0))) == logits(.evaluation))
  }

  @Test(arguments: ["hf", "masked"])
  func `cutting a step into micro-batches changes neither masks nor summed gradients`(
    name: String
  ) throws {
    let fixture = try ModelFixture(name, dropout: 0.3)
    let whole = stepGradients(fixture, cuts: [0..<7])
    for cuts in [[0..<3, 3..<7], [0..<1, 1..<2, 2..<4, 4..<6, 6..<7]] {
      let summed = stepGradients(fixture, cuts: cuts)
      for parameter in fixture.model.layout.parameters {
        let distance = relativeDistance(
          summed[parameter].values().map(Double.init), whole[parameter].values().map(Double.init),
          floor: 1e-6)
        #expect(distance < 1e-5, "\(parameter.name) in \(cuts.count): \(distance)")
      }
    }
  }

  /// Seven examples as the given micro-batches; the loss of each is a fixed function of its place.
  private func stepGradients(_ fixture: ModelFixture, cuts: [Range<Int>]) -> ParameterSet {
    let lengths = [5, 1, 12, 3, 8, 16, 2]
    let gradients = ParameterSet(fixture.model.layout)
    let arena = Arena()
    for cut in cuts {
      arena.reset()
      let sequences = cut.map { example in
        var numbers = ArbitraryNumbers(UInt64(example))
        return TokenSequence(ids: (0..<lengths[example]).map { _ in Int32(numbers.below(50)) })
      }
      var batch = PackedBatch(sequences, places: cut.map { UInt64($0) })
      batch.predictionRows = batch.sequences.starts.dropLast().map { Int32($0) }
      let made = fixture.model.forward(
        batch, fixture.weights, taps: fixture.everything,
        mode: .training(DropoutStreams(seed: 4, epoch: 1)), on: context, in: arena)
      let seeds = made.makeTapGradients(in: arena)
      for (index, example) in cut.enumerated() {
        let rows = batch.sequences.starts[index]..<batch.sequences.starts[index + 1]
        for (layer, matrix) in seeds.hidden {
          var numbers = ArbitraryNumbers(UInt64(100 + 10 * example + layer))
          matrix.rows(rows).assign(numbers.floats(rows.count * matrix.columns))
        }
        let blocks = batch.sequences.squared.map { 3 * $0 }
        for (layer, matrix) in seeds.scores {
          var numbers = ArbitraryNumbers(UInt64(199 + 10 * example + layer))
          let block = matrix.columns(blocks[index]..<blocks[index + 1])
          block.assign(numbers.floats(block.columns))
        }
        var numbers = ArbitraryNumbers(UInt64(300 + example))
        if let row = seeds.logits?.rows(index..<index + 1) {
          row.assign(numbers.floats(row.columns))
        }
      }
      fixture.model.backward(
        made, seeds, fixture.weights, into: gradients, on: context, in: arena)
    }
    return gradients
  }
}
