public import Files

/// How a file checks itself: given by whoever knows the formats.
public struct SealCheck: Sendable {
  /// Reads the file at a path and compares it with every digest that it carries.
  ///
  /// False when it carries none (a text file); throws when it is not what was sealed.
  public let check: @Sendable (_ path: String) throws -> Bool

  /// A check.
  public init(check: @escaping @Sendable (_ path: String) throws -> Bool) { self.check = check }
}

/// One thing that was looked at, and how it is.
public struct Verdict: Sendable, Equatable, CustomStringConvertible {
  /// How a thing is.
  public enum State: Sendable, Equatable {
    /// What its digests say.
    case intact
    /// Not what was written.
    case damaged(String)
    /// Not there.
    case missing
    /// Something from outside that is another than it was when a stage read it, or an output that holds
    /// what another stage has written.
    case changed(String)
    /// Nothing says what it should be.
    case unsealed
  }

  /// What it is, such as `output student of prediction`.
  public let subject: String
  /// Where it is.
  public let path: String
  /// How it is.
  public let state: State

  /// A verdict.
  public init(_ subject: String, _ path: String, _ state: State) {
    self.subject = subject
    self.path = path
    self.state = state
  }

  /// The verdict on something that a check threw an error about.
  public init(_ subject: String, _ path: String, _ error: any Error) {
    let isChanging = (error as? FileError)?.kind == .changed
    var reason = Substring("\(error)")
    for words in ["\(printable(path)): ", "\(path): ", "damaged: ", "is damaged: "]
    where reason.hasPrefix(words) { reason = reason.dropFirst(words.count) }
    self.init(subject, path, isChanging ? .changed(String(reason)) : .damaged(String(reason)))
  }

  /// `path: ok`, `path: damaged: why`, and so on.
  public var description: String {
    let (word, reason) = state.words
    return ([printable(path), word] + (reason.map { [printable($0)] } ?? []))
      .joined(separator: ": ")
  }
}

extension Verdict.State {
  /// One word, and the reason where there is one.
  fileprivate var words: (word: String, reason: String?) {
    switch self {
    case .intact: ("ok", nil)
    case .damaged(let reason): ("damaged", reason)
    case .missing: ("missing", nil)
    case .changed(let reason): ("changed", reason)
    case .unsealed: ("nothing to verify it against", nil)
    }
  }
}

/// What was found of everything that was looked at.
public struct Verification: Sendable {
  /// The verdicts, in the order of looking.
  public var verdicts: [Verdict]

  /// A verification.
  public init(_ verdicts: [Verdict] = []) { self.verdicts = verdicts }

  /// The exit code: damage comes before what is missing, that before what cannot be verified.
  public var status: ExitStatus {
    let states = verdicts.map(\.state)
    if states.contains(where: { if case .damaged = $0 { true } else { false } }) { return .badData }
    if states.contains(.missing) { return .missingInput }
    return states.contains(.unsealed) ? .usage : .success
  }

  /// `23 ok, 1 damaged`.
  public var summary: String {
    let counts = counts.filter { $0.count > 0 }
    return counts.isEmpty
      ? "nothing to verify" : counts.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
  }

  private var counts: [(word: String, count: Int)] {
    [
      ("ok", "ok"), ("damaged", "damaged"), ("missing", "missing"), ("changed", "changed"),
      ("nothing to verify it against", "unsealed"),
    ]
    .map { state, word in
      (word, verdicts.count { $0.state.words.word == state })
    }
  }

  /// The verification as a JSON document.
  public var json: JSONValue {
    let things = verdicts.map { verdict in
      let (word, reason) = verdict.state.words
      return JSONValue.object(
        JSONObject([
          ("what", .string(verdict.subject)), ("path", .string(verdict.path)),
          ("state", .string(verdict.state == .unsealed ? "unsealed" : word)),
          ("reason", .text(reason)),
        ]))
    }
    return .object(
      JSONObject([
        ("ok", .boolean(status == .success)),
        (
          "counts",
          .object(JSONObject(counts.map { (name: $0.word, value: .integer($0.count)) }))
        ),
        ("things", .array(things)),
      ]))
  }
}
