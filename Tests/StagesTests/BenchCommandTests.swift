import Foundation
import TestSupport
import Testing

@Suite struct BenchCommandTests {
  private static let stepKeys: Set = [
    "schema", "benchmark", "task", "teacher", "student", "batch", "length", "text", "seed",
    "threads",
    "precision",
    "backend", "instruction_set", "version", "warmup", "steps", "seconds_per_step", "step_seconds",
    "tokens", "tokens_per_second", "flops_per_step", "gflops", "matrix_peak_gflops",
    "matrix_peak_share", "peak_rss_bytes", "products",
  ]

  @Test(arguments: ["general", "intermediate", "prediction"])
  func `a phase is timed on real texts and reports stable keys`(phase: String) throws {
    let world = try FinishedWorld.shared()
    let student = phase == "prediction" ? "intermediate_student" : "general_student"
    let report = try Distill.object(
      [
        "bench", phase, "--teacher", world.artifact("teacher"), "--student",
        world.artifact(student), "--text", "text.txt", "--batch", "60", "--length", "32",
        "--steps", "3", "--warmup", "1", "--threads", "1", "--precision", "fp32",
        "--json",
      ], in: world.folder)
    #expect(Set(report.keys) == Self.stepKeys)
    #expect(report["benchmark"] as? String == phase)
    #expect(report["precision"] as? String == "fp32")
    let seconds = try #require(report["step_seconds"] as? [Double])
    #expect(seconds.count == 3)
    #expect(report["seconds_per_step"] as? Double == seconds.sorted()[1])
    // Every step takes all sixty texts of the world.
    let tokens = try tokens(of: "text.txt", world)
    #expect(report["tokens"] as? Int == 3 * tokens)
    let rate = try #require(report["tokens_per_second"] as? Double)
    #expect(abs(rate / (Double(3 * tokens) / seconds.reduce(0, +)) - 1) < 1e-9)
    let products = try #require(report["products"] as? [[String: Any]])
    for product in products {
      #expect(Set(product.keys) == ["operation", "m", "k", "n", "count", "flops"])
    }
    #expect(
      products.reduce(0) { $0 + ($1["flops"] as? Int ?? 0) } == report["flops_per_step"] as? Int)
    #expect((report["peak_rss_bytes"] as? Int ?? 0) > 1_000_000)
  }

  /// `distill bench intermediate --cache-teacher` on the world's texts.
  private func cached(_ world: FinishedWorld, _ more: [String]) -> [String] {
    [
      "bench", "intermediate", "--student", world.artifact("general_student"), "--text",
      world.folder + "/text.txt", "--batch", "60", "--length", "32", "--warmup", "1", "--threads",
      "1", "--precision", "fp32", "--cache-teacher", "--json",
    ] + more
  }

  @Test func `a phase with a cached teacher is as fast as its steps and the cache's making`() throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let outcome = try Program.run(
        Distill.path,
        cached(world, ["--teacher", world.artifact("teacher"), "--steps", "3", "--epochs", "4"]),
        in: folder, variables: ["TMPDIR": folder])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
      let report = try #require(document as? [String: Any])
      #expect(
        Set(report.keys)
          == Self.stepKeys.union([
            "epochs", "epoch_tokens", "cache_seconds", "cache_bytes", "step_tokens_per_second",
          ]))
      let lengths = try lengths(of: "text.txt", world)
      let tokens = lengths.reduce(0, +)
      #expect(report["epochs"] as? Double == 4)
      #expect(report["epoch_tokens"] as? Int == tokens)
      let seconds = try #require(report["step_seconds"] as? [Double])
      let steps = try #require(report["step_tokens_per_second"] as? Double)
      #expect(abs(steps / (Double(3 * tokens) / seconds.reduce(0, +)) - 1) < 1e-9)
      let making = try #require(report["cache_seconds"] as? Double)
      #expect(making > 0)
      let all = Double(4 * tokens)
      let rate = try #require(report["tokens_per_second"] as? Double)
      #expect(abs(rate / (all / (making + all / steps)) - 1) < 1e-9)
      // Two states 32 wide and the scores of a layer's two heads, and where each record begins.
      let numbers = 2 * 32 * tokens + 2 * lengths.reduce(0) { $0 + $1 * $1 }
      let size = try #require(report["cache_bytes"] as? Int) - 4 * numbers - 8 * (60 + 1)
      #expect((1..<4096).contains(size), "\(size) bytes of header and seal")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func `a cache is removed where the steps fail or are interrupted`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let left = { try FileManager.default.contentsOfDirectory(atPath: folder + "/" + $0) }
      for name in ["failed", "stopped"] {
        try FileManager.default.createDirectory(
          atPath: folder + "/" + name, withIntermediateDirectories: false)
      }
      try SmallWorld.writeEncoder(to: folder + "/encoder") { model, weights in
        for suffix in ["query.weight", "key.weight"] {
          weights.change(model, suffix: suffix) { values in
            for index in values.indices { values[index] *= 1e25 }
          }
        }
      }
      let failed = try Program.run(
        Distill.path, cached(world, ["--teacher", "encoder"]), in: folder,
        variables: ["TMPDIR": folder + "/failed"])
      #expect(failed.status == 70, "\(failed.errors)")
      #expect(failed.errors.contains("is not finite at step 1"))
      #expect(try left("failed").isEmpty)

      var hasCache = false
      let stopped = try Program.run(
        Distill.path,
        cached(world, ["--teacher", world.artifact("teacher"), "--steps", "1000000"]), in: folder,
        variables: ["TMPDIR": folder + "/stopped"]
      ) { process in
        for _ in 0..<60_000 where !hasCache {
          hasCache = try !left("stopped").isEmpty
          usleep(1000)
        }
        kill(process, SIGTERM)
      }
      #expect(hasCache)
      #expect(stopped.status == 143, "\(stopped.errors)")
      #expect(try left("stopped").isEmpty)
    }
  }

  private func tokens(of file: String, _ world: FinishedWorld) throws -> Int {
    try lengths(of: file, world).reduce(0, +)
  }

  /// Tokens of each line.
  private func lengths(of file: String, _ world: FinishedWorld) throws -> [Int] {
    let outcome = try Distill.succeed(
      ["tokenize", "--model", world.folder + "/encoder"], in: world.folder,
      input: try Disk.text(world.folder + "/" + file))
    return outcome.lines.map { $0.split(separator: " ").count }
  }

  @Test func `presets need no files, and the same seed gives the same products`() throws {
    let arguments = [
      "bench", "general", "--teacher", "minilm-6l-384", "--student", "tinybert-3l-312", "--batch",
      "2", "--length", "8", "--steps", "1", "--warmup", "0", "--threads", "1",
    ]
    let report = try Distill.object(arguments + ["--json"], in: "/")
    #expect(report["tokens"] as? Int == 16)
    #expect(report["text"] is NSNull)
    let text = try Distill.succeed(arguments, in: "/").output
    for word in ["tokens/s", "GFLOP/s", "weight_gradient", "attention"] {
      #expect(text.contains(word), "\(word)")
    }
    #expect(!text.contains("{"))
  }

  @Test func `augment counts the words it asked about`() throws {
    let world = try FinishedWorld.shared()
    let report = try Distill.object(
      [
        "bench", "augment", "--model", world.artifact("masked_language_model"), "--text",
        "text.txt", "--rows", "10", "--rewrites", "3", "--mlm-context", "original", "--json",
      ], in: world.folder)
    #expect(report["rows"] as? Int == 10)
    #expect(report["mlm_context"] as? String == "original")
    let words = try #require(report["words_asked"] as? Int)
    #expect(words > 10)
    #expect((report["augmented_rows"] as? Int ?? 0) > 10)
    let seconds = try #require(report["seconds"] as? Double)
    let rate = try #require(report["words_per_second"] as? Double)
    #expect(abs(rate / (Double(words) / seconds) - 1) < 1e-9)
  }

  @Test func `tokenize counts lines, tokens and bytes`() throws {
    let world = try FinishedWorld.shared()
    let report = try Distill.object(
      [
        "bench", "tokenize", "--model", world.folder + "/encoder", "--text", "text.txt", "--json",
      ], in: world.folder)
    #expect(report["lines"] as? Int == 60)
    #expect(report["tokens"] as? Int == (try tokens(of: "text.txt", world)))
    let bytes = try Disk.bytes(world.folder + "/text.txt").count - 60
    #expect(report["bytes"] as? Int == bytes)
    let (seconds, rate) = (report["seconds"] as? Double, report["megabytes_per_second"] as? Double)
    #expect(abs((rate ?? 0) / (Double(bytes) / (seconds ?? 0) / 1e6) - 1) < 1e-9)
  }

  @Test func `products gives a rate to every operation of every shape`() throws {
    let report = try Distill.object(
      ["bench", "products", "--shapes", "64x32x48,3x5x7", "--threads", "1", "--json"], in: "/")
    let products = try #require(report["products"] as? [[String: Any]])
    let names = products.map {
      "\($0["operation"] ?? "") \($0["m"] ?? "")x\($0["k"] ?? "")x\($0["n"] ?? "")"
    }
    let operations = ["forward", "input_gradient", "weight_gradient"]
    #expect(
      Set(names)
        == Set(["64x32x48", "3x5x7"].flatMap { shape in operations.map { "\($0) \(shape)" } }))
    for product in products {
      let best = product["gflops"] as? Double ?? 0
      #expect(best > 0)
      #expect(best >= product["median_gflops"] as? Double ?? .infinity)
    }
  }

  static let faults: [(arguments: [String], status: Int32, pattern: String)] = [
    (
      ["general", "--teacher", "bert-bse", "--student", "tinybert-3l-312"], 66,
      "--teacher: .*bert-bse"
    ),
    (
      ["general", "--teacher", "bert-base", "--student", "tinybert-3l-312", "--batch", "0"], 64,
      "--batch: 0 is out of range"
    ),
    (
      ["general", "--teacher", "bert-base", "--student", "tinybert-3l-312", "--length", "513"], 64,
      "--length: 513 is out of range; .*512"
    ),
    (
      ["general", "--teacher", "bert-base", "--student", "tinybert-3l-312", "--text", "t.txt"], 64,
      "--text: .*no tokenizer"
    ),
    (
      [
        "intermediate", "--teacher", "minilm-6l-384", "--student", "tinybert-3l-312",
        "--cache-teacher",
      ], 64, "--cache-teacher: .*; name a file of texts with --text"
    ),
    (
      [
        "intermediate", "--teacher", "minilm-6l-384", "--student", "tinybert-3l-312", "--epochs",
        "3",
      ], 64, "--epochs: .*; add --cache-teacher"
    ),
    (
      [
        "intermediate", "--teacher", "minilm-6l-384", "--student", "tinybert-3l-312",
        "--cache-teacher", "--text", "t.txt", "--epochs", "0",
      ], 64, "--epochs: 0 is out of range"
    ),
    (["products", "--shapes", "4x5"], 64, "--shapes: '4x5'"),
    (["products", "--precision", "fp8"], 64, "--precision: 'fp8'"),
    (["products", "--threads", "0"], 64, "--threads: 0"),
    (
      ["tokenize", "--model", "nowhere", "--text", "t.txt"], 66,
      "nowhere: there is no such file or folder"
    ),
    (["augment", "--model", "nowhere", "--text", "t.txt", "--rows", "0"], 64, "--rows: 0"),
  ]

  @Test(arguments: faults.indices)
  func `a fault is one line with place and cure`(index: Int) throws {
    let fault = Self.faults[index]
    let outcome = try Distill.run(["bench"] + fault.arguments, in: "/")
    #expect(outcome.status == fault.status, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try outcome.errors.contains(Regex(fault.pattern)), "\(outcome.errors)")
  }
}
