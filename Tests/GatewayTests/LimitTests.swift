internal import Connect
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import Gateway

@Suite
struct LimitTests {
  /// At each instant: how many calls are tried and how many of them get through, and after how
  /// many seconds the next may.
  static let bucket = TextTable(
    columns: 4,
    """
    0     8 5 1   # the burst
    499   1 0 1
    500   1 1 1   # two a second
    1500  9 2 1
    1000  1 0 1   # a clock that was set back brings nothing
    10000 9 5 1   # never more than the burst
    """
  )

  /// docs/rules/door.md, rule D9.
  @Test
  func `a bucket gives its burst and then its rate`() {
    let start = Instant(unixMilliseconds: 1_000_000)
    var bucket = TokenBucket(CallRate(perSecond: 2, burst: 5), now: start)
    for row in Self.bucket.rows {
      let now = start.advanced(byMilliseconds: Int64(row.columns[0]) ?? 0)
      let tries = Int(row.columns[1]) ?? 0
      let answers = (0..<tries).map { _ in bucket.take(now: now) }
      #expect(answers.count { $0 == nil } == Int(row.columns[2]), "\(row.description)")
      if let last = answers.last ?? nil { #expect(last == Int(row.columns[3])) }
    }
  }

  @Test
  func `a bucket says how long to wait, and fills after any rest`() {
    let start = Instant(unixMilliseconds: 0)
    var slow = TokenBucket(CallRate(perSecond: 1, burst: 1), now: start)
    #expect(slow.take(now: start) == nil)
    #expect(!slow.isFull(now: start))
    #expect(slow.take(now: start) == 1)
    let later = Instant(unixMilliseconds: .max)
    #expect(slow.isFull(now: later))
    #expect(slow.take(now: later) == nil)
  }

  static let networks = TextTable(
    columns: 2,
    """
    192.0.2.7                                192.0.2.7
    ::ffff:192.0.2.7                         192.0.2.7
    2001:db8:1:2:3:4:5:6                     2001:db8:1:2::/64
    2001:0DB8:0001:0002::                    2001:db8:1:2::/64
    2001:db8::1                              2001:db8:0:0::/64
    fe80::1%eth0                             fe80:0:0:0::/64
    ::1                                      0:0:0:0::/64
    ::                                       0:0:0:0::/64
    1:2:3:4:5:6:7                            1:2:3:4:5:6:7
    1:2:3:4:5:6:7:8:9                        1:2:3:4:5:6:7:8:9
    g::1                                     g::1
    12345::1                                 12345::1
    """
  )

  /// docs/rules/door.md, rule D9.
  @Test
  func `who has an IPv6 network counts as one caller`() {
    for row in Self.networks.rows {
      #expect(SourceNetwork.of(row.columns[0]) == row.columns[1], "\(row.description)")
    }
    #expect(SourceNetwork.of("") == "")
  }

  /// docs/rules/door.md, rule D9.
  @Test
  func `callers without a token are limited by address`() async throws {
    let door = try await DoorRoom { $0.limits.perSource = CallRate(perSecond: 1, burst: 2) }
    var words: [String] = []
    for _ in 0..<3 { words.append(await door.passage(DoorRoom.track).word) }
    #expect(words == ["->intake", "->intake", "RATE_LIMITED"])
    let refused = await door.passage(DoorRoom.track)
    #expect(refused.answer?.status == 429)
    #expect(refused.answer?.value("retry-after") == "1")
    #expect(await door.passage(DoorRoom.track, peer: "198.51.100.5").word == "->intake")
    door.room.clock.advance(byMilliseconds: 1_000)
    #expect(await door.passage(DoorRoom.track).word == "->intake")
  }

  /// docs/rules/door.md, rule D9.
  @Test
  func `all tokens of one subject share its limit, from whatever address`() async throws {
    let door = try await DoorRoom { $0.limits.perSubject = CallRate(perSecond: 1, burst: 2) }
    var words: [String] = []
    for number in 0..<3 {
      let token = try await door.issuer.token("clerk", halls: number == 1 ? [Room.hall] : nil)
      let fields = ["authorization": "Bearer \(token)"]
      words.append(await door.passage(DoorRoom.accept, fields, peer: "203.0.113.\(number)").word)
    }
    #expect(words == ["->intake", "->intake", "RATE_LIMITED"])
    let other = try await door.issuer.token("clerk", subject: "li")
    #expect(
      await door.passage(DoorRoom.accept, ["authorization": "Bearer \(other)"]).word == "->intake"
    )
  }

