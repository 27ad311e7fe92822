import Files
import Foundation
import TestSupport
import Testing
import Text

/// Comparisons with the real tokenizer over more than a fixture can hold.
@Suite(.enabled(if: pythonPath != nil, "DISTILL_PYTHON names a Python with transformers"))
struct TokenizerOracleTests {
  private static let scalars = (0...0x10FFFF as ClosedRange<UInt32>).compactMap {
    Unicode.Scalar($0)
  }

  private func withFolder<R>(
    _ settings: TokenizerSettings, _ body: (String, Tokenizer) throws -> R
  ) throws -> R {
    let tokenizer = try Tokenizer(tokens: fixtureTokens(), settings: settings)
    return try withTemporaryFolder { folder in
      for (name, bytes) in try tokenizer.exportedFiles() {
        try AtomicFile.write(bytes, to: "\(folder)/\(name)")
      }
      return try body(folder, tokenizer)
    }
  }

  @Test(arguments: [("between", true), ("between", false), ("alone", true)])
  func `every scalar makes the same words`(_ mode: String, _ isUncased: Bool) throws {
    var settings = TokenizerSettings()
    settings.normalizer.doLowerCase = isUncased
    try withFolder(settings) { folder, tokenizer in
      let expected = try oracle(["scalars", folder, mode])
      #expect(expected.count == 1_112_064)
      var differences: [String] = []
      for (scalar, words) in zip(Self.scalars, expected) {
        let text = mode == "between" ? "a\(scalar)b" : "\(scalar)"
        let ours = tokenizer.basicTokens(text).joined(separator: " ")
        if !ours.utf8.elementsEqual(words.utf8) {
          differences.append("U+\(String(scalar.value, radix: 16)): '\(ours)', not '\(words)'")
        }
      }
      // Only the first: a million of them would take the test's report hours to print.
      #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(5))")
    }
  }

  @Test func `random mixtures of hard scalars make the same words under all settings`() throws {
    var numbers = ArbitraryNumbers(7)
    let texts = (0..<5000).map { _ in Self.hardText(&numbers) }
    let tokenizers = try allSettings.map { try Tokenizer(tokens: fixtureTokens(), settings: $0) }
    let expected = try answers("words", tokenizers, texts)
    for (index, words) in expected.enumerated() {
      let text = texts[index % texts.count]
      let ours = tokenizers[index / texts.count].basicTokens(text).joined(separator: " ")
      #expect(ours.utf8.elementsEqual(words.utf8), "\(text.unicodeScalars.map(\.value))")
    }
  }

  @Test func `random mixtures of hard scalars come from the same places`() throws {
    var numbers = ArbitraryNumbers(8)
    let texts = (0..<5000).map { _ in Self.hardText(&numbers) }
    let settings = [allSettings[0], allSettings[4], allSettings[8]]
    let tokenizers = try settings.map { try Tokenizer(tokens: fixtureTokens(), settings: $0) }
    for (index, sources) in try answers("sources", tokenizers, texts).enumerated() {
      let text = texts[index % texts.count]
      let encoding = tokenizers[index / texts.count].encode(text, withSources: true)
      let ours = encoding.flatSources.map { "\($0)" }.joined(separator: " ")
      #expect(ours == sources, "\(text.unicodeScalars.map(\.value))")
    }
  }

  /// What the oracle prints about the texts for each tokenizer, one after the other.
  private func answers(
    _ question: String, _ tokenizers: [Tokenizer], _ texts: [String]
  ) throws -> [String] {
    try withTemporaryFolder { root in
      let folders = tokenizers.indices.map { "\(root)/\($0)" }
      for (tokenizer, folder) in zip(tokenizers, folders) {
        try ensureDirectory(folder)
        for (name, bytes) in try tokenizer.exportedFiles() {
          try AtomicFile.write(bytes, to: "\(folder)/\(name)")
        }
      }
      let lines = try oracle([question] + folders, texts: texts)
      #expect(lines.count == texts.count * tokenizers.count)
      return lines
    }
  }

  /// Up to twelve scalars, mostly from blocks where normalisation has work to do.
  private static func hardText(_ numbers: inout ArbitraryNumbers) -> String {
    let blocks: [ClosedRange<UInt32>] = [
      0...0x20, 0x20...0x7E, 0x80...0x24F, 0x300...0x36F, 0x370...0x5FF, 0x900...0xDFF,
      0x1B00...0x1BFF,
      0x1DC0...0x1DFF, 0x3000...0x30FF, 0x302E...0x302F, 0x4E00...0x4E10, 0xAC00...0xAC40,
      0xF900...0xFAFF, 0x1_1440...0x1_1446, 0x1_D150...0x1_D1D0, 0x1_E000...0x1_E02F,
      0x1_E940...0x1_E950, 0x1_F466...0x1_F469, 0x2_F800...0x2_FA1F, 0...0x10_FFFF,
    ]
    var text = ""
    for _ in 0...numbers.below(12) {
      let block = blocks[numbers.below(blocks.count)]
      let value = block.lowerBound + UInt32(numbers.below(block.count))
      if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
    }
    return text
  }

  @Test func `transformers loads an export with added tokens as the same tokenizer`() throws {
    let texts = try fixtureLines("added_tokens.jsonl").compactMap { $0.array?[0].string }
    try withTemporaryFolder { folder in
      _ = try write(try Fixtures.text("text/added_tokens.json"), folder, "tokenizer.json")
      let tokenizer = try Tokenizer(folder: folder)
      for (name, bytes) in try tokenizer.exportedFiles(modelMaxLength: 32) {
        try AtomicFile.write(bytes, to: "\(folder)/\(name)")
      }
      for isWithoutJSON in [false, true] {
        if isWithoutJSON { try removeFile("\(folder)/tokenizer.json") }
        let again = try Tokenizer(folder: folder)
        #expect(again.digest == tokenizer.digest)
        #expect(again.settings.modelMaxLength == 32)
        for (text, ids) in zip(texts, try oracle(["ids", folder], texts: texts)) {
          #expect(again.encode(text).ids.map(String.init).joined(separator: " ") == ids)
        }
      }
    }
  }

  @Test(.enabled(if: quickstartData != nil, "DISTILL_QUICKSTART_DATA names the data folder"))
  func `ids of the quickstart's sentences are equal`() throws {
    let folder = try #require(quickstartData)
    var texts: [String] = []
    for name in try folderEntries(folder).sorted() {
      let path = "\(folder)/\(name)"
      if name.hasSuffix("_GroundTruth.txt") {
        let layout = RowLayout(hasHeader: false, text: .place(2))
        texts += try RowReader.rows(of: path, format: .tsv, layout: layout).map(\.text)
      } else if name.hasSuffix(".tsv") || name == "unlabelled.txt" {
        texts += try RowReader.rows(of: path).map(\.text)
      }
    }
    #expect(texts.count > 20_000)
    let encoder = "\(folder)/encoder"
    let tokenizer = try Tokenizer(folder: encoder)
    let expected = try oracle(["ids", encoder], texts: texts)
    #expect(expected.count == texts.count)
    let differences = zip(texts, expected).filter { text, ids in
      tokenizer.encode(text).ids.map(String.init).joined(separator: " ") != ids
    }
    #expect(differences.isEmpty, "\(differences.prefix(3))")
  }
}
