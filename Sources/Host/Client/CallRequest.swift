package import Connect
internal import HTTP2
internal import Messages

/// How a client makes its calls.
package struct ClientSettings: Sendable, Hashable {
  /// How messages are written.
  package var codec = Codec.proto
  /// Whether long requests are compressed; the server must take gzip.
  package var compressesRequests = false
  /// Whether answers may be compressed.
  package var takesGzip = true
  /// Whether methods that allow it are called by GET.
  package var usesGet = false
  /// How long a unary call may take; nil is for ever.
  package var timeout: Duration?
  /// The longest message that is taken, in bytes after decompression.
  package var messageLimit = 64 << 20

  package init() {}
}

/// A call on its way to the wire: the head and the body of its request.
struct CallRequest {
  /// The longest path with its query that is sent by GET; a longer one goes by POST.
  ///
  /// - Unit: bytes. Servers take lists of fields of 16 KiB.
  private static let longestPath = 4_096

  let head: HeaderList
  let body: [UInt8]

  init(
    path: String,
    message: [UInt8],
    isStreaming: Bool,
    mayGet: Bool,
    to address: Address,
    isSecured: Bool,
    _ settings: ClientSettings,
    _ options: CallOptions,
    timeout: Duration?
  ) {
    let isCompressed =
      settings.compressesRequests && ContentCoding.gzip.compresses(length: message.count)
    let packed = isCompressed ? Gzip.compress(message) : message
    let query =
      settings.usesGet && mayGet && !isStreaming
      ? Self.path(path, packed, settings.codec, isCompressed: isCompressed) : nil
    var head: HeaderList
    if let query {
      head = HeaderList(call: query, to: address, verb: "GET", isSecured: isSecured)
      body = []
    } else {
      head = HeaderList(call: path, to: address, isSecured: isSecured)
      head.append("content-type", ContentType(settings.codec, isStreaming: isStreaming).name)
      body =
        isStreaming
        ? Envelope(flags: isCompressed ? .compressed : [], payload: packed).bytes : packed
    }
    if isCompressed, query == nil {
      head.append(
        name: isStreaming ? "connect-content-encoding" : "content-encoding",
        value: "gzip"
      )
    }
    if settings.takesGzip {
      head.append(name: isStreaming ? "connect-accept-encoding" : "accept-encoding", value: "gzip")
    }
    if let timeout, let header = Timeout(milliseconds: Int64(timeout.milliseconds.rounded(.up))) {
      head.append("connect-timeout-ms", header.header)
    }
    for field in options.headers {
      head.append(name: field.name, value: field.value, isSensitive: field.isSensitive)
    }
    self.head = head
  }

  /// The path of a call by GET; nil if it would be too long.
  private static func path(
    _ path: String,
    _ message: [UInt8],
    _ codec: Codec,
    isCompressed: Bool
  ) -> String? {
    let text = Base64.encode(message, urlSafe: true, padded: false)
    let coding = isCompressed ? "&compression=gzip" : ""
    let whole = "\(path)?connect=v1\(coding)&encoding=\(codec.name)&base64=1&message=\(text)"
    return whole.utf8.count <= longestPath ? whole : nil
  }
}
