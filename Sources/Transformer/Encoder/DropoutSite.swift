import Compute
public import RandomStreams

/// The random numbers of every dropout site in one epoch.
public struct DropoutStreams: Sendable {
  /// Keyed by seed and epoch for the purpose `dropout`.
  public let stream: RandomStream

  /// The streams of a run's seed and an epoch.
  public init(seed: UInt64, epoch: UInt64) {
    stream = RandomStream(seed: seed, purpose: "dropout", epoch: epoch)
  }

  /// Masks drawn from the given stream.
  public init(_ stream: RandomStream) {
    self.stream = stream
  }
}

/// A named place in the model where dropout is applied.
///
/// A mask is a function of (stream, name, example's place, position, channel): backward draws it
/// again instead of keeping it, and any cut into micro-batches sees the same one.
struct DropoutSite: Sendable {
  let identifier: UInt32
  let probability: Float

  init(_ name: String, probability: Double) {
    identifier = siteIdentifier(name)
    self.probability = Float(probability)
  }

  /// The mask of a matrix with one row per address, or `nil` where nothing is dropped.
  func mask(_ streams: DropoutStreams?, _ rows: RowAddresses) -> Dropout? {
    guard let streams, probability > 0 else { return nil }
    return Dropout(probability: probability, stream: streams.stream, site: identifier, rows: rows)
  }

  /// The mask of the attention probabilities, or `nil` where nothing is dropped.
  func attentionMask(_ streams: DropoutStreams?, _ places: [UInt64]) -> AttentionDropout? {
    guard let streams, probability > 0 else { return nil }
    return AttentionDropout(
      probability: probability, stream: streams.stream, site: identifier, places: places)
  }
}
