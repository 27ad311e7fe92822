/// What the name of a metric says of it.
public enum MetricName {
  private static let low = [
    "loss", "perplexity", "error", "mse", "seconds", "_ms", "bytes", "distance",
  ]

  /// Whether a metric of this name is the better the lower it is.
  public static func isBetterLow(_ name: String) -> Bool { low.contains { name.hasSuffix($0) } }
}
