/// How a body is compressed.
///
/// - Source: RFC 9110, section 8.4.1; Connect protocol, "Content-Coding".
package enum ContentCoding: Sendable, Hashable, CaseIterable {
  /// Not at all.
  case identity
  /// By ``Gzip``.
  case gzip

  /// The name in headers.
  package var name: String {
    switch self {
    case .identity: "identity"
    case .gzip: "gzip"
    }
  }

  /// The names of all codings, as an error about an unknown one lists them.
  package static var supported: String { allCases.map(\.name).joined(separator: ", ") }

  /// Reads `content-encoding`; nil if the coding is not known.
  ///
  /// - Parameter value: The header's value; nil or empty means identity.
  package init?(header value: (some Collection<UInt8>)?) {
    let name = value?.trimmed.lowercased ?? []
    guard !name.isEmpty else {
      self = .identity
      return
    }
    guard let match = Self.allCases.first(where: { $0.name.utf8.elementsEqual(name) }) else {
      return nil
    }
    self = match
  }

  /// Chooses the coding of an answer from `accept-encoding`.
  ///
  /// - Parameter value: The header's value; nil means identity.
  /// - Returns: Gzip if the caller takes it.
  /// - Source: RFC 9110, section 12.5.3: a weight of 0 means "not acceptable".
  package static func chosen(forAcceptEncoding value: (some Collection<UInt8>)?) -> Self {
    // Nearly every caller who names no gzip takes anything or nothing.
    guard let value, value.contains(UInt8(ascii: "g")) || value.contains(UInt8(ascii: "G")) else {
      return .identity
    }
    var chosen = Self.identity
    for entry in value.split(separator: UInt8(ascii: ",")) {
      let parts = entry.split(separator: UInt8(ascii: ";")).map { $0.trimmed.lowercased }
      guard parts.first?.elementsEqual("gzip".utf8) == true else { continue }
      let isRefused = parts.dropFirst().contains { part in
        part.starts(with: "q=0".utf8) && part.dropFirst(3).allSatisfy { $0 == 0x2E || $0 == 0x30 }
      }
      chosen = isRefused ? .identity : .gzip
    }
    return chosen
  }

  /// Bodies and messages below this are sent as they are: gzip adds 18 bytes and its own work.
  ///
  /// - Unit: bytes.
  package static let compressedFrom = 1_024

  /// Bodies and messages above this are sent as they are: the event loop has others to serve.
  ///
  /// - Unit: bytes.
  package static let compressedUpTo = 8 << 20

  /// Whether a body or message of that length is worth compressing.
  package func compresses(length: Int) -> Bool {
    self == .gzip && (Self.compressedFrom...Self.compressedUpTo).contains(length)
  }
}
