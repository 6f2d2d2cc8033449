import Kernel
import Messages
import Service
import Simulation
import TestSupport
import Testing

@Suite struct KnownReadTests {
  struct Fields: HeaderFields {
    var values: [String: String]

    func value(of name: StaticString) -> String? { values[name.description] }
  }

  let read = ProbeV1.ProbeService.echoRead

  func head(_ fields: [String: String] = [:], verb: String = "POST") throws -> RequestHead {
    let pass = Pass(
      issuer: "gateway",
      subject: "u",
      roles: [.clerk],
      halls: [Room.hall],
      expiresAt: Room.opening.advanced(byMilliseconds: 60_000)
    )
    var values = ["content-type": "application/proto", "connect-timeout-ms": "30000"]
    values["onedoor-pass"] = try TestKeys.keyring("gateway").seal(pass)
    return RequestHead(
      verb: verb,
      path: read.path,
      fields: Fields(values: values.merging(fields) { $1 }),
      peer: "203.0.113.7"
    )
  }

  func dispatched(_ room: Room, _ head: RequestHead, _ body: [UInt8]) -> Answer? {
    let reply = CollectedReply()
    let request = InboundRequest(
      verb: head.verb,
      path: head.path,
      fields: head.fields,
      body: body,
      peer: head.peer
    )
    room.engine.dispatch(request, to: reply)
    return reply.answer
  }

  @Test(arguments: ["application/proto", "application/json"])
  func `a known read is answered as a dispatched one`(type: String) throws {
    let room = try Room(.echo)
    let clerk = Identity.official(.clerk, "u-k01-a", post: "K01")
    let head = try head(["content-type": type])
    let known = try #require(room.engine.known(head))
    for text in ["one", "two"] {
      _ = try room.call(ProbeV1.ProbeService.echoWrite, .init(text: text), as: clerk)
      let body = type.hasSuffix("json") ? Array("{}".utf8) : []
      let answer = try #require(known.answer(to: body, trace: nil)).answer
      #expect(answer == dispatched(room, head, body))
      #expect(answer.status == 200)
    }
    #expect(room.engine.counts.now.answered["EchoRead"] == 4)
    let broken = try #require(known.answer(to: [0xFF], trace: nil)).answer
    #expect(broken.status == 400)
    #expect(broken == dispatched(room, head, [0xFF]))
  }

  @Test func `what each call is refused for is not known`() throws {
    let engine = try Room(.echo).engine
    let others: [[String: String]] = [
      ["onedoor-pass": "a.b"], ["onedoor-hall": "370299"], ["content-encoding": "gzip"],
      ["onedoor-at-least": "intake=1"], ["connect-timeout-ms": "0"], ["content-type": "text/plain"],
    ]
    for fields in others { #expect(try engine.known(head(fields)) == nil) }
    #expect(try engine.known(head(verb: "GET")) == nil)
    #expect(try engine.known(head()) != nil)
  }

  @Test func `what is known ends with the pass and with the keys`() throws {
    let room = try Room(.echo)
    let known = try #require(room.engine.known(head()))
    #expect(known.answer(to: [], trace: nil) != nil)
    room.clock.advance(byMilliseconds: 60_000)
    #expect(known.answer(to: [], trace: nil) == nil)

    let other = try Room(.echo)
    let early = try #require(other.engine.known(head()))
    #expect(early.answer(to: [], trace: nil) != nil)
    try other.engine.keyring.replace(
      with: Keyring.Keys(signing: [UInt8](repeating: 1, count: 32), publicKeys: [:])
    )
    #expect(early.answer(to: [], trace: nil) == nil)
  }
}
