import Report
import Stages
import Text

/// What the teacher and the student of a report attend to.
enum ReportAttention {
  /// The most pairs of layers that are shown.
  private static let mostLayers = 3

  /// Asks the models and adds the maps to the report; what cannot be shown is told there in one line.
  ///
  /// - Parameters:
  ///   - report: A report of one workspace.
  ///   - sentences: Texts to show, in place of rows that were evaluated.
  ///   - threads: How many threads compute.
  static func add(to report: inout RunReport, sentences: [String], threads: Int) {
    do {
      guard let question = try report.attentionQuestion() else {
        if !sentences.isEmpty {
          report.leaveOut(
            "--sentence: no stage of the last run scored a teacher and a student; run one of kind "
              + "evaluate with both")
        }
        return
      }
      try answer(question, &report, sentences, threads)
    } catch {
      report.leaveOut("\(error)")
    }
  }

  private static func answer(
    _ question: AttentionQuestion, _ report: inout RunReport, _ sentences: [String], _ threads: Int
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
          report.leaveOut(
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
    report.attention = AttentionMaps(
      teacher: question.teacher.name, student: question.student.name, texts: texts)
  }
}
