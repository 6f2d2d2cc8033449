import Kernel
import TestSupport
import Testing

@Suite struct TraceContextTests {
  /// What a value of `traceparent` is read as: the version 00 that goes on, or nothing.
  static let values = TextTable(
    columns: 2,
    """
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01       same     # the specification's own
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00       same     # nobody records it
    00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01       same     # the specification's own
    00-00000000000000000000000000000001-0000000000000001-00       same     # the least numbers
    00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-03       same     # the greatest, all flags
    00-0000000000000000ffffffffffffffff-00f067aa0ba902b7-01       same     # half of the trace is 0
    00-ffffffffffffffff0000000000000000-00f067aa0ba902b7-01       same     # the other half
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff       flags=03 # unknown flags go
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-08       flags=00 # unknown flags go
    01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01       flags=01 # a later version
    cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more  flags=01 # with more behind it
    cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-      flags=01 # with nothing behind it
    cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more  nothing  # not behind a dash
    cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0        nothing  # shorter than version 00
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more  nothing  # version 00 has no more
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-      nothing  # version 00 has no more
    ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01       nothing  # version ff is forbidden
    0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01        nothing  # a digit is missing
    00-00000000000000000000000000000000-00f067aa0ba902b7-01       nothing  # the trace is 0
    00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01       nothing  # the step is 0
    00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01       nothing  # capital letters
    00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01       nothing  # capital letters
    0A-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01       nothing  # capital letters
    00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01       nothing  # no digit
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x       nothing  # no digit
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1        nothing  # too short
    00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01       nothing  # no dashes
    00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01       nothing  # a dash in another place
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7          nothing  # no flags
    """
  )

  @Test(arguments: values.rows)
  func `a traceparent is read as the specification says`(row: TextTable.Row) throws {
    let value = row.columns[0]
    let read = TraceContext(value)
    let expected: String? =
      switch row.columns[1] {
      case "same": value
      case "nothing": nil
      case let flags: "00" + value.prefix(53).dropFirst(2) + flags.suffix(2)
      }
    #expect(read?.text == expected, "\(row)")
    #expect(read.map { "00-\($0.traceID)-\($0.spanID)" } == expected.map { String($0.prefix(52)) })
  }

  @Test func `what is no text of a trace is none`() {
    #expect(TraceContext(nil as String?) == nil)
    #expect(TraceContext("") == nil)
    #expect(TraceContext(" 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") == nil)
    #expect(TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n") == nil)
    #expect(TraceContext("00-四bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01") == nil)
    #expect(TraceContext(high: 0, low: 0, span: 1, flags: 1) == nil)
    #expect(TraceContext(high: 1, low: 0, span: 0, flags: 1) == nil)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `any trace comes back from its text, and a changed byte never makes the same`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let trace = try #require(
      TraceContext(
        high: random.next(),
        low: random.next(),
        span: random.next() | 1,
        flags: UInt8.random(in: 0...3, using: &random)
      )
    )
    #expect(TraceContext(trace.text) == trace)
    #expect(trace.text.utf8.count == TraceContext.length)
    var bytes = Array(trace.text.utf8)
    let place = Int.random(in: 0..<bytes.count, using: &random)
    bytes[place] = bytes[place] &+ UInt8.random(in: 1...255, using: &random)
    let other = bytes.withUnsafeBytes { TraceContext($0) }
    // A higher version is the same trace; unknown flags are not passed on.
    #expect(other == nil || other != trace || place < 2 || place >= 53, "seed \(seed)")
  }

  @Test func `another step is of the same trace`() throws {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let trace = try #require(TraceContext(text))
    #expect(trace.at(0xAB).text == "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000ab-01")
    #expect(trace.at(0) == trace)
  }

  /// How many members a `tracestate` has.
  @Test(arguments: [
    ("congo=t61rcWkgMzE", 1), ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", 2),
    ("rojo=1 ,\tcongo=2", 2), ("", 0), (",", 0), ("a=1,,b=2", 2), ("t@v-1_*/z=!x y~", 1),
    ("0a@v=1", 1), ("a", nil), ("a=", nil), ("=1", nil), ("A=1", nil), ("a b=1", nil),
    ("a@b@c=1", nil), ("@a=1", nil), ("a=1=2", nil), ("a=\u{7}", nil), ("a=值", nil),
    ("a=1,b", nil),
  ])
  func `the members of a tracestate are counted if it is valid`(text: String, count: Int?) {
    let members = Array(text.utf8).withUnsafeBytes { TraceContext.stateMembers(of: $0) }
    #expect(members == count)
  }
}
