import Compute
import Foundation
public import Training
public import Transformer

/// A student's first weights, made of its teacher's: of the layers that the layer map gives it, in the directions
/// in which the teacher's states differ most.
///
/// Let t be a state of the teacher, `[C_t]`, mu the mean and the columns of V, `[C_t, C]`, the first principal axes of all
/// states that the map matches, over a sample of text. Then `s = V^T (t - mu)` says most of what t says,
/// and `V s + mu` is nearly t: the student's states are to be s, and V and mu are the projection that compares them.
/// A layer `W t + b` of the teacher is `(W V) s + (b + W mu)` of s, and what it adds to a state, `V^T (W x + b)`. Heads
/// of d_t channels become heads of d by ``RankReduction``: of q^T k under the products that the layer's
/// inputs have, and of O v. Of the inner neurons those stay that add most. A layer norm's gain is no linear map of a
/// state, so its part along the axes stands for it, `g'_j = sum_c V_cj^2 g_c`, and its shift is `V^T (b - mu)`.
///
/// Where the widths are equal nothing is reduced: the layers are the teacher's, to the bit (TinyBERT's
/// authors and sentence-transformers recommend it).
public struct TeacherReduction {
  /// The share of the variance of the teacher's matched states that lies in the student's width.
  public let share: Double

  private let teacher: TeacherRunner
  private let map: LayerMap
  private let moments: StateMoments
  private let mean: [Double]
  private let axes: DoubleMatrix  // V, [C_t, C]
  private let source: NamedParameters
  private let tables: TeacherTables

  /// How many tokens a teacher reads for it, about.
  private static let sample = 16_384

  /// Looks at the teacher's states.
  ///
  /// - Parameters:
  ///   - teacher: the teacher.
  ///   - map: which of its layers the student has.
  ///   - width: C, the student's.
  ///   - examples: the text that the student is going to learn from.
  /// - Throws: `DistillationError` where the student is wider, or the states lie too far apart; what teacher and
  ///   source throw.
  public init(
    of teacher: TeacherRunner, map: LayerMap, width: Int, on examples: any ExampleSource
  ) throws {
    let own = teacher.model.configuration.hiddenSize
    try Self.check(student: width, teacher: own)
    self.teacher = teacher
    self.map = map
    source = NamedParameters(weights: teacher.weights)
    tables = TeacherTables(
      source, readsSegments: teacher.model.configuration.readsSegments)
    let inputs = map.attention.map { $0.teacher - 1 }
    let matched = map.hidden.map(\.teacher)
    moments = try StateMoments(
      of: teacher, states: Set(inputs + matched), on: examples, tokens: Self.sample, tables: tables)
    guard width < own else {
      (share, mean) = (1, [Double](repeating: 0, count: own))
      axes = DoubleMatrix(diagonal: [Double](repeating: 1, count: own))
      return
    }
    let (mean, covariance) = moments.pooled(matched)
    guard let found = PrincipalAxes.of(covariance: covariance, count: width) else {
      throw Self.tooFarApart
    }
    self.mean = mean
    share = found.share
    axes =
      DoubleMatrix(rows: width, columns: own, values: found.axes.map(Double.init)).transposed
  }

  /// The states of a teacher whose axes cannot be found.
  public static let tooFarApart = DistillationError(
    .options,
    "--initialization teacher: the teacher's states lie too far apart to be reduced; take --initialization random"
  )

  /// Refuses a student that is wider than its teacher.
  ///
  /// - Throws: `DistillationError` with the cure.
  public static func check(student: Int, teacher: Int) throws {
    guard student > teacher else { return }
    throw DistillationError(
      .options,
      "--initialization teacher: the student is \(student) wide, the teacher \(teacher); take "
        + "--hidden-size \(teacher) or less, or --initialization random")
  }

