import Connect
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct TraceTests {
  let clerk = Identity.official(.clerk, "u-k01-a", post: "K01")
  let write = ProbeV1.ProbeService.echoWrite
  let first = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
  let second = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")

  var one: String { first?.text ?? "-" }
  var two: String { second?.text ?? "-" }

  func fields(_ trace: TraceContext?) -> [String: String] {
    trace.map { ["traceparent": $0.text] } ?? [:]
  }

  /// Subject and trace of all that was published; empty for no trace.
  func published(_ room: Room) throws -> [String: String] {
    try Dictionary(
      room.feed().map { ($0.content.subject, $0.content.trace?.text ?? "") },
      uniquingKeysWith: { first, _ in first }
    )
  }

  @Test func `an entry carries the trace of its call, each call of a batch its own`() throws {
    let room = try Room(.echo)
    let calls: [(String, TraceContext?)] = [
      ("a", first), ("fail", first), ("b", nil), ("c", second), ("break", second),
    ]
    let replies = try calls.map { text, trace in
      try room.begin(write, .init(text: text), as: clerk, fields: fields(trace))
    }
    room.settle()
    #expect(replies.map { $0.answer?.status } == [200, 400, 200, 200, 500])
    #expect(try published(room) == ["a": one, "b": "", "c": two])
    _ = try room.call(write, .init(text: "d"), as: clerk, fields: ["traceparent": "00-1"])
    #expect(try published(room)["d"] == "")
  }

  @Test func `a repeated call publishes nothing, whatever its trace`() throws {
    let room = try Room(.echo)
    for trace in [first, second] {
      _ = try room.call(write, .init(text: "a"), as: clerk, key: "k", fields: fields(trace))
    }
    #expect(try room.feed().map(\.content.trace) == [first])
  }

  @Test func `what a timer publishes goes on in the trace that set it, also after a crash`() throws
  {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "later"), as: clerk, fields: fields(first))
    _ = try room.call(write, .init(text: "other"), as: clerk, fields: fields(second))
    try room.crash()
    room.advance(to: Room.opening.advanced(byMilliseconds: 3_600_000))
    #expect(try published(room) == ["later": one, "other": two, "fired": one])
  }

  @Test func `what an entry leads to goes on in its trace`() throws {
    let room = try Room(.echo)
    for (text, trace) in [("one", first), ("two", nil), ("three", second)] {
      try room.offer(
        ProbeV1.EchoWriteResponse(text: text),
        subject: text,
        from: "catalogue",
        trace: trace
      )
    }
    #expect(
      try published(room)
        == ["catalogue:one": one, "catalogue:two": "", "catalogue:three": two]
    )
  }

  @Test func `a feed gives the trace on, outside the hash`() throws {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "a"), as: clerk, fields: fields(first))
    let stored = try #require(try room.feed().first)
    let entry = try FeedV1.Entry(stored, opening: room.engine.seal)
    #expect(entry.traceparent == first?.text)
    #expect(entry.trace == first)
    var without = entry
    without.traceparent = ""
    #expect(without.trace == nil)
    #expect(FeedChain.hash(of: without) == entry.hash && FeedChain.hash(of: entry) == entry.hash)
    // A follower takes an entry whose trace was changed on the way: it proves nothing.
    without.traceparent = "nonsense"
    #expect(try FeedV1.Entry.decode(without.encode()).trace == nil)
  }

  @Test func `what went wrong is reported with its trace`() throws {
    let room = try Room(.echo)
    _ = try? room.call(write, .init(text: "break"), as: clerk, fields: fields(first))
    try room.offer(
      ProbeV1.EchoWriteResponse(text: "refuse"),
      subject: "refuse",
      from: "approval",
      trace: second
    )
    let traces = room.reports.all.map { report in
      switch report {
      case .fault(_, _, let trace), .timerFailed(_, _, _, let trace),
        .followerStopped(_, _, _, let trace), .commitInDoubt(_, let trace):
        trace
      }
    }
    #expect(traces == [first, second])
  }

  @Test func `a known read that fails is reported with the trace of each call`() throws {
    let room = try Room(.echo)
    let pass = Pass(
      issuer: "gateway",
      subject: "u",
      roles: [.clerk],
      halls: [Room.hall],
      expiresAt: Room.opening.advanced(byMilliseconds: 60_000)
    )
    let head = RequestHead(
      verb: "POST",
      path: ProbeV1.ProbeService.echoRead.path,
      fields: TraceFields(values: [
        "content-type": "application/proto",
        "onedoor-pass": try TestKeys.keyring(Keyring.gateway).seal(pass),
      ]),
      peer: "203.0.113.7"
    )
    let known = try #require(room.engine.known(head))
    room.engine.store.close()
    for trace in [first, nil, second] {
      let answer = try #require(known.answer(to: [], trace: trace))
      #expect(answer.status >= 500)
    }
    let traces = room.reports.all.map { report -> TraceContext? in
      if case .fault("EchoRead", _, let trace) = report { trace } else { nil }
    }
    #expect(traces == [first, nil, second])
  }
}

private struct TraceFields: HeaderFields {
  var values: [String: String]

  func value(of name: StaticString) -> String? { values[name.description] }
}
