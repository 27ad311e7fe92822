import Foundation
import TestSupport
import Testing

@Suite struct BenchCommandTests {
  private static let stepKeys: Set = [
    "benchmark", "teacher", "student", "batch", "length", "text", "seed", "threads", "precision",
    "backend", "instruction_set", "version", "warmup", "steps", "seconds_per_step", "step_seconds",
    "tokens", "tokens_per_second", "flops_per_step", "gflops", "matrix_peak_gflops",
    "matrix_peak_share", "peak_rss_bytes", "products",
  ]

  @Test(arguments: ["general", "intermediate", "prediction"])
  func `A phase is timed on real texts and reports stable keys`(phase: String) throws {
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

  private func tokens(of file: String, _ world: FinishedWorld) throws -> Int {
    let outcome = try Distill.succeed(
      ["tokenize", "--model", world.folder + "/encoder"], in: world.folder,
      input: try Disk.text(world.folder + "/" + file))
    return outcome.output.split { $0 == " " || $0 == "\n" }.count
  }

  @Test func `Presets need no files, and the same seed gives the same products`() throws {
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
    (["products", "--shapes", "4x5"], 64, "--shapes: '4x5'"),
    (["products", "--precision", "fp8"], 64, "--precision: 'fp8'"),
    (["products", "--threads", "0"], 64, "--threads: 0"),
    (
      ["tokenize", "--model", "nowhere", "--text", "t.txt"], 66,
      "nowhere: cannot open: No such file"
    ),
    (["augment", "--model", "nowhere", "--text", "t.txt", "--rows", "0"], 64, "--rows: 0"),
  ]

  @Test(arguments: faults.indices)
  func `A fault is one line with place and cure`(index: Int) throws {
    let fault = Self.faults[index]
    let outcome = try Distill.run(["bench"] + fault.arguments, in: "/")
    #expect(outcome.status == fault.status, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try outcome.errors.contains(Regex(fault.pattern)), "\(outcome.errors)")
  }
}
