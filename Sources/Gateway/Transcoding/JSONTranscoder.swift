internal import Connect
internal import Messages
internal import Service

/// Turns the JSON of a caller into the binary form that services speak, and answers back.
///
/// - Source: wire.md 1; docs/rules/door.md, D11.
struct JSONTranscoder: Transcoder {
  let method: MethodInfo
  /// The longest message, in bytes after decompression.
  let limit: Int
  let audience: Audience
  let counts: GatewayCounts

  private var isStream: Bool { method.kind == .stream }

  var contentType: String { ContentType(.proto, isStreaming: isStream).name }

  var streamContentType: String { ContentType(.json, isStreaming: true).name }

  func request(_ body: [UInt8], encoding: String?) -> Transcoded {
    do throws(GatewayRefusal) {
      let message = try message(try read(body, encoding)).encode()
      return .body(isStream ? Envelope(payload: message).bytes : message)
    } catch {
      let refusal = error.refusal
      counts.refused(refusal.reason)
      guard isStream else { return .refused(refusal.answer(audience)) }
      return .refused(refusal.streamAnswer(ContentType(.json, isStreaming: true), audience))
    }
  }

  private func read(_ body: [UInt8], _ encoding: String?) throws(GatewayRefusal) -> [UInt8] {
    do throws(BodyFault) {
      return try RequestBody.read(body, encoding: encoding, isEnveloped: isStream, limit: limit)
    } catch {
      throw .body(error)
    }
  }

  /// The message, if nothing speaks against it: all that is wrong at once, those of types before
  /// those of rules.
  private func message(_ json: [UInt8]) throws(GatewayRefusal) -> any Message {
    do throws(DecodeError) {
      return try method.request.decode(json: json, checking: .law)
    } catch {
      throw .message(error)
    }
  }

  func answer(_ answer: Answer) -> Answer {
    var answer = answer
    guard answer.status == 200 else {
      answer.body = ErrorDebug.added(to: answer.body)
      return answer
    }
    guard let message = try? method.response.decode(answer.body) else {
      return GatewayRefusal.fault.refusal.answer(audience)
    }
    answer.fields.removeAll { $0.name == "content-type" || $0.name == "content-length" }
    answer.fields.insert(.init("content-type", ContentType(.json).name), at: 0)
    answer.body = message.encodeJSON()
    return answer
  }

  /// A payload that is no message of the method's becomes the empty message: only a service of
  /// another version could send it.
  func envelope(_ payload: [UInt8]) -> [UInt8] {
    (try? method.response.decode(payload).encodeJSON()) ?? Array("{}".utf8)
  }

  func endOfStream(_ payload: [UInt8]) -> [UInt8] { ErrorDebug.added(toEndOfStream: payload) }
}
