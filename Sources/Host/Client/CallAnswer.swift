internal import Connect
internal import HTTP2

/// Reads the answers of servers, good ones and strange ones.
///
/// - Source: Connect protocol, "Unary-Response", "Streaming-Response", "HTTP to Error code".
enum CallAnswer {
  /// The message of a whole answer to a unary call.
  ///
  /// - Throws: ``CallFailure``.
  static func message(
    of answer: ClientAnswer,
    _ settings: ClientSettings
  ) throws(CallFailure) -> [UInt8] {
    let head = answer.fields
    let type = ContentType(header: head.value(of: "content-type") ?? [])
    guard answer.status == 200 else {
      let body =
        type == ContentType(.json) ? try? unpacked(answer.body, head, settings.messageLimit) : nil
      throw failure(answer.status, body ?? [], head)
    }
    guard type == ContentType(settings.codec) else {
      let name = head.string(of: "content-type") ?? "none"
      throw CallFailure(
        type.map { !$0.isStreaming } == true ? .internalError : .unknown,
        "The answer has the content type \(name)",
        headers: head
      )
    }
    return try unpacked(answer.body, head, settings.messageLimit)
  }

  /// The metadata that a unary answer carries for the time behind it.
  static func trailers(of head: HeaderList) -> [EndOfStream.Metadata] {
    let prefix = "trailer-"
    var trailers: [EndOfStream.Metadata] = []
    for (name, value) in head.pairs where name.hasPrefix(prefix) {
      let name = String(name.dropFirst(prefix.count))
      if let known = trailers.firstIndex(where: { $0.name == name }) {
        trailers[known].values.append(value)
      } else {
        trailers.append(EndOfStream.Metadata(name, [value]))
      }
    }
    return trailers
  }

  /// The failure that an answer with another status than 200 means.
  static func failure(_ status: Int, _ body: [UInt8], _ head: HeaderList) -> CallFailure {
    let trailers = trailers(of: head)
    if let error = ErrorBody(json: body) {
      return CallFailure(error, headers: head, trailers: trailers)
    }
    let code = Code(inferredFromHTTPStatus: status)
    let message = ErrorBody.message(json: body) ?? "The server answered with status \(status)"
    return CallFailure(code, message, headers: head, trailers: trailers)
  }

  private static func unpacked(
    _ body: [UInt8],
    _ head: HeaderList,
    _ limit: Int
  ) throws(CallFailure) -> [UInt8] {
    try unpacked(body, try coding(head.value(of: "content-encoding"), head), limit, head)
  }

  /// The coding that an answer names.
  ///
  /// - Throws: ``CallFailure`` if it is one that was not offered.
  static func coding(
    _ value: ArraySlice<UInt8>?,
    _ head: HeaderList
  ) throws(CallFailure) -> ContentCoding {
    guard let coding = ContentCoding(header: value) else {
      throw CallFailure(.internalError, "The answer has an unknown compression", headers: head)
    }
    return coding
  }

  /// Undoes the compression of a body or of one message.
  ///
  /// - Throws: ``CallFailure``.
  static func unpacked(
    _ bytes: [UInt8],
    _ coding: ContentCoding,
    _ limit: Int,
    _ head: HeaderList
  ) throws(CallFailure) -> [UInt8] {
    guard bytes.count <= limit else { throw tooLong(limit, head) }
    guard coding == .gzip else { return bytes }
    do throws(Gzip.Failure) {
      return try Gzip.decompress(bytes, limit: limit)
    } catch {
      if case .tooLarge = error { throw tooLong(limit, head) }
      throw CallFailure(.internalError, "The answer's compression is damaged", headers: head)
    }
  }

  static func tooLong(_ limit: Int, _ head: HeaderList) -> CallFailure {
    CallFailure(.resourceExhausted, "The answer is longer than \(limit) bytes", headers: head)
  }
}
