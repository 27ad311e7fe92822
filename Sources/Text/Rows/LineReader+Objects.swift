internal import Files

extension LineReader {
  /// The next JSON object of a file that has one a line; blank lines are passed over.
  ///
  /// - Returns: It, its line from 1, and the place for errors; nil at the end.
  /// - Throws: `FileError` if the text is not acceptable, `TextError` for what is no object.
  func nextObject() throws -> (object: JSONObject, line: Int, place: String)? {
    while let (number, text) = try next() {
      if text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      let place = "\(path):\(number)"
      guard let object = try StrictJSON.parse(Array(text.utf8), path: place, isLine: true).object
      else {
        throw TextError(place, "is not a JSON object; write one object a line")
      }
      return (object, number, place)
    }
    return nil
  }
}
