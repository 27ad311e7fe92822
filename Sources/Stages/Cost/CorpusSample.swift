import Files
import HDF5
import Text

/// What the files of a corpus will give, by a sample of each.
struct CorpusSample: Sendable {
  /// The sequences; nil where that is not known.
  var amount: TokenAmount?
  /// Bytes of all files.
  var bytes = 0
  /// What is not known, and why.
  var remarks: [String] = []

  /// Reads the beginnings of files.
  ///
  /// - Parameters:
  ///   - stage: The stage that will read them.
  ///   - paths: The files.
  ///   - excluded: Files and datasets of held-out texts.
  ///   - tokenizer: The tokenizer that will make the ids.
  init(
    _ stage: CorpusStage, _ paths: [String], excluding excluded: [String], _ tokenizer: Tokenizer
  ) {
    var parts: [TokenAmount] = []
    var left = stage.limit.map { $0.count(of: .max) } ?? .max
    let columns = try? CorpusStage.columns(stage.options, paths, excluded)
    for path in paths {
      bytes += (try? statSignature(path).size).map { Int(clamping: $0) } ?? 0
      guard let part = try? Self.part(stage, path, columns, tokenizer) else { continue }
      guard let factor = part.factor else {
        remarks.append(FileSample.unknown(path))
        continue
      }
      let sentences = Double(part.sentences) * factor
      var taken = sentences
      switch stage.limit {
      case nil: break
      case .count:
        taken = min(sentences, Double(left))
        left -= taken.wholeNumber
      case .percent: taken = Double(stage.limit?.count(of: sentences.wholeNumber) ?? 0)
      }
      parts.append(part.amount.times(sentences > 0 ? factor * taken / sentences : 0))
    }
    guard remarks.isEmpty, var sum = parts.first else { return }
    for part in parts.dropFirst() {
      sum.examples += part.examples
      sum.tokens += part.tokens
      sum.squares += part.squares
      sum.storedBytes = (sum.storedBytes ?? 0) + (part.storedBytes ?? 0)
      sum.makingSeconds = sum.makingSeconds.map {
        (
          $0.tokenizing + (part.makingSeconds?.tokenizing ?? 0),
          $0.storing + (part.makingSeconds?.storing ?? 0)
        )
      }
      sum.isExact = sum.isExact && part.isExact
    }
    amount = sum
  }

  private static func part(
    _ stage: CorpusStage, _ path: String, _ columns: NamedColumns?, _ tokenizer: Tokenizer
  ) throws -> (sentences: Int, amount: TokenAmount, factor: Double?) {
    let clock = ContinuousClock()
    let start = clock.now
    let text = try CorpusText(
      stage.options, unknownToken: tokenizer.settings.specialTokens.unknown, columns: columns,
      skipsMalformedRows: stage.skipsMalformedRows)
    let reader = try text.reader(path, limit: .max)
    // What is held out is a small part of the text at most.
    var cleaning = try CorpusCleaning(stage.options, excluded: [], text)
    var chunker = stage.chunker(tokenizer, seed: 0)
    var sequences: [CorpusSequence] = []
    var (isWhole, bytes) = (true, 0)
    while let read = try reader.next() {
      bytes += read.sentences.reduce(0) { $0 + $1.utf8.count + 1 }
      let batch = cleaning.filter.kept(of: read)
      var ends = batch.documentEnds[...]
      for (number, sentence) in batch.sentences.enumerated() {
        while ends.first == number {
          ends.removeFirst()
          sequences += chunker.endDocument()
        }
        sequences += chunker.append(sentence)
      }
      for _ in ends { sequences += chunker.endDocument() }
      if bytes >= FileSample.bytes {
        isWhole = false
        break
      }
    }
    var amount = TokenAmount(lengths: sequences.map(\.count), isExact: isWhole)
    let tokenized = clock.now
    amount.vocabulary = tokenizer.vocabularySize
    amount.storedBytes = Double(
      CompressedSize.of(sequences.flatMap(\.ids))
        + CompressedSize.of(DatasetSample.offsets(sequences.map(\.count)))
        + (chunker.pairCounts == nil
          ? 0 : CompressedSize.of(sequences.map { Int32($0.secondSegmentStart) })))
    amount.makingSeconds = (
      (tokenized - start) / .seconds(1), (clock.now - tokenized) / .seconds(1)
    )
    return (
      reader.sentenceCount, amount,
      FileSample.factor(path, read: reader.bytesRead, isWhole: isWhole)
    )
  }
}