  /// Writes the student's weights.
  ///
  /// What the teacher has nothing for keeps what it has: a pooler of another width, attention of another number of heads,
  /// inner neurons beyond the teacher's, layers that the map leaves out.
  ///
  /// - Parameters:
  ///   - student: the student.
  ///   - weights: its weights, drawn.
  ///   - projection: what compares its states with the teacher's.
  /// - Returns: what a reader should know of what was left as it was drawn.
  /// - Throws: `DistillationError` where numbers lie too far apart.
  public func fill(
    _ student: BertModel, _ weights: ParameterSet, projection: HiddenProjection?
  ) throws -> [String] {
    let own = NamedParameters(weights: weights)
    fillEmbeddings(own)
    var notes: [String] = []
    let (heads, others) = (
      student.configuration.headCount, teacher.model.configuration.headCount
    )
    for pair in map.attention {
      let (from, to) = (
        "bert.encoder.layer.\(pair.teacher - 1)", "bert.encoder.layer.\(pair.student - 1)"
      )
      let products = moments.products(pair.teacher - 1)
      if heads == others {
        try fillAttention(own, from: from, to: to, products, heads: heads)
      }
      fillFeedForward(own, from: from, to: to, products)
    }
    if heads != others {
      notes.append(
        "attention is drawn afresh: the teacher has \(others) heads, the student \(heads)")
    }
    for map in Set((projection?.maps ?? [:]).values.map(\.weight.name)).sorted() {
      own.set(map, axes.values)
      own.set(map.replacingOccurrences(of: ".weight", with: ".bias"), mean)
    }
    let pooler = "bert.pooler.dense"
    if axes.columns == axes.rows, own.has(pooler + ".weight"), source.has(pooler + ".weight") {
      own.setLinear(pooler, source.linear(pooler))
    }
    return notes
  }

  /// Whether nothing is reduced.
  private var isWhole: Bool { axes.rows == axes.columns }

  /// V^T x for one vector.
  private func reduced(_ vector: [Double]) -> [Double] {
    isWhole
      ? vector : (DoubleMatrix(rows: 1, columns: vector.count, values: vector) * axes).values
  }

  /// [W V, b + W mu] of [W, b].
  private func reading(_ linear: DoubleMatrix) -> DoubleMatrix {
    guard !isWhole else { return linear }
    let inputs = axes.rows
    let weight = linear.columns(0..<inputs)
    let product = weight * axes
    let shift = weight * DoubleMatrix(rows: inputs, columns: 1, values: mean)
    var result = DoubleMatrix(rows: linear.rows, columns: axes.columns + 1)
    for row in 0..<linear.rows {
      for column in 0..<axes.columns { result[row, column] = product[row, column] }
      result[row, axes.columns] = linear[row, inputs] + shift[row, 0]
    }
    return result
  }

  /// V^T [W, b] of [W, b].
  private func writing(_ linear: DoubleMatrix) -> DoubleMatrix {
    isWhole ? linear : axes.transposed * linear
  }

  private func fillNorm(_ own: NamedParameters, from: String, to: String) {
    let (gain, shift) = (source.vector(from + ".weight"), source.vector(from + ".bias"))
    guard !isWhole else {
      own.set(to + ".weight", gain)
      own.set(to + ".bias", shift)
      return
    }
    own.set(
      to + ".weight",
      (0..<axes.columns).map { axis in
        gain.indices.reduce(0) { $0 + axes[$1, axis] * axes[$1, axis] * gain[$1] }
      })
    own.set(to + ".bias", reduced(zip(shift, mean).map { $0 - $1 }))
  }
}

