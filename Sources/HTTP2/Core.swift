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
    case server(bodies: (HeaderList) -> BodyHandling)
    case client
  }

  /// The length below which a piece of a body grows by the next one, in bytes.
  private static let smallPiece = 4 << 10

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

  /// Events that the owner has not taken; those before `nextEvent` are gone.
  @exclusivity(unchecked) private var inbox: [SessionEvent?] = []
  @exclusivity(unchecked) private var nextEvent = 0

  /// All states ever needed at once, in use or not.
  private(set) var states: [StreamState] = []
  @exclusivity(unchecked) private var unused: [StreamState] = []

  /// The fields of the header block that is arriving; blocks never interleave (RFC 9113, 4.3).
  @exclusivity(unchecked) var block = HeaderBlock()
  /// How many bytes of unfinished collected bodies are held.
  @exclusivity(unchecked) var collected = 0

  /// Room in which a header list becomes what nghttp2 takes.
  @exclusivity(unchecked) private var pairs = UnsafeMutableBufferPointer<nghttp2_nv>.allocate(
    capacity: 32
  )

  var session: OpaquePointer {
    guard let pointer else { preconditionFailure("The initialiser sets the session.") }
    return pointer
  }

  init(role: Role, limits: Limits) {
    self.role = role
    self.limits = limits
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
    inbox.append(event)
  }

  /// Tells of a piece of a body, behind a small piece of the same body that still waits.
  ///
  /// Otherwise a peer that cuts a body into single bytes would make an event of each.
  func tellData(stream: Int32, _ bytes: UnsafeRawBufferPointer) {
    if let last = inbox.indices.last, last >= nextEvent,
      case .data(stream, var held)? = inbox[last], held.count < Self.smallPiece
    {
      inbox[last] = nil
      held.append(contentsOf: bytes)
      inbox[last] = .data(stream: stream, bytes: held)
    } else {
      tell(.data(stream: stream, bytes: Array(bytes)))
    }
  }

  /// Takes the oldest event, so that the owner holds the only reference to its bytes.
  func takeEvent() -> SessionEvent? {
    guard nextEvent < inbox.count else { return nil }
    let event = inbox[nextEvent].take()
    nextEvent += 1
    if nextEvent == inbox.count {
      inbox.removeAll(keepingCapacity: inbox.count <= 1_024)
      nextEvent = 0
    }
    return event
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
    state.id = id
    return state
  }

  /// Gives a state back when its stream is closed.
  func release(_ state: StreamState) {
    if case .collecting = state.intake { collected -= state.body.count }
    state.clear()
    unused.append(state)
  }

  /// Finds an open stream; nil if it is closed or never was.
  func state(_ id: Int32) -> StreamState? {
    guard id > 0 else { return nil }
    if let context = nghttp2_session_get_stream_user_data(session, id) {
      return Unmanaged<StreamState>.fromOpaque(context).takeUnretainedValue()
    }
    // nghttp2 does not know a request before its HEADERS are sent.
    guard case .client = role else { return nil }
    return states.first { $0.id == id }
  }

  /// The streams that are open or wait to be opened and that the owner knows, ascending.
  var openStreams: [Int32] {
    states.lazy.filter { $0.id != 0 && $0.isAnnounced }.map(\.id).sorted()
  }

  // Header lists

  /// Calls the closure with the list as nghttp2 takes it; nghttp2 copies all before it returns.
  func withPairs<Result>(
    of list: HeaderList,
    _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
  ) -> Result {
    if pairs.count < list.count {
      pairs.deallocate()
      pairs = .allocate(capacity: max(list.count, 2 * pairs.count))
    }
    let room = pairs
    return list.storage.withUnsafeBytes { bytes in
      // nghttp2 declares names and values mutable and does not change them.
      let start = UnsafeMutablePointer(
        mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      )
      var position = 0
      var index = 0
      while let field = HeaderList.field(at: position, in: bytes) {
        let flag = field.isSensitive ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE
        let pair = nghttp2_nv(
          name: start?.advanced(by: field.nameStart),
          value: start?.advanced(by: field.valueStart),
          namelen: field.nameCount,
          valuelen: field.valueCount,
          flags: UInt8(flag.rawValue)
        )
        room.initializeElement(at: index, to: pair)
        index += 1
        position = field.end
      }
      return body(UnsafePointer(room.baseAddress), index)
    }
  }
}
