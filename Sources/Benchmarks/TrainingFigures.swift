import Artifacts
import Compute
import Files
import Foundation

/// What the timed steps of a distillation phase took.
public struct TrainingFigures {
  /// One step.
  struct Step {
    /// How long it took.
    let seconds: Double
    /// Real tokens of the student's batch, special tokens included.
    let tokens: Int
    /// Its products, the teacher's among them.
    let products: ProductRecord
  }

  /// A cache of the teacher's layers: what it cost, and what it serves.
  struct Cache {
    /// How long the making took.
    let seconds: Double
    /// Its size on the disk.
    let bytes: Int
    /// Real tokens of an epoch: of all texts, special tokens included.
    let tokens: Int
    /// Epochs that read it.
    let epochs: Double
  }

  let phase: TrainingBenchmark.Phase
  let settings: TrainingBenchmark.Settings
  let steps: [Step]
  /// `nil` where the teacher runs with every step.
  let cache: Cache?
  let threads: Int
  let precision: String
  /// Bytes; `nil` where the system does not tell.
  let peakMemory: Int?
  /// GFLOP/s of the best large product.
  let matrixPeak: Double

  /// Time of all steps.
  var seconds: Double { steps.reduce(0) { $0 + $1.seconds } }

  /// The step of median time.
  var medianStep: Step? { steps.map(\.seconds).medianIndex.map { steps[$0] } }

  /// Real tokens of all steps by their time.
  var stepTokensPerSecond: Double {
    Double(steps.reduce(0) { $0 + $1.tokens }) / max(seconds, 1e-9)
  }

  /// The rate of the steps; with a cache, that of all its epochs at this rate, the making included.
  var tokensPerSecond: Double {
    guard let cache else { return stepTokensPerSecond }
    let tokens = cache.epochs * Double(cache.tokens)
    return tokens / max(cache.seconds + tokens / stepTokensPerSecond, 1e-9)
  }

  /// Products' operations of all steps by their time, in GFLOP/s.
  var gflops: Double {
    Double(steps.reduce(0) { $0 + $1.products.flops }) / max(seconds, 1e-9) / 1e9
  }

  /// The products of the step of median time, the most work first.
  var products: [(shape: ProductRecord.Shape, count: Int)] {
    let counts = medianStep?.products.counts ?? [:]
    return counts.map { (shape: $0.key, count: $0.value) }.sorted { left, right in
      let works = (left.shape.flops * left.count, right.shape.flops * right.count)
      return works.0 == works.1 ? left.shape.key < right.shape.key : works.0 > works.1
    }
  }

  /// The figures for people and for programs.
  public var report: BenchmarkReport {
    let median = medianStep?.seconds ?? 0
    let share = gflops / max(matrixPeak, 1e-9)
    return BenchmarkReport(
      facts: [
        ("seconds/step", String(format: "%.4f", median)),
        ("tokens/s", Int(tokensPerSecond).grouped),
      ] + cacheFacts + [
        ("GFLOP/s", String(format: "%.1f", gflops)),
        ("best large product", String(format: "%.1f GFLOP/s", matrixPeak)),
        ("share of it", share.percent),
        ("peak memory", peakMemory.map { "\(($0 / 1_000_000).grouped) MB" } ?? "unknown"),
        ("precision", precision), ("threads", "\(threads)"),
        ("products", ComputeContext.backend),
      ],
      columns: ["operation", "m", "k", "n", "count", "MFLOP", "share"], rows: table,
      document: JSONObject(document(median: median, share: share).members + cacheMembers))
  }

  /// What the tokens/s are of, and their parts.
  private var cacheFacts: [(String, String)] {
    guard let cache else { return [] }
    let epochs = String(format: "%g epochs", cache.epochs)
    return [
      ("counted over", "\(epochs) of \(cache.tokens.grouped) tokens, the cache's making included"),
      ("cache made in", String(format: "%.2f s", cache.seconds)),
      ("size of the cache", cache.bytes.byteSize),
      ("tokens/s of the steps", Int(stepTokensPerSecond).grouped),
    ]
  }

  /// The same under stable names.
  private var cacheMembers: [(String, JSONValue)] {
    guard let cache else { return [] }
    return [
      ("epochs", .real(cache.epochs)), ("epoch_tokens", .integer(cache.tokens)),
      ("cache_seconds", .real(cache.seconds)), ("cache_bytes", .integer(cache.bytes)),
      ("step_tokens_per_second", .real(stepTokensPerSecond)),
    ]
  }

  /// The products as a table; those of attention, a shape for each length, in one row.
  private var table: [[String]] {
    let all = max(Double(medianStep?.products.flops ?? 0), 1)
    func row(_ names: [String], _ count: Int, _ flops: Int) -> [String] {
      names + ["\(count)", (flops / 1_000_000).grouped, (Double(flops) / all).percent]
    }
    let attention = products.filter { $0.shape.operation == .attention }
    var rows = products.filter { $0.shape.operation != .attention }.map { shape, count in
      row(
        [shape.operation.rawValue, "\(shape.m)", "\(shape.k)", "\(shape.n)"], count,
        shape.flops * count)
    }
    if !attention.isEmpty {
      rows.append(
        row(
          ["attention", "-", "-", "-"], attention.reduce(0) { $0 + $1.count },
          attention.reduce(0) { $0 + $1.shape.flops * $1.count }))
    }
    return rows
  }

  private func document(median: Double, share: Double) -> JSONObject {
    JSONObject([
      ("benchmark", .string(phase.rawValue)), ("teacher", .string(settings.teacher)),
      ("student", .string(settings.student)), ("task", .string(settings.task)),
      ("batch", .integer(settings.batch)),
      ("length", .integer(settings.length)),
      ("text", settings.text.map { .string($0) } ?? .null),
      ("seed", .integer(Int(clamping: settings.seed))), ("threads", .integer(threads)),
      ("precision", .string(precision)), ("backend", .string(ComputeContext.backend)),
      ("instruction_set", .string(ComputeContext.instructionSet)),
      ("version", .string(ProgramVersion.number)), ("warmup", .integer(settings.warmup)),
      ("steps", .integer(steps.count)), ("seconds_per_step", .real(median)),
      ("step_seconds", .array(steps.map { .real($0.seconds) })),
      ("tokens", .integer(steps.reduce(0) { $0 + $1.tokens })),
      ("tokens_per_second", .real(tokensPerSecond)),
      ("flops_per_step", .integer(medianStep?.products.flops ?? 0)), ("gflops", .real(gflops)),
      ("matrix_peak_gflops", .real(matrixPeak)), ("matrix_peak_share", .real(share)),
      ("peak_rss_bytes", peakMemory.map { .integer($0) } ?? .null),
      (
        "products",
        .array(
          products.map { shape, count in
            .object(
              JSONObject(
                shape.members + [
                  ("count", .integer(count)), ("flops", .integer(shape.flops * count)),
                ]))
          })
      ),
    ])
  }
}

extension ProductRecord.Shape {
  /// Orders shapes of equal work.
  fileprivate var key: String { "\(operation.rawValue) \(m) \(k) \(n)" }
}
