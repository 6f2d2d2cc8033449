internal import Messages

/// What the query of a call by GET says.
///
/// Parameters come in any order; of one that comes twice the first counts, and unknown ones are
/// passed over.
///
/// - Source: Connect protocol, "Unary-Get-Request".
package struct GetQuery: Sendable, Hashable {
  /// What is wrong with a query.
  package enum Fault: Error, Sendable, Hashable {
    /// A parameter that every call needs is not there.
    case missing(String)
    /// `connect` names another version of the protocol than `v1`.
    case version
    /// The message is no Base64 or its percent-encoding is broken.
    case malformed
  }

  /// The name of the codec; nil if it is not there.
  package private(set) var encoding: String?
  /// The coding of the message; nil means identity.
  package private(set) var compression: String?

  private var version: String?
  /// The message, percent-encoded as it came.
  private var message: Substring?
  private var isBase64 = false

  /// Reads the query of a path; a path without a query has no parameters.
  package init(path: String) {
    guard let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return }
    let query = path[path.index(after: mark)...].utf8
    var base64: String?
    for parameter in query.split(separator: UInt8(ascii: "&")) {
      let name = parameter.prefix { $0 != UInt8(ascii: "=") }
      let value = parameter.dropFirst(name.count + 1)
      switch String(Substring(name)) {
      case "encoding": encoding = encoding ?? Self.text(value)
      case "compression": compression = compression ?? Self.text(value)
      case "connect": version = version ?? Self.text(value)
      case "base64": base64 = base64 ?? Self.text(value)
      case "message": message = message ?? Substring(value)
      default: break
      }
    }
    isBase64 = base64 == "1"
  }

  /// Checks that all is there that does not depend on the method.
  ///
  /// - Throws: ``Fault``.
  package func check() throws(Fault) {
    guard version == nil || version == "v1" else { throw .version }
    guard encoding != nil else { throw .missing("encoding") }
    guard message != nil else { throw .missing("message") }
  }

  /// Returns the bytes of the message as they are in the body of a POST, compressed perhaps.
  ///
  /// - Throws: ``Fault``.
  package func body() throws(Fault) -> [UInt8] {
    guard let message else { throw .missing("message") }
    guard let bytes = Self.decoded(message.utf8, plusIsSpace: !isBase64) else { throw .malformed }
    guard isBase64 else { return bytes }
    guard let decoded = Base64.decode(String(decoding: bytes, as: UTF8.self)) else {
      throw .malformed
    }
    return decoded
  }

  private static func text(_ value: Substring.UTF8View) -> String {
    decoded(value, plusIsSpace: true).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Undoes percent-encoding; nil if it is broken.
  ///
  /// - Source: RFC 3986, section 2.1; for the plus sign the URL standard, section 5.
  private static func decoded(_ text: Substring.UTF8View, plusIsSpace: Bool) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text
    while let symbol = rest.popFirst() {
      switch symbol {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace:
        bytes.append(UInt8(ascii: " "))
      default:
        bytes.append(symbol)
      }
    }
    return bytes
  }

  private static func digit(_ symbol: UInt8) -> UInt8? {
    switch symbol {
    case 0x30...0x39: symbol - 0x30
    case 0x41...0x46: symbol - 0x41 + 10
    case 0x61...0x66: symbol - 0x61 + 10
    default: nil
    }
  }
}
