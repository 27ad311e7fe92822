import Report
import Stages
import Text

/// What the teacher and the student of a report attend to.
enum ReportAttention {
  /// The most pairs of layers that are shown.
  private static let mostLayers = 3

  /// What was found.
  struct Found: Sendable {
    /// What is shown; nil for nothing.
    var maps: AttentionMaps?
    /// What is left out, and why, a line each.
    var faults: [String] = []
  }

  /// Asks the models of a report of one workspace.
  ///
  /// - Parameters:
  ///   - report: The report.
  ///   - sentences: Texts to show, in place of rows that were evaluated.
  ///   - threads: How many threads compute.
  /// - Returns: What there is to show.
  static func find(_ report: RunReport, sentences: [String], threads: Int) -> Found {
    var found = Found()
    do {
      if let question = try report.attentionQuestion() {
        try answer(question, &found, sentences, threads)
      } else if !sentences.isEmpty {
        found.faults.append(
          "--sentence: no stage of the last run scored a teacher and a student; run one of kind "
            + "evaluate with both")
      }
    } catch {
      found.faults.append("\(error)")
    }
    return found
  }

  private static func answer(
    _ question: AttentionQuestion, _ found: inout Found, _ sentences: [String], _ threads: Int
  ) throws {
    let teacher = try AttentionReader(model: question.teacher.path, threads: threads)
    let student = try AttentionReader(model: question.student.path, threads: threads)
    try student.requireSameTokenizer(as: teacher)
    let layers = try AttentionReader.matchedLayers(
      question.layerMap, teacher: teacher, student: student, most: mostLayers)
    let given = sentences.map { (text: $0, pair: String?.none) }
    var texts: [AttentionMaps.Text] = []
    var seen: Set<[Int32]> = []
    for row in given.isEmpty ? question.rows : given where texts.count < AttentionMaps.mostTexts {
      guard let encoding = teacher.encoding(of: row.text, row.pair),
        student.encoding(of: row.text, row.pair) != nil,
        encoding.ids.count <= AttentionMaps.mostTokens
      else {
        if !given.isEmpty {
          found.faults.append(
            "--sentence \"\(row.text.prefix(60))\": more than the \(AttentionMaps.mostTokens) tokens that "
              + "a map shows, or than the models read; give a shorter one")
        }
        continue
      }
      guard seen.insert(encoding.ids).inserted else { continue }
      let own = try teacher.attention(to: encoding, layers: Set(layers.map(\.teacher)))
      let other = try student.attention(to: encoding, layers: Set(layers.map(\.student)))
      texts.append(
        AttentionMaps.Text(
          tokens: teacher.tokens(of: encoding),
          pairs: layers.compactMap { layer in
            guard let first = own[layer.teacher], let second = other[layer.student] else {
              return nil
            }
            return AttentionMaps.Pair(
              teacherLayer: layer.teacher, studentLayer: layer.student, teacher: first,
              student: second)
          }))
    }
    guard !texts.isEmpty || given.isEmpty else { return }
    found.maps = AttentionMaps(
      teacher: question.teacher.name, student: question.student.name, texts: texts)
  }
}
