import Files
import Foundation
import Pipelines

/// The lines that show how far a run is, for a terminal of any size.
///
/// ```
/// stage 3 of 7  general                                       about 12 min 05 s left in all
///   [#############.................]  42 %  step 420 of 1,000, epoch 0.84    3 min 05 s left
///   loss 1.3100 (hidden 0.8000, attention 0.5100)  rate 4.90e-05  14,350 tokens/s
///   accuracy 0.8591 after step 400, best 0.8612 after step 300
/// ```
struct ProgressBlock {
  private let progress: RunProgress
  private let now: Int
  private let left: (seconds: Double, isAtLeast: Bool)?

  /// The block of a run at a time in milliseconds since 1970; `left` is what is left of the whole.
  init(_ progress: RunProgress, at now: Int, left: (seconds: Double, isAtLeast: Bool)?) {
    self.progress = progress
    self.now = now
    self.left = left
  }

  /// The lines; none where nothing runs, or where there is no room.
  func lines(columns: Int, rows: Int) -> [BlockLine] {
    guard !progress.active.isEmpty, columns >= 20, rows >= 3 else { return [] }
    let room = rows - 1
    var lines = [BlockLine(Self.spread(title, whole, columns), .strong)]
    if progress.active.count == 1, let stage = progress.active.first {
      lines.append(BlockLine(bar(stage, indent: "  ", columns)))
      if let training = stage.training { lines.append(BlockLine("  " + Self.text(training))) }
      if let scores = Self.text(of: stage) { lines.append(BlockLine("  " + scores, .faint)) }
    } else {
      for stage in progress.active {
        lines.append(BlockLine(bar(stage, indent: "  \(printable(stage.name))  ", columns)))
      }
    }
    return Array(lines.prefix(room))
  }

  private var title: String {
    let names = progress.active.map { printable($0.name) }
    if progress.stages <= 1 { return names.joined(separator: ", ") }
    let number = progress.settled + progress.active.count
    let numbers =
      progress.active.count == 1 ? "\(number)" : "\(progress.settled + 1) to \(number)"
    let word = progress.active.count == 1 ? "stage" : "stages"
    return "\(word) \(numbers) of \(progress.stages)"
      + (names.count == 1 ? "  " + names.joined() : "")
  }

  /// What is left of the run, where it has several stages.
  private var whole: String {
    guard progress.stages > 1, let left else { return "" }
    return (left.isAtLeast ? "more than " : "about ") + Figure.duration(left.seconds)
      + " left in all"
  }

  /// Columns of a bar.
  private static let barWidth = 30

  private func bar(_ stage: StageProgress, indent: String, _ columns: Int) -> String {
    let left = stage.secondsLeft(at: now).map { "\(Figure.duration($0)) left" } ?? ""
    guard let work = stage.work else {
      return Self.spread(
        indent + "at work for \(Figure.duration(stage.seconds(at: now)))", "", columns)
    }
    let amount = Self.text(of: stage, work)
    guard work.total > 0 else { return Self.spread(indent + amount, left, columns) }
    let percent = String(format: "%3d %%", Int(exactly: (work.share * 100).rounded(.down)) ?? 0)
    let fixed = indent.count + percent.count + amount.count + left.count + 8
    let width = min(Self.barWidth, columns - fixed)
    guard width >= 6 else { return Self.spread(indent + percent + "  " + amount, left, columns) }
    let filled = Int(exactly: (work.share * Double(width)).rounded(.down)) ?? 0
    let picture =
      String(repeating: "#", count: max(0, filled))
      + String(repeating: ".", count: max(0, width - filled))
    return Self.spread(indent + "[\(picture)] \(percent)  \(amount)", left, columns)
  }

  /// Two texts at both ends of a line; the right one is left out where there is no room for it.
  private static func spread(_ left: String, _ right: String, _ columns: Int) -> String {
    let room = columns - Screen.width(left) - Screen.width(right)
    guard room >= 2, !right.isEmpty else { return left }
    return left + String(repeating: " ", count: max(0, room)) + right
  }

  /// `step 420 of 1,000, epoch 0.84`, `1,200 of 10,000 rows, 345 rows/s`.
  static func text(of stage: StageProgress, _ work: StageProgress.Work) -> String {
    if stage.step != nil {
      let epoch = stage.training.map { String(format: ", epoch %.2f", $0.epoch) } ?? ""
      return "step \(Figure.grouped(work.done)) of \(Figure.grouped(work.total))\(epoch)"
    }
    let unit = printable(work.unit)
    let amount =
      work.total > 0
      ? "\(Figure.grouped(work.done)) of \(Figure.grouped(work.total)) \(unit)"
      : "\(Figure.grouped(work.done)) \(unit)"
    guard let rate = work.unitsPerSecond, rate.isFinite, rate >= 1 else { return amount }
    let short = unit.split(separator: " ").first.map(String.init) ?? unit
    return amount + ", \(Figure.text(rate.rounded())) \(short)/s"
  }

  private static func text(_ training: StageProgress.Training) -> String {
    let rate = String(format: "%.2e", training.learningRate)
    return "\(EventLines.loss(training.terms.map { ($0.name, $0.value) }))  rate \(rate)  "
      + "\(Figure.text(training.tokensPerSecond.rounded())) tokens/s"
  }

  /// `accuracy 85.9 % after step 400, best 86.1 % after step 300`.
  static func text(of stage: StageProgress) -> String? {
    guard let last = stage.last else { return nil }
    let now =
      "\(printable(last.name)) \(Figure.measure(last.name, last.value)) after step \(last.step)"
    guard let best = stage.best else { return now }
    return best.step == last.step
      ? now + ", the best so far"
      : now + ", best \(Figure.measure(last.name, best.value)) after step \(best.step)"
  }
}
