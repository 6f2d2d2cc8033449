internal import Messages

/// The error of a call as JSON, for callers of both codecs.
///
/// - Source: the Connect protocol, "Error Codes" and "Unary-Response".
package struct ErrorBody: Sendable, Hashable {
  /// A message that says more.
  package struct Detail: Sendable, Hashable {
    /// The full name of the message.
    package var type: String
    /// The message's bytes.
    package var value: [UInt8]
    /// The message as JSON, for callers that read JSON; nil for others.
    package var debug: [UInt8]?

    package init(type: String, value: [UInt8], debug: [UInt8]? = nil) {
      self.type = type
      self.value = value
      self.debug = debug
    }
  }

  /// The code.
  package var code: Code
  /// What a person reads.
  package var message: String
  /// What a program reads.
  package var details: [Detail]

  package init(code: Code, message: String, details: [Detail] = []) {
    self.code = code
    self.message = message
    self.details = details
  }

  /// The JSON text.
  package func json() -> [UInt8] {
    var writer = JSONWriter()
    writer.raw(#"{"code":"#)
    writer.text(code.name)
    writer.raw(#","message":"#)
    writer.text(message)
    if !details.isEmpty {
      writer.raw(#","details":["#)
      for (index, detail) in details.enumerated() {
        if index > 0 { writer.raw(",") }
        write(detail, into: &writer)
      }
      writer.raw("]")
    }
    writer.raw("}")
    return writer.bytes
  }

  private func write(_ detail: Detail, into writer: inout JSONWriter) {
    writer.raw(#"{"type":"#)
    writer.text(detail.type)
    writer.raw(#","value":"#)
    writer.text(Base64.encode(detail.value, padded: false))
    if let debug = detail.debug {
      writer.raw(#","debug":"#)
      writer.raw(String(decoding: debug, as: UTF8.self))
    }
    writer.raw("}")
  }
}
