/// The revision of the arithmetic as a whole.
///
/// Raised whenever the same model and input give other bits on the same machine: stages and kept
/// results that compute derive their own revision from it, so that nothing computed before is taken
/// for something computed now.
public enum EngineRevision {
  /// Today's revision.
  public static let current = 4

  /// The revision of what computes and has changed `own` times for reasons of its own.
  public static func plus(_ own: Int) -> Int { current + own }
}
