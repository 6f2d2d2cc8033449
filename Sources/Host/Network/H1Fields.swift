internal import HTTP2
internal import NIOHTTP1

extension HeaderList {
  /// Creates the head of a request that came over HTTP/1.1, as HTTP/2 would have brought it.
  ///
  /// Names become lower case, `host` becomes `:authority`, blanks behind a value go, and what
  /// belongs to the connection stays behind.
  ///
  /// - Source: RFC 9112, section 5.1; RFC 9113, section 8.2.2 and 8.3.1.
  init(_ head: HTTPRequestHead) {
    self.init()
    append(name: ":method", value: head.method.rawValue)
    append(":scheme", "http")
    append(":authority", head.headers["host"].first.map(Self.trimmed) ?? "")
    append(name: ":path", value: head.uri)
    let listed = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
    for (name, value) in head.headers {
      let name = name.lowercased()
      guard name != "host", !listed.contains(name) else { continue }
      var bytes = name
      let isLocal = bytes.withUTF8 { HopByHop.includes(UnsafeRawBufferPointer($0)) }
      if !isLocal { append(name: name, value: Self.trimmed(value)) }
    }
  }

  /// A value without the blanks behind it, which the parser leaves.
  static func trimmed(_ value: String) -> String {
    func isBlank(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }
    guard isBlank(value.utf8.last) else { return value }
    var bytes = value.utf8[...]
    while isBlank(bytes.last) { bytes = bytes.dropLast() }
    return String(Substring(bytes))
  }
}
