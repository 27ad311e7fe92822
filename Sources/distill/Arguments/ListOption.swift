import ArgumentParser
import Files

/// The value of an option that is a list in one word.
enum ListOption {
  /// Its items.
  ///
  /// - Parameters:
  ///   - text: What is given.
  ///   - flag: The option, for the message.
  /// - Returns: The items; none where the option is not given.
  /// - Throws: `ValidationError` for a text that is no list.
  static func items(of text: String?, at flag: String) throws -> [String] {
    guard let text else { return [] }
    do {
      return try CommaList.items(of: text)
    } catch {
      throw ValidationError("\(flag): \(error)")
    }
  }
}
