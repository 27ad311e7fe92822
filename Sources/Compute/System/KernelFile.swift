internal import Glibc

/// A small file of the kernel's, such as those in `/proc`: it has no size before it is read.
struct KernelFile {
  /// Its text, up to 64 KiB; empty where there is none.
  let text: String

  /// Reads the file at `path`.
  init(_ path: String) {
    guard let file = unsafe fopen(path, "re") else {
      text = ""
      return
    }
    defer { unsafe _ = fclose(file) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      count = unsafe fread(buffer.baseAddress, 1, buffer.count, file)
    }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// Its lines.
  var lines: [Substring] { text.split(separator: "\n") }

  /// Its words, whatever lines they are in.
  var words: [Substring] { text.split { $0 == " " || $0 == "\n" } }

  /// Its lines of a name and a number, such as `SwapFree: 12 kB`.
  var table: [String: Int] {
    var fields: [String: Int] = [:]
    for line in lines {
      let words = line.split(separator: " ")
      guard words.count >= 2, let value = Int(words[1]) else { continue }
      fields[words[0].hasSuffix(":") ? String(words[0].dropLast()) : String(words[0])] = value
    }
    return fields
  }
}
