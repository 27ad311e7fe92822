/// What says that something is on an MLflow server: `mlflow:` before its name there.
public enum ServerAddress {
  /// The mark.
  public static let prefix = "mlflow:"

  /// Whether a text is meant to be an address there, right or wrong.
  public static func isMeant(_ text: String) -> Bool { text.hasPrefix(prefix) }
}
