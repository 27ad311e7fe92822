import Artifacts
import Pipelines

/// In which numbers a stage computes, and what becomes of a checkpoint that was computed in others.
///
/// Another precision, library or instruction set rounds differently. Neither going on silently nor
/// throwing the work away is right, so the user decides.
enum Numerics {
  /// Compares what a checkpoint was computed in with what it would go on in.
  ///
  /// - Parameters:
  ///   - saved: What the checkpoint keeps; nil in one that is older than this check, which passes.
  ///   - current: `ComputeContext.numerics` now.
  ///   - context: The stage's surroundings; where they allow the change, a note tells of it.
  /// - Throws: `StageError` (exit 65) naming both and the cures; the checkpoint is left alone.
  static func check(saved: String?, current: String, context: StageContext) throws {
    guard let saved, saved != current else { return }
    guard context.allowsNumericChange else {
      throw ArtifactError.badData(
        context.checkpointFolder,
        "what is saved was computed in \(saved); here it would go on in \(current)",
        cure: "go on where the first is to be had, give --allow-numeric-change to go on here, or "
          + "--force (in `run`: --force \(context.stage)) to start afresh")
    }
    context.note("goes on in \(current) what was begun in \(saved), as allowed")
  }
}
