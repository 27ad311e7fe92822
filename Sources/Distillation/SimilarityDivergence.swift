public import Compute
public import Training

/// How far a student's vectors stand to one another otherwise than the teacher's do.
///
/// Such relations within a batch do not depend on the width or the axes of either (compare "Relational
/// knowledge distillation", Park and others 2019, and "MiniLMv2", Wang and others 2021).
///
/// Of each example, the cosines to all others of the step, divided by the temperature, become a
/// distribution by a softmax, p of the teacher's vectors and q of the student's; the loss is
/// weight x mean over the examples of KL(p || q). An example is not its own neighbour.
public struct SimilarityDivergence: StepLoss {
  /// Stable name under which it is logged.
  public let term = "similarity"
  /// The teacher's vectors of all examples of the source.
  public let teacher: Outputs
  /// Divides cosines: the smaller, the more the nearest neighbours count.
  public let temperature: Double
  /// Factor of value and gradient.
  public let weight: Double

  /// Less than any cosine that counts: its power is 0.
  private static let unreachable: Float = -1e9

  /// Creates the loss.
  ///
  /// - Throws: `DistillationError` where temperature or weight is not positive.
  public init(teacher: Outputs, temperature: Double, weight: Double = 1) throws {
    guard temperature >= 1e-3, temperature.isFinite else {
      throw DistillationError(
        .options, "similarity_temperature: \(temperature) is not at least 0.001")
    }
    guard weight > 0, weight.isFinite else {
      throw DistillationError(.options, "similarity_weight: \(weight) is not positive")
    }
    (self.teacher, self.temperature, self.weight) = (teacher, temperature, weight)
  }

  /// The scratch memory of a step, in bytes.
  ///
  /// - Parameters:
  ///   - examples: how many it has.
  ///   - columns: numbers of the student's and of the teacher's vectors together.
  /// - Returns: the bytes; nil where there is no such number.
  public static func byteCount(examples: Int, columns: Int) -> Int? {
    let (square, isTooMuch) = examples.multipliedReportingOverflow(by: 3 * examples + 3 * columns)
    let (bytes, isStillTooMuch) = square.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
    return isTooMuch || isStillTooMuch ? nil : bytes
  }

  /// As `StepLoss` says; a step of one or two examples says nothing.
  public func evaluate(
    _ outputs: Matrix, of indices: [Int], gradient: Matrix, on context: ComputeContext,
    in arena: Arena
  ) throws -> Double {
    let count = outputs.rows
    guard count > 2 else { return 0 }
    let vectors = arena.matrix(count, teacher.columns)
    let values = indices.flatMap { teacher.rows[$0] }
    guard values.count == count * teacher.columns else {
      throw DistillationError(
        .missingLogits,
        "\(values.count) numbers of the teacher's vectors for \(count) examples of "
          + "\(teacher.columns); they belong to other data")
    }
    vectors.assign(values)
    let lengths = arena.matrix(count, 1)
    context.normalizeRows(vectors, into: vectors, lengths: lengths)
    let known = cosines(of: vectors, on: context, in: arena)

    let unit = arena.matrix(count, outputs.columns)
    context.normalizeRows(outputs, into: unit, lengths: lengths)
    let own = cosines(of: unit, on: context, in: arena)
    let dcosines = arena.matrix(count, count)
    dcosines.fill(0)
    let scale = weight / Double(count)
    let cross = context.softCrossEntropy(
      student: own, teacher: known, temperature: Float(temperature), gradientScale: Float(scale),
      addingGradientInto: dcosines)
    let entropy = context.softCrossEntropy(
      student: known, teacher: known, temperature: Float(temperature), gradientScale: 0,
      addingGradientInto: dcosines)

    // A cosine is an entry of two rows' lists: each vector is in its own list and in those of the others.
    let dunit = arena.matrix(count, outputs.columns)
    context.multiply(dcosines, unit, into: dunit)
    context.multiply(dcosines, unit, into: dunit, transposingA: true, accumulating: true)
    let doutputs = arena.matrix(count, outputs.columns)
    context.normalizeRowsBackward(dunit, unit, lengths: lengths, into: doutputs)
    context.add(doutputs, into: gradient)
    return scale * (cross - entropy)
  }

  /// The cosines of all pairs of vectors of length 1, `[B, B]`, out of reach where both are the same one.
  private func cosines(of unit: Matrix, on context: ComputeContext, in arena: Arena) -> Matrix {
    let cosines = arena.matrix(unit.rows, unit.rows)
    context.multiply(unit, unit, into: cosines, transposingB: true)
    for row in 0..<unit.rows { cosines[row, row] = Self.unreachable }
    return cosines
  }
}
