import Host
import Storage
import TestSupport
import Testing

@Suite struct DoctorTests {
  static let day: Int64 = 86_400

  static func facts(
    _ service: String = "intake",
    _ change: (inout ServiceFacts) -> Void = { _ in }
  ) -> ServiceFacts {
    var facts = ServiceFacts(service: service, version: "1", realNow: 1_000, hallNow: 1_000)
    facts.store = ServiceFacts.Store(
      sqliteVersion: "3.40.1",
      hasLogResetFault: true,
      synchronous: 2,
      bytes: 1,
      logBytes: 0,
      diskBytes: 100 << 30,
      freeBytes: 50 << 30,
      faults: []
    )
    change(&facts)
    return facts
  }

  private func levels(_ findings: [Finding]) -> [Finding.Level] { findings.map(\.level) }

  // MARK: - Clocks

  @Test(
    arguments: [
      (0, Finding.Level.ok), (1_000, .ok), (1_040, .ok), (1_200, .warning), (-1_200, .warning),
      (5_000, .warning), (5_200, .fault), (-5_200, .fault),
    ] as [(Int64, Finding.Level)]
  )
  func `a clock that lies apart from this machine's`(ahead: Int64, level: Finding.Level) {
    // Asked at 0 and answered at 100: what may be the way's is not the clock's.
    let reading = Doctor.ClockReading(service: "a", theirs: 50 + ahead, before: 0, after: 100)
    #expect(levels(Doctor.clocks([reading])) == [level])
  }

  @Test func `clocks of services that lie apart from each other`() {
    let one = Doctor.ClockReading(service: "a", theirs: 900, before: 0, after: 0)
    let other = Doctor.ClockReading(service: "b", theirs: -900, before: 0, after: 0)
    let findings = Doctor.clocks([one, other])
    #expect(findings.map(\.subject) == ["a and b"] && levels(findings) == [.warning])
  }

  @Test func `the hall's time is the real one, or that of one demo clock`() {
    #expect(levels(Doctor.hallTime([Self.facts()])) == [.ok])
    #expect(levels(Doctor.hallTime([Self.facts { $0.hallNow = 90_000 }])) == [.fault])
    let demo = Self.facts("a") { ($0.isDemo, $0.hasDemoClock, $0.hallNow) = (true, true, 0) }
    #expect(levels(Doctor.hallTime([demo])) == [.ok])
    #expect(levels(Doctor.hallTime([demo, Self.facts("b")])) == [.fault])
    #expect(levels(Doctor.hallTime([Self.facts { $0.hasDemoClock = true }])) == [.fault])
  }

  // MARK: - Certificates

  @Test(
    arguments: [
      (31, Finding.Level.ok), (30, .ok), (29, .warning), (8, .warning), (6, .fault), (0, .fault),
      (-1, .fault),
    ] as [(Int64, Finding.Level)]
  )
  func `a certificate that ends`(days: Int64, level: Finding.Level) {
    let end = Doctor.CertificateEnd(.door, name: "door", end: 1_000 + days * Self.day)
    #expect(levels(Doctor.certificates([end], now: 1_000)) == [level])
  }

  @Test func `a certificate that cannot be read is a fault, and the others are still told`() {
    let ends = [
      Doctor.CertificateEnd(.inner, name: "a", end: nil),
      Doctor.CertificateEnd(.authority, name: "b", end: 0),
    ]
    let findings = Doctor.certificates(ends, now: 1)
    #expect(findings.map(\.subject) == ["a", "b"] && levels(findings) == [.fault, .fault])
    #expect(findings.allSatisfy { !$0.advice.isEmpty })
  }

