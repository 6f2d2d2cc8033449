internal import CNghttp2

/// What a server's and a client's session share: the nghttp2 session, the streams and the inbox.
///
/// nghttp2 is given a pointer to this object, so it is a class; the session that owns it is the
/// only one to hold it.
///
/// The hot properties here and in ``StreamState`` go without the runtime's check for overlapping
/// accesses, which was a seventh of all instructions of a call. What protects them: each access is
/// over before nghttp2 is called, so that a callback never meets one that is open.
final class Core {
  enum Role {
    /// Every body is streamed if there is no closure.
    case server(bodies: ((HeaderList) -> BodyHandling)?)
    case client
  }

  let role: Role
  let limits: Limits
  /// The nghttp2 session; nil only while the initialiser runs.
  @exclusivity(unchecked) private var pointer: OpaquePointer?
  /// Why the connection cannot go on, once it cannot.
  var failure: SessionError?
  /// How many bytes of bodies were sent.
  @exclusivity(unchecked) var taken = 0
  /// How many malformed or refused frames came that were not forgiven.
  var faults = 0

  /// What the owner has not taken.
  @exclusivity(unchecked) var notices = Notices()

  /// All states ever needed at once, in use or not.
  private(set) var states: [StreamState] = []
  @exclusivity(unchecked) private var unused: [StreamState] = []

  /// The states of some of the streams that are open, each where its number leads to.
  ///
  /// To ask nghttp2 for a stream's state costs a search, several times a call.
  @exclusivity(unchecked) private var recent = [Unmanaged<StreamState>?](
    repeating: nil,
    count: recentCount
  )
  /// How many there is room for; a power of two.
  private static let recentCount = 128

  /// The fields of the header block that is arriving; blocks never interleave (RFC 9113, 4.3).
  @exclusivity(unchecked) var block = HeaderBlock()
  /// How many bytes of unfinished collected bodies are held.
  @exclusivity(unchecked) var collected = 0

  /// Room in which a header list becomes what nghttp2 takes.
  @exclusivity(unchecked) private var pairs = UnsafeMutableBufferPointer<nghttp2_nv>.allocate(
    capacity: 32
  )

  /// Room for the digits of a length.
  private let digits = UnsafeMutablePointer<UInt8>.allocate(capacity: digitsCount)
  private static let digitsCount = 20

  var session: OpaquePointer {
    guard let pointer else { preconditionFailure("The initialiser sets the session.") }
    return pointer
  }

  /// What a server's answers say of the time; nil if they say nothing.
  private let date: AnswerDate?

  init(role: Role, limits: Limits, date: AnswerDate? = nil) {
    self.role = role
    self.limits = limits
    self.date = date
    let options = Self.options(limits)
    defer { nghttp2_option_del(options) }
    let context = Unmanaged.passUnretained(self).toOpaque()
    let code =
      switch role {
      case .server: nghttp2_session_server_new2(&pointer, Callbacks.shared, context, options)
      case .client: nghttp2_session_client_new2(&pointer, Callbacks.shared, context, options)
      }
    precondition(code == 0, "nghttp2 has no memory for a session.")
    submitSettings()
  }

  deinit {
    nghttp2_session_del(pointer)
    pairs.deallocate()
    digits.deallocate()
    notices.deallocate()
  }

  private static func options(_ limits: Limits) -> OpaquePointer? {
    var options: OpaquePointer?
    precondition(nghttp2_option_new(&options) == 0, "nghttp2 has no memory for options.")
    nghttp2_option_set_no_auto_window_update(options, 1)
    nghttp2_option_set_max_settings(options, limits.settingsEntries)
    nghttp2_option_set_max_outbound_ack(options, limits.outboundAcknowledgements)
    nghttp2_option_set_max_continuations(options, limits.continuations)
    nghttp2_option_set_stream_reset_rate_limit(
      options,
      limits.resetBurst,
      limits.resetsPerSecond
    )
    nghttp2_option_set_max_deflate_dynamic_table_size(options, limits.headerTable)
    // What a server may be asked before its SETTINGS are known (RFC 9113, 6.5.2 recommends 100).
    nghttp2_option_set_peer_max_concurrent_streams(options, 100)
    return options
  }

