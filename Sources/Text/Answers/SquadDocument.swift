internal import Files

/// A JSON document of questions, walked through from front to back.
struct SquadDocument {
  private let path: String
  private let entries: [JSONValue]
  private var entry = 0
  private var paragraph = 0
  private var question = 0

  /// A document without questions.
  init(_ path: String) {
    self.path = path
    entries = []
  }

  /// Reads a document.
  ///
  /// - Throws: `FileError` where it is no JSON, `TextError` where it holds no list of entries.
  init(_ path: String, bytes: [UInt8]) throws {
    self.path = path
    let value: JSONValue
    do {
      value = try StrictJSON.parse(bytes, path: path)
    } catch let error as FileError {
      let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
      guard line.count < bytes.count, (try? StrictJSON.parse(Array(line), path: path)) != nil
      else { throw error }
      throw TextError(path, "holds a JSON value a line; let its name end in .jsonl")
    }
    guard let entries = value.array ?? value.object?["data"]?.array else {
      let found = value.object.map { $0["data"]?.kindName ?? "missing" }
      throw TextError(
        path,
        (found.map { "'data' is \($0)" } ?? "is \(value.kindName)")
          + "; it must be SQuAD's {\"data\": [...]}")
    }
    self.entries = entries
  }

  /// The next question, the object that holds its context, and where it stands; nil at the end.
  ///
  /// - Throws: `TextError` naming what is not as it must be.
  mutating func next() throws -> (question: JSONObject, paragraph: JSONObject, place: String)? {
    while entry < entries.count {
      let place = "\(path): data[\(entry)]"
      guard let object = entries[entry].object else {
        throw TextError(place, "is \(entries[entry].kindName); it must be an object")
      }
      // A row as Hugging Face's `datasets` has it.
      if object["paragraphs"] == nil, object["question"] != nil {
        entry += 1
        return (object, object, place)
      }
      let paragraphs = try list("paragraphs", of: object, at: place)
      while paragraph < paragraphs.count {
        let place = "\(place).paragraphs[\(paragraph)]"
        guard let object = paragraphs[paragraph].object else {
          throw TextError(place, "is \(paragraphs[paragraph].kindName); it must be an object")
        }
        let questions = try list("qas", of: object, at: place)
        if question < questions.count {
          let place = "\(place).qas[\(question)]"
          guard let found = questions[question].object else {
            throw TextError(place, "is \(questions[question].kindName); it must be an object")
          }
          question += 1
          return (found, object, place)
        }
        (paragraph, question) = (paragraph + 1, 0)
      }
      (entry, paragraph) = (entry + 1, 0)
    }
    return nil
  }

  private func list(_ key: String, of object: JSONObject, at place: String) throws -> [JSONValue] {
    guard let list = object[key]?.array else {
      throw TextError(place, "'\(key)' is \(object[key]?.kindName ?? "missing"); it must be a list")
    }
    return list
  }
}
