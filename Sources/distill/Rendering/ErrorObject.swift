import Artifacts
import Files
import Pipelines
import Stages

/// An error as a JSON object, for commands that print JSON.
struct ErrorObject {
  /// What the objects are, and how they are made.
  static let schema = "distill.error/1"

  /// One thing that is wrong.
  struct Fault {
    /// The whole line.
    let text: String
    /// The stage that failed; nil where none did.
    var stage: String?
    /// File, option, key or stage; empty where it is about none.
    let place: String
    /// What is wrong.
    let message: String
    /// What to do about it; nil where the line says nothing.
    let cure: String?

    /// Takes a line apart: `place: what is wrong; what to do`.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - cure: What to do, where the error has said it; nil to find it in the line.
    init(_ line: String, cure: String? = nil) {
      text = line
      let place = line.firstRange(of: ": ").map { line[..<$0.lowerBound] }
      let rest = place.map { String(line.dropFirst($0.count + 2)) } ?? line
      self.place = place.map(String.init) ?? ""
      (message, self.cure) = Self.parts(of: rest, known: cure)
    }

    /// A fault of which the place is known.
    init(_ fault: PipelineFault) {
      text = fault.description
      // The description is the place, then the message, whatever colons stand in either.
      let message = briefly(fault.message, limit: 600)
      let place = text.hasSuffix(message) ? String(text.dropLast(message.count)) : ""
      self.place = place.hasSuffix(": ") ? String(place.dropLast(2)) : place
      (self.message, cure) = Self.parts(of: message, known: nil)
    }

    /// What is wrong, and what to do: the text behind the last semicolon, since what is wrong may have some
    /// of its own.
    private static func parts(of text: String, known: String?) -> (String, String?) {
      if let known, text.hasSuffix("; " + known) {
        return (String(text.dropLast(known.count + 2)), known)
      }
      let marks = text.ranges(of: "; ")
      guard var mark = marks.last else { return (text, nil) }
      // Where to read on comes behind a cure that a command has told itself.
      if marks.count > 1, text[mark.upperBound...].hasPrefix("see distill ") {
        mark = marks[marks.count - 2]
      }
      return (String(text[..<mark.lowerBound]), String(text[mark.upperBound...]))
    }

    /// The members of an object about it.
    var members: [(String, JSONValue)] {
      var members: [(String, JSONValue)] = []
      if let stage { members.append(("stage", .string(stage))) }
      members.append(("place", place.isEmpty ? .null : .string(place)))
      members.append(("message", .string(message)))
      members.append(("cure", .text(cure)))
      return members
    }
  }

  /// The exit code.
  let status: ExitStatus
  /// All that is wrong; at least one thing.
  let faults: [Fault]

  /// The error that ends a command.
  init(_ error: any Error) {
    let (status, lines) = Failure.describe(error)
    self.status = status
    if let error = error as? PipelineError, error.faults.count == lines.count {
      faults = error.faults.map { Fault($0) }
    } else {
      let cure = (error as? StageError)?.cure ?? (error as? ArtifactError)?.cure
      faults = lines.map { Fault(briefly($0), cure: cure.map { briefly($0) }) }
    }
  }

  /// Lines, one thing each.
  init(_ lines: [String], _ status: ExitStatus) {
    self.status = status
    faults = lines.map { Fault(briefly($0)) }
  }

  /// Stages that failed.
  init(_ failures: [RunSummary.Failure], _ status: ExitStatus) {
    self.status = status
    faults = failures.map { failure in
      var fault = Fault(briefly(failure.message))
      fault.stage = failure.stage
      return fault
    }
  }

  /// One object on one line: of the first fault, and all of them where there are several.
  var line: String {
    var object = JSONObject([
      ("schema", .string(Self.schema)), ("exit_code", .integer(Int(status.rawValue))),
    ])
    for (name, value) in faults.first?.members ?? [] { object.append(name, value) }
    if faults.count > 1 {
      object.append(
        "faults",
        .array(
          faults.map { fault in
            var one = JSONObject()
            for (name, value) in fault.members { one.append(name, value) }
            return .object(one)
          }))
    }
    let bytes = (try? JSONValue.object(object).encoded()) ?? []
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension JSONValue {
  /// A document under the name of its schema, in lines.
  ///
  /// - Throws: `FileError` for a number that is not finite.
  func document(_ schema: String) throws -> String {
    guard let own = object, own["schema"] == nil else { return try indented() }
    var whole = JSONObject([("schema", .string(schema))])
    for member in own.members { whole.append(member.name, member.value) }
    return try JSONValue.object(whole).indented()
  }
}
