import Artifacts
import Augmentation
import Compute
import Distillation
import Files
import HDF5
import Interchange
public import Pipelines
import Tasks
import Text
import Training
import Transformer

/// Which exit code an error of any module means.
public enum FailureStatus {
  /// The code of design: 64 usage, 65 data, 66 missing, 70 numbers, 73 and 74 disk, 75 locked.
  public static func of(_ error: any Error) -> ExitStatus {
    switch error {
    case let error as PipelineError: error.status
    case let error as StageError: error.status
    case let error as FileError: status(of: error)
    case let error as TrainingError: status(of: error)
    case is DistillationError: .usage
    case let error as HDF5Error: status(of: error)
    case is ArtifactError, is TaskError, is TextError, is ModelError, is InterchangeError,
      is AugmentationError, is MemoryShortage:
      .badData
    default: .inputOutput
    }
  }

  private static func status(of error: FileError) -> ExitStatus {
    switch error.kind {
    case .missing: .missingInput
    case .locked: .locked
    case .cannotCreate, .readOnly, .escapes: .cannotCreate
    case .inputOutput, .noSpace, .denied: .inputOutput
    default: .badData
    }
  }

  private static func status(of error: HDF5Error) -> ExitStatus {
    switch error.kind {
    case .inputOutput, .noSpace: .inputOutput
    default: .badData
    }
  }

  private static func status(of error: TrainingError) -> ExitStatus {
    switch error.kind {
    case .nonFinite: .numericFailure
    case .invalidOption: .usage
    default: .badData
    }
  }
}
