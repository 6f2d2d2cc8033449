internal import HTTP2
internal import Kernel
internal import Service

/// The calls of a connection whose heads the process's own endpoint knows and whose bodies are not
/// whole yet.
///
/// Most bodies come within the same turn of the loop as their heads; such a call needs no
/// ``Exchange``, no account and no clock. One whose body takes longer becomes an exchange at the
/// end of the turn.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class PromptCalls {
  /// One call; the objects are reused.
  private final class Call {
    @exclusivity(unchecked) var id: Int32 = 0
    @exclusivity(unchecked) var entry: KnownHeads.Entry
    /// The trace that the call goes on in.
    @exclusivity(unchecked) var trace: TraceContext?
    /// What came of the body; none of it is given back yet.
    @exclusivity(unchecked) var body: [UInt8] = []

    init(_ entry: KnownHeads.Entry) { self.entry = entry }
  }

  /// The longest body that is waited for, in bytes.
  static let longest = 64 << 10

  /// All objects that were ever needed at once.
  @exclusivity(unchecked) private var made: [Call] = []
  /// The same by the slots of their streams, to be used without counting a reference.
  @exclusivity(unchecked) private var calls: [Unmanaged<Call>?] = []
  /// The calls that began in this turn.
  @exclusivity(unchecked) private var begun: [StreamKey] = []

  /// Begins a call.
  func begin(_ key: StreamKey, _ entry: KnownHeads.Entry, _ trace: TraceContext?) {
    while calls.count <= key.slot { calls.append(nil) }
    begun.append(key)
    guard let known = calls[key.slot] else {
      let call = Call(entry)
      (call.id, call.trace) = (key.id, trace)
      made.append(call)
      calls[key.slot] = .passUnretained(call)
      return
    }
    known._withUnsafeGuaranteedRef { call in
      (call.id, call.trace) = (key.id, trace)
      if call.entry !== entry { call.entry = entry }
    }
  }

  @inline(__always)
  private func withCall<Result>(_ key: StreamKey, _ body: (Call) -> Result) -> Result? {
    guard key.slot < calls.count, let known = calls[key.slot] else { return nil }
    return known._withUnsafeGuaranteedRef { $0.id == key.id ? body($0) : nil }
  }

  /// Whether a stream's call is here.
  func has(_ key: StreamKey) -> Bool { withCall(key) { _ in true } ?? false }

  /// Adds a piece to a call's body.
  ///
  /// - Returns: whether the body is longer than what is waited for.
  func add(_ bytes: UnsafeRawBufferPointer, to key: StreamKey) -> Bool {
    withCall(key) { call in
      if call.body.isEmpty { call.body = Array(bytes) } else { call.body.append(contentsOf: bytes) }
      return call.body.count > Self.longest
    } ?? false
  }

  /// Answers a call with its body so far; nil if the head must be looked at anew.
  func answer(to key: StreamKey) -> PromptAnswer? {
    let answer: PromptAnswer?? = withCall(key) { call in
      Unmanaged.passUnretained(call.entry)._withUnsafeGuaranteedRef { entry in
        entry.known?.answer(to: call.body, trace: call.trace)
      }
    }
    return answer ?? nil
  }

  /// Forgets a call, if it is here, and returns how long its body was.
  @discardableResult
  func drop(_ key: StreamKey) -> Int {
    withCall(key) { call in
      defer { call.body = [] }
      call.id = 0
      return call.body.count
    } ?? 0
  }

  /// Forgets a call and returns its head, with the trace, and its body.
  func take(_ key: StreamKey) -> (head: HeaderList, body: [UInt8])? {
    let call = withCall(key) { call in
      var head = call.entry.list
      if let trace = call.trace { head.append(trace) }
      return (head, call.body)
    }
    drop(key)
    return call
  }

  /// The calls whose bodies did not become whole in this turn, oldest first.
  func unfinished() -> [StreamKey] {
    guard !begun.isEmpty else { return [] }
    defer { begun.removeAll(keepingCapacity: begun.count <= 256) }
    return begun.filter(has)
  }

  /// Forgets all calls.
  func clear() {
    (made, calls, begun) = ([], [], [])
  }
}
