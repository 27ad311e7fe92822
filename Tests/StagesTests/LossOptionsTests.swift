import Foundation
import Tasks
import TestSupport
import Testing

@testable import Stages

/// Forms and weights of the losses, relations, and hidden words beside the layers.
@Suite struct LossOptionsTests {
  private static func general(_ world: FinishedWorld, _ more: [String]) -> [String] {
    [
      "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
      "--max-steps", "2",
    ] + SmallWorld.flags(SmallWorld.general.filter { $0.key != "num_train_epochs" }) + more
  }

  private static func prediction(_ world: FinishedWorld, _ more: [String]) -> [String] {
    [
      "prediction", "--teacher", world.artifact("teacher"), "--student",
      world.artifact("intermediate_student"), "--dataset", world.artifact("rows"),
      "--allow-weak-teacher", "--max-steps", "2",
    ] + more
  }

  @Test func `each form makes another student, and the same at any number of threads`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var said = ""
      func make(_ name: String, _ words: [String]) throws -> String {
        said = try Distill.succeed(words + ["--output", name], in: folder).errors
        return try Disk.content(folder + "/" + name)
      }
      let relations = ["--losses", "hidden,relations", "--relation-heads", "4"]
      let general = try [
        [], relations + ["--threads", "1"], ["--hidden-loss", "cosine"],
        ["--attention-loss", "kl"],
        ["--loss-weights", "hidden=1..0"], ["--masked-language-weight", "0.5", "--threads", "1"],
      ].enumerated().map { try make("g\($0).h5", Self.general(world, $1)) }
      #expect(Set(general).count == 6)
      #expect(said.contains("train_masked_language_loss"))
      #expect(
        try make("h1.h5", Self.general(world, relations + ["--threads", "2"])) == general[1])
      #expect(said.contains("relations (student<-teacher): 1<-2 by 4 relation heads"), "\(said)")
      #expect(said.contains("train_relations_loss"), "\(said)")
      #expect(!said.contains("is not trained here"), "\(said)")
      #expect(
        try make(
          "h5.h5", Self.general(world, ["--masked-language-weight", "0.5", "--threads", "2"]))
          == general[5])
      #expect(
        try make("h0.h5", Self.general(world, ["--loss-weights", "hidden=1,attention=1..1"]))
          == general[0])
      _ = try make("cached.h5", Self.general(world, relations + ["--cache-teacher"]))
      #expect(said.contains("queries, keys and values of one"), "\(said)")

      let prediction = try [
        [], ["--prediction-loss", "mse"], ["--loss-weights", "prediction=2..0.5"],
      ].enumerated().map { try make("p\($0).h5", Self.prediction(world, $1)) }
      #expect(Set(prediction).count == 3)
      // Its gradient is the cross-entropy's.
      #expect(
        try make("kl.h5", Self.prediction(world, ["--prediction-loss", "kl"])) == prediction[0])
    }
  }

  @Test func `a student may be deeper than its teacher where relations alone are learnt`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let deep = Self.general(world, ["--output", "deep.h5"]).enumerated().map { place, word in
        word == "1" && place > 0 ? "3" : word
      }
      let refused = try Distill.run(deep, in: folder)
      #expect(refused.status == 64, "\(refused.errors)")
      let run = try Distill.succeed(
        deep + ["--losses", "relations", "--relation-heads", "2", "--relation-layer", "2:1"],
        in: folder)
      #expect(
        run.errors.contains(
          "what is above the queries, keys and values of the student's layer 2 is not trained here")
      )
    }
  }

  /// Words that are refused, what is said, and the words that the cure puts in their place.
  @Test func `both phases at once are told whose terms weigh what`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let task = [
        "task", "--teacher", world.artifact("teacher"), "--student",
        world.artifact("general_student"), "--dataset", world.artifact("rows"),
        "--allow-weak-teacher", "--max-steps", "2", "--output", "student.h5",
      ]
      let refused = try Distill.run(task + ["--loss-weights", "hidden=2"], in: folder)
      #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains(
          "give --intermediate-loss-weights or --prediction-loss-weights"), "\(refused.errors)")
      try Distill.succeed(
        task + [
          "--intermediate-loss-weights", "hidden=2", "--prediction-loss-weights", "prediction=2",
        ], in: folder)
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let words: [String]
    let message: String
    let cure: [String]
    var isPrediction = false
    var testDescription: String { words.joined(separator: " ") }
  }

  private static let relations = ["--losses", "relations"]

  static let cases = [
    Case(
      words: relations,
      message: "--relation-heads: 12 heads do not divide both the student's width 16 and the "
        + "teacher's 32; take one of 1, 2, 4, 8, 16",
      cure: relations + ["--relation-heads", "8"]),
    Case(
      words: relations + ["--relation-heads", "4", "--relation-layer", "3"],
      message: "--relation-layer: the teacher has no layer 3; take one from 1 to 2",
      cure: relations + ["--relation-heads", "4", "--relation-layer", "1"]),
    Case(
      words: relations + ["--relation-heads", "4", "--relation-layer", "last"],
      message:
        "--relation-layer: 'last' is no layer; give one of the teacher's such as 2, or a pair "
        + "student:teacher such as 1:2",
      cure: relations + ["--relation-heads", "4", "--relation-layer", "1:2"]),
    Case(
      words: ["--relation-heads", "4"],
      message: "--relation-heads: would do nothing without --losses relations; give both or none",
      cure: relations + ["--relation-heads", "4"]),
    Case(
      words: relations + [
        "--relation-heads", "4", "--layer-map", "last", "--initialization", "random",
      ],
      message: "--layer-map: would do nothing beside --losses relations; leave one of them out",
      cure: relations + ["--relation-heads", "4"]),
    Case(
      words: ["--losses", "attention", "--hidden-loss", "cosine"],
      message: "--hidden-loss: would do nothing beside --losses attention; leave one of them out",
      cure: ["--losses", "attention"]),
    Case(
      words: ["--losses", "hidden", "--attention-loss", "kl"],
      message: "--attention-loss: would do nothing beside --losses hidden; leave one of them out",
      cure: ["--losses", "hidden"]),
    Case(
      words: ["--loss-weights", "relations=2"],
      message: "--loss-weights: 'relations=2': the loss has no such term here; name some of "
        + "embedding, hidden, attention",
      cure: ["--loss-weights", "embedding=2,hidden=1,attention=0.5"]),
    Case(
      words: ["--loss-weights", "hidden"],
      message: "--loss-weights: 'hidden': no term and its weight; write embedding=0.5, or =1..0",
      cure: ["--loss-weights", "embedding=0.5"]),
    Case(
      words: ["--loss-weights", "hidden=-1"],
      message: "--loss-weights: 'hidden=-1': no term and its weight; write embedding=0.5, or =1..0",
      cure: ["--loss-weights", "embedding=1..0"]),
    Case(
      words: ["--loss-weights", "hidden=0"],
      message: "--loss-weights: 'hidden=0': a term that weighs nothing; give it a weight, or leave "
        + "the term out",
      cure: ["--losses", "embedding,attention"]),
    Case(
      words: ["--loss-weights", "hidden=1,hidden=2"],
      message: "--loss-weights: 'hidden=2': named before; name each term once",
      cure: ["--loss-weights", "hidden=2"]),
    Case(
      words: ["--masked-language-weight", "1", "--cache-teacher"],
      message: "--cache-teacher: with --masked-language-weight other tokens are hidden at every "
        + "visit, and the teacher reads them so; leave one of them out",
      cure: ["--masked-language-weight", "1"]),
    Case(
      words: ["--prediction-loss", "mse", "--temperature", "2"],
      message:
        "--temperature: would do nothing beside --prediction-loss mse; leave one of them out",
      cure: ["--prediction-loss", "mse"], isPrediction: true),
    Case(
      words: ["--prediction-loss", "kl", "--alpha", "1"],
      message: "--prediction-loss: would do nothing beside --alpha 1; leave one of them out",
      cure: ["--alpha", "1"], isPrediction: true),
    Case(
      words: ["--loss-weights", "label=2"],
      message: "--loss-weights: 'label=2': the loss has no such term here; name some of prediction",
      cure: ["--loss-weights", "prediction=2"], isPrediction: true),
  ]

  @Test(arguments: cases)
  func `what does not fit is refused with a cure that works`(_ one: Case) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = { (more: [String]) in
        (one.isPrediction ? Self.prediction : Self.general)(world, more + ["--output", "m.h5"])
      }
      let refused = try Distill.run(words(one.words), in: folder)
      #expect(refused.status == 64, "\(refused.errors)")
      #expect(refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains(one.message), "\(refused.errors)")
      try Distill.succeed(words(one.cure), in: folder)
    }
  }

  @Test func `a general student that learnt hidden words keeps their head, and goes on without it`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let masked = ["--masked-language-weight", "0.5"]
      try Distill.succeed(Self.general(world, masked + ["--output", "g.h5"]), in: folder)
      try Distill.succeed(["export", "--model", "g.h5", "--output", "exported"], in: folder)
      #expect(try Disk.text(folder + "/exported/config.json").contains("BertForMaskedLM"))
      // It is extended under that head, and under no other.
      let more = [
        "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
        "--extend", "g.h5", "--output", "more.h5", "--max-steps", "1",
      ]
      let other = try Distill.run(more, in: folder)
      #expect(other.status == 65 && other.errors.contains("has another head"), "\(other.errors)")
      try Distill.succeed(more + masked, in: folder)
      try Distill.succeed(
        [
          "task", "--teacher", world.artifact("teacher"), "--student", "g.h5", "--dataset",
          world.artifact("rows"), "--output", "task.h5", "--max-steps", "1",
          "--allow-weak-teacher",
        ], in: folder)
      try Distill.succeed(
        [
          "augment", "--dataset", world.artifact("rows"), "--masked-language-model", "g.h5",
          "--output", "rows.h5", "--rewrites", "1",
        ], in: folder)
    }
  }

  @Test func `vectors are compared by losses of their own`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      let encoder = world.folder + "/encoder"
      try Distill.succeed(SentenceFiles.dataset(encoder), in: folder)
      func words(_ more: [String]) -> [String] {
        SentenceFiles.prediction(
          encoder, world.artifact("general_student"), output: "x.h5",
          ["--pooling", "mean", "--max-steps", "1"] + more)
      }
      let alone = ["--embedding-loss", "none", "--similarity-weight", "1"]
      for (more, message) in [
        (
          ["--prediction-loss", "kl"],
          "--prediction-loss: the task sentence-embedding has no probabilities that could diverge; "
            + "leave the option out"
        ),
        (
          ["--prediction-loss", "mse"],
          "--prediction-loss: the task sentence-embedding is learnt by squared differences anyway; "
            + "leave the option out"
        ),
        (
          ["--prediction-loss", "mse", "--embedding-loss", "cosine"],
          "--embedding-loss: would do nothing beside --prediction-loss mse; leave one of them out"
        ),
        (
          alone + ["--loss-weights", "prediction=2"],
          "--loss-weights: would do nothing beside --embedding-loss none; leave one of them out"
        ),
      ] {
        let refused = try Distill.run(words(more), in: folder)
        #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
        #expect(refused.errors.contains(message), "\(refused.errors)")
      }
      try Distill.succeed(words(["--loss-weights", "prediction=2"]), in: folder)
    }
  }

  @Test func `each task's answers are compared as they can be`() throws {
    let accepted = TaskTable.ofRows.map { task in
      let forms = AnswerLossForm.allCases.filter { form in
        (try? form.loss(
          of: task, usual: task.answerLoss(temperature: 1, scalesByTemperature: false))) != nil
      }
      return "\(task.name): " + forms.map(\.rawValue).joined(separator: " ")
    }
    #expect(
      Set(accepted) == [
        "classification: kl mse", "multi-label: kl mse", "token-classification: kl mse",
        "masked-language: kl mse", "question-answering: kl", "regression: ",
        "sentence-embedding: ",
      ])
  }

  @Test func `what is planned is what is trained`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let general = "    output: general_student\n"
      for more in [
        "    masked_language_weight: 0.5\n",
        "    losses: [relations]\n    relation_heads: 4\n",
        "    losses: [hidden, attention, relations]\n    relation_heads: 2\n    relation_layer: \"1:1\"\n",
      ] {
        let text = SmallWorld.pipeline().replacing(general, with: general + more)
        #expect(text != SmallWorld.pipeline())
        try Disk.write(text, to: folder + "/tiny.yaml")
        let plan = try Distill.object(["plan", "tiny.yaml", "--json"], in: folder)
        let stages = try #require(plan["stages"] as? [[String: Any]])
        let cost = try #require(
          stages.first { $0["stage"] as? String == "general" }?["cost"] as? [String: Any])
        let trained = try #require(cost["trained_parameters"] as? Int)
        #expect((cost["flops"] as? Double ?? 0) > 0)
        let run = try Distill.succeed(["run", "tiny.yaml", "--until", "general"], in: folder)
        #expect(run.errors.contains(", \(trained) trained parameters"), "\(run.errors)")
      }
    }
  }
}
