package import Messages

/// What the last envelope of a stream says, which is JSON for callers of both codecs.
///
/// - Source: Connect protocol, "Streaming-Response", EndStreamResponse.
package struct EndOfStream: Sendable, Hashable {
  /// Trailing metadata under one name.
  package struct Metadata: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The values in order; those of names that end with `-bin` are Base64.
    package var values: [String]

    package init(_ name: String, _ values: [String]) {
      self.name = name
      self.values = values
    }
  }

  /// Why the call failed; nil if it succeeded.
  package var error: ErrorBody?
  /// What came behind the messages.
  package var metadata: [Metadata]

  package init(error: ErrorBody? = nil, metadata: [Metadata] = []) {
    self.error = error
    self.metadata = metadata
  }

  /// Reads the payload; nil if it is no such JSON.
  ///
  /// An error without a known code is `unknown`, as the protocol wants it.
  package init?(_ payload: [UInt8]) {
    guard case .object(let members)? = try? JSONParser.parse(payload) else { return nil }
    switch members.first(named: "error") {
    case nil, .null: error = nil
    case let value?: error = ErrorBody(value) ?? ErrorBody(code: .unknown, message: "")
    }
    metadata = []
    guard case .object(let named)? = members.first(named: "metadata") else { return }
    metadata = named.compactMap { member in
      guard case .array(let values) = member.value else { return nil }
      return Metadata(
        member.key,
        values.compactMap { if case .string(let text) = $0 { text } else { nil } }
      )
    }
  }

  /// The JSON text.
  package func json() -> [UInt8] {
    var writer = JSONWriter()
    writer.raw("{")
    if let error {
      writer.raw(#""error":"#)
      writer.raw(String(decoding: error.json(), as: UTF8.self))
    }
    if !metadata.isEmpty {
      writer.raw(error == nil ? #""metadata":{"# : #","metadata":{"#)
      for (index, entry) in metadata.enumerated() {
        if index > 0 { writer.raw(",") }
        writer.text(entry.name)
        writer.raw(":[")
        for (place, value) in entry.values.enumerated() {
          if place > 0 { writer.raw(",") }
          writer.text(value)
        }
        writer.raw("]")
      }
      writer.raw("}")
    }
    writer.raw("}")
    return writer.bytes
  }
}

extension ErrorBody {
  /// Reads an error's JSON; nil if it is none, or of no known code.
  ///
  /// A detail that is not complete is left out.
  package init?(_ value: JSONValue) {
    guard case .object(let members) = value,
      case .string(let name)? = members.first(named: "code"), let code = Code(name: name)
    else { return nil }
    self.init(code: code, message: "")
    if case .string(let text)? = members.first(named: "message") { message = text }
    guard case .array(let values)? = members.first(named: "details") else { return }
    details = values.compactMap(Detail.init)
  }

  /// Reads a body; nil if it is no error's JSON, or of no known code.
  package init?(json: [UInt8]) {
    guard let value = try? JSONParser.parse(json) else { return nil }
    self.init(value)
  }

  /// The message of a body that is no whole error; nil if it has none.
  package static func message(json: [UInt8]) -> String? {
    guard case .object(let members)? = try? JSONParser.parse(json),
      case .string(let text)? = members.first(named: "message")
    else { return nil }
    return text
  }
}

extension ErrorBody.Detail {
  fileprivate init?(_ value: JSONValue) {
    guard case .object(let members) = value,
      case .string(let type)? = members.first(named: "type"),
      case .string(let text)? = members.first(named: "value"), let bytes = Base64.decode(text)
    else { return nil }
    self.init(type: type, value: bytes)
  }
}

extension [JSONValue.Member] {
  fileprivate func first(named key: String) -> JSONValue? { first { $0.key == key }?.value }
}
