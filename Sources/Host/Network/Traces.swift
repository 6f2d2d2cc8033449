internal import HTTP2
internal import Kernel

/// The numbers of traces and steps that one event loop gives.
///
/// xoshiro256++ of its own for each loop, seeded by the system: numbers must differ, not be secret,
/// and a turn of the system's source for each call would cost more than the call's other fields.
///
/// - Source: D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021.
struct TraceNumbers {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Begins where the system's randomness says.
  init() {
    var system = SystemRandomNumberGenerator()
    // The last word keeps the state from being all zeros, which the generator would never leave.
    state = (system.next(), system.next(), system.next(), system.next() | 1)
  }

  private static func turned(_ word: UInt64, by count: UInt64) -> UInt64 {
    word << count | word >> (64 - count)
  }

  /// The next number, which is never 0.
  mutating func next() -> UInt64 {
    while true {
      let number = Self.turned(state.0 &+ state.3, by: 23) &+ state.0
      let shifted = state.1 << 17
      state.2 ^= state.0
      state.3 ^= state.1
      state.1 ^= state.2
      state.0 ^= state.3
      state.2 ^= shifted
      state.3 = Self.turned(state.3, by: 45)
      if number != 0 { return number }
    }
  }

  /// A step of a caller's trace, or the first step of a new one, which is recorded.
  mutating func step(of caller: TraceContext?) -> TraceContext {
    if let caller { return caller.at(next()) }
    let (high, low, span) = (next(), next(), next())
    guard
      let new = TraceContext(high: high, low: low, span: span, flags: TraceContext.sampled)
    else { preconditionFailure("No number is 0.") }
    return new
  }
}

/// What the fields of a head say of the caller's trace.
struct CallerTrace {
  private var parents = 0
  private var parent: TraceContext?
  private var stateLength = 0
  private var stateMembers = 0
  private var isStateValid = true

  /// Reads a field, if it is one of the trace's.
  mutating func read(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    if Self.isParent(name) {
      parents += 1
      parent = TraceContext(value)
    } else if Self.isState(name) {
      stateLength += value.count
      guard stateLength <= TraceContext.stateLimit,
        let members = TraceContext.stateMembers(of: value)
      else {
        isStateValid = false
        return
      }
      stateMembers += members
    }
  }

  /// The trace; nil if there is none, or it is not valid, or there are several.
  var context: TraceContext? { parents == 1 ? parent : nil }

  /// Whether the `tracestate` goes on.
  var keepsState: Bool {
    context != nil && isStateValid && (1...TraceContext.stateMembers).contains(stateMembers)
  }

  /// Whether a name is `traceparent`.
  static func isParent(_ name: UnsafeRawBufferPointer) -> Bool {
    name.count == 11 && HopByHop.equals(name, "traceparent")
  }

  /// Whether a name is `tracestate`.
  static func isState(_ name: UnsafeRawBufferPointer) -> Bool {
    name.count == 10 && HopByHop.equals(name, "tracestate")
  }
}

/// The fields that a forwarded call has alone.
struct PassingFields {
  /// The trace that it goes on in.
  let trace: TraceContext
  /// The others; nil if there are none, as mostly.
  let others: HeaderList?

  /// All of them.
  var list: HeaderList {
    var list = HeaderList()
    list.append(trace)
    if let others { list.append(contentsOf: others) { _, _ in true } }
    return list
  }
}

extension TraceNumbers {
  /// The passing fields of a head, with the trace that the call goes on in.
  mutating func fields(of head: Head) -> PassingFields {
    guard head.hasPassing else { return PassingFields(trace: step(of: nil), others: nil) }
    let caller = head.callerTrace
    let keepsState = caller.keepsState
    var list = HeaderList()
    list.append(passingOf: head) { name, _ in
      !CallerTrace.isParent(name) && (keepsState || !CallerTrace.isState(name))
    }
    return PassingFields(trace: step(of: caller.context), others: list.isEmpty ? nil : list)
  }

  /// The fields of the trace that a call goes on in whose other fields are forwarded otherwise.
  mutating func fields(of head: HeaderList) -> PassingFields {
    let caller = head.callerTrace
    let trace = step(of: caller.context)
    guard caller.keepsState else { return PassingFields(trace: trace, others: nil) }
    var list = HeaderList()
    list.append(contentsOf: head) { name, _ in CallerTrace.isState(name) }
    return PassingFields(trace: trace, others: list)
  }
}

extension HeaderList {
  /// Adds a `traceparent`, which no compression table keeps, since no other call has the same.
  mutating func append(_ trace: TraceContext) {
    let name: StaticString = "traceparent"
    withUnsafeTemporaryAllocation(byteCount: TraceContext.length, alignment: 8) { room in
      trace.write(into: room)
      append(
        name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
        value: UnsafeRawBufferPointer(room),
        isSensitive: true
      )
    }
  }

  /// What the fields say of the caller's trace.
  fileprivate var callerTrace: CallerTrace {
    var caller = CallerTrace()
    forEach { caller.read($0, $1) }
    return caller
  }

  /// The trace that the head of a call between services names; nil if it names none.
  var trace: TraceContext? { withValue(of: "traceparent") { TraceContext($0) } ?? nil }
}

extension Head {
  /// What the passing fields say of the caller's trace.
  fileprivate var callerTrace: CallerTrace {
    var caller = CallerTrace()
    forEachPassing { caller.read($0, $1) }
    return caller
  }

  /// The trace that the head of a call between services names; nil if it names none.
  var trace: TraceContext? { hasPassing ? callerTrace.context : nil }
}
