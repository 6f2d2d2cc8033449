internal import HTTP2
internal import Kernel

/// How a trunk is asked for and accepted.
///
/// - Source: docs/adr/0035-calls-between-services-share-a-stream.md
enum TrunkHead {
  /// The path of the request.
  static let path: StaticString = "/onedoor.trunk.v1"
  /// The form of both bodies.
  static let contentType: StaticString = "application/onedoor-trunk"

  /// The head of the request.
  static let request = HeadTemplate(
    {
      var list = HeaderList(
        method: "POST",
        scheme: "http",
        authority: "onedoor",
        path: path.description
      )
      list.append("content-type", contentType)
      return list
    }()
  )

  /// The head of the answer.
  static let answer = HeadTemplate(
    {
      var list = HeaderList(status: 200)
      list.append("content-type", contentType)
      return list
    }()
  )
}

extension TrunkTrace {
  /// The trace as it goes over a trunk.
  init(_ trace: TraceContext) {
    self.init(high: trace.high, low: trace.low, span: trace.span, flags: trace.flags)
  }

  /// The trace; nil if its numbers are those of none.
  var context: TraceContext? { TraceContext(high: high, low: low, span: span, flags: flags) }
}

extension HeaderList {
  /// Whether a request asks for a trunk.
  var asksForTrunk: Bool {
    has(":path", TrunkHead.path) && has(":method", "POST")
      && has("content-type", TrunkHead.contentType)
  }
}
