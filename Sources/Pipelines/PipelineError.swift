internal import Files

/// A place in a pipeline file, or the `--set` that took the place of one; line and column count from
/// 1, columns in Unicode scalars.
public struct Location: Sendable, Hashable, CustomStringConvertible {
  /// Line, from 1; 0 for a `--set`.
  public let line: Int
  /// Column, from 1; for a `--set` its number on the command line.
  public let column: Int
  /// The key of the `--set`; nil for a place in the file.
  public let setting: String?

  /// The place at `line` and `column`, both counted from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
    setting = nil
  }

  /// Where the `number`-th `--set`, which sets `key`, puts everything it holds.
  init(setting key: String, number: Int) {
    line = 0
    column = number
    setting = key
  }

  /// `line:column`, or `--set key`.
  public var description: String { setting.map { "--set \($0)" } ?? "\(line):\(column)" }
}

/// One thing wrong with a pipeline or with options: where, and what with its cure, in one line.
public struct PipelineFault: Sendable, Hashable, CustomStringConvertible {
  /// The file the fault is in; nil for pipelines built in code and for the command line.
  public var file: String?
  /// Line and column in the file.
  public var location: Location?
  /// Where in the document, such as `stages.general.temperature`; empty for the whole.
  public var keyPath: String
  /// What is wrong and how to cure it.
  public var message: String

  /// A fault at a place.
  public init(file: String? = nil, location: Location? = nil, keyPath: String, message: String) {
    self.file = file
    self.location = location
    self.keyPath = keyPath
    self.message = message
  }

  /// `file:line:column: key.path: message`, leaving out what is not known; one line, whatever was in
  /// the file.
  ///
  /// What a `--set` brought is in no file: `--set key: message`.
  public var description: String {
    var place = file.map { briefly($0, limit: 1_200) } ?? ""
    if let location {
      place = place.isEmpty || location.setting != nil ? "\(location)" : "\(place):\(location)"
    }
    let key = keyPath == location?.setting ? "" : Self.brief(keyPath)
    return [place, key, Self.brief(message)].filter { !$0.isEmpty }.joined(separator: ": ")
  }

  private static func brief(_ text: String) -> String { briefly(text, limit: 600) }
}

/// Why a pipeline cannot be read, planned or run.
public struct PipelineError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The code `distill` exits with.
  public let status: ExitStatus
  /// Everything found wrong, in the order of the file.
  public let faults: [PipelineFault]

  /// An error of several faults, of which there is at least one; they are put in the order of the
  /// file, each once.
  public init(_ status: ExitStatus, faults: [PipelineFault]) {
    precondition(!faults.isEmpty, "an error says what is wrong")
    self.status = status
    let sorted = faults.uniqued().enumerated().sorted { left, right in
      let a = left.element.location ?? Location(line: 0, column: 0)
      let b = right.element.location ?? Location(line: 0, column: 0)
      return (a.line, a.column, left.offset) < (b.line, b.column, right.offset)
    }
    self.faults = sorted.map(\.element)
  }

  /// An error of one fault.
  public init(_ status: ExitStatus, at keyPath: String = "", _ message: String) {
    self.init(status, faults: [PipelineFault(keyPath: keyPath, message: message)])
  }

  /// One line per fault, as many as 4,000 bytes hold.
  public var lines: [String] {
    var lines: [String] = []
    var bytes = 0
    for fault in faults {
      let line = fault.description
      // With what a command puts before each.
      bytes += line.utf8.count + "distill: \n".utf8.count
      guard lines.isEmpty || bytes <= 3_900 else {
        lines.append("and \(faults.count - lines.count) more faults")
        break
      }
      lines.append(line)
    }
    return lines
  }

  /// `lines`, one after the other.
  public var description: String { lines.joined(separator: "\n") }
}
