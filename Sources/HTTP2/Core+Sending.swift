internal import CNghttp2

extension Core {
  /// Hands over what is to be sent now, until nothing is left or the closure answers false.
  func send(_ take: (UnsafeRawBufferPointer) -> Bool) throws(SessionError) {
    while true {
      var start: UnsafePointer<UInt8>?
      let count = nghttp2_session_mem_send(session, &start)
      guard count >= 0 else {
        let error = SessionError(code: Int32(count))
        failure = error
        throw error
      }
      guard count > 0, take(UnsafeRawBufferPointer(start: start, count: count)) else { return }
    }
  }

  /// Submits an answer; false if the stream is closed or was answered.
  func respond(_ id: Int32, _ head: HeaderList, body: [UInt8], isFinished: Bool) -> Bool {
    guard let state = state(id), !state.isAnswered else { return false }
    state.isAnswered = true
    state.isFinished = isFinished
    state.enqueue(body)
    return withPairs(of: head, isAnswer: true) {
      submit(id, $0, $1, hasBody: !body.isEmpty || !isFinished)
    }
  }

  /// Submits an answer whose head is shared with others; false if the stream cannot have it.
  func respond(_ id: Int32, _ head: OutgoingHead, body: [UInt8], isFinished: Bool) -> Bool {
    withState(id) { state in
      guard !state.isAnswered else { return false }
      state.isAnswered = true
      state.isFinished = isFinished
      state.template = head.template
      state.enqueue(body)
      return withPairs(of: head, isAnswer: true) {
        submit(id, $0, $1, hasBody: !body.isEmpty || !isFinished)
      }
    } ?? false
  }

  private func submit(
    _ id: Int32,
    _ pairs: UnsafePointer<nghttp2_nv>?,
    _ count: Int,
    hasBody: Bool
  ) -> Bool {
    guard hasBody else { return nghttp2_submit_response(session, id, pairs, count, nil) == 0 }
    var provider = Callbacks.provider
    return nghttp2_submit_response(session, id, pairs, count, &provider) == 0
  }

  /// Submits a request and returns its stream; nil if the session takes no more requests.
  func request(
    _ head: HeaderList,
    body: [UInt8],
    isFinished: Bool,
    answer: BodyHandling
  ) -> Int32? {
    guard failure == nil else { return nil }
    let state = makeState(id: 0)
    let id = withPairs(of: head) { submit(state, $0, $1, hasBody: !body.isEmpty || !isFinished) }
    return begin(state, id, body, isFinished: isFinished, answer: answer)?.id
  }

  /// Submits a request whose head is shared with others; nil if the session takes no more.
  func request(_ head: OutgoingHead, body: [UInt8], isFinished: Bool) -> StreamKey? {
    guard failure == nil else { return nil }
    let state = makeState(id: 0)
    state.template = head.template
    let id = withPairs(of: head) { submit(state, $0, $1, hasBody: !body.isEmpty || !isFinished) }
    return begin(state, id, body, isFinished: isFinished, answer: .streamed)
  }

  private func submit(
    _ state: StreamState,
    _ pairs: UnsafePointer<nghttp2_nv>?,
    _ count: Int,
    hasBody: Bool
  ) -> Int32 {
    let context = Unmanaged.passUnretained(state).toOpaque()
    guard hasBody else {
      return nghttp2_submit_request(session, nil, pairs, count, nil, context)
    }
    var provider = Callbacks.provider
    return nghttp2_submit_request(session, nil, pairs, count, &provider, context)
  }

  private func begin(
    _ state: StreamState,
    _ id: Int32,
    _ body: [UInt8],
    isFinished: Bool,
    answer: BodyHandling
  ) -> StreamKey? {
    guard id > 0 else {
      release(state)
      return nil
    }
    keep(state, as: id)
    state.isAnnounced = true
    state.isAnswered = true
    state.isFinished = isFinished
    state.intake = StreamState.Intake(answer)
    state.enqueue(body)
    return StreamKey(id: id, slot: state.slot)
  }

  /// Adds bytes to a streamed body; false if the owner should wait for `writable`.
  func write(_ id: Int32, _ bytes: [UInt8]) -> Bool {
    guard let state = state(id), state.isAnswered, !state.isFinished else { return false }
    state.enqueue(bytes)
    nghttp2_session_resume_data(session, id)
    if state.buffered >= limits.streamBuffer { state.isHeldBack = true }
    return !state.isHeldBack
  }

  /// Ends a streamed body.
  func finish(_ id: Int32, trailers: HeaderList?) {
    guard let state = state(id), state.isAnswered, !state.isFinished else { return }
    state.isFinished = true
    state.trailers = trailers
    nghttp2_session_resume_data(session, id)
  }

  /// Ends a stream at once, throwing away what waits.
  func reset(_ id: Int32, _ code: ErrorCode) {
    guard state(id) != nil else { return }
    nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, code.rawValue)
  }

  func ping(_ payload: UInt64) {
    withUnsafeBytes(of: payload.bigEndian) { bytes in
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      _ = nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), start)
    }
  }

  func goAway(_ code: ErrorCode) {
    let last = nghttp2_session_get_last_proc_stream_id(session)
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    nghttp2_submit_goaway(session, none, last, code.rawValue, nil, 0)
  }

  // Called by nghttp2 while it writes

  /// Fills a DATA frame; returns the number of bytes or a code of `enum nghttp2_error`.
  func fill(
    stream id: Int32,
    _ target: UnsafeMutableRawBufferPointer,
    flags: inout UInt32
  ) -> Int {
    withState(id) { fill($0, target, flags: &flags) }
      ?? Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
  }

  private func fill(
    _ state: StreamState,
    _ target: UnsafeMutableRawBufferPointer,
    flags: inout UInt32
  ) -> Int {
    let count = state.dequeue(into: target)
    taken += count
    if state.isHeldBack, state.buffered < limits.streamBuffer / 2 {
      state.isHeldBack = false
      tell(.writable, state)
    }
    if state.isFinished, state.buffered == 0 {
      flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
      if let trailers = state.trailers, !trailers.isEmpty {
        flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        _ = withPairs(of: trailers) { nghttp2_submit_trailer(session, state.id, $0, $1) }
      }
      return count
    }
    return count == 0 ? Int(NGHTTP2_ERR_DEFERRED.rawValue) : count
  }

  func sentEnd(stream id: Int32) {
    withState(id) { state in
      state.hasEnded = true
      // A whole answer before the whole request: the rest of the request is not wanted
      // (RFC 9113, 8.1).
      if case .server = role, !state.hasPeerEnded { reset(id, .noError) }
    }
  }

  /// A head or trailers could not be sent, for example because they are too large.
  func couldNotSendHeaders(stream id: Int32) {
    reset(id, .internalError)
  }
}
