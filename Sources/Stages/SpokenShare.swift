extension Double {
  /// A share in words, such as `96.0 %`.
  var spokenShare: String { "\((self * 1000).rounded() / 10) %" }
}
