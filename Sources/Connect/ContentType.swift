/// How messages are written.
package enum Codec: Sendable, Hashable, CaseIterable {
  /// Protobuf's binary form.
  case proto
  /// Protobuf's JSON form.
  case json

  /// The name in content types and in the query of a GET.
  package var name: String {
    switch self {
    case .proto: "proto"
    case .json: "json"
    }
  }

  /// Finds the codec with that name; nil if there is none.
  package init?(name: some StringProtocol) {
    guard let codec = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = codec
  }
}

/// What a body of the Connect protocol is.
///
/// - Source: Connect protocol, "Unary-Content-Type" and "Streaming-Content-Type".
package struct ContentType: Sendable, Hashable {
  /// How the messages are written.
  package var codec: Codec
  /// Whether the body is a stream of envelopes rather than one bare message.
  package var isStreaming: Bool

  /// Creates a content type.
  package init(_ codec: Codec, isStreaming: Bool = false) {
    self.codec = codec
    self.isStreaming = isStreaming
  }

  /// Reads the header's value; nil if it is none of this protocol's.
  ///
  /// Parameters are passed over, and case does not matter.
  ///
  /// - Source: RFC 9110, section 8.3.1.
  package init?(header value: some Collection<UInt8>) {
    let type = value.prefix { $0 != UInt8(ascii: ";") }.trimmed.lowercased
    guard let match = Self.all.first(where: { $0.name.utf8.elementsEqual(type) }) else {
      return nil
    }
    self = match
  }

  /// All content types of the protocol.
  package static let all: [Self] = [
    Self(.proto), Self(.json), Self(.proto, isStreaming: true), Self(.json, isStreaming: true),
  ]

  /// The value of `Accept-Post` in a 415.
  package static func acceptPost(isStreaming: Bool) -> String {
    all.filter { $0.isStreaming == isStreaming }.map(\.name).joined(separator: ", ")
  }

  /// The header's value.
  package var name: String {
    switch (codec, isStreaming) {
    case (.proto, false): "application/proto"
    case (.json, false): "application/json"
    case (.proto, true): "application/connect+proto"
    case (.json, true): "application/connect+json"
    }
  }
}

extension Collection<UInt8> {
  /// The bytes without spaces and tabs at both ends.
  var trimmed: ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var rest = Array(self)[...]
    while let first = rest.first, isSpace(first) { rest.removeFirst() }
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return rest
  }

  /// The bytes with the letters A to Z in lower case.
  var lowercased: [UInt8] {
    map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
  }
}
