import Augmentation
import Compute
import Files
import Foundation
import Interchange
import RandomStreams
import Tasks
import TestSupport
import Text
import Training
import Transformer

@testable import Artifacts
@testable import Pipelines
@testable import Stages

extension FuzzedParser {
  /// What a run leaves for the next one, its checksums and seals made anew.
  static let workspaces = [
    FuzzedParser(name: "manifest") { bytes, scratch in
      let path = scratch.path + "/pipeline.yaml"
      try scratch.write(pipeline, to: "pipeline.yaml")
      try scratch.write("sentence\tlabel\na\tx\n", to: "rows.tsv")
      try scratch.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n", to: "encoder/vocab.txt")
      let workspace = Workspace(path: scratch.path + "/work")
      try scratch.write(try sealedManifest(bytes), to: "work/manifest.json")
      guard let manifest = try Manifest.read(workspace) else { return }
      for record in manifest.stages.values { _ = try record.json.encoded() }
      let metrics = try RecordedMetrics(in: workspace)
      _ = try metrics.json.encoded()
      _ = try MetricsDifference(from: metrics, to: metrics).json.encoded()
      let services = RunServices(
        probe: ArtifactProbes.standard, exitStatus: FailureStatus.of, environment: [:],
        createdBy: "fuzz", program: "fuzz",
        checkpointStep: { CheckpointStore.newestStep(in: $0) })
      let loaded = try PipelineFile.parse(pipeline, path: path, registry: Kinds.registry)
      let runner = Runner(loaded, options: RunOptions(threads: 1), services: services)
      _ = try runner.status().json.encoded()
      // The encoder is a tokenizer alone, which the plan tells.
      try attempt(in: scratch) { _ = try runner.plan() }
    },
    FuzzedParser(name: "attempt") { bytes, scratch in
      let id = (try? StrictJSON.parse(bytes, path: "content"))?.object?["id"]?.string ?? "x"
      let workspace = Workspace(path: scratch.path + "/work")
      let path = workspace.attemptPath(id)
      try scratch.write(
        try sealedManifest(bytes), to: String(path.dropFirst(scratch.path.count + 1)))
      let history = try RunHistory(in: [workspace])
      for attempt in history.attempts { _ = try attempt.json.encoded() }
      for fault in history.faults { throw FuzzedFault(description: fault) }
      let known = try AttemptArchive(workspace).read(id)
      try FuzzFinding.unless(known != nil, "what is listed is not found")
    },
    FuzzedParser(name: "progress") { bytes, scratch in
      let workspace = Workspace(path: scratch.path + "/work")
      try scratch.write(bytes, to: "work/progress.json")
      let read = try RecordedProgress.read(workspace.progressPath)
      _ = try read.json.encoded()
      for now in [0, read.time, 1 << 53] {
        _ = read.secondsLeft(at: now)
        for stage in read.progress.active {
          _ = (stage.secondsLeft(at: now), stage.seconds(at: now), stage.work?.share)
        }
      }
    },
    FuzzedParser(name: "checkpoint", namesFile: false) { bytes, scratch in
      guard let recipe = Recipe(bytes) else { return }
      try FileManager.default.createDirectory(
        atPath: scratch.path + "/c", withIntermediateDirectories: true)
      try recipe.writeShard(to: scratch.path + "/c/checkpoint-a.safetensors")
      _ = CheckpointStore.newestStep(in: scratch.path + "/c")
      let trainer = try training()
      let store = try CheckpointStore(in: scratch.path + "/c", numerics: "", remark: { _ in })
      if try store.restore(trainer) != nil { scratch.tell("resumed") }
      _ = try trainer.run(evaluate: { _ in ["accuracy": 0.5] })
    },
    FuzzedParser(name: "corpus-shard") { bytes, scratch in
      guard let recipe = Recipe(bytes) else { return }
      try FileManager.default.createDirectory(
        atPath: scratch.path + "/checkpoints", withIntermediateDirectories: true)
      try recipe.writeShard(
        to: scratch.path + "/checkpoints/corpus-00000.safetensors",
        key: "\(CorpusStage.kind) \(CorpusStage.revision)")
      try scratch.write("a warm film\n\nof x\n", to: "text.txt")
      try scratch.write(
        try Fixtures.smallTokenizer.get().vocabulary.tokens.map { $0 + "\n" }.joined(),
        to: "tokenizer/vocab.txt")
      let stage = try CorpusStage(OptionValues(flags: [], fields: CorpusStage.fields))
      _ = try stage.run(
        context(
          scratch, inputs: ["text": "text.txt", "tokenizer": "tokenizer"], output: "corpus"))
    },
    FuzzedParser(name: "augmentation-shard") { bytes, scratch in
      guard let recipe = Recipe(bytes) else { return }
      try FileManager.default.createDirectory(
        atPath: scratch.path + "/checkpoints", withIntermediateDirectories: true)
      try recipe.writeShard(
        to: scratch.path + "/checkpoints/augmented-00000.safetensors", key: "own")
      let rows = 4
      let shards = try AugmentationShards(
        context(scratch, inputs: [:], output: "dataset"), key: "own", rows: rows, rowsPerShard: 2,
        hasPairs: true)
      if let remark = shards.remark { scratch.tell(remark) }
      var (statistics, more) = (shards.progress.statistics, AugmentationStatistics())
      (more.rows, more.words, more.candidates, more.rewrites) = (1, 1, 1, 1)
      statistics += more
      let description = DatasetDescription(
        task: ClassificationTask(), labels: ["no", "yes"], tokenizerDigest: "",
        maxSequenceLength: 8, hasPairs: true)
      var original = DatasetSplit()
      for _ in 0..<rows {
        original.append(TokenizedRow(ids: [2, 5, 3], secondSegmentStart: 3), .label(0))
        original.append("a", pair: "x", [])
      }
      let rewriting = try RowRewriting(
        original, description, of: "rows.h5", try Fixtures.smallTokenizer.get(),
        OptionValues(flags: [], fields: AugmentStage.fields))
      var collector = RewriteCollector(original, hasPairs: true, rewriting, HeldOutTexts([:]))
      try shards.readBlocks { collector.add($0) }
    },
    FuzzedParser(name: "teacher-shard") { bytes, scratch in
      guard let recipe = Recipe(bytes) else { return }
      try recipe.writeShard(to: scratch.path + "/taps-00000.safetensors", key: "own")
      let part = TapShards.Part(examples: 0..<3, numbers: 0..<12)
      let store = try ShardStore<TapShards.Part>(
        in: scratch.path, name: "taps", key: "own", total: 1, beforeEach: {}
      ) { number, found in number == 0 && found == part }
      if let remark = store.remark { scratch.tell(remark) }
      guard store.count == 1 else { return }
      let shards = TapShards(store, [part])
      for example in part.examples {
        let bounds = try shards.bounds(of: example)
        var values = [Float](repeating: 0, count: bounds.count)
        var span = values.mutableSpan
        try shards.read(from: bounds.lowerBound, into: &span)
      }
    },
  ]

