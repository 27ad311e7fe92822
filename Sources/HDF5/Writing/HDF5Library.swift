internal import CHDF5
internal import Foundation

/// The HDF5 library, entered by one thread at a time.
enum HDF5Library {
  /// Recursive: a handle may go out of scope, and so be closed, while its thread is inside.
  private static let lock = NSRecursiveLock()

  /// Set up before the first call of any kind.
  ///
  /// Without `H5dont_atexit` the library flushes in an exit
  /// handler and crashes there when the device has failed for good. Plug-ins are code named by a
  /// file: never loaded.
  private static let isReady: Bool =
    H5dont_atexit() >= 0 && H5open() >= 0 && H5PLset_loading_state(0) >= 0

  /// Calls the library and turns a negative answer into an error with the library's own reason.
  @discardableResult
  static func call<Status: SignedInteger>(
    _ operation: @autoclosure () -> String, _ file: String, _ body: () -> Status
  ) throws -> Status {
    lock.lock()
    defer { lock.unlock() }
    guard isReady else {
      throw HDF5Error(.libraryFailure, path: file, detail: "the HDF5 library could not be set up")
    }
    // Per thread in a thread-safe build, hence here and not once.
    chdf5_silence_errors()
    let status = body()
    guard status >= 0 else { throw failure(operation(), file) }
    return status
  }

  /// Calls the library where a failure can no longer be told to anybody.
  static func quietly(_ body: () -> Void) {
    lock.lock()
    defer { lock.unlock() }
    chdf5_silence_errors()
    body()
  }

  /// The error on top of this thread's stack.
  private static func failure(_ operation: String, _ file: String) -> HDF5Error {
    var text = [CChar](repeating: 0, count: 2048)
    unsafe chdf5_take_error(&text, text.count)
    let message = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let isFull = message.contains("errno = \(ENOSPC),") || message.contains("errno = \(EDQUOT),")
    // A system call that failed leaves its number; what the library itself refuses has none.
    let kind: HDF5Error.Kind =
      isFull ? .noSpace : message.contains("errno = ") ? .inputOutput : .libraryFailure
    return HDF5Error(kind, path: file, detail: "\(operation): \(reason(in: message))")
  }

  /// The system's message, where the library wraps one in addresses and times, or the whole text.
  private static func reason(in message: String) -> String {
    let mark = "error message = '"
    guard let start = message.range(of: mark)?.upperBound,
      let end = message[start...].firstIndex(of: "'")
    else { return message.isEmpty ? "the HDF5 library gave no reason" : message }
    return String(message[start..<end])
  }
}
