import Files

/// The most memory that this process has had resident so far.
enum PeakMemory {
  /// Bytes, or `nil` where the system does not tell.
  ///
  /// It is the `VmHWM` of this program alone: `getrusage` also counts what the process that started
  /// it had resident before, which makes a small program look as large as the script behind it.
  static var bytes: Int? {
    guard let lines = try? LineReader("/proc/self/status") else { return nil }
    while let line = try? lines.next() {
      let fields = line.text.split { $0 == " " || $0 == "\t" }
      if fields.first == "VmHWM:", fields.count == 3, let kibibytes = Int(fields[1]) {
        return kibibytes * 1024
      }
    }
    return nil
  }
}
