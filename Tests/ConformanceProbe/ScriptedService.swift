internal import Connect
internal import Dispatch
internal import Foundation
internal import Messages
internal import Service
internal import Synchronization

/// ProbeService as the wire's tests want it: it answers what the request says.
///
/// Like every service behind the gateway it speaks POST, binary and no compression.
final class ScriptedService: Endpoint {
  /// How often a waiting call looks whether somebody still listens.
  private static let pace = 5

  private let cancelled = Mutex(0)

  func dispatch(_ request: InboundRequest, to reply: any Reply) {
    let service = ProbeV1.ProbeService.self
    do {
      switch (request.verb, request.path) {
      case ("POST", service.echo.path):
        let echo = try ProbeV1.EchoRequest.decode(request.body)
        let padding = echo.scalars?.stringValue.utf8.count ?? 0
        unary(try script(echo.text), Call(request, reply, padding))
      case ("POST", service.echoRead.path):
        // How many calls were given up.
        let text = "\(cancelled.withLock { $0 })"
        reply.send(success(ProbeV1.EchoReadResponse(text: text).encode(), []))
      case ("POST", service.echoStream.path):
        let body = try RequestBody.read(
          request.body,
          encoding: nil,
          isEnveloped: true,
          limit: 64 << 20
        )
        let echo = try ProbeV1.EchoStreamRequest.decode(body)
        stream(try script(echo.text), Call(request, reply, 0))
      default:
        reply.send(Answer(status: 404))
      }
    } catch let fault as BodyFault {
      let call = Call(request, reply, 0)
      begin(Script(), call)
      end(ErrorBody(code: fault.code, message: fault.messageEn), Script(), call)
    } catch {
      reply.send(Answer(status: 500, body: Array("\(error)".utf8)))
    }
  }

  /// A call that is being answered.
  private struct Call: Sendable {
    let request: InboundRequest
    let reply: any Reply
    let padding: Int
    /// When the answer comes too late; nil if the caller waits for ever.
    let deadline: DispatchTime?

    init(_ request: InboundRequest, _ reply: any Reply, _ padding: Int) {
      self.request = request
      self.reply = reply
      self.padding = padding
      let timeout = request.fields.value(of: "connect-timeout-ms").flatMap { Int($0) }
      deadline = timeout.map { .now() + .milliseconds($0) }
    }

    func seen(_ data: String) -> String {
      let seen = Seen(data, request, padding: padding)
      return (try? JSONEncoder().encode(seen)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
  }

  private func script(_ text: String) throws -> Script {
    text.isEmpty ? Script() : try JSONDecoder().decode(Script.self, from: Data(text.utf8))
  }

  private func success(_ body: [UInt8], _ fields: [Answer.Field]) -> Answer {
    Answer(status: 200, fields: [.init("content-type", "application/proto")] + fields, body: body)
  }

  private func failure(_ error: ErrorBody, _ fields: [Answer.Field]) -> Answer {
    Answer(
      status: error.code.httpStatus,
      fields: [.init("content-type", "application/json")] + fields,
      body: error.json()
    )
  }

  private static let tooLate = ErrorBody(code: .deadlineExceeded, message: "too late")

  // MARK: - Kinds

  private func unary(_ script: Script, _ call: Call) {
    let fields =
      (script.headers ?? []).answerFields()
      + (script.trailers ?? []).answerFields(prefix: "trailer-")
    wait(script.delayMs ?? 0, call) { [self] isInTime in
      guard isInTime else { return call.reply.send(failure(Self.tooLate, fields)) }
      if let error = script.error {
        return call.reply.send(failure(error.body(call.seen("")), fields))
      }
      let response = ProbeV1.EchoResponse(text: call.seen(script.data?.first ?? ""))
      call.reply.send(success(response.encode(), fields))
    }
  }

  private func stream(_ script: Script, _ call: Call) {
    begin(script, call)
    send(0, script, call)
  }

  private func begin(_ script: Script, _ call: Call) {
    let type = ContentType(.proto, isStreaming: true)
    call.reply.begin(
      status: 200,
      fields: [.init("content-type", type.name)] + (script.headers ?? []).answerFields()
    )
  }

  /// Sends a message of a stream after its time, then the next one, then the end.
  private func send(_ index: Int, _ script: Script, _ call: Call) {
    let data = script.data ?? []
    guard index < data.count else {
      return end(script.error?.body(index == 0 ? call.seen("") : ""), script, call)
    }
    wait(script.delayMs ?? 0, call) { [self] isInTime in
      guard isInTime else { return end(Self.tooLate, script, call) }
      let message = ProbeV1.EchoStreamResponse(
        text: index == 0 ? call.seen(data[0]) : data[index],
        number: UInt32(index + 1)
      )
      call.reply.write(Envelope(payload: message.encode()).bytes)
      send(index + 1, script, call)
    }
  }

  private func end(_ error: ErrorBody?, _ script: Script, _ call: Call) {
    let end = EndOfStream(error: error, metadata: (script.trailers ?? []).metadata)
    call.reply.write(Envelope(flags: .endOfStream, payload: end.json()).bytes)
    call.reply.finish()
  }

  /// Goes on after a while, and says whether that is before the deadline.
  ///
  /// A call that nobody waits for is counted and left.
  private func wait(_ milliseconds: Int, _ call: Call, _ body: @escaping @Sendable (Bool) -> Void) {
    guard milliseconds > 0 else { return body(true) }
    wait(until: .now() + .milliseconds(milliseconds), call, body)
  }

  private func wait(
    until instant: DispatchTime,
    _ call: Call,
    _ body: @escaping @Sendable (Bool) -> Void
  ) {
    if call.reply.isCancelled {
      cancelled.withLock { $0 += 1 }
      return
    }
    let now = DispatchTime.now()
    if let deadline = call.deadline, now >= deadline { return body(false) }
    if now >= instant { return body(true) }
    DispatchQueue.global().asyncAfter(deadline: now + .milliseconds(Self.pace)) { [self] in
      wait(until: instant, call, body)
    }
  }
}
