public import Transformer

/// The learned linear map, with bias, from the student's width to the teacher's.
///
/// It is W_h and W_e of Jiao et al. 2020, eq. 8 and 9. Its parameters lie in the student's layout under `distillation.`, so optimiser and checkpoints
/// treat them like any other; whoever exports a student drops that prefix.
public struct HiddenProjection: Sendable, Equatable {
  /// Prefix of the names of parameters that are not part of the student.
  public static let prefix = "distillation."

  /// How many maps there are.
  public enum Sharing: String, Sendable, Codable, CaseIterable {
    /// One for all states, the embeddings among them: TinyBERT's `fit_dense`.
    case shared
    /// One per matched state.
    case perLayer = "per_layer"
    /// None; only for equal widths.
    case none
  }

  /// One linear map.
  public struct Map: Sendable, Equatable {
    /// `[teacher width, student width]`.
    public let weight: Parameter
    /// `[teacher width]`.
    public let bias: Parameter
  }

  /// The map of each student state.
  public let maps: [Int: Map]
  /// All parameters, in the order they were declared.
  public let parameters: [Parameter]

  /// What TinyBERT's published folders call a parameter of a projection: `fit_dense`, shared by all
  /// states, or `fit_denses.N`, one for each.
  ///
  /// - Returns: nil for a parameter of anything else.
  public static func publishedName(of parameter: String) -> String? {
    let start = prefix + "projection."
    guard parameter.hasPrefix(start) else { return nil }
    let rest = String(parameter.dropFirst(start.count))
    return (rest.contains(".") ? "fit_denses." : "fit_dense.") + rest
  }

  /// Declares the projection's parameters in the student's layout.
  ///
  /// - Parameters:
  ///   - sharing: how many maps there are.
  ///   - states: the student's matched hidden states.
  ///   - student: the student's width.
  ///   - teacher: the teacher's width.
  ///   - layout: the student's layout, extended.
  /// - Returns: nil for `none`.
  /// - Throws: `DistillationError` when there is to be none but the widths differ.
  public static func declare(
    _ sharing: Sharing, states: [Int], student: Int, teacher: Int, in layout: inout ParameterLayout
  ) throws -> HiddenProjection? {
    var maps: [Int: Map] = [:]
    var parameters: [Parameter] = []
    func declare(_ name: String, in layout: inout ParameterLayout) -> Map {
      let map = Map(
        weight: layout.declare(
          "\(prefix)\(name).weight", shape: [teacher, student], decays: true,
          initialization: .normal),
        bias: layout.declare(
          "\(prefix)\(name).bias", shape: [teacher], decays: false, initialization: .zeros))
      parameters += [map.weight, map.bias]
      return map
    }
    switch sharing {
    case .none:
      guard student == teacher else {
        throw DistillationError(
          .projection,
          "--projection: the student is \(student) wide, the teacher \(teacher); "
            + "use --projection shared or --projection per_layer")
      }
      return nil
    case .shared:
      let map = declare("projection", in: &layout)
      for state in states { maps[state] = map }
    case .perLayer:
      for state in states.sorted() { maps[state] = declare("projection.\(state)", in: &layout) }
    }
    return HiddenProjection(maps: maps, parameters: parameters)
  }
}
