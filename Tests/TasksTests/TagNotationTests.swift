import Compute
import Foundation
import Testing
import Training
import Transformer

@testable import Tasks

/// What models say in BIOES, BILOU and IOB1, in IOB2.
@Suite struct TagNotationTests {
  /// What is to be done with what a model says that an order is applied to.
  private func translation(_ order: LabelOrder) throws -> OutputTranslation {
    let configuration = ModelConfiguration(
      vocabularySize: 5, hiddenSize: 4, layerCount: 1, headCount: 1, intermediateSize: 4,
      maximumPositions: 4)
    let model = try BertModel(configuration, head: .tokenClassification(labels: 3))
    return order.apply(to: model, ParameterSet(model.layout))
  }

  /// Probabilities of the dataset's labels, word by word.
  private func translated(
    _ own: [String], _ labels: [String], _ sentences: [[[Double]]]
  ) throws -> [[[Double]]] {
    let order = try TokenClassificationTask().order(
      of: own, in: labels, path: "t", option: "--o")
    #expect(order.isTranslation)
    var rows = Ragged<Float>()
    // Logits are the logarithms of probabilities, and a number that means nothing.
    for sentence in sentences { rows.append(sentence.flatMap { $0.map { Float(log($0) + 5) } }) }
    let outputs = try translation(order)(Outputs(columns: own.count, rows: rows))
    #expect(outputs.columns == labels.count && outputs.count == sentences.count)
    return (0..<outputs.count).map { sentence in
      let values = outputs.rows[sentence].map { exp(Double($0)) }
      return stride(from: 0, to: values.count, by: labels.count).map {
        Array(values[$0..<$0 + labels.count])
      }
    }
  }

  private func expect(_ found: [[[Double]]], _ expected: [[[Double]]]) {
    let counts = (found.map(\.count), expected.map(\.count))
    #expect(counts.0 == counts.1)
    for (one, other) in zip(found.joined().joined(), expected.joined().joined()) {
      #expect(abs(one - other) < 1e-5, "\(found), not \(expected)")
    }
  }

  @Test(arguments: [("I", "E", "S"), ("I", "L", "U"), ("M", "E", "S")])
  func `of BIOES, BILOU and BMES two are one`(inside: String, end: String, single: String) throws {
    let own = ["\(single)-x", "O", "\(inside)-x", "\(end)-x", "B-x"]
    let found = try translated(
      own, ["B-x", "I-x", "O"],
      [[[0.1, 0.2, 0.3, 0.05, 0.35], [0.6, 0.1, 0.1, 0.1, 0.1]], [[0.2, 0.2, 0.2, 0.2, 0.2]]])
    expect(found, [[[0.45, 0.35, 0.2], [0.7, 0.2, 0.1]], [[0.4, 0.4, 0.2]]])
  }

  @Test func `outputs for what is no word are left out`() throws {
    let sentence = [[0.2, 0.3, 0.1, 0.3, 0.1]]
    for name in ["X", "x", "PAD", "[PAD]", "<pad>", "[CLS]"] {
      let found = try translated(
        [name, "B-x", "I-x", "O", "[SEP]"], ["O", "B-x", "I-x"], [sentence])
      expect(found, [[[0.3 / 0.7, 0.3 / 0.7, 0.1 / 0.7]]])
    }
    let parted = try translated(
      ["[PAD]", "B-x", "E-x", "O", "X"], ["I-x", "B-x", "O"], [sentence])
    expect(parted, [[[0.1 / 0.7, 0.3 / 0.7, 0.3 / 0.7]]])
  }

  @Test func `where no word is outside, as in parting a text into words, nothing is`() throws {
    let found = try translated(
      ["B-w", "M-w", "E-w", "S-w"], ["I-w", "B-w"], [[[0.1, 0.2, 0.3, 0.4]]])
    expect(found, [[[0.5, 0.5]]])
  }

  @Test func `in IOB1 what begins is said by what stands before`() throws {
    // B-y alone shows that types may follow each other: y has it, x has not.
    let own = ["O", "I-x", "I-y", "B-y"]
    let labels = ["O", "B-x", "I-x", "B-y", "I-y"]
    let found = try translated(
      own, labels,
      [
        [
          [0.1, 0.6, 0.2, 0.1], [0.2, 0.5, 0.2, 0.1], [0.1, 0.1, 0.7, 0.1], [0.1, 0.1, 0.2, 0.6],
          [0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1],
        ], [[0.1, 0.7, 0.1, 0.1]],
      ])
    expect(
      found,
      [
        [
          // Nothing before, then x, x again, y, y and what is outside.
          [0.1, 0.6, 0, 0.3, 0], [0.2, 0, 0.5, 0.3, 0], [0.1, 0, 0.1, 0.8, 0],
          [0.1, 0.1, 0, 0.6, 0.2], [0.7, 0.1, 0, 0.1, 0.1], [0.1, 0.7, 0, 0.2, 0],
        ],
        // A sentence does not follow the one before it.
        [[0.1, 0.7, 0, 0.2, 0]],
      ])
  }