  private static let pipeline = """
    pipeline: p
    workspace: work
    sources: { rows: rows.tsv, encoder: encoder }
    stages:
      dataset:
        inputs: { train: rows, tokenizer: encoder }
        output: data
      teacher:
        run: finetune
        inputs: { model: encoder, dataset: data }
        output: model
    """

  /// A manifest with that content and the checksum that belongs to it, as distill writes it.
  private static func sealedManifest(_ bytes: [UInt8]) throws -> [UInt8] {
    guard let content = try? StrictJSON.parse(bytes, path: "content"),
      let compact = try? content.encoded()
    else { return bytes }
    let document = JSONValue.object(
      JSONObject([
        ("checksum", .string(Digest.of(compact).hexadecimal)), ("content", content),
      ]))
    return Array((try document.indented() + "\n").utf8)
  }

  private static func context(
    _ scratch: FuzzScratch, inputs: [String: String], output: String
  ) -> StageContext {
    StageContext(
      stage: "stage",
      inputs: inputs.mapValues { name in
        [StageInput(name: name, path: "\(scratch.path)/\(name)", contentDigest: Digest.of([]))]
      },
      outputs: [output: "\(scratch.path)/output.h5"],
      checkpointFolder: scratch.path + "/checkpoints", cacheFolder: scratch.path + "/cache",
      seed: 1, threads: 1,
      events: { event in if case .note(_, let text) = event { scratch.tell(text) } },
      isInterrupted: { false })
  }

  /// A training of two steps of two micro-batches, the smallest that has all that a checkpoint holds.
  private static func training() throws -> Trainer {
    var options = TrainingOptions()
    options.perDeviceTrainBatchSize = 2
    options.maxSteps = 2
    options.maxTokens = 8
    options.loadBestModelAtEnd = true
    options.evalStrategy = .epoch
    options.metricForBestModel = "accuracy"
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 8, hiddenSize: 4, layerCount: 1, headCount: 1, intermediateSize: 4,
        maximumPositions: 8, hiddenDropout: 0, attentionDropout: 0),
      head: .classification(labels: 2, style: .hf))
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.1, stream: RandomStream(seed: 4, purpose: "weights"))
    let examples = (0..<4).map { index in
      Example(
        sequence: TokenSequence(ids: (0..<6).map { Int32((index + $0) % 8) }),
        target: .label(Int32(index % 2)))
    }
    return try Trainer(
      model, weights: weights, objective: TargetObjective(CrossEntropy()),
      source: InMemoryExamples(examples), options: options, on: ComputeContext(threads: 1))
  }
}