extension TeacherReduction {
  /// Tables whose sum is s up to its length, which the layer norm sets to what it is on the average.
  ///
  /// The teacher's embedding is `P (g (x - mean(x)) / deviation(x) + b)` of the tables' sum x, with P the identity
  /// unless the family projects it. With the deviation at its mean, that is linear in the tables.
  private func fillEmbeddings(_ own: NamedParameters) {
    let (embeddings, norm) = ("bert.embeddings", "bert.embeddings.LayerNorm")
    let (gain, shift) = (source.vector(norm + ".weight"), source.vector(norm + ".bias"))
    let project = "bert.embeddings_project"
    let isProjected = source.has(project + ".weight")
    let outer =
      isProjected
      ? source.matrix(project + ".weight").transposed
      : DoubleMatrix(diagonal: [Double](repeating: 1, count: gain.count))
    let segments = embeddings + ".token_type_embeddings.weight"
    if isWhole, !isProjected {
      own.view(embeddings + ".word_embeddings.weight").assign(from: tables.word)
      own.view(embeddings + ".position_embeddings.weight").assign(from: tables.position)
      if own.has(segments) {
        let view = own.view(segments)
        // A teacher without segments adds nothing for them.
        if let type = tables.type { view.assign(from: type) } else { view.fill(0) }
      }
      own.set(norm + ".weight", gain)
      own.set(norm + ".bias", shift)
      return
    }
    let linear =
      DoubleMatrix(diagonal: gain.map { $0 / moments.embeddingDeviation }) * outer * axes
    var constant = (DoubleMatrix(rows: 1, columns: shift.count, values: shift) * outer).values
    if isProjected { constant = zip(constant, source.vector(project + ".bias")).map { $0 + $1 } }
    constant = reduced(zip(constant, mean).map { $0 - $1 })
    // What is always added goes with the segment, or with the position where there are none.
    let none = [Double](repeating: 0, count: axes.columns)
    let hasSegments = own.has(segments)
    fill(
      own.view(embeddings + ".word_embeddings.weight"), tables.word, by: linear, adding: none)
    fill(
      own.view(embeddings + ".position_embeddings.weight"), tables.position, by: linear,
      adding: hasSegments ? none : constant)
    if hasSegments {
      fill(own.view(segments), tables.type, by: linear, adding: constant)
    }
    own.set(norm + ".weight", [Double](repeating: embeddingLength, count: axes.columns))
    own.set(norm + ".bias", none)
  }

  /// Writes a table, `[rows, C]`: `constant` and a linear map of the teacher's centred rows, where it has some.
  private func fill(
    _ table: Matrix, _ rows: Matrix?, by linear: DoubleMatrix, adding constant: [Double]
  ) {
    // A vocabulary is large: so many rows at a time are enough for a product.
    for start in stride(from: 0, to: table.rows, by: 1024) {
      let range = start..<min(start + 1024, table.rows)
      var made = DoubleMatrix(rows: range.count, columns: constant.count)
      if let rows {
        var centred = DoubleMatrix(rows.rows(range))
        for row in 0..<centred.rows {
          let channels = row * centred.columns..<(row + 1) * centred.columns
          let mean = centred.values[channels].reduce(0, +) / Double(centred.columns)
          for index in channels { centred.values[index] -= mean }
        }
        made = centred * linear
      }
      for index in made.values.indices { made.values[index] += constant[index % constant.count] }
      table.rows(range).assign(made.values.map(Float.init))
    }
  }

  /// The root of the mean square of the embeddings' s.
  private var embeddingLength: Double {
    let (centre, covariance) = moments.pooled([0])
    let offset = reduced(zip(centre, mean).map { $0 - $1 })
    let spread = axes.transposed * covariance * axes
    let squares = (0..<axes.columns).reduce(0) { $0 + spread[$1, $1] + offset[$1] * offset[$1] }
    return (squares / Double(axes.columns)).squareRoot()
  }

