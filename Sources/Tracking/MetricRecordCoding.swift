internal import Files

extension MetricRecord {
  /// The record as one JSON object; a number that is not finite becomes `nan`, `inf` or `-inf`.
  var json: JSONValue {
    let numbers = values.map { value -> (name: String, value: JSONValue) in
      guard !value.value.isFinite else { return (value.name, .real(value.value)) }
      return (value.name, .string(value.value.isNaN ? "nan" : value.value < 0 ? "-inf" : "inf"))
    }
    var object = JSONObject([
      ("time", .integer(time)), ("stage", .string(stage)), ("event", .string(event.rawValue)),
    ])
    if let step { object.append("step", .integer(step)) }
    var members = JSONObject()
    for number in numbers { members.append(number.name, number.value) }
    object.append("values", .object(members))
    return .object(object)
  }

  /// Reads back what `json` wrote.
  init(json: JSONValue, _ line: String) throws {
    guard let time = json.object?["time"]?.integer, let stage = json.object?["stage"]?.string,
      let event = json.object?["event"]?.string.flatMap(Event.init(rawValue:)),
      let members = json.object?["values"]?.object?.members
    else { throw TrackingError(path: line, reason: "time, stage, event or values is missing") }
    self.init(
      time: time, stage: stage, event: event, step: json.object?["step"]?.integer,
      values: try members.map { member in
        Value(member.name, try Self.number(member.value, line))
      })
  }

  private static func number(_ value: JSONValue, _ line: String) throws -> Double {
    switch value {
    case .string("nan"): return .nan
    case .string("inf"): return .infinity
    case .string("-inf"): return -.infinity
    default:
      guard let number = value.real else {
        throw TrackingError(path: line, reason: "a value is no number")
      }
      return number
    }
  }
}
