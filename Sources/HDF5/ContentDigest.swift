internal import Files

/// The digest of what an artifact means: its kind, its configuration and its values, not where they
/// lie in the file, who wrote it or from what.
enum ContentDigest {
  /// The SHA-256 of these lines, each ended by a line feed.
  ///
  /// The datasets come in byte order of their names.
  ///
  /// ```
  /// distill content 1
  /// kind <kind>
  /// configuration <SHA-256 of config_json>
  /// dataset <element> <extents joined by x> <SHA-256 of the little-endian values> <name>
  /// ```
  static func of(
    kind: String, configuration: [UInt8], datasets: [(info: DatasetInfo, values: Digest)]
  ) -> Digest {
    var lines = "distill content 1\nkind \(kind)\nconfiguration \(Digest.of(configuration))\n"
    for (info, values) in datasets.sorted(by: { DatasetInfo.precedes($0.info, $1.info) }) {
      let extents = info.shape.map { String($0) }.joined(separator: "x")
      lines += "dataset \(info.element.rawValue) \(extents) \(values) \(info.name)\n"
    }
    return Digest.of(lines)
  }
}

extension DatasetInfo {
  /// The order of datasets: that of the bytes of their names.
  static func precedes(_ left: DatasetInfo, _ right: DatasetInfo) -> Bool {
    left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }
}
