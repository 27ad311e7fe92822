import Compute

/// A state of the residual stream: fp32 for what is added to it and for taps, and the operand that
/// products read, which in fp32 is the same memory.
struct HiddenState {
  let values: Matrix  // [N, C]
  let operand: Operand  // [N, C]

  /// Memory for a state.
  init(rows: Int, columns: Int, precision: Precision, in arena: Arena) {
    self.init(arena.matrix(rows, columns), precision: precision, in: arena)
  }

  /// A state in given memory, its operand in memory of the arena if that is another.
  init(_ values: Matrix, precision: Precision, in arena: Arena) {
    self.values = values
    operand =
      precision == .fp32 ? .fp32(values) : arena.operand(values.rows, values.columns, precision)
  }

  private init(_ values: Matrix, _ operand: Operand) {
    self.values = values
    self.operand = operand
  }

  /// The first rows.
  func prefix(_ rows: Int) -> HiddenState {
    HiddenState(values.rows(0..<rows), operand.prefix(rows))
  }
}
