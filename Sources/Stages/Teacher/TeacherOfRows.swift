import Artifacts
import Files
import Pipelines
import Tasks
import Training

/// Which of several teachers each row is asked of, by the names that the rows have.
struct TeacherOfRows {
  /// Names of the teachers, in their order.
  let names: [String]
  /// The teacher of each training example.
  let train: [Int]
  /// That of each development example; nil where these rows name none: then every teacher is judged by
  /// all of them.
  let development: [Int]?

  /// Reads the names; nil where the options name no teachers.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - data: The rows.
  ///   - path: Their dataset.
  /// - Throws: `ArtifactError` where training rows name no teacher, or one that is not given.
  init?(_ options: OptionValues, _ data: TaskData, path: String) throws {
    names = options.texts("teacher_names")
    guard !names.isEmpty else { return nil }
    let places = Dictionary(
      names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let known = names.map { printable($0) }.joined(separator: ", ")
    func find(_ split: String, _ examples: InMemoryExamples) throws -> [Int]? {
      let said = try data.teacherNames(of: split)
      guard !said.isEmpty else { return nil }
      return try (0..<examples.count).map { example in
        let name = said[examples.row(of: example)]
        guard let place = places[name] else {
          throw ArtifactError.badData(
            path,
            "\(examples.spokenRow(of: example)), of '\(split)' names the teacher "
              + "'\(printable(String(name.prefix(60))))', which is none of \(known)",
            cure: "give that one too, with --teacher and --teacher-names, or correct the row")
        }
        return place
      }
    }
    guard let train = try find("train", data.train) else {
      throw ArtifactError.badData(
        path, "its training rows name no teacher",
        cure: "make it with --teacher-column, or leave --teacher-names out")
    }
    self.train = train
    development = try data.development.flatMap { try find("dev", $0.examples) }
  }

  /// The training examples that a teacher is asked for.
  func asked(of teacher: Int) -> [Int] { train.indices.filter { train[$0] == teacher } }

  /// The development examples by which it is judged; nil for all.
  func judged(by teacher: Int) -> [Int]? {
    development.map { places in places.indices.filter { places[$0] == teacher } }
  }

  /// Puts together what each teacher said of its examples.
  ///
  /// - Parameters:
  ///   - parts: Of each teacher, what it said of its own examples, in their order; nil where it has none.
  ///   - owners: The teacher of each example.
  /// - Returns: What was said of all examples.
  static func joined(_ parts: [Outputs?], owners: [Int]) -> Outputs {
    var next = [Int](repeating: 0, count: parts.count)
    var rows = Ragged<Float>()
    for owner in owners {
      guard let part = parts[owner] else { preconditionFailure("a teacher that was not asked") }
      rows.append(part.rows[next[owner]])
      next[owner] += 1
    }
    return Outputs(columns: parts.lazy.compactMap { $0?.columns }.first ?? 1, rows: rows)
  }
}