  @Test(
    arguments: [
      (.inner, "/etc/onedoor/keys/private/intake/tls.pem", "onedoor key renew"),
      (.inner, "inner certificate of intake", "onedoor key renew"),
      (.authority, "/etc/onedoor/keys/public/authorities.pem", "--what authority"),
      (.authority, "/etc/onedoor/keys/authority/ca.pem", "--what authority"),
      (.door, "door certificate of gateway", "tls.certificate"),
    ] as [(Doctor.CertificateEnd.Kind, String, String)]
  )
  func `what to do is said by what a certificate is for, not by where it lies`(
    kind: Doctor.CertificateEnd.Kind,
    name: String,
    advice: String
  ) {
    let end = Doctor.CertificateEnd(kind, name: name, end: 0)
    let findings = Doctor.certificates([end], now: 1)
    #expect(findings.map(\.subject) == [name])
    #expect(findings.allSatisfy { $0.advice.contains(advice) })
    let other = Doctor.CertificateEnd.Kind.allCases.filter { $0 != kind }
    for kind in other {
      let others = Doctor.certificates([.init(kind, name: name, end: 0)], now: 1)
      #expect(others.first?.advice != findings.first?.advice)
    }
  }

  // MARK: - Calendar

  static let years = TextTable(
    columns: 4,
    """
    # today     this next level
    2026-03-01  yes  no   ok
    2026-10-31  yes  no   ok
    2026-11-01  yes  no   warning
    2026-12-31  yes  yes  ok
    2027-01-01  no   no   fault
    """
  )

  @Test(arguments: years.rows)
  func `the calendar of this year and the next`(_ row: TextTable.Row) {
    let facts = Self.facts { facts in
      facts.followsCalendar = true
      facts.years = ServiceFacts.Years(
        today: row.columns[0],
        thisIsDecreed: row.columns[1] == "yes",
        nextIsDecreed: row.columns[2] == "yes"
      )
    }
    #expect(levels(Doctor.calendar([facts])).map(\.rawValue) == [row.columns[3]])
  }

  @Test func `no calendar at all is a fault, and nobody who could have one is said`() {
    #expect(levels(Doctor.calendar([Self.facts { $0.followsCalendar = true }])) == [.fault])
    #expect(levels(Doctor.calendar([Self.facts("gateway")])) == [.skipped])
  }

  // MARK: - Feeds

  private func following(
    lag: Int64,
    position: Int64 = 5,
    isOutOfSight: Bool = false,
    stopped: Int64? = nil
  ) -> [ServiceFacts] {
    [
      Self.facts { facts in
        facts.followers = [
          .init(
            upstream: "approval",
            position: position,
            lag: lag,
            isOutOfSight: isOutOfSight,
            stoppedAt: stopped,
            reason: stopped == nil ? "" : "broken chain"
          )
        ]
      }
    ]
  }

  @Test func `a follower that keeps up, shrinks, stands, lies far behind or has stopped`() {
    #expect(levels(Doctor.feeds(following(lag: 0), following(lag: 0))) == [.ok])
    #expect(levels(Doctor.feeds(following(lag: 9), following(lag: 3, position: 11))) == [.ok])
    // It moves, though its upstream moves faster.
    #expect(levels(Doctor.feeds(following(lag: 9), following(lag: 12, position: 11))) == [.ok])
    #expect(levels(Doctor.feeds(following(lag: 9), following(lag: 9))) == [.warning])
    let far = following(lag: DoctorLimits.lag + 1, position: 9)
    #expect(levels(Doctor.feeds(following(lag: 99_999), far)) == [.warning])
    let stopped = Doctor.feeds(following(lag: 1), following(lag: 1, stopped: 6))
    #expect(levels(stopped) == [.fault])
    #expect(stopped.first?.text == "stands still at entry 6: broken chain")
    #expect(stopped.first?.subject == "intake follows approval")
  }

