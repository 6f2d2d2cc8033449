internal import HTTP2
internal import NIOHTTP1

/// What a head says of where its request begins and ends, and for whom it is.
extension HTTPRequestHead {
  /// Whether a request says once and in letters of a host for whom it is.
  ///
  /// - Source: RFC 9112, 3.2; RFC 3986, 3.2.
  var isHostValid: Bool {
    let hosts = headers["host"]
    guard hosts.count == 1, let host = hosts.first.map(HeaderList.trimmed) else {
      return hosts.isEmpty && version == .http1_0
    }
    return !host.isEmpty
      && host.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
          || Self.hostMarks.contains(byte)
      }
  }

  /// What a host and its port may have besides letters and digits.
  private static let hostMarks = Set("-._~%!$&'()*+,;=:[]".utf8)

  /// Whether everybody on the way reads the same end of the request.
  ///
  /// The parser passes codings that it does not know, alone or beside a length, chunks in HTTP/1.0,
  /// of which an older hop knows nothing, and a body of CONNECT, which it does not read as one.
  ///
  /// - Source: RFC 9110, 9.3.6; RFC 9112, 6.1 and 6.3.
  var isFramedOnce: Bool {
    let codings = headers["transfer-encoding"]
    guard method != .CONNECT else {
      return codings.isEmpty && !headers.contains(name: "content-length")
    }
    guard !codings.isEmpty else { return true }
    return codings.count == 1 && HeaderList.trimmed(codings[0]).lowercased() == "chunked"
      && version == .http1_1 && !headers.contains(name: "content-length")
  }

  /// Whether the caller wants the connection to end, whatever else it says of it.
  ///
  /// - Source: RFC 9112, 9.3.
  var asksForEnd: Bool {
    headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
  }

  /// Whether the parser takes what follows the request for another protocol and reads no further.
  var endsReading: Bool { method == .CONNECT || headers.contains(name: "upgrade") }
}
