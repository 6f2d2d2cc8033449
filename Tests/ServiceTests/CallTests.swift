import Connect
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct CallTests {
  let clerk = Identity.official(.clerk, "u-k01-a", post: "K01")
  let write = ProbeV1.ProbeService.echoWrite
  let read = ProbeV1.ProbeService.echoRead

  func refusal(_ body: () throws -> Void) -> Room.Refused? {
    do {
      try body()
      return nil
    } catch {
      return error as? Room.Refused
    }
  }

  @Test func `a write is answered after its commit and read back`() throws {
    let room = try Room(.echo)
    let answer = try room.call(write, .init(text: "hello"), as: clerk)
    #expect(answer.text == "hello")
    #expect(try room.call(read, .init(), as: .anybody).text == "hello")
    let entry = try #require(try room.feed().first)
    #expect(entry.content.actor == "u-k01-a")
    #expect(entry.content.post == "K01")
    #expect(entry.content.recordedAt == Room.opening)
    #expect(entry.content.type == "EchoWriteResponse")
  }

  /// docs/rules/door.md, rule D1.
  @Test func `a call without a pass is refused, counted and becomes one entry`() throws {
    let room = try Room(.echo)
    for _ in 0..<3 {
      let refused = refusal {
        _ = try room.call(write, .init(text: "x"), as: clerk, fields: ["onedoor-pass": "a.b"])
      }
      #expect(refused?.status == 403)
      #expect(refused?.reason == "BYPASS")
    }
    #expect(try room.published(GatewayV1.CallsRefused.self).isEmpty)
    room.advance(to: Room.opening.advanced(byMilliseconds: 60_000))
    let entries = try room.published(GatewayV1.CallsRefused.self)
    #expect(entries.map(\.count) == [3])
    #expect(entries.first?.source == "203.0.113.7")
    #expect(entries.first?.service == "intake")
  }

  /// docs/rules/door.md, rule D1.
  @Test func `a pass of another service attests nobody`() throws {
    let room = try Room(.echo)
    let pass = Pass(
      issuer: "approval",
      subject: "u-k01-a",
      roles: [.clerk],
      halls: [Room.hall],
      expiresAt: Room.opening.advanced(byMilliseconds: 1000)
    )
    let header = try TestKeys.keyring("approval").seal(pass)
    let refused = refusal {
      _ = try room.call(write, .init(text: "x"), as: clerk, fields: ["onedoor-pass": header])
    }
    #expect(refused?.reason == "BYPASS")
  }

  /// docs/rules/door.md, rule D1.
  @Test func `an expired pass is refused as such`() throws {
    let room = try Room(.echo)
    let pass = Pass(
      issuer: "gateway",
      subject: "u",
      roles: [.clerk],
      halls: [Room.hall],
      expiresAt: Room.opening
    )
    let header = try TestKeys.keyring("gateway").seal(pass)
    let refused = refusal {
      _ = try room.call(write, .init(text: "x"), as: clerk, fields: ["onedoor-pass": header])
    }
    #expect(refused?.reason == "PASS_EXPIRED")
  }

  /// docs/rules/door.md, rules D1 and D8.
  @Test func `role, hall, fields and key are checked in this order`() throws {
    let room = try Room(.echo)
    let wrongRole = refusal { _ = try room.call(write, .init(), as: .official(.guide, "g")) }
    #expect(wrongRole?.reason == "WRONG_ROLE")
    let wrongHall = refusal {
      _ = try room.call(write, .init(), as: clerk, fields: ["onedoor-hall": "370213"])
    }
    #expect(wrongHall?.reason == "WRONG_HALL")
    let wrongFields = refusal { _ = try room.call(write, .init(), as: clerk, key: "") }
    #expect(wrongFields?.reason == "INVALID_FIELDS")
    #expect(wrongFields?.refusal.violations.map(\.field) == ["text"])
    let noKey = refusal { _ = try room.call(write, .init(text: "x"), as: clerk, key: "") }
    #expect(noKey?.reason == "IDEMPOTENCY_KEY_MISSING")
    #expect(try room.feed().isEmpty)
  }

  @Test func `nobody reaches a method without a rule`() throws {
    let room = try Room(.echo)
    let refused = refusal {
      _ = try room.call(ProbeV1.ProbeService.echoNobody, .init(), as: clerk)
    }
    #expect(refused?.reason == "WRONG_ROLE")
  }

  @Test func `a repeat returns the first answer and writes nothing`() throws {
    let room = try Room(.echo)
    for _ in 0..<3 {
      #expect(try room.call(write, .init(text: "once"), as: clerk, key: "k").text == "once")
      try room.crash()
    }
    #expect(try room.call(read, .init(), as: .anybody).text == "once")
    let other = refusal { _ = try room.call(write, .init(text: "two"), as: clerk, key: "k") }
    #expect(other?.reason == "IDEMPOTENCY_MISMATCH")
    // Another caller's key is another key.
    _ = try room.call(write, .init(text: "two"), as: .official(.clerk, "u-k02-a"), key: "k")
    #expect(try room.call(read, .init(), as: .anybody).text == "once two")
  }

  @Test func `what a call asked is kept by keyed hash, and what was kept before is known`() throws {
    let room = try Room(.echo)
    let request = ProbeV1.EchoWriteRequest(text: "once")
    _ = try room.call(write, request, as: clerk, key: "k")
    let bare = Value.blob(Digest.sha256(request.encode()))
    let isBare = "UPDATE idempotency SET expires_at = 0 WHERE body_hash = ?"
    #expect(try room.tamper(isBare, [bare]) == 0)
    // As programs before kept it.
    #expect(try room.tamper("UPDATE idempotency SET body_hash = ?", [bare]) == 1)
    #expect(try room.call(write, request, as: clerk, key: "k").text == "once")
    let other = refusal { _ = try room.call(write, .init(text: "two"), as: clerk, key: "k") }
    #expect(other?.reason == "IDEMPOTENCY_MISMATCH")
  }

  @Test func `the same key in another hall is another call`() throws {
    let room = try Room(.echo)
    let halls = [Room.hall, "370213"]
    let pass = Pass(
      issuer: "gateway",
      subject: "u-k01-a",
      roles: [.clerk],
      halls: halls,
      expiresAt: Room.opening.advanced(byMilliseconds: 1000)
    )
    let header = try TestKeys.keyring("gateway").seal(pass)
    for hall in halls {
      let fields = ["onedoor-pass": header, "onedoor-hall": hall]
      for _ in 0..<2 {
        let answer = try room.call(write, .init(text: "a"), as: clerk, key: "k", fields: fields)
        #expect(answer.text == "a")
      }
    }
    #expect(try room.feed().map(\.content.hall) == halls)
  }

  @Test func `a refusal is not kept under the key`() throws {
    let room = try Room(.echo)
    let refused = refusal { _ = try room.call(write, .init(text: "fail"), as: clerk, key: "k") }
    #expect(refused?.reason == "WRONG_STATE")
    #expect(refused?.refusal.rule == "E1")
    #expect(try room.call(write, .init(text: "good"), as: clerk, key: "k").text == "good")
  }

  @Test func `a fault of ours tells the caller nothing and the log all`() throws {
    let room = try Room(.echo)
    let refused = refusal { _ = try room.call(write, .init(text: "break"), as: clerk) }
    #expect(refused?.status == 500)
    #expect(refused?.reason == "INTERNAL")
    #expect(refused?.refusal.messageEn.contains("secret") == false)
    guard case .fault(let method, let detail, _) = try #require(room.reports.all.first) else {
      Issue.record("not a fault")
      return
    }
    #expect(method == "EchoWrite")
    #expect(detail.contains("secret table"))
    #expect(try room.call(read, .init(), as: .anybody).text.isEmpty)
  }

  @Test func `a neighbour that fails takes nobody with it and leaves no gap`() throws {
    let room = try Room(.echo)
    let texts = ["a", "break", "b", "fail", "c"]
    let replies = try texts.map { try room.begin(write, .init(text: $0), as: clerk) }
    room.settle()
    #expect(replies.map { $0.answer?.status } == [200, 500, 200, 400, 200])
    #expect(try room.feed().map(\.position) == [1, 2, 3])
    #expect(try room.call(read, .init(), as: .anybody).text == "a b c")
  }

  @Test func `one more than the queue holds is told to come back`() throws {
    var settings = Engine.Settings()
    settings.queue = 2
    let room = try Room(.echo, settings: settings)
    let replies = try ["a", "b", "c"].map { try room.begin(write, .init(text: $0), as: clerk) }
    #expect(replies[2].answer?.status == 503)
    #expect(replies[2].answer?.fields.contains(.init("retry-after", "1")) == true)
    room.settle()
    #expect(replies[1].answer?.status == 200)
  }

  @Test func `a call whose deadline passed in the queue has no effect`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(
      write,
      .init(text: "late"),
      as: clerk,
      fields: ["connect-timeout-ms": "50"]
    )
    room.advance(to: Room.opening.advanced(byMilliseconds: 50))
    #expect(reply.answer?.status == 504)
    #expect(try room.feed().isEmpty)
  }

  @Test func `a read waits for the position that it wants to have seen`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(
      read,
      .init(),
      as: .anybody,
      fields: ["onedoor-at-least": "intake=1, approval=1"]
    )
    _ = try room.call(write, .init(text: "own"), as: clerk)
    #expect(reply.answer == nil)
    try room.offer(ProbeV1.EchoWriteResponse(text: "far"), subject: "x", from: "approval")
    #expect(reply.answer?.status == 200)
    let late = try room.begin(
      read,
      .init(),
      as: .anybody,
      fields: ["onedoor-at-least": "approval=9"]
    )
    room.advance(to: Room.opening.advanced(byMilliseconds: 1_000))
    #expect(late.answer?.status == 503)
  }
}