  /// docs/rules/door.md, rule D9.
  @Test
  func `a portal has the limit that it was registered with, for all its users`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal(callsPerSecond: 2)
    var words: [String] = []
    for number in 0..<5 {
      let user = try await door.issuer.sign(.user("u-\(number)"))
      let fields = ["onedoor-portal-key": key, "onedoor-subject": user]
      words.append(await door.passage(DoorRoom.submit, fields).word)
    }
    #expect(words == ["->intake", "->intake", "->intake", "->intake", "RATE_LIMITED"])
  }

  /// docs/rules/door.md, rule D9.
  @Test
  func `a source that guesses credentials is slowed before anything is verified`() async throws {
    let door = try await DoorRoom { $0.limits.checksPerSource = CallRate(perSecond: 1, burst: 3) }
    var words: [String] = []
    for number in 0..<5 {
      words.append(
        await door.passage(DoorRoom.track, ["authorization": "Bearer \(number)"]).word
      )
    }
    #expect(
      words == Array(repeating: "TOKEN_INVALID", count: 3) + ["RATE_LIMITED", "RATE_LIMITED"]
    )
    #expect(door.gateway.metrics.checks == 3)
  }

  @Test
  func `a full queue is answered at once`() async throws {
    let door = try await DoorRoom {
      $0.limits.checksPerSource = CallRate(perSecond: 10_000)
    }
    let words = Locked<[String: Int]>([:])
    for number in 0..<CheckQueue.most + 5 {
      let head = RequestHead(
        verb: "POST",
        path: DoorRoom.track,
        fields: TestFields(
          values: ["authorization": "Bearer \(number)", "content-type": "application/proto"]
        ),
        peer: DoorRoom.peer
      )
      guard case .later(let decide) = door.gateway.passage(of: head) else { continue }
      decide { passage in words.change { $0[passage.word, default: 0] += 1 } }
    }
    #expect(words.value == ["OVERLOADED": 5])
    await door.gateway.drain()
    #expect(words.value == ["OVERLOADED": 5, "TOKEN_INVALID": CheckQueue.most])
  }

  static let deadlines = TextTable(
    columns: 3,
    """
    unary  -           30000
    unary  5000        5000
    unary  30001       30000
    unary  9999999999  30000
    unary  0           INVALID_FIELDS
    unary  abc         INVALID_FIELDS
    unary  99999999999 INVALID_FIELDS  # eleven digits
    stream -           -
    stream 60000       60000
    stream x           INVALID_FIELDS
    """
  )

  /// docs/rules/door.md, rule D9.
  @Test(arguments: deadlines.rows)
  func `a deadline is capped for unary calls and goes on`(_ row: TextTable.Row) async throws {
    let door = try await DoorRoom()
    var fields: [String: String] = [:]
    let isStream = row.columns[0] == "stream"
    if row.columns[1] != "-" { fields["connect-timeout-ms"] = row.columns[1] }
    fields["content-type"] = isStream ? "application/connect+proto" : "application/proto"
    fields["authorization"] = "Bearer \(try await door.issuer.token("consumer"))"
    let passage = await door.passage(isStream ? DoorRoom.follow : DoorRoom.track, fields)
    let timeout = passage.forwarding.map { $0.value("connect-timeout-ms") ?? "-" }
    if let timeout {
      #expect(timeout == row.columns[2])
    } else if let answer = passage.answer {
      #expect(answer.value("onedoor-reason") == row.columns[2])
      #expect(answer.text.contains("connect-timeout-ms"))
    }
  }

  @Test
  func `the time that verifying took is taken from the deadline`() async throws {
    let door = try await DoorRoom()
    let head = RequestHead(
      verb: "POST",
      path: DoorRoom.track,
      fields: TestFields(
        values: ["connect-timeout-ms": "1000", "content-type": "application/proto"]
      ),
      peer: DoorRoom.peer
    )
    guard case .later(let decide) = door.gateway.passage(of: head) else {
      Issue.record("It has to be signed.")
      return
    }
    let decided = Locked<Passage?>(nil)
    decide { passage in decided.change { $0 = passage } }
    door.room.clock.advance(byMilliseconds: 400)
    await door.gateway.drain()
    #expect(decided.value?.forwarding?.value("connect-timeout-ms") == "600")
  }

  @Test
  func `another version of the protocol is refused`() async throws {
    let door = try await DoorRoom()
    let passage = await door.passage(DoorRoom.track, ["connect-protocol-version": "2"])
    #expect(passage.word == "INVALID_FIELDS")
    #expect(await door.passage(DoorRoom.track, ["connect-protocol-version": "1"]).answer == nil)
  }

  /// docs/rules/door.md, rule D9.
  @Test
  func `a call may have 4 MiB`() async throws {
    let door = try await DoorRoom()
    #expect(await door.passage(DoorRoom.track).forwarding?.bodyLimit == 4 << 20)
  }
}