  private func submitSettings() {
    func entry(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
      nghttp2_settings_entry(settings_id: Int32(bitPattern: id.rawValue), value: UInt32(value))
    }
    var entries = [
      entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindow),
      entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerList),
      entry(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, limits.headerTable),
    ]
    switch role {
    case .server:
      entries.append(entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrentStreams))
    case .client:
      entries.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
    }
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    precondition(
      nghttp2_submit_settings(session, none, &entries, entries.count) == 0,
      "The settings are valid."
    )
    nghttp2_session_set_local_window_size(session, none, 0, Int32(limits.connectionWindow))
  }

  // Events

  func tell(_ event: SessionEvent) {
    notices.add(event)
  }

  func tell(_ kind: Notice.Kind, _ state: StreamState, code: ErrorCode = .noError) {
    var notice = Notice(kind, state.id, state.slot)
    notice.code = code.rawValue
    notices.add(notice)
  }

  /// Tells of the block that has just arrived.
  func tellBlock(_ kind: Notice.Kind, _ state: StreamState, isEnd: Bool) {
    var notice = Notice(kind, state.id, state.slot)
    notice.isEnd = isEnd
    notices.add(notice, block)
  }

  /// The block that has just arrived as a list.
  func blockList() -> HeaderList {
    withUnsafeTemporaryAllocation(byteCount: max(1, block.count), alignment: 8) { room in
      let shape = block.write(into: room, at: 0)
      let bytes = UnsafeRawBufferPointer(rebasing: room[..<block.count])
      return HeaderList(Head(shape, in: bytes))
    }
  }

  /// Takes what has waited longest.
  func takeHappening() -> Happening? {
    guard let notice = notices.take() else {
      notices.tidy()
      return nil
    }
    let key = StreamKey(id: notice.stream, slot: Int(notice.slot))
    switch notice.kind {
    case .head:
      return .head(key, notices.head(notice), endOfStream: notice.isEnd)
    case .data: return .data(key, notices.bytes(notice), isEnd: notice.isEnd)
    case .end, .trailers: return .end(key)
    case .closed: return .closed(key, ErrorCode(rawValue: notice.code))
    case .writable: return .writable(key)
    case .other: return .other
    }
  }

  /// Takes what has waited longest, with copies of its bytes.
  func takeEvent() -> SessionEvent? {
    guard let notice = notices.take() else {
      notices.tidy()
      return nil
    }
    let stream = notice.stream
    switch notice.kind {
    case .head, .trailers:
      let list = HeaderList(notices.head(notice))
      if case .trailers = notice.kind { return .trailers(stream: stream, fields: list) }
      return .head(stream: stream, head: list, endOfStream: notice.isEnd)
    case .data:
      if notice.isEnd { notices.putBack(Notice(.end, stream, Int(notice.slot))) }
      return .data(stream: stream, bytes: Array(notices.bytes(notice)))
    case .end: return .end(stream: stream)
    case .closed: return .closed(stream: stream, code: ErrorCode(rawValue: notice.code))
    case .writable: return .writable(stream: stream)
    case .other: return notices.takeOther()
    }
  }

  // Streams

  /// Takes a state for a new stream.
  func makeState(id: Int32) -> StreamState {
    let state: StreamState
    if let reused = unused.popLast() {
      state = reused
    } else {
      state = StreamState(slot: states.count)
      states.append(state)
    }
    if id > 0 { keep(state, as: id) }
    return state
  }

  /// Says which stream a state belongs to.
  func keep(_ state: StreamState, as id: Int32) {
    state.id = id
    // The list of states holds them all as long as the session lives.
    recent[Self.place(id)] = .passUnretained(state)
  }

  private static func place(_ id: Int32) -> Int { Int(id) >> 1 & (recentCount - 1) }

  /// Gives a state back when its stream is closed.
  func release(_ state: StreamState) {
    if case .collecting = state.intake { collected -= state.body.count }
    state.clear()
    unused.append(state)
  }

  /// Finds an open stream; nil if it is closed or never was.
  func state(_ id: Int32) -> StreamState? {
    guard id > 0 else { return nil }
    if let known = recent[Self.place(id)]?.takeUnretainedValue(), known.id == id { return known }
    if let context = nghttp2_session_get_stream_user_data(session, id) {
      let state = Unmanaged<StreamState>.fromOpaque(context).takeUnretainedValue()
      // The one that took its place may be closed by now.
      if recent[Self.place(id)]?.takeUnretainedValue().id == 0 { keep(state, as: id) }
      return state
    }
    // nghttp2 does not know a request before its HEADERS are sent.
    guard case .client = role else { return nil }
    return states.first { $0.id == id }
  }

  /// Calls the closure with an open stream, without counting a reference: the list of states holds
  /// them all as long as the session lives.
  ///
  /// - Returns: nil if the stream is closed or never was.
  @inline(__always)
  func withState<Result>(_ id: Int32, _ body: (StreamState) -> Result) -> Result? {
    guard id > 0 else { return nil }
    if let known = recent[Self.place(id)], known._withUnsafeGuaranteedRef({ $0.id == id }) {
      return known._withUnsafeGuaranteedRef(body)
    }
    return state(id).map(body)
  }

  /// The streams that are open or wait to be opened and that the owner knows, ascending.
  var openStreams: [Int32] {
    states.lazy.filter { $0.id != 0 && $0.isAnnounced }.map(\.id).sorted()
  }

  // Header lists

  /// Room for so many pairs.
  private func room(_ count: Int) -> UnsafeMutableBufferPointer<nghttp2_nv> {
    if pairs.count < count {
      pairs.deallocate()
      pairs = .allocate(capacity: max(count, 2 * pairs.count))
    }
    return pairs
  }

  /// Calls the closure with the list as nghttp2 takes it; nghttp2 copies all before it returns.
  func withPairs<Result>(
    of list: HeaderList,
    isAnswer: Bool = false,
    _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
  ) -> Result {
    let room = room(list.count + 1)
    return list.storage.withUnsafeBytes { bytes in
      var end = Self.add(bytes, to: room, at: 0)
      if isAnswer { addDate(to: room, at: &end) }
      return body(UnsafePointer(room.baseAddress), end)
    }
  }

  @inline(__always)
  private func addDate(to room: UnsafeMutableBufferPointer<nghttp2_nv>, at end: inout Int) {
    guard let date else { return }
    room.initializeElement(at: end, to: date.pair)
    end += 1
  }

  /// Calls the closure with a head as nghttp2 takes it; the template must live until it is sent.
  @inline(__always)
  func withPairs<Result>(
    of head: OutgoingHead,
    isAnswer: Bool = false,
    _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
  ) -> Result {
    let shared = head.template.pairs
    let room = room(shared.count + (head.extra?.count ?? 0) + 2)
    _ = room.update(fromContentsOf: shared)
    var count = shared.count
    if head.length >= 0 {
      room.initializeElement(at: count, to: lengthPair(head.length))
      count += 1
    }
    if isAnswer { addDate(to: room, at: &count) }
    guard let extra = head.extra else { return body(UnsafePointer(room.baseAddress), count) }
    return extra.storage.withUnsafeBytes { bytes in
      body(UnsafePointer(room.baseAddress), Self.add(bytes, to: room, at: count))
    }
  }

  /// Adds the fields of some bytes behind those that are there.
  private static func add(
    _ bytes: UnsafeRawBufferPointer,
    to room: UnsafeMutableBufferPointer<nghttp2_nv>,
    at start: Int
  ) -> Int {
    var (position, index) = (0, start)
    while let field = HeaderList.field(at: position, in: bytes) {
      room.initializeElement(at: index, to: field.pair(in: bytes, flags: 0))
      index += 1
      position = field.end
    }
    return index
  }

  /// The field `content-length`; its digits lie in room of the session's, valid until the next.
  private func lengthPair(_ length: Int) -> nghttp2_nv {
    let name: StaticString = "content-length"
    var (rest, start) = (length, Self.digitsCount)
    repeat {
      start -= 1
      digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    return nghttp2_nv(
      name: UnsafeMutablePointer(mutating: name.utf8Start),
      value: digits + start,
      namelen: name.utf8CodeUnitCount,
      valuelen: Self.digitsCount - start,
      flags: UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue)
    )
  }
}