  @Test func `a follower that does not hear its upstream at two looks`() {
    let (heard, unheard) = (following(lag: 0), following(lag: 0, isOutOfSight: true))
    let findings = Doctor.feeds(unheard, unheard)
    #expect(levels(findings) == [.warning])
    #expect(findings.first?.advice.contains("approval can be reached from intake") == true)
    // It is being started, or was lost just now.
    #expect(levels(Doctor.feeds(unheard, heard)) == [.ok])
    #expect(levels(Doctor.feeds(heard, unheard)) == [.ok])
    let stopped = following(lag: 0, isOutOfSight: true, stopped: 6)
    #expect(levels(Doctor.feeds(stopped, stopped)) == [.fault])
  }

  // MARK: - Stores

  private func store(_ change: (inout ServiceFacts.Store) -> Void) -> [Finding] {
    Doctor.store(
      Self.facts { facts in
        if var store = facts.store {
          change(&store)
          facts.store = store
        }
      }
    )
  }

  @Test func `a sound store is four times well`() {
    #expect(levels(store { _ in }) == [.ok, .ok, .ok, .ok])
  }

  @Test(
    arguments: [
      (100, 21, Finding.Level.ok), (100, 20, .warning), (100, 6, .warning), (100, 5, .fault),
    ] as [(Int64, Int64, Finding.Level)]
  )
  func `a small disk fills`(total: Int64, free: Int64, level: Finding.Level) {
    let space = DiskSpace(totalBytes: total << 20, availableBytes: free << 20)
    #expect(Doctor.disk(space, of: "intake").level == level)
  }

  @Test func `a large disk has room while four gibibytes are free`() {
    let space = DiskSpace(totalBytes: 1_000 << 30, availableBytes: 4 << 30)
    #expect(Doctor.disk(space, of: "intake").level == .ok)
  }

  @Test func `what may be lost, what grows, what is broken`() {
    #expect(levels(store { $0.synchronous = 1 }) == [.ok, .ok, .fault, .ok])
    #expect(levels(store { $0.logBytes = 64 << 20 }) == [.ok, .ok, .ok, .ok])
    #expect(levels(store { $0.logBytes = (64 << 20) + 1 }) == [.ok, .warning, .ok, .ok])
    #expect(levels(store { $0.faults = ["row missing", "another"] }) == [.ok, .ok, .ok, .fault])
    #expect(levels(store { $0.faults = nil }) == [.ok, .ok, .ok, .skipped])
    #expect(levels(Doctor.store(Self.facts { $0.store = nil })) == [.fault])
  }

  @Test func `an old SQLite is told, but nothing is wrong with it`() {
    let findings = Doctor.sqlite([Self.facts()])
    #expect(levels(findings) == [.ok] && findings.first?.advice.isEmpty == false)
    #expect(findings.first?.text.contains("3.40.1") == true)
    let fresh = Self.facts { $0.store?.hasLogResetFault = false }
    #expect(Doctor.sqlite([fresh]).first?.advice == "")
  }

  // MARK: - Health

  @Test(
    arguments: [
      (4_096, .ok), (4_095, .warning), (1_024, .warning), (1_023, .fault),
    ] as [(Int64, Finding.Level)]
  )
  func `few files may be open`(files: Int64, level: Finding.Level) {
    #expect(levels(Doctor.health(Self.facts { $0.maximumFiles = files })) == [.ok, level])
  }

  @Test func `each failing check of a service is a fault`() {
    let facts = Self.facts { $0.failing = ["disk": "96 % used", "store-read": "closed"] }
    #expect(levels(Doctor.health(facts)) == [.fault, .fault, .ok])
  }

  @Test func `versions that differ are told`() {
    #expect(levels(Doctor.versions([Self.facts(), Self.facts("b")], own: "1")) == [.ok])
    let other = Self.facts("b") { $0.version = "2" }
    #expect(levels(Doctor.versions([Self.facts(), other], own: "1")) == [.warning])
    #expect(Doctor.versions([], own: "1") == [])
  }

  @Test func `levels are ordered from well to bad`() {
    #expect([.fault, .ok, .warning, .skipped].sorted() == Finding.Level.allCases)
  }
}
