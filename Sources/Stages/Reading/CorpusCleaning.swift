import Artifacts
import Files
import HDF5
import Pipelines
import Text

/// What is left out of raw text, and what is told of it.
struct CorpusCleaning {
  /// Looks at one sentence after the other.
  var filter: SentenceFilter
  private let options: OptionValues
  private let heldOutCount: Int?

  /// Makes the filter that options ask for.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - excluded: Files and datasets whose texts no sentence may overlap.
  ///   - text: How files of text are read.
  /// - Throws: What is wrong with one of them.
  init(_ options: OptionValues, excluded: [String], _ text: CorpusText) throws {
    self.options = options
    var heldOut = HeldOutSentences()
    for path in excluded {
      let isFull = try Self.texts(of: path, text) { !heldOut.insert($0) }
      if isFull {
        throw ArtifactError.badData(
          path, "more than \(HeldOutSentences.limit.grouped) runs of words are to be excluded",
          cure: "exclude less text at once")
      }
    }
    heldOutCount = excluded.isEmpty ? nil : heldOut.count
    filter = SentenceFilter(
      minimumWords: options.optionalInteger("min_words") ?? 1,
      proseOnly: options.boolean("prose_only"), heldOut: excluded.isEmpty ? nil : heldOut,
      repeated: options.optionalText("drop_duplicates").flatMap {
        RepeatedSentences.Measure(rawValue: $0)
      }.map { RepeatedSentences($0) })
  }

  /// How many sentences were left out, by the reason: what the stage reports.
  var metrics: [(String, Double)] {
    told.map { ($0.name, Double($0.count)) }
  }

  /// What the user should know, a line each.
  var notes: [String] {
    var notes = told.filter { $0.count > 0 }.map { told in
      "\(told.count.grouped) \(told.count == 1 ? "sentence" : "sentences") left out: \(told.reason)"
    }
    if filter.hasForgotten {
      notes.append(
        "--drop-duplicates remembers some millions of sentences: of the first ones repetitions may be left"
      )
    }
    return notes
  }

  private var told: [(name: String, count: Int, reason: String)] {
    let counts = filter.counts
    var told: [(name: String, count: Int, reason: String)] = []
    if let words = options.optionalInteger("min_words") {
      told.append(("left_out_short", counts.short, "fewer than \(words) words"))
    }
    if options.boolean("prose_only") {
      told.append(("left_out_no_prose", counts.noProse, "no prose"))
    }
    if let heldOutCount {
      told.append(
        (
          "left_out_held_out", counts.heldOut,
          "the words of one of \(heldOutCount.grouped) held-out texts, or "
            + "\(HeldOutSentences.runLength) in a row of it"
        ))
    }
    if let measure = options.optionalText("drop_duplicates") {
      told.append(
        (
          "left_out_repeated", counts.repeated,
          measure == "exact" ? "repeated" : "nearly the same as one before"
        ))
    }
    return told
  }

  /// Hands over the texts of a file, or of a dataset's development and test rows, until `isEnough`.
  ///
  /// - Returns: Whether it was enough before the end.
  private static func texts(
    of path: String, _ text: CorpusText, until isEnough: (String) -> Bool
  ) throws -> Bool {
    guard try ArtifactProbes.isArtifact(path) else {
      let reader = try text.heldOutReader(path)
      while let batch = try reader.next() {
        if batch.sentences.contains(where: isEnough) { return true }
      }
      return false
    }
    let (reader, description) = try DatasetArtifact.open(path)
    let names = DatasetArtifact.heldOutNames.filter { description.splits[$0] != nil }
    guard !names.isEmpty else {
      throw ArtifactError.badData(
        path, "the dataset has training rows alone, which are not excluded",
        cure: "give the files of rows that are to be excluded")
    }
    for name in names {
      let split = try DatasetArtifact.read(reader, description, split: name, vocabularySize: .max)
      if split.texts.contains(where: isEnough) || split.pairs.contains(where: isEnough) {
        return true
      }
    }
    return false
  }
}
