internal import Files
internal import Pipelines

/// What a server is told of an attempt beside its series, within the limits that MLflow sets.
struct MLflowDescription {
  private let attempt: Attempt

  init(_ attempt: Attempt) { self.attempt = attempt }

  static let parameterLimit = 6_000
  static let tagLimit = 8_000
  static let keyLimit = 250
  static let digestLimit = 36

  /// Ports that take models; what else is read is data.
  private static let modelPorts: Set<String> = [
    "teacher", "student", "model", "models", "tokenizer", "embedding_model",
    "masked_language_model",
    "extend", "init",
  ]

  /// Options, seed and kind, by name.
  var parameters: [(name: String, value: String)] {
    var parameters: [(name: String, value: String)] = []
    if !attempt.kind.isEmpty { parameters.append(("kind", attempt.kind)) }
    if let seed = attempt.seed { parameters.append(("seed", seed)) }
    for option in attempt.options where !["kind", "seed"].contains(option.name) {
      parameters.append((option.name, Self.text(option.value)))
    }
    return parameters
  }

  /// Facts that are known when it begins.
  var tags: [(name: String, value: String)] {
    var tags: [(name: String, value: String)] = [
      ("distill.attempt", attempt.id), ("distill.stage", attempt.stage),
      ("distill.kind", attempt.kind), ("distill.pipeline", attempt.pipeline),
    ]
    for input in attempt.inputs {
      tags.append(("distill.input.\(input.port).\(input.name)", "sha256:\(input.content)"))
    }
    for fact in attempt.environment {
      tags.append(("distill.environment.\(fact.name)", fact.value))
    }
    return tags
  }

  /// Facts that are known when it has ended.
  var closingTags: [(name: String, value: String)] {
    var tags: [(name: String, value: String)] = []
    for output in attempt.outputs {
      let value = "\(output.path) sha256:\(output.content)"
      tags.append(("distill.output.\(output.port).\(output.name)", value))
    }
    let words = [attempt.error.map { "failed: \($0)" }].compactMap { $0 } + attempt.notes
    if !words.isEmpty {
      tags.append(("mlflow.note.content", words.map(printable).joined(separator: "\n\n")))
    }
    return tags
  }

  /// The data that it reads, as `log-inputs` takes it.
  var datasets: [JSONValue] {
    attempt.inputs.filter { !Self.modelPorts.contains($0.port) }.map { input in
      .sorted([
        "tags": .array([Self.pair("mlflow.data.context", input.port)]),
        "dataset": .sorted([
          "name": .string(Self.cut(input.name, 500)),
          "digest": .string(String(input.content.prefix(Self.digestLimit))),
          "source_type": .string("local"),
          "source": .string(Self.source(input.path)),
        ]),
      ])
    }
  }

  private static func source(_ path: String) -> String {
    let json = try? JSONValue.sorted(["uri": .string(cut(path, 4_000))]).encoded()
    return String(decoding: json ?? [], as: UTF8.self)
  }

  /// Whether a metric of an evaluation says what a model is worth, and is no detail of that: cells of confusion
  /// matrices and bounds of intervals are on the run of the evaluation alone.
  static func isHeadline(_ name: String) -> Bool {
    !name.contains("_confusion_") && !name.hasSuffix("_lower") && !name.hasSuffix("_upper")
  }

  /// A name that MLflow takes as a key: other letters than it allows become `_`, and what then might be
  /// the name of another gets a part of its digest.
  static func key(_ name: String) -> String {
    var letters = name.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: " "), UInt8(ascii: ":"):
        byte
      default: UInt8(ascii: "_")
      }
    }
    // As a path `.` and what has two of them would be another one.
    if letters.first == UInt8(ascii: ".") || name.contains("..") {
      letters = letters.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }
    }
    let isWhole = letters.count <= keyLimit && letters.elementsEqual(name.utf8) && !letters.isEmpty
    if isWhole { return name }
    let stem = String(decoding: letters.prefix(241), as: UTF8.self)
    return stem + "-" + Digest.of(name).hexadecimal.prefix(8)
  }

  /// A member of a list of keys and values.
  static func pair(_ key: String, _ value: String) -> JSONValue {
    .sorted(["key": .string(key), "value": .string(value)])
  }

  /// A text that has at most so many bytes.
  static func cut(_ text: String, _ limit: Int) -> String {
    text.utf8.count <= limit ? text : briefly(text, limit: limit)
  }

  /// A value in words.
  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "none"
    case .string(let text): text
    case .array(let values): values.map(text).joined(separator: ", ")
    default: String(decoding: (try? value.encoded()) ?? [], as: UTF8.self)
    }
  }
}

/// Points of series on their way to a server: about as many as one request may have, which the last record
/// in it may exceed.
struct MLflowBatch {
  /// The most that a request may hold.
  static let limit = 1_000
  static let byteLimit = 900_000

  let run: String
  private(set) var metrics: [JSONValue] = []
  private var bytes = 0

  init(run: String) { self.run = run }

  var isEmpty: Bool { metrics.isEmpty }
  /// Whether nothing more goes into it.
  var isFull: Bool { metrics.count >= Self.limit || bytes >= Self.byteLimit }

  /// Adds a point.
  mutating func append(_ key: String, _ value: Double, time: Int, step: Int) {
    let number: JSONValue =
      value.isFinite
      ? .real(value) : .string(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
    metrics.append(
      .sorted([
        "key": .string(key), "value": number, "timestamp": .integer(time), "step": .integer(step),
      ]))
    bytes += key.utf8.count + 120
  }

  /// The body of a request, were there no limit.
  var body: JSONValue {
    .sorted(["run_id": .string(run), "metrics": .array(metrics)])
  }

  /// The bodies of requests within the limit that say together what `body` says.
  static func parts(of body: JSONValue) -> [JSONValue] {
    guard let run = body.object?["run_id"], var rest = body.object?["metrics"]?.array?[...] else {
      return [body]
    }
    var parts: [JSONValue] = []
    while !rest.isEmpty {
      parts.append(.sorted(["run_id": run, "metrics": .array(Array(rest.prefix(limit)))]))
      rest = rest.dropFirst(limit)
    }
    return parts
  }
}
