internal import Files

/// The order of attempts: `metrics.dev_accuracy desc, started`.
public struct AttemptOrder: Sendable {
  /// One field, and whether the greatest comes first.
  public struct Key: Sendable, Equatable {
    /// The field.
    public let field: AttemptField
    /// Whether the greatest comes first.
    public let isDescending: Bool

    /// A key.
    public init(_ field: AttemptField, isDescending: Bool) {
      self.field = field
      self.isDescending = isDescending
    }
  }

  /// The keys, the weightiest first.
  public let keys: [Key]

  /// An order by keys.
  public init(_ keys: [Key]) { self.keys = keys }

  /// Reads an order: fields with commas between them, each with `asc` or `desc` after it or nothing.
  ///
  /// - Parameters:
  ///   - text: The order.
  ///   - place: Where it was given, such as `--sort`.
  /// - Throws: `PipelineError` with status `usage`.
  public init(_ text: String, at place: String = "--sort") throws {
    let parts = text.unicodeScalars.prefix(10_000)
      .split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    keys = try parts.map { part in
      var words = part.split(separator: " ").map(String.init)
      var isDescending = false
      if words.count > 1, let last = words.last?.lowercased(), ["asc", "desc"].contains(last) {
        isDescending = last == "desc"
        words.removeLast()
      }
      do {
        guard words.count == 1, let name = words.first else {
          throw AttemptFault(
            "\"\(briefly(part, limit: 100))\" is no field with asc or desc after it; write it as in "
              + "'metrics.dev_accuracy desc, started'")
        }
        return Key(try AttemptField(text: name), isDescending: isDescending)
      } catch let fault as AttemptFault {
        throw PipelineError(.usage, at: place, fault.message)
      }
    }
  }

  /// The attempts in this order; those that have nothing in a field, or no number, come last.
  public func sorted(_ attempts: [Attempt]) -> [Attempt] {
    attempts.enumerated().sorted { left, right in
      for key in keys {
        let (a, b) = (left.element[key.field], right.element[key.field])
        if let isFirst = Self.isFirst(a, b, key.isDescending) { return isFirst }
      }
      return left.offset < right.offset
    }.map(\.element)
  }

  /// Nil where neither comes first.
  private static func isFirst(
    _ a: AttemptValue?, _ b: AttemptValue?, _ isDescending: Bool
  ) -> Bool? {
    let (left, right) = (rank(a), rank(b))
    guard left == right else { return left < right }
    switch (a, b) {
    case (.number(let a), .number(let b)):
      return a == b || left > 1 ? nil : (a < b) != isDescending
    case (.text(let a), .text(let b)):
      return a == b ? nil : a.utf8.lexicographicallyPrecedes(b.utf8) != isDescending
    default: return nil
    }
  }

  /// Numbers, then texts, then what is no number, then nothing.
  private static func rank(_ value: AttemptValue?) -> Int {
    switch value {
    case .number(let value): value.isNaN ? 2 : 0
    case .text: 1
    case nil: 3
    }
  }
}
