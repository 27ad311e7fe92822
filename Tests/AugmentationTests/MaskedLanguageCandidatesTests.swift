import Compute
import Testing
import Text
import Transformer

@testable import Augmentation

@Suite struct MaskedLanguageCandidatesTests {
  private let fixture: MaskedLanguageFixture
  private let sentences: [SegmentedSentence]

  init() throws {
    fixture = try .load()
    let tokenizer = try fixture.tokenizer()
    sentences = fixture.cases(.masked).map { SegmentedSentence($0.text, tokenizer: tokenizer) }
  }

  @Test func `words and pieces are the tokenizer's`() {
    for (sentence, expected) in zip(sentences, fixture.cases(.masked)) {
      #expect(sentence.words == expected.words)
      #expect(sentence.ranges.map { Array(sentence.pieces[$0]) } == expected.pieces)
    }
  }

  @Test(arguments: [(MaskedContext.masked, 0), (.original, 0), (.masked, 0.2)])
  func `candidates are those of transformers in float64`(
    context: MaskedContext, share: Double
  ) throws {
    let found = try fixture.source(context, share: share)
      .candidates(for: fixture.places(sentences), in: sentences)
    let expected = fixture.cases(context, share: share).flatMap(\.candidates)
    #expect(found.count == expected.count)
    for (place, (ours, theirs)) in zip(fixture.places(sentences), zip(found, expected)) {
      #expect(ours == theirs, "word \(place.word) of sentence \(place.sentence)")
    }
    // The long sentence is cut, and words of several pieces are not asked about.
    #expect(found.contains([]) && !found.allSatisfy(\.isEmpty))
  }

  @Test(arguments: [MaskedContext.masked, .original])
  func `those below a share of the best one's probability are left out`(context: MaskedContext)
    throws
  {
    let found = try fixture.source(context, floor: fixture.floor)
      .candidates(for: fixture.places(sentences), in: sentences)
    #expect(found == fixture.cases(context).flatMap(\.floored))
    #expect(found != fixture.cases(context).flatMap(\.candidates))
  }

  @Test func `how questions are packed and how many threads run makes no difference`() throws {
    let places = fixture.places(sentences)
    let expected = try fixture.source(.masked).candidates(for: places, in: sentences)
    for maxTokens in [1, 30, 100] {
      let source = try fixture.source(.masked, maxTokens: maxTokens, threads: 2)
      #expect(try source.candidates(for: places, in: sentences) == expected)
    }
    let source = try fixture.source(.masked, threads: 2)
    let single = try places.map { try source.candidates(for: [$0], in: sentences)[0] }
    #expect(single == expected)
    #expect(try source.candidates(for: [], in: sentences) == [])
  }

  @Test func `capitals of a cased word are kept`() throws {
    var cased = fixture
    cased.vocabulary[cased.vocabulary.firstIndex(of: "film") ?? 0] = "Film"
    var settings = TokenizerSettings()
    settings.normalizer.doLowerCase = false
    let tokenizer = try Tokenizer(tokens: cased.vocabulary, settings: settings)
    let source = try fixture.source(.masked, tokenizer: tokenizer)
    let sentence = SegmentedSentence(
      "the Film was very good, the actors loved it!", tokenizer: tokenizer)
    let found = try source.candidates(for: [WordPlace(sentence: 0, word: 1)], in: [sentence])
    let lower = fixture.cases[0].candidates[1]
    #expect(found == [lower.map { $0.prefix(1).uppercased() + $0.dropFirst() }])
  }

  @Test func `what cannot work is refused in one line`() throws {
    let context = ComputeContext(threads: 1)
    let tokenizer = try fixture.tokenizer()
    let model = try BertModel(fixture.configuration, head: .none)
    #expect(throws: AugmentationError.self) {
      try MaskedLanguageCandidates(
        model: model, weights: ParameterSet(model.layout), tokenizer: tokenizer, on: context)
    }
    let masked = try BertModel(fixture.configuration, head: .maskedLanguage)
    let weights = ParameterSet(masked.layout)
    weights.values.fill(.nan)
    let source = try MaskedLanguageCandidates(
      model: masked, weights: weights, tokenizer: tokenizer, on: context)
    #expect(throws: AugmentationError.self) {
      try source.candidates(for: fixture.places(sentences), in: sentences)
    }
  }
}
