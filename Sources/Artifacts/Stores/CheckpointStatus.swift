import Files
import Interchange
import Training

/// What can be said of a stage's checkpoints without going on from them.
public enum CheckpointStatus {
  /// The step after which the newest readable checkpoint in a folder was taken; nil without one.
  ///
  /// Only headers are read: whoever goes on from a checkpoint looks at all of it.
  public static func newestStep(in folder: String) -> Int? {
    let names = (try? folderEntries(folder)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.compactMap { name in
      let path = "\(folder)/\(name)"
      guard let text = try? SafetensorsFile(path: path).metadata["state"] else { return nil }
      return try? CanonicalJSON.decode(TrainerState.self, from: Array(text.utf8), of: path).step
    }.max()
  }
}
