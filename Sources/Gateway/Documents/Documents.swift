internal import Kernel
package import Service

/// What the door serves about its contract: `/openapi.json` and `/proto/*`, both made by the
/// generator, open to anybody.
///
/// - Source: contract.md, "Gateway"
struct Documents: Sendable {
  /// One of them.
  private struct Document: Sendable {
    let type: String
    let body: [UInt8]
    let tag: String

    init(_ type: String, _ body: [UInt8]) {
      self.type = type
      self.body = body
      tag = "\"\(Digest.hex(Array(Digest.sha256(body).prefix(16))))\""
    }
  }

  /// Before the path of a `.proto` file; alone, it lists them.
  static let folder = "/proto/"
  /// The path of the OpenAPI form.
  static let openAPI = "/openapi.json"
  /// How long a reader may use what it has without asking again.
  private static let caching = "public, max-age=300"

  private let byPath: [String: Document]

  init() {
    var byPath: [String: Document] = [:]
    byPath[Self.openAPI] = Document("application/json", ContractDocuments.openAPI.bytes)
    for file in ContractDocuments.files {
      byPath[Self.folder + file.path] = Document("text/plain; charset=utf-8", file.text.bytes)
    }
    let list = ContractDocuments.files.map { $0.path + "\n" }.joined()
    byPath[Self.folder] = Document("text/plain; charset=utf-8", Array(list.utf8))
    self.byPath = byPath
  }

  /// Whether a path, whatever its query, is one of these or would be if it existed.
  static func covers(_ path: String) -> Bool {
    path.hasPrefix(folder) || path == openAPI || path.hasPrefix(openAPI + "?")
  }

  /// The answer to a request for one of them.
  ///
  /// - Source: RFC 9110, 13.1.2 (`If-None-Match`) and 15.5.6 (405)
  func answer(_ head: RequestHead) -> Answer {
    let path = String(head.path.prefix { $0 != "?" })
    guard let document = byPath[path] else { return Answer(status: 404) }
    guard head.verb == "GET" || head.verb == "HEAD" else {
      return Answer(status: 405, fields: [.init("allow", "GET, HEAD")])
    }
    var fields = [
      Answer.Field("etag", document.tag), Answer.Field("cache-control", Self.caching),
    ]
    if let known = head.fields.value(of: "if-none-match"), matches(known, document.tag) {
      return Answer(status: 304, fields: fields)
    }
    fields.append(.init("content-type", document.type))
    let answer = Answer(status: 200, fields: fields, body: document.body)
    return head.verb == "HEAD" ? answer.withoutBody : answer
  }

  /// Whether a list of tags, compared weakly, names this one.
  private func matches(_ list: String, _ tag: String) -> Bool {
    list.split(separator: ",").contains { entry in
      let entry = entry.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      let known = String(entry)
      return known == "*" || known == tag || known == "W/\(tag)"
    }
  }
}

extension Gateway {
  /// The answer to a request for the contract's documents; nil if it is about something else.
  ///
  /// It counts against the limit of its source address (rule D9).
  package func document(for head: RequestHead) -> Answer? {
    guard Documents.covers(head.path) else { return nil }
    let now = engine.surroundings.realNow()
    do throws(GatewayRefusal) {
      let rate = settings.limits.perSource
      try buckets.bucket(of: .source(SourceNetwork.of(head.peer)), rate, now: now).take(now: now)
    } catch {
      guard case .answer(let answer) = refuse(error, nil, head) else { return nil }
      return answer
    }
    return withClock(documents.answer(head))
  }
}

extension StaticString {
  fileprivate var bytes: [UInt8] { withUTF8Buffer { Array($0) } }
}
