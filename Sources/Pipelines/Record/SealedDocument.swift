internal import Files

/// JSON documents of a workspace's own: an object of `checksum` and `content`, replaced whole.
enum SealedDocument {
  /// The bytes of a file that holds `content`.
  static func text(_ content: JSONValue) throws -> String {
    let checksum = Digest.of(try content.encoded())
    let document = JSONValue.object(
      JSONObject([("checksum", .string(checksum.hexadecimal)), ("content", content)]))
    return try document.indented() + "\n"
  }

  /// Reads the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - name: What the document is called in messages.
  ///   - limit: The largest size accepted, in bytes.
  ///   - cure: What to do about damage.
  ///   - decode: Gives the content its meaning; may throw `JSONFault`.
  /// - Returns: What `decode` returns.
  /// - Throws: `PipelineError` naming the file and the place when it is damaged or of a newer format,
  ///   `FileError` when it cannot be read.
  static func read<Value>(
    _ path: String, name: String, limit: Int, cure: String = JSONFault.cure,
    _ decode: (JSONValue) throws -> Value
  ) throws -> Value {
    do {
      let bytes = try BoundedReader.bytes(at: path, limit: limit)
      let document = try StrictJSON.parse(bytes, path: path)
      var outer = try JSONMembers(document, name)
      let checksum = try outer.digest("checksum")
      let content = try outer.value("content")
      try outer.end()
      guard Digest.of(try content.encoded()) == checksum else {
        throw JSONFault("damaged: the content does not match its checksum; " + JSONFault.cure)
      }
      let value = try decode(content)
      // Other bytes may mean the same (1e5 and 1E5); but nobody has written those.
      guard try text(content).utf8.elementsEqual(bytes) else {
        throw JSONFault("damaged: its bytes are not those distill writes; " + JSONFault.cure)
      }
      return value
    } catch let fault as JSONFault {
      throw PipelineError(.badData, at: path, fault.message.replacing(JSONFault.cure, with: cure))
    } catch let error as FileError where error.kind == .invalidJSON {
      throw PipelineError(.badData, at: path, "damaged: \(error.detail); " + cure)
    }
  }
}
