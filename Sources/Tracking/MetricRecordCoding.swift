internal import Files

extension MetricRecord {
  /// The record as one JSON object.
  var json: JSONValue {
    var object = JSONObject([
      ("time", .integer(time)), ("stage", .string(stage)), ("event", .string(event.rawValue)),
    ])
    if let attempt { object.append("attempt", .string(attempt)) }
    if let step { object.append("step", .integer(step)) }
    var members = JSONObject()
    for number in values { members.append(number.name, .number(number.value)) }
    object.append("values", .object(members))
    return .object(object)
  }

  /// Reads back a line that `json` became; `place` names it in errors.
  ///
  /// - Throws: `FileError` or `TrackingError` for a line that is no record.
  init(line: String, at place: String) throws {
    let object = try StrictJSON.parse(Array(line.utf8), path: place).object
    guard let time = object?["time"]?.integer, let stage = object?["stage"]?.string,
      let event = object?["event"]?.string.flatMap(Event.init(rawValue:)),
      let members = object?["values"]?.object?.members
    else { throw TrackingError(path: place, reason: "time, stage, event or values is missing") }
    self.init(
      time: time, stage: stage, attempt: object?["attempt"]?.string, event: event,
      step: object?["step"]?.integer,
      values: try members.map { member in
        guard let number = member.value.number else {
          throw TrackingError(path: place, reason: "a value is no number")
        }
        return Value(member.name, number)
      })
  }
}
