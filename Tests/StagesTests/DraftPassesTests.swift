import Files
import Tasks
import TestSupport
import Testing

@testable import Stages

/// How often rows are gone through where they are few.
@Suite struct DraftPassesTests {
  @Test func `few rows are gone through until the steps are enough, many as often as usual`() {
    let recipe = DraftRecipe(ClassificationTask(), hasPairs: false)
    #expect(recipe.passes(2, steps: 300, of: 800) == 12, "25 steps a pass")
    #expect(recipe.passes(2, steps: 300, of: 7_566) == 2)
    #expect(recipe.passes(2, steps: 300, of: nil) == 2)
    #expect(recipe.passes(2, steps: 300, of: 0) == 2)
    #expect(recipe.passes(2, steps: 300, of: 10) == 40, "a bound")
  }

  @Test func `pairs are rewritten more than single texts, and many rows less`() {
    let single = DraftRecipe(ClassificationTask(), hasPairs: false)
    let pairs = DraftRecipe(ClassificationTask(), hasPairs: true)
    #expect(single.rewrites(.usual, of: 800) == 1 && single.growth(.usual, of: 800) == 2)
    #expect(pairs.rewrites(.usual, of: 800) == 4 && pairs.growth(.usual, of: 800) == 9)
    #expect(pairs.rewrites(.usual, of: nil) == 1 && pairs.growth(.thorough, of: nil) == 5)
    #expect(pairs.rewrites(.short, of: 800) == 0 && pairs.growth(.short, of: 800) == 1)
    #expect(pairs.plainPasses(.short, of: 800) == 9 && single.plainPasses(.shortest, of: 800) == 2)
    #expect(pairs.plainPasses(.usual, of: 800) == 1)
    // Else a short effort would take longer than the usual one.
    #expect(pairs.plainPasses(.short, of: nil) == 3 && pairs.growth(.usual, of: nil) == 3)
    let words = DraftRecipe(TokenClassificationTask(), hasPairs: false)
    #expect(words.rewrites(.longest, of: 800) == 40 && words.plainPasses(.short, of: 800) == 9)
    let classes = DraftRecipe(TokenClassificationTask(), hasPairs: false, tags: ["NN", "DT"])
    #expect(classes.rewrites(.usual, of: 800) == 0 && classes.intermediateEpochs == 10)
    let questions = DraftRecipe(QuestionAnsweringTask(), hasPairs: false)
    #expect(questions.rewrites(.longest, of: 9) == 0 && questions.plainPasses(.short, of: 9) == 1)
    #expect(DraftRecipe.generalRate(width: 312) == 1e-3)
    #expect(DraftRecipe.generalRate(width: 768) == nil)
  }

  @Test func `rows are counted as their format has them, and many are not`() throws {
    try withTemporaryFolder { folder in
      let files: [(name: String, text: String, rows: Int?)] = [
        ("a.tsv", "sentence\tlabel\na\t0\n\nb\t1\n", 3),
        ("a.conll", "a O\nb O\n\n\nc O\n", 2),
        ("b.txt", String(repeating: "a\n", count: 20_000), nil),
        ("c.unknown", "a\n", nil),
      ]
      for file in files {
        try Disk.write(file.text, to: folder + "/" + file.name)
        #expect(try DraftRowCount.of(folder + "/" + file.name) == file.rows, "\(file.name)")
      }
      #expect(try DraftRowCount.of(folder) == nil)
      // A benchmark's folder: its training file.
      try Disk.write("sentence\tlabel\na\t0\nb\t1\n", to: folder + "/train.tsv")
      var request = DraftRequest(teacher: "teacher", train: folder)
      request.glue = "sst-2"
      #expect(try DraftRowCount.of(request) == 3)
      request.glue = nil
      request.train = folder + "/a.conll"
      #expect(try DraftRowCount.of(request) == 2)
    }
  }

  @Test func `a student that only guesses is told`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--max-steps", "1", "--output", "coin.h5",
        ], in: folder)
      let outcome = try Distill.succeed(
        [
          "evaluate", "--teacher", world.artifact("teacher"), "--models", "coin.h5", "--dataset",
          world.artifact("rows"),
        ], in: folder)
      #expect(outcome.errors.contains(/warning: coin accuracy 50.0 % on 'test', majority class/))
      #expect(outcome.errors.contains("no better than a guess"))
      #expect(!outcome.errors.contains("warning: teacher"))
    }
  }
}
