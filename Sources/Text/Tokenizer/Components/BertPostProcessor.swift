internal import Files

/// Puts the special tokens around texts, `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, as
/// `BertProcessing` of Hugging Face `tokenizers` does.
struct BertPostProcessor: Sendable {
  let classifier: Int32
  let separator: Int32

  /// How many special tokens stand around one text or two.
  func addedCount(isPair: Bool) -> Int { isPair ? 3 : 2 }

  /// The sequence of a text, or of two.
  func encoding(_ first: TokenRun, _ second: TokenRun?, truncatedCount: Int = 0) -> Encoding {
    var run = TokenRun(ids: [], sources: first.sources == nil ? nil : [])
    run.ids.reserveCapacity(first.ids.count + (second?.ids.count ?? 0) + 3)
    run.append(special: classifier)
    run.append(first)
    run.append(special: separator)
    let secondSegmentStart = run.ids.count
    if let second {
      run.append(second)
      run.append(special: separator)
    }
    return Encoding(
      ids: run.ids, secondSegmentStart: secondSegmentStart, truncatedCount: truncatedCount,
      sources: run.sources ?? [])
  }
}

// MARK: - The component in tokenizer.json

extension BertPostProcessor {
  /// The names of `[CLS]` and `[SEP]` in the `post_processor` of `tokenizer.json`.
  ///
  /// Accepts `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]` with types 0 and 1, however written.
  ///
  /// - Throws: `TextError` if it does anything else.
  static func tokens(_ json: ComponentJSON) throws -> (classifier: String, separator: String) {
    if json.object["type"]?.string == "BertProcessing" {
      guard let classifier = json.object["cls"]?.array?.first?.string,
        let separator = json.object["sep"]?.array?.first?.string
      else { throw json.failure(": cls and sep must be pairs of token and id; correct it") }
      return (classifier, separator)
    }
    let single = template(json.object["single"])
    guard single.count == 3, single[1] == "$A:0", single[0].hasSuffix(":0"),
      single[2].hasSuffix(":0"),
      template(json.object["pair"]) == single + ["$B:1", single[2].dropLast() + "1"]
    else {
      throw json.failure(
        ": only the template [CLS] A [SEP] with a second text B [SEP] of type 1 is "
          + "supported; use a BERT WordPiece tokenizer")
    }
    return (String(single[0].dropLast(2)), String(single[2].dropLast(2)))
  }

  /// The tokens that it names with the ids that it gives them itself, in no order; those without any left out.
  static func identifiers(_ json: ComponentJSON) -> [(token: String, ids: [Int])] {
    if json.object["type"]?.string == "BertProcessing" {
      return ["cls", "sep"].compactMap { key in
        guard let pair = json.object[key]?.array, let token = pair.first?.string,
          let id = pair.last?.integer
        else { return nil }
        return (token, [id])
      }
    }
    return (json.object["special_tokens"]?.object?.members ?? []).compactMap { name, value in
      value.object?["ids"]?.array.map { (name, $0.compactMap(\.integer)) }
    }
  }

  /// A template as `token:type` and `$sequence:type`.
  private static func template(_ value: JSONValue?) -> [String] {
    (value?.array ?? []).map { element in
      let (isText, part) =
        element.object?["Sequence"]?.object.map { (true, $0) }
        ?? (false, element.object?["SpecialToken"]?.object ?? JSONObject())
      let type = part["type_id"]?.integer.map { "\($0)" } ?? "?"
      return (isText ? "$" : "") + "\(part["id"]?.string ?? "?"):\(type)"
    }
  }

  /// The `post_processor` of `tokenizer.json`.
  func json(_ tokens: SpecialTokens) -> JSONValue {
    func object(_ members: (name: String, value: JSONValue)...) -> JSONValue {
      .object(JSONObject(members))
    }
    func part(_ kind: String, _ name: String, _ type: Int) -> JSONValue {
      object((kind, object(("id", .string(name)), ("type_id", .integer(type)))))
    }
    func known(_ token: String, _ id: Int32) -> (name: String, value: JSONValue) {
      (
        token,
        object(
          ("id", .string(token)), ("ids", .array([.integer(Int(id))])),
          ("tokens", .array([.string(token)])))
      )
    }
    let single = [
      part("SpecialToken", tokens.classifier, 0), part("Sequence", "A", 0),
      part("SpecialToken", tokens.separator, 0),
    ]
    let second = [part("Sequence", "B", 1), part("SpecialToken", tokens.separator, 1)]
    var specials = [known(tokens.classifier, classifier)]
    if separator != classifier { specials.append(known(tokens.separator, separator)) }
    return object(
      ("type", .string("TemplateProcessing")), ("single", .array(single)),
      ("pair", .array(single + second)), ("special_tokens", .object(JSONObject(specials))))
  }
}