  @Test func `what stands before is what was answered, not what its parts say`() throws {
    // O is the most likely of the model's tags of the first word, B of the answers.
    let found = try translated(
      ["O", "I-x", "B-x", "I-y"], ["O", "B-x", "I-x", "B-y", "I-y"],
      [[[0.4, 0.33, 0.25, 0.02], [0.05, 0.9, 0.03, 0.02]]])
    expect(found, [[[0.4, 0.58, 0, 0.02, 0], [0.05, 0.03, 0.9, 0.02, 0]]])
  }

  @Test func `all that a model says is finite`() throws {
    let order = try TokenClassificationTask().order(
      of: ["O", "I-x"], in: ["O", "B-x", "I-x"], path: "t", option: "--o")
    let outputs = try translation(order)(Outputs(columns: 2, values: [90, -90, -3e38, 3e38]))
    #expect(outputs.values.allSatisfy { $0.isFinite }, "\(outputs.values)")
    #expect(outputs.greatest == [0, 1])
  }

  @Test(arguments: [
    ["O", "B-x", "I-x"], ["B-x", "O"], ["x", "y"], ["O", "B-x", "E-x", "NN"], ["B-x", "I-x"],
    ["LABEL_0", "LABEL_1"], ["X", "[PAD]"], ["X", "NOUN", "O"], ["I-x", "X"], ["O", "B-x", "[]"],
  ])
  func `names that may be IOB2's, or are no tags, are none of another notation`(own: [String]) {
    #expect(TagNotation(of: own) == nil)
  }

  @Test func `a dataset that lacks tags is to be made again, another is of other types`() throws {
    let task = TokenClassificationTask()
    let few = #expect(throws: TaskError.self) {
      try task.order(of: ["O", "B-x", "E-x", "S-y"], in: ["O", "B-x"], path: "t", option: "--o")
    }
    #expect(
      few?.description.hasSuffix("; make the dataset again with --labels O,B-x,I-x,B-y,I-y")
        == true,
      "\(few?.description ?? "")")
    // Outputs without names are named in whatever notation they are in.
    let nameless = #expect(throws: TaskError.self) {
      try task.order(
        of: ["LABEL_0", "LABEL_1"], in: ["O", "B-x", "I-x"], path: "t", option: "--o")
    }
    #expect(
      nameless?.description.hasSuffix(
        "; use a model of this task, or name each of its outputs as a tag with --o") == true)
    #expect(
      try task.order(of: ["O", "S-x"], in: ["O", "B-x", "I-x"], path: "t", option: "--o")
        .isTranslation)
    let types = (0..<400).map { "B-kind\($0)" }
    let many = #expect(throws: TaskError.self) {
      try task.order(of: ["O", "S-x"] + types, in: ["O"], path: "t", option: "--o")
    }
    #expect(
      many?.description.hasSuffix(
        "with --labels and O, and B- and I- with each of the model's types")
        == true)
    let other = #expect(throws: TaskError.self) {
      try task.order(of: ["O", "S-y"], in: ["O", "B-x"], path: "t", option: "--o")
    }
    #expect(other?.description.hasSuffix("; use a model of this task") == true)
  }

  @Test func `the weights of a model whose outputs are translated stay as they are`() throws {
    let configuration = ModelConfiguration(
      vocabularySize: 5, hiddenSize: 4, layerCount: 1, headCount: 1, intermediateSize: 4,
      maximumPositions: 4)
    let model = try BertModel(configuration, head: .tokenClassification(labels: 3))
    let weights = ParameterSet(model.layout)
    for parameter in model.layout.parameters {
      weights[parameter].assign((0..<parameter.count).map { Float($0) })
    }
    let before = weights.values.values()
    let order = try TokenClassificationTask().order(
      of: ["S-x", "O", "B-x"], in: ["I-x", "B-x", "O"], path: "t", option: "--o")
    _ = order.apply(to: model, weights)
    #expect(weights.values.values() == before)
  }
}
