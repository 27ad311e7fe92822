import Artifacts
import Compute
import Files
import Foundation
import Stages

/// Times a layer's three products by shape, through every library there is.
public struct ProductBenchmark {
  /// Sizes of the layer y = x W^T: m rows of x, k inputs, n outputs.
  struct Layer {
    let m: Int
    let k: Int
    let n: Int
  }

  private let layers: [Layer]
  private let backends: [MeasuredLibrary]

  /// Reads the shapes.
  ///
  /// - Parameters:
  ///   - shapes: `MxKxN` with commas between: rows, inputs, outputs.
  ///   - precision: `auto`, or the name of a precision.
  ///   - threads: Threads; all cores if `nil`.
  /// - Throws: `StageError` naming the option that is wrong.
  public init(shapes: String, precision: String, threads: Int?) throws {
    layers = try shapes.split(separator: ",", omittingEmptySubsequences: false).map(Self.layer)
    backends = try MeasuredLibrary.all(threads: threads, precision: precision)
  }

  private static func layer(_ text: Substring) throws -> Layer {
    let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sizes.count == 3, sizes.allSatisfy({ (1...1_000_000).contains($0) }) else {
      throw StageError.usage(
        "--shapes", "'\(text)' is not rows x inputs x outputs",
        cure: "write 4096x768x3072, more of them with commas")
    }
    let largest = max(sizes[0] * sizes[1], sizes[1] * sizes[2], sizes[0] * sizes[2])
    guard largest <= 1 << 30 else {
      throw StageError.usage(
        "--shapes", "'\(text)' has a matrix of \(largest) elements", cure: "stay below 2^30")
    }
    return Layer(m: sizes[0], k: sizes[1], n: sizes[2])
  }

  /// Times every product.
  ///
  /// - Parameter isInterrupted: Asked before each.
  /// - Returns: The figures.
  /// - Throws: `BenchmarkInterruption` when asked to stop.
  public func run(isInterrupted: () -> Bool = { false }) throws -> BenchmarkReport {
    var rows: [[String]] = []
    var entries: [JSONValue] = []
    for layer in layers {
      for operation in ProductRecord.Operation.allCases where operation != .attention {
        let shape = ProductRecord.Shape(operation, m: layer.m, k: layer.k, n: layer.n)
        for backend in backends where backend.context.library?.computes(operation) ?? true {
          if isInterrupted() { throw BenchmarkInterruption() }
          let rate = ProductTimer(context: backend.context).rate(shape)
          rows.append(
            [operation.rawValue, "\(layer.m)", "\(layer.k)", "\(layer.n)", backend.name]
              + [rate.best, rate.median].map { String(format: "%.1f", $0) })
          entries.append(
            .object(
              JSONObject(
                shape.members + [
                  ("backend", .string(backend.name)), ("gflops", .real(rate.best)),
                  ("median_gflops", .real(rate.median)),
                ])))
        }
      }
    }
    let context = backends[0].context
    return BenchmarkReport(
      facts: [
        ("precision", context.precision.rawValue), ("threads", "\(context.threads)"),
        ("instruction set", ComputeContext.instructionSet),
      ],
      columns: ["operation", "m", "k", "n", "backend", "GFLOP/s", "median"], rows: rows,
      document: JSONObject([
        ("benchmark", .string("products")), ("precision", .string(context.precision.rawValue)),
        ("threads", .integer(context.threads)),
        ("instruction_set", .string(ComputeContext.instructionSet)),
        ("version", .string(ProgramVersion.number)), ("products", .array(entries)),
      ]))
  }
}

/// A benchmark was asked to stop; it has no figures.
public struct BenchmarkInterruption: Error {}

extension ProductRecord.Shape {
  /// The shape as members of a JSON object.
  var members: [(name: String, value: JSONValue)] {
    [
      ("operation", .string(operation.rawValue)), ("m", .integer(m)), ("k", .integer(k)),
      ("n", .integer(n)),
    ]
  }
}
