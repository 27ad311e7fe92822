internal import RandomStreams

/// How sentences become pairs, as TinyBERT's preparation of text makes them, or a mixture of pairs and
/// single texts.
public struct PairMixing: Sendable, Hashable {
  /// Share of the chunks that become pairs; of the others one half are single sentences, one half
  /// consecutive ones packed.
  public var pairShare: Double
  /// Share of pairs and packed texts whose length is to be a random one below the limit.
  public var shortShare: Double
  /// Share of pairs whose second text is of another document.
  public var otherShare: Double
  /// Decides all of that.
  public var seed: UInt64

  /// A mixture; BERT's shares unless others are named.
  public init(
    pairShare: Double = 1, shortShare: Double = 0.1, otherShare: Double = 0.5, seed: UInt64 = 42
  ) {
    self.pairShare = pairShare
    self.shortShare = shortShare
    self.otherShare = otherShare
    self.seed = seed
  }

  /// What the next sentences of a document are to become.
  struct Plan {
    enum Form { case single, packed, pair }
    var form: Form
    /// Tokens to be reached, special ones aside.
    var target: Int
  }

  /// The draws of a chunk, one after the other; its number alone decides them.
  func draws(_ chunk: Int) -> RandomSequence {
    RandomStream(seed: seed, purpose: "corpus pairs").sequence(place: UInt64(chunk))
  }

  /// What a chunk is to become; `room` is the most tokens of text in a sequence of one segment.
  func plan(room: Int, _ draws: inout RandomSequence) -> Plan {
    let (form, half, short, length) = (
      draws.uniform(), draws.uniform(), draws.uniform(), draws.uniform()
    )
    var plan = Plan(
      form: form < pairShare ? .pair : half < 0.5 ? .single : .packed, target: room)
    if plan.form == .pair { plan.target -= 1 }
    if short < shortShare, plan.target > 2 {
      plan.target = 2 + Int(length * Double(plan.target - 1))
    }
    return plan
  }
}
