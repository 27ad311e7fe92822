public import Pipelines

/// Every stage kind that a pipeline file may name and the command line offers.
public enum Kinds {
  /// The kinds in the order of the way data goes.
  public static let all: [any Stage.Type] = [
    CorpusStage.self, DatasetStage.self, FinetuneStage.self, GeneralStage.self, AugmentStage.self,
    IntermediateStage.self, PredictionStage.self, EvaluateStage.self, ExportStage.self,
  ]

  /// The registry that pipeline files are read against.
  public static let registry = StageRegistry(all)
}
