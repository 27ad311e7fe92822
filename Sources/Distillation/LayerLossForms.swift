public import Training

extension LayerObjective {
  /// How the parts of the loss are computed; as in the paper unless told otherwise.
  public struct Forms: Sendable, Equatable {
    /// How states are compared.
    public enum Hidden: String, Sendable, CaseIterable {
      /// Mean squared difference.
      case mse
      /// One minus the cosine, a mean over the rows.
      case cosine
    }

    /// How attention is compared.
    public enum Attention: String, Sendable, CaseIterable {
      /// Mean squared difference of the raw scores.
      case mse
      /// KL(teacher || student) of what a query attends to, a mean over heads and queries.
      case kl
    }

    /// How embeddings and states are compared.
    public var hidden = Hidden.mse
    /// How attention is compared.
    public var attention = Attention.mse
    /// Whose relations are compared; without it there is no such loss.
    public var relations: RelationMatch?
    /// What the terms weigh.
    public var weights = LossWeights()

    /// Those of the paper.
    public init() {}
  }
}
