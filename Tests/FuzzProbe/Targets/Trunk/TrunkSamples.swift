internal import HTTP2

/// Trunks from which mutation begins.
enum TrunkSamples {
  private static let trace = TrunkTrace(high: 1, low: 2, span: 3, flags: 1)

  /// What callers say, what is answered, and bytes that are not whole.
  static var all: [[UInt8]] {
    let (calls, answers) = (asked, answered)
    return [calls, answers, Array(calls.dropLast(7)), [UInt8](repeating: 255, count: 24)]
  }

  private static func template(_ path: String) -> HeadTemplate {
    var list = HeaderList(method: "POST", scheme: "http", authority: "onedoor", path: path)
    list.append("content-type", "application/proto")
    return HeadTemplate(list)
  }

  private static var extra: HeaderList {
    var list = HeaderList()
    list.append("idempotency-key", "k1")
    list.append("tracestate", "a=1", isSensitive: true)
    return list
  }

  private static var asked: [UInt8] {
    var writer = TrunkWriter()
    let (one, two) = (template("/a"), template("/b"))
    writer.add(.call, 0, OutgoingHead(one, extra: extra, length: 3), trace, body: [1, 2, 3])
    writer.add(.call, 1, OutgoingHead(two, length: 0), body: [])
    writer.add(.call, 4_096, OutgoingHead(one), trace, body: [])
    writer.add(.cancel, 1)
    writer.add(.credit, 0, number: TrunkLimits.window / 2)
    return writer.take()
  }

  private static var answered: [UInt8] {
    var writer = TrunkWriter()
    let head = HeadTemplate(HeaderList(status: 200))
    writer.add(.answer, 0, OutgoingHead(head, extra: extra, length: 2), body: [1, 2])
    writer.add(
      .answer,
      1,
      OutgoingHead(HeadTemplate(HeaderList(status: 404)), length: 1),
      body: [9]
    )
    writer.add(.begin, 2, OutgoingHead(head), body: [])
    writer.add(piece: [1, 2, 3], of: 2)
    writer.add(.broken, 3, number: 8)
    writer.add(piece: [], of: 2)
    writer.add(.end, 2)
    return writer.take()
  }

  /// More heads than are remembered: too long to begin with, so mutation adds it now and then.
  static let crowd: [UInt8] = {
    var writer = TrunkWriter()
    for number in 0..<TrunkLimits.heads + 2 {
      var list = HeaderList(method: "POST", scheme: "http", authority: "a", path: "/\(number)")
      list.append("n", String(number))
      writer.add(.call, UInt32(number), OutgoingHead(HeadTemplate(list)), body: [])
    }
    return writer.take()
  }()
}
