import Kernel
import Messages
import Service
import Simulation
import TestSupport
import Testing

/// The name in a peer's certificate beside the pass that comes with a call.
@Suite struct CertifiedTests {
  private struct Head: HeaderFields {
    let pass: String

    func value(of name: StaticString) -> String? {
      switch name.description {
      case "content-type": "application/proto"
      case "onedoor-pass": pass
      default: nil
      }
    }
  }

  @Test(
    arguments: [
      ("gateway", true), ("operator", true), (nil, true), ("approval", false), ("watch", false),
    ]
  )
  func `a pass counts only over a connection of its issuer`(name: String?, counts: Bool) throws {
    let room = try Room(.echo)
    let pass = Pass(
      issuer: "gateway",
      subject: "u-k01-a",
      roles: [.clerk],
      halls: [Room.hall],
      expiresAt: Room.opening.advanced(byMilliseconds: 1_000)
    )
    let reply = CollectedReply()
    room.engine.dispatch(
      InboundRequest(
        verb: "POST",
        path: ProbeV1.ProbeService.echoWrite.path,
        fields: Head(pass: try TestKeys.keyring(Keyring.gateway).seal(pass)),
        body: ProbeV1.EchoWriteRequest(text: "x").encode(),
        peer: "203.0.113.7",
        certified: name
      ),
      to: reply
    )
    // A call that counts is refused only later, for it has no key.
    let reason = reply.answer?.fields.first { $0.name == "onedoor-reason" }?.value
    #expect((reason == "BYPASS") == !counts, "\(reason ?? "no reason")")
  }
}
