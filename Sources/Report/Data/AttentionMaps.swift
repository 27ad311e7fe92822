/// What a teacher and a student attend to in a few texts, side by side: the mean over heads of the
/// probabilities with which each token attends to each.
package struct AttentionMaps: Sendable {
  /// Layers that were matched, with what each attends to.
  package struct Pair: Sendable {
    let teacherLayer: Int
    let studentLayer: Int
    /// `[n, n]` of n tokens: a row attends, a column is attended to; a row sums to 1.
    let teacher: [Float]
    /// The student's, in the same form.
    let student: [Float]

    /// Two layers, counted from 1.
    ///
    /// - Precondition: both have as many values.
    package init(teacherLayer: Int, studentLayer: Int, teacher: [Float], student: [Float]) {
      precondition(teacher.count == student.count, "maps of two sizes side by side")
      self.teacherLayer = teacherLayer
      self.studentLayer = studentLayer
      self.teacher = teacher
      self.student = student
    }
  }

  /// A text, or a pair of texts, as both read it.
  package struct Text: Sendable {
    /// Its tokens, special ones included.
    let tokens: [String]
    let pairs: [Pair]

    /// A text with the maps of its tokens.
    ///
    /// - Precondition: every map is as long and as wide as the text.
    package init(tokens: [String], pairs: [Pair]) {
      precondition(
        pairs.allSatisfy { $0.teacher.count == tokens.count * tokens.count },
        "a map that is not of \(tokens.count) tokens")
      self.tokens = tokens
      self.pairs = pairs
    }
  }

  /// The most tokens of a text that is shown: more cannot be told apart.
  package static let mostTokens = 24
  /// The most texts that are shown.
  package static let mostTexts = 3

  let teacher: String
  let student: String
  let texts: [Text]

  /// Maps of two models; without a text where none is short enough.
  package init(teacher: String, student: String, texts: [Text]) {
    self.teacher = teacher
    self.student = student
    self.texts = texts
  }
}
