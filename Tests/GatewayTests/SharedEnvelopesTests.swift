import Connect
import Messages
import Service
import Testing

@testable import Gateway

@Suite struct SharedEnvelopesTests {
  private typealias Form = (flags: UInt8, payload: [UInt8])

  /// The form of a message, and whether it had to be made.
  private func ask(
    _ shared: SharedEnvelopes,
    _ payload: [UInt8],
    _ method: String = "/a/b",
    _ coding: ContentCoding = .identity
  ) -> (form: Form, isMade: Bool) {
    var isMade = false
    let form = shared.form(of: payload, method, coding) {
      isMade = true
      return (coding == .gzip ? 1 : 0, Array(method.utf8) + payload)
    }
    return (form, isMade)
  }

  @Test func `a message is made once for all who read it in one form`() {
    let shared = SharedEnvelopes()
    #expect(ask(shared, [1]).isMade)
    let again = ask(shared, [1])
    #expect(!again.isMade && again.form == (0, Array("/a/b".utf8) + [1]))
    #expect(ask(shared, [2]).isMade)
    #expect(ask(shared, [1], "/a/c").isMade)
    let packed = ask(shared, [1], "/a/b", .gzip)
    #expect(packed.isMade && packed.form.flags == 1)
    #expect(!ask(shared, [1], "/a/b", .gzip).isMade && !ask(shared, [1]).isMade)
  }

  @Test func `so many are kept, the newest`() {
    let shared = SharedEnvelopes()
    for number in 0..<SharedEnvelopes.most { #expect(ask(shared, [UInt8(number)]).isMade) }
    for number in 0..<SharedEnvelopes.most { #expect(!ask(shared, [UInt8(number)]).isMade) }
    #expect(ask(shared, [250]).isMade)
    #expect(ask(shared, [0]).isMade && !ask(shared, [250]).isMade && !ask(shared, [2]).isMade)
  }

  @Test func `a long message is not kept`() {
    let shared = SharedEnvelopes()
    let longest = [UInt8](repeating: 7, count: SharedEnvelopes.longest)
    #expect(ask(shared, longest).isMade && !ask(shared, longest).isMade)
    #expect(ask(shared, longest + [7]).isMade && ask(shared, longest + [7]).isMade)
  }

  @Test func `each form gets its own bytes out of one ring`() {
    let shared = SharedEnvelopes()
    let methods = [
      MonitoringV1.AlertService.followAlerts.info, ProbeV1.ProbeService.echoStream.info,
    ]
    // A text that the one reads, long enough to be compressed; the other cannot, and says `{}`.
    let payload = ProbeV1.EchoStreamResponse(text: String(repeating: "a", count: 4_000)).encode()
    func forms(_ ring: () -> SharedEnvelopes) -> [[UInt8]] {
      methods.flatMap { method in
        ["identity", "gzip"].map { coding in
          let head = RequestHead(
            verb: "POST",
            path: method.path,
            fields: TestFields(values: ["connect-accept-encoding": coding]),
            peer: DoorRoom.peer
          )
          let transcoder = EdgeTranscoder(
            method: method,
            form: CallForm(ContentType(.json, isStreaming: true), head),
            limit: 4 << 20,
            audience: Audience(prefersEnglish: true, readsJSON: true),
            counts: GatewayCounts(),
            shared: ring()
          )
          return transcoder.envelope(0, payload).payload
        }
      }
    }
    let alone = forms { SharedEnvelopes() }
    #expect(Set(alone.dropFirst()).count == 3)
    #expect(forms { shared } == alone && forms { shared } == alone)
  }
}
