import TestSupport

/// Small files of sentences, and the commands that read them.
enum SentenceFiles {
  /// Training texts, pairs of like and unlike sentences with numbers, and texts to be read, in a folder.
  static func write(in folder: String) throws {
    var numbers = ArbitraryNumbers(8)
    let texts = (0..<48).map { SmallWorld.sentence(isGood: $0 % 3 == 0, &numbers) }
    try Disk.write(texts.joined(separator: "\n") + "\n", to: folder + "/train.txt")
    var pairs = "sentence1,sentence2,label\n"
    for row in 0..<16 {
      let (first, second) = (row % 2 == 0, row % 3 == 0)
      pairs += SmallWorld.sentence(isGood: first, &numbers).replacing(",", with: "") + ","
      pairs += SmallWorld.sentence(isGood: second, &numbers).replacing(",", with: "") + ","
      pairs += first == second ? "\(4 + row % 2)\n" : "0.\(row)\n"
    }
    try Disk.write(pairs, to: folder + "/pairs.csv")
  }

  static func dataset(_ encoder: String, _ more: [String] = []) -> [String] {
    [
      "dataset", "--task", "sentence-embedding", "--train", "train.txt", "--dev", "pairs.csv",
      "--test", "pairs.csv", "--tokenizer", encoder, "--max-seq-length", "24", "--output",
      "rows.h5",
    ] + more
  }

  static func prediction(
    _ teacher: String, _ student: String, output: String, _ more: [String] = []
  ) -> [String] {
    [
      "prediction", "--teacher", teacher, "--student", student, "--dataset", "rows.h5", "--output",
      output, "--allow-weak-teacher",
    ] + SmallWorld.flags(SmallWorld.prediction) + SmallWorld.flags(SmallWorld.batch) + more
  }
}
