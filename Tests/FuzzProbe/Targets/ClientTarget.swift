internal import HTTP2
internal import TestSupport

/// A server's bytes, given to a client's session that has asked three times.
///
/// However they are cut, the events must be the same; what is sent must be whole frames.
struct ClientTarget: FuzzTarget {
  let name = "client"

  var seeds: [[UInt8]] {
    let settings = FrameMutation.frame(4, 0, 0, [])
    let head = FrameMutation.frame(1, 4, 1, FrameMutation.ok)
    let body = FrameMutation.frame(0, 1, 1, [1, 2, 3])
    return [
      settings + head + body + FrameMutation.frame(1, 5, 3, FrameMutation.ok),
      settings + head + FrameMutation.frame(1, 4, 5, FrameMutation.ok) + body
        + FrameMutation.frame(0, 0, 5, [4, 5])
        + FrameMutation.frame(1, 5, 5, [0, 1, 0x78, 1, 0x79]),
      settings + FrameMutation.frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]) + head + body,
      FrameMutation.frame(1, 4, 1, [0x08, 3, 0x31, 0x30, 0x33]) + head + body
        + FrameMutation.frame(3, 0, 3, [0, 0, 0, 7]),
      FrameMutation.frame(4, 0, 0, [0, 3, 0, 0, 0, 1])
        + FrameMutation.frame(8, 0, 5, [0, 0, 9, 0]),
    ]
  }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    FrameMutation.change(&input, from: 0, by: &generator)
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    SessionChecks.compare(
      heard { take in _ = take(input) },
      heard { take in SessionChecks.pieces(of: input, take) }
    )
    use(input)
    return true
  }

  private func session(_ sent: inout [UInt8]) -> ClientSession {
    var client = ClientSession(limits: SessionChecks.limits)
    let head = HeaderList(method: "POST", scheme: "http", authority: "a", path: "/")
    let limit = SessionChecks.bodyLimit
    _ = client.request(head, body: [1, 2], answer: .collected(limit: limit))
    _ = client.request(head, body: [], answer: .collected(limit: limit))
    _ = client.request(head, answer: .streamed)
    _ = try? client.send {
      sent += $0
      return true
    }
    return client
  }

  /// The events of a session that asked and then only listens.
  private func heard(
    _ give: ((UnsafeRawBufferPointer) -> Bool) -> Void
  ) -> SessionChecks.Heard {
    var sent: [UInt8] = []
    var client = session(&sent)
    var events: [SessionEvent] = []
    var failure: SessionError?
    give { piece in
      do throws(SessionError) {
        try client.receive(piece)
      } catch {
        failure = error
      }
      while let event = client.nextEvent() {
        SessionChecks.check(event)
        events.append(event)
      }
      return client.wantsRead
    }
    return (events, failure, client.wantsRead)
  }

  /// Uses all that comes, writes on, and gives the sent bytes a look.
  private func use(_ input: UnsafeRawBufferPointer) {
    var sent: [UInt8] = []
    var client = session(&sent)
    SessionChecks.pieces(of: input) { piece in
      do throws(SessionError) {
        try client.receive(piece)
        react(&client)
        try client.send {
          sent += $0
          return true
        }
        react(&client)
        return client.wantsRead
      } catch {
        require(!client.wantsRead, "a failed session wants to read")
        return false
      }
    }
    for stream in client.openStreams { client.reset(stream, .cancel) }
    _ = try? client.send {
      sent += $0
      return true
    }
    while client.nextEvent() != nil {}
    SessionChecks.checkFrames(sent, behind: FrameMutation.preface.count)
  }

  private func react(_ client: inout ClientSession) {
    while let event = client.nextEvent() {
      switch event {
      case .head(let stream, _, _): client.write(stream, Array(repeating: 1, count: 1_500))
      case .data(let stream, let bytes):
        client.consume(stream, bytes.count)
        client.write(stream, bytes)
      case .end(let stream), .trailers(let stream, _): client.finish(stream)
      case .closed(_, .refusedStream), .goAway, .message:
        let head = HeaderList(method: "GET", scheme: "http", authority: "a", path: "/")
        if client.openStreams.count < 4 {
          _ = client.request(head, body: [], answer: .streamed)
        }
      default: break
      }
    }
  }

  func allowance(for count: Int) -> Int { (4 << 20) + 600 * count }
}
