import Artifacts
import Compute
import Files
package import Pipelines
import Tasks
import Transformer

extension CorpusStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    guard let corpus = foreseen["corpus"] as? CorpusProspect, let amount = corpus.amount else {
      let unknown = (foreseen["corpus"] as? CorpusProspect)?.unknown.first
      return StageCost(unknown: unknown ?? Unknown.data)
    }
    var cost = DataCost.making(amount, columns: 2, threads: threads)
    cost.memory = ProgramMemory.base(vocabulary: amount.vocabulary) + DataCost.tokenizing
    // Ids lie in shards too, so that the work can be taken up again.
    cost.scratch = (4 * amount.tokens).wholeNumber
    return cost
  }
}

extension DatasetStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    guard let dataset = foreseen["dataset"] as? DatasetProspect, dataset.unknown.isEmpty,
      !dataset.amounts.isEmpty
    else {
      let unknown = (foreseen["dataset"] as? DatasetProspect)?.unknown.first
      return StageCost(unknown: unknown ?? Unknown.data)
    }
    let sum = DataCost.sum(dataset.amounts.values)
    var cost = DataCost.making(
      sum, columns: dataset.amounts.count * DataCost.columnsOfSplit, threads: threads)
    // Rows and their ids are in memory until all are written.
    cost.memory =
      ProgramMemory.base(vocabulary: sum.vocabulary) + DataCost.tokenizing
      + (12 * sum.tokens + DataCost.bytesOfRow * sum.examples).wholeNumber
    return cost
  }
}

/// What stages cost that make data.
enum DataCost {
  /// Memory of tokenising: batches under way.
  static let tokenizing = 2_000_000
  /// Bytes of a row in memory beside its ids and text.
  static let bytesOfRow = 400.0
  /// Columns of a split of single texts.
  static let columnsOfSplit = 6
  /// Bytes of an artifact beside what its columns hold.
  static func artifact(columns: Int) -> Double { 3_000 + 2_300 * Double(columns) }

  /// The cost of tokenising and storing so much.
  static func making(_ amount: TokenAmount, columns: Int, threads: Int) -> StageCost {
    var cost = StageCost()
    cost.tokens = amount.tokens
    cost.flops = 0
    cost.disk = amount.storedBytes.map { ($0 + artifact(columns: columns)).wholeNumber }
    cost.seconds = amount.makingSeconds.map { $0.tokenizing / Double(threads) + $0.storing }
    cost.isAbout = !amount.isExact
    return cost
  }

  /// All amounts together.
  static func sum(_ parts: some Collection<TokenAmount>) -> TokenAmount {
    var sum = TokenAmount(lengths: [], isExact: parts.allSatisfy(\.isExact))
    sum.storedBytes = 0
    sum.makingSeconds = (0, 0)
    for part in parts {
      sum.examples += part.examples
      sum.tokens += part.tokens
      sum.squares += part.squares
      sum.vocabulary = max(sum.vocabulary, part.vocabulary)
      sum.storedBytes = sum.storedBytes.flatMap { all in part.storedBytes.map { all + $0 } }
      sum.makingSeconds = sum.makingSeconds.flatMap { all in
        part.makingSeconds.map { (all.tokenizing + $0.tokenizing, all.storing + $0.storing) }
      }
    }
    return sum
  }
}

extension EvaluateStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    let dataset = preview.dataset()
    guard let dataset else { return StageCost(unknown: Unknown.data) }
    let held = DatasetArtifact.heldOutNames.filter(dataset.splits.contains)
    let parts = (named.isEmpty ? held : named).map { dataset.amounts[$0] }
    guard !parts.isEmpty, !parts.contains(where: { $0 == nil }) else {
      return StageCost(unknown: dataset.unknown.first ?? Unknown.data)
    }
    let amount = DataCost.sum(parts.compactMap(\.self))
    var names: Set<String> = []
    let given =
      (["teacher", "models"].flatMap { port in
        (preview.inputs[port] ?? []).map { (port: port, input: $0) }
      }).filter { names.insert($0.input.name).inserted }
    var cost = StageCost()
    var (flops, seconds, most, parameters) = (0.0, 0.0, 0.0, 0)
    var vocabulary = 0
    var disk = DataCost.artifact(columns: given.count)
    for (port, input) in given {
      guard let facts = preview.model(input, port, pooling: options.pooling),
        let model = try? BertModel(facts.configuration, head: facts.head)
      else { return StageCost(unknown: Unknown.model) }
      let taps = BertModel.Taps(logits: true)
      let own = model.forwardFlops(amount.sweep(), taps: taps)
      // Scores are computed in fp32.
      let perFlop = EngineSpeed.shared.secondsPerFlop(
        .init(
          facts.configuration, length: amount.meanLength, trains: false, precision: .fp32,
          threads: threads))
      let batch = amount.largestBatch(of: amount.examples, limit: ProgramMemory.tokensOfBatch)
      let floats =
        Double(model.layout.count)
        + model.copiedFloats(taps: taps, directions: 1, precision: .fp32)
        + model.evaluationFloats(batch, taps: taps, precision: .fp32)
      flops += own
      seconds +=
        own * perFlop
        + Latency.longest(own / max(amount.examples, 1) * perFlop)
        + 4 * Double(model.layout.count) * EngineSpeed.shared.secondsPerDigestedByte
      most = max(most, 4 * floats)
      parameters += model.layout.count
      vocabulary = max(vocabulary, facts.configuration.vocabularySize)
      disk += LogitSize.bytes(model, amount)
    }
    cost.teacherParameters = parameters
    cost.tokens = amount.tokens * Double(given.count)
    (cost.flops, cost.seconds) = (flops, seconds)
    cost.memory =
      ProgramMemory.base(vocabulary: vocabulary) + ProgramMemory.engine
      + (most + 16 * amount.tokens).wholeNumber
    cost.disk = preview.outputs.isEmpty ? 0 : disk.wholeNumber
    cost.isAbout = !amount.isExact
    return cost
  }
}

extension ExportStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    guard let facts = preview.model("model"),
      let model = try? BertModel(facts.configuration, head: facts.head)
    else { return StageCost(unknown: Unknown.model) }
    var cost = StageCost()
    let bytes = 4 * Double(model.layout.count)
    cost.teacherParameters = model.layout.count
    cost.flops = 0
    cost.seconds = 2 * bytes * EngineSpeed.shared.secondsPerDigestedByte
    cost.memory =
      ProgramMemory.base(vocabulary: facts.configuration.vocabularySize) + bytes.wholeNumber
    // The vocabulary twice: as it is, and in tokenizer.json.
    cost.disk = (bytes + 23 * Double(facts.configuration.vocabularySize) + 8_000).wholeNumber
    return cost
  }
}
