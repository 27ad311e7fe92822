import Files
import Text
import Training

/// What became of a file's labels, where that is not plain.
enum LabelRemarks {
  /// A line for each.
  static func sentences(
    on targets: [Target], of rows: [LabelledRow], labels: [String], path: String
  ) -> [String] {
    var remarks: [String] = []
    let missing = targets.count { $0 == .none }
    if missing > 0 {
      remarks.append(
        "\(path): \(missing) of \(rows.count) rows have no label: they serve distillation, not "
          + "fine-tuning or scores")
    }
    let respelled = zip(rows, targets).filter { row, target in
      if case .label(let label) = target { row.label != labels[Int(label)] } else { false }
    }
    if let (row, target) = respelled.first, case .label(let label) = target {
      remarks.append(
        "\(path):\(row.line): \(respelled.count) labels are whole numbers written as fractions: "
          + "'\(row.label ?? "")' is '\(labels[Int(label)])'")
    }
    return remarks + onSets(targets, of: rows, labels: labels, path: path)
  }

  /// What became of labels of which a row may have several.
  private static func onSets(
    _ targets: [Target], of rows: [LabelledRow], labels: [String], path: String
  ) -> [String] {
    let sets = zip(rows, targets).compactMap { row, target -> (written: [String], count: Int)? in
      guard case .labels(let written) = row.answer, case .labels(let set) = target else {
        return nil
      }
      return (written, set.count)
    }
    var remarks: [String] = []
    let none = sets.count { $0.count == 0 }
    if none > 0 {
      remarks.append("\(path): of \(none) of \(rows.count) rows no label applies")
    }
    let twice = sets.count { $0.count < $0.written.count }
    if twice > 0 { remarks.append("\(path): \(twice) rows name a label twice: once is enough") }
    let joined = labels.filter { name in [";", "|", ","].contains { name.contains($0) } }
    if let name = joined.first, !sets.isEmpty, sets.allSatisfy({ $0.written.count < 2 }) {
      remarks.append(
        "\(path): no row has two labels, and '\(printable(String(name.prefix(60))))' may be several: "
          + "--label-separator says what stands between them")
    }
    return remarks
  }
}
