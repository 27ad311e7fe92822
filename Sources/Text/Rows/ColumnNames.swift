internal import Files

extension RowReader {
  /// Objects at the beginning of a file whose keys are looked at.
  private static let objectsLookedAt = 100

  /// What the columns of a file are called, or the keys of its first objects; nil where it has no names.
  ///
  /// What is wrong with the file is left to whoever reads its rows.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: Its format; nil for the one its name says.
  ///   - quoting: Whether quotation marks hold fields together; nil for what the format is used to.
  /// - Returns: The names, in their order.
  public static func columnNames(
    of path: String, format: RowFormat? = nil, quoting: Quoting? = nil
  ) -> [String]? {
    guard let format = try? format ?? RowFormat(ofFile: path) else { return nil }
    switch format {
    case .txt, .conll: return nil
    case .tsv, .csv:
      guard let lines = try? LineReader(path) else { return nil }
      let records = RecordReader(
        lines: lines, separator: UInt8(ascii: format == .tsv ? "\t" : ","),
        quoting: quoting ?? (format == .tsv ? .none : .csv))
      while let record = try? records.next() {
        if !isBlank(record.fields) { return record.fields }
      }
      return nil
    case .jsonl:
      guard let objects = try? JSONObjects(path) else { return nil }
      var names: [String] = []
      var known: Set<String> = []
      for _ in 0..<objectsLookedAt {
        guard let row = try? objects.next() else { break }
        names += row.object.members.map(\.name).filter { known.insert($0).inserted }
      }
      return names.isEmpty ? nil : names
    }
  }
}

extension RowLayout {
  /// What a file calls the column of a usual name: exactly so, or else the one that is called so in another
  /// case; nil where there is none, or several.
  ///
  /// - Parameters:
  ///   - usual: The name in small letters.
  ///   - names: The names of the file.
  /// - Returns: The name as the file has it.
  public static func column(_ usual: String, among names: [String]) -> String? {
    guard let found = try? self.usual(usual, in: names, at: "") else { return nil }
    return names[found]
  }

  /// Names in quotation marks, the first few of many, for a message.
  public static func spoken(_ names: [String]) -> String {
    let shown = names.prefix(20).map { "'\(printable(String($0.prefix(60))))'" }
    let rest = names.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
