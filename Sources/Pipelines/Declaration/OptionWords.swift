/// Says a message in the words of the place where options are given.
///
/// The modules below name options as a command line does, `--learning-rate`, or as
/// `TrainingArguments` does, `learning_rate`. On a command line the first is right, in a pipeline file
/// the second, with a colon where a value follows.
struct OptionWords {
  private let fields: [String: OptionField]
  private let ports: Set<String>
  private let isFile: Bool

  /// The words for the options of `kinds`, in a pipeline file or on a command line.
  init(of kinds: [any Stage.Type], inFile isFile: Bool) {
    fields = Dictionary(kinds.flatMap { $0.fields }.map { ($0.name, $0) }) { first, _ in first }
    ports = Set(kinds.flatMap { ($0.inputs + $0.outputs).map(\.name) })
    self.isFile = isFile
  }

  /// `message` in those words.
  func spoken(_ message: String) -> String {
    var result = ""
    var rest = Substring(message)
    while let start = rest.firstIndex(where: Self.isPart) {
      let before = rest[..<start].last ?? result.last
      result += rest[..<start]
      let end = rest[start...].firstIndex { !Self.isPart($0) } ?? rest.endIndex
      let word = rest[start..<end]
      // A part of a path, and what somebody else has written, stay as they are.
      let isQuoted = before.map { "/'\".".contains($0) } ?? false
      let isFirst = start == message.startIndex
      rest = rest[end...]
      result += isQuoted ? String(word) : spoken(word, isFirst: isFirst, before: rest)
    }
    return result + rest
  }

  private func spoken(_ word: Substring, isFirst: Bool, before rest: Substring) -> String {
    if isFile {
      let isFlag = word.hasPrefix("--")
      guard isFlag || word.contains("_") else { return String(word) }
      let name = String(word.drop { $0 == "-" }.map { $0 == "-" ? "_" : $0 })
      if let field = fields[name] { return name + (takesValue(field, from: rest) ? ":" : "") }
      return ports.contains(name) ? name : String(word)
    }
    guard let field = fields[String(word)] else { return String(word) }
    // A word such as `head` may be meant as one, unless the message is about it.
    return word.contains("_") || isFirst && rest.hasPrefix(":") ? "--" + field.flag : String(word)
  }

  /// Whether `rest` begins with a value of the option.
  private func takesValue(_ field: OptionField, from rest: Substring) -> Bool {
    guard rest.first == " " else { return false }
    let word = String(rest.dropFirst().prefix { !" ,;)".contains($0) })
    guard field.type != .boolean, field.type != .text, !word.isEmpty else { return false }
    if field.type == .texts { return !["or", "and", "out", "to", "needs"].contains(word) }
    return (try? field.type.read(WrittenScalar(text: word, isPlain: true))) != nil
  }

  private static func isPart(_ letter: Character) -> Bool {
    letter.isASCII && (letter.isLetter || letter.isNumber || letter == "_" || letter == "-")
  }
}

extension Pipeline {
  /// A message about one of the stages, in the words of the place where its options are given.
  func spoken(_ message: String, by kind: any Stage.Type) -> String {
    // What another stage has made wrongly is mended there.
    OptionWords(of: file == nil ? [kind] : stages.map(\.kind), inFile: file != nil)
      .spoken(message)
  }

  /// An error about a place in the pipeline's file, where it has one.
  func error(
    _ status: ExitStatus, at keyPath: String, _ location: Location?, _ message: String
  ) -> PipelineError {
    PipelineError(
      status,
      faults: [
        PipelineFault(file: file, location: location, keyPath: keyPath, message: message)
      ])
  }

  /// Where an input of a stage is named: a flag on a command line, else a key.
  func place(ofInput port: String, of stage: PipelineStage) -> String {
    file == nil
      ? "--" + Port.flag(port)
      : "stages.\(stage.name).inputs.\(port)"
  }
}

extension Stage {
  /// A message about the options of this kind in the words of a command line.
  public static func flagged(_ message: String) -> String {
    OptionWords(of: [self], inFile: false).spoken(message)
  }
}