  private func fillAttention(
    _ own: NamedParameters, from: String, to: String, _ products: DoubleMatrix, heads: Int
  ) throws {
    let names = ["query", "key", "value"].map { "attention.self.\($0)" }
    let output = "attention.output.dense"
    let whole = names.map { source.linear("\(from).\($0)") }
    let written = writing(source.linear("\(from).\(output)"))
    defer {
      fillNorm(
        own, from: "\(from).attention.output.LayerNorm", to: "\(to).attention.output.LayerNorm")
    }
    guard !isWhole else {
      for (name, linear) in zip(names, whole) { own.setLinear("\(to).\(name)", linear) }
      own.setLinear("\(to).\(output)", written)
      return
    }
    let (width, wide) = (axes.columns / heads, axes.rows / heads)
    // The teacher divides scores by the root of its heads' width, the student by that of its own.
    let factor = (Double(width) / Double(wide)).squareRoot().squareRoot()
    let read = whole.map(reading)
    var made = [[Double]](repeating: [], count: 3)
    var out = DoubleMatrix(rows: axes.columns, columns: axes.columns + 1)
    for head in 0..<heads {
      let channels = head * wide..<(head + 1) * wide
      let met = whole.map { linear in
        let rows = linear.rows(channels)
        return rows * products * rows.transposed
      }
      let outer = written.columns(channels)
      guard let scores = RankReduction(met[0], met[1], rank: width),
        let values = RankReduction(outer.transposed * outer, met[2], rank: width)
      else { throw Self.tooFarApart }
      made[0] += (scores.left * read[0].rows(channels)).scaled(by: factor).values
      made[1] += (scores.right * read[1].rows(channels)).scaled(by: factor).values
      made[2] += (values.right * read[2].rows(channels)).values
      let back = outer * values.left.transposed
      for row in 0..<back.rows {
        for channel in 0..<width { out[row, head * width + channel] = back[row, channel] }
      }
    }
    for row in 0..<out.rows { out[row, axes.columns] = written[row, axes.rows] }
    for (name, rows) in zip(names, made) {
      own.setLinear(
        "\(to).\(name)",
        DoubleMatrix(rows: axes.columns, columns: axes.columns + 1, values: rows))
    }
    own.setLinear("\(to).\(output)", out)
  }

  /// Neurons are `w2 gelu(w1 [t; 1])`: those of the greatest root mean square stay, in their order, with a rectifier in
  /// the place of GELU and a normal distribution of what it rectifies.
  private func fillFeedForward(
    _ own: NamedParameters, from: String, to: String, _ products: DoubleMatrix
  ) {
    let (inner, outer) = (
      source.linear("\(from).intermediate.dense"), source.linear("\(from).output.dense")
    )
    defer { fillNorm(own, from: "\(from).output.LayerNorm", to: "\(to).output.LayerNorm") }
    let kept = min(inner.rows, own.vector("\(to).intermediate.dense.bias").count)
    let met = inner * products
    let last = products.columns - 1
    let weights = (0..<inner.rows).map { neuron in
      let mean = met[neuron, last]
      let square = (0...last).reduce(0) { $0 + met[neuron, $1] * inner[neuron, $1] }
      let length = (0..<outer.rows).reduce(0) { $0 + outer[$1, neuron] * outer[$1, neuron] }
      return length * Self.rectifiedSquare(mean: mean, variance: max(square - mean * mean, 0))
    }
    let order = weights.indices.sorted {
      weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1
    }
    let chosen = order.prefix(kept).sorted()
    // Neurons beyond the teacher's keep what was drawn.
    var (read, written) = (
      own.linear("\(to).intermediate.dense"), own.linear("\(to).output.dense")
    )
    let (ours, back) = (reading(inner), writing(outer))
    for (place, neuron) in chosen.enumerated() {
      for column in 0..<read.columns { read[place, column] = ours[neuron, column] }
      for row in 0..<written.rows { written[row, place] = back[row, neuron] }
    }
    for row in 0..<written.rows { written[row, written.columns - 1] = back[row, back.columns - 1] }
    own.setLinear("\(to).intermediate.dense", read)
    own.setLinear("\(to).output.dense", written)
  }

  /// E max(x, 0)^2 of a normal x.
  static func rectifiedSquare(mean: Double, variance: Double) -> Double {
    guard variance > 0 else { return mean > 0 ? mean * mean : 0 }
    let deviation = variance.squareRoot()
    let ratio = mean / deviation
    let density = exp(-ratio * ratio / 2) / (2 * Double.pi).squareRoot()
    let below = erfc(-ratio / 2.0.squareRoot()) / 2
    return (mean * mean + variance) * below + mean * deviation * density
  }
}
