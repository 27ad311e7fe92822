import Files
import Foundation
import TestSupport
import Text

extension FuzzedParser {
  /// Tokenizers in their three forms, and text for one of them.
  static let tokenizers = [
    FuzzedParser(name: "tokenizer-json") { bytes, scratch in
      try scratch.write(bytes, to: "tokenizer.json")
      try use(Tokenizer(folder: scratch.path))
    },
    // Several files, each behind a line `--- name`.
    FuzzedParser(name: "tokenizer-files") { bytes, scratch in
      let names = [
        "vocab.txt", "tokenizer_config.json", "added_tokens.json", "special_tokens_map.json",
        "tokenizer.json",
      ]
      for (name, content) in parts(of: bytes) where names.contains(name) {
        try scratch.write(content, to: name)
      }
      try use(Tokenizer(folder: scratch.path))
    },
    FuzzedParser(name: "vocabulary") { bytes, scratch in
      try scratch.write(bytes, to: "vocab.txt")
      try scratch.write(#"{"do_lower_case": false}"#, to: "tokenizer_config.json")
      try use(Tokenizer(folder: scratch.path))
    },
    FuzzedParser(name: "text", namesFile: false) { bytes, scratch in
      let tokenizer = try Fixtures.tokenizer.get()
      let text = bytes.asText
      let whole = tokenizer.encode(text, withSources: true)
      try FuzzFinding.unless(
        whole.ids.allSatisfy { (0..<Int32(tokenizer.vocabularySize)).contains($0) },
        "ids beyond the vocabulary")
      try FuzzFinding.unless(
        Array(whole.ids.dropFirst().dropLast()) == tokenizer.tokenize(text),
        "with their sources the tokens are others")
      _ = tokenizer.encode(text, text, maxLength: 8)
      _ = tokenizer.encode(words: text.split(separator: " ").map(String.init), maxLength: 8)
      for window in tokenizer.windows("a", text, maxLength: 9, overlap: 2) ?? [] {
        try FuzzFinding.unless(window.ids.count <= 9, "a window of \(window.ids.count) tokens")
      }
      try scratch.write(bytes, to: "text.txt")
      for mode in CorpusChunker.Mode.allCases {
        for long in CorpusChunker.LongSentences.allCases {
          var chunker = CorpusChunker(tokenizer, maxSeqLength: 8, mode: mode, longSentences: long)
          try chunker.read(scratch.path + "/text.txt") { sequence in
            try FuzzFinding.unless(
              (3...8).contains(sequence.count), "a sequence of \(sequence.count) tokens")
          }
        }
      }
    },
  ]

  /// What is done with a tokenizer once it is read.
  private static func use(_ tokenizer: Tokenizer) throws {
    let text =
      "  The caf\u{E9}s, [MASK] a\u{301}b\u{0}\u{200B}\u{4E2D}\u{6587} x@y  [CLS]\tUn-known  "
    _ = tokenizer.digest
    let ids = tokenizer.tokenize(text)
    try FuzzFinding.unless(
      ids.allSatisfy { (0..<Int32(tokenizer.vocabularySize)).contains($0) },
      "ids beyond the vocabulary")
    try FuzzFinding.unless(
      Array(tokenizer.encode(text, withSources: true).ids.dropFirst().dropLast()) == ids,
      "with their sources the tokens are others")
    _ = try? tokenizer.exportedFiles()
  }

  /// The parts of an input that holds several files.
  private static func parts(of bytes: [UInt8]) -> [(name: String, content: [UInt8])] {
    var parts: [(name: String, content: [UInt8])] = []
    for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      if line.starts(with: "--- ".utf8) {
        parts.append((line.dropFirst(4).asText, []))
      } else if !parts.isEmpty {
        parts[parts.count - 1].content += line + [0x0A]
      }
    }
    return parts
  }
}

extension Fixtures {
  /// A tokenizer of several hundred pieces.
  fileprivate static let tokenizer = Result {
    try Tokenizer(folder: Fixtures.path("text/tokenizer"))
  }
}
