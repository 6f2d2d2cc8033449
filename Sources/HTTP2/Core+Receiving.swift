internal import CNghttp2

/// What nghttp2 reports while it reads. Nothing here sends; frames are only submitted.
extension Core {
  /// Takes bytes that arrived.
  func receive(_ bytes: UnsafeRawBufferPointer) throws(SessionError) {
    if let failure { throw failure }
    guard !bytes.isEmpty else { return }
    notices.tidy()
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let consumed = nghttp2_session_mem_recv(session, start, bytes.count)
    guard consumed < 0 || faults > limits.faults else { return }
    let isFlood = consumed >= 0 || block.isBomb
    let error = isFlood ? SessionError.flooded : SessionError(code: Int32(consumed))
    failure = error
    let code: ErrorCode =
      error == .flooded || error == .tooManyContinuations ? .enhanceYourCalm : .protocolError
    nghttp2_session_terminate_session(session, code.rawValue)
    throw error
  }

  func beganHeaders(stream id: Int32, category: nghttp2_headers_category) {
    block.begin()
    guard category == NGHTTP2_HCAT_REQUEST else { return }
    let state = makeState(id: id)
    let context = Unmanaged.passUnretained(state).toOpaque()
    nghttp2_session_set_stream_user_data(session, id, context)
  }

  func endedHeaders(stream id: Int32, isEndOfStream: Bool) {
    block.end()
    withState(id) { endedHeaders(of: $0, isEndOfStream: isEndOfStream) }
  }

  private func endedHeaders(of state: StreamState, isEndOfStream: Bool) {
    if state.hasHead {
      receivedTrailers(state)
      return
    }
    if case .client = role, block.isInterim { return }
    state.hasHead = true
    state.hasPeerEnded = isEndOfStream
    guard !block.isTooLarge else {
      state.isAnnounced = true
      state.intake = .discarding
      tell(.headersTooLarge(stream: state.id))
      if case .client = role { reset(state.id, .cancel) }
      return
    }
    if case .server(let bodies) = role {
      state.intake = bodies.map { StreamState.Intake($0(blockList())) } ?? .streaming
    }
    switch state.intake {
    case .collecting where !isEndOfStream:
      // The owner of a server hears of a collected request when it is whole.
      state.head = blockList()
      return
    case .streaming: tellBlock(.head, state, isEnd: isEndOfStream)
    case .collecting: tell(.message(stream: state.id, head: blockList(), body: []))
    case .discarding: break
    }
    state.isAnnounced = true
  }

  private func receivedTrailers(_ state: StreamState) {
    state.hasPeerEnded = true
    switch state.intake {
    case .discarding: break
    case .collecting: deliver(state)
    case .streaming where block.isTooLarge: reset(state.id, .enhanceYourCalm)
    case .streaming: tellBlock(.trailers, state, isEnd: true)
    }
  }

  func receivedData(stream id: Int32, _ bytes: UnsafeRawBufferPointer) {
    let isKnown: Void? = withState(id) { state in
      switch state.intake {
      case .streaming:
        state.unconsumed += bytes.count
        notices.add(Notice(.data, id, state.slot), bytes)
      case .discarding:
        // The stream's own window stays closed, so that the peer stops.
        nghttp2_session_consume_connection(session, bytes.count)
      case .collecting(let limit):
        collect(state, bytes, limit: limit)
      }
    }
    if isKnown == nil { nghttp2_session_consume_connection(session, bytes.count) }
  }

  private func collect(_ state: StreamState, _ bytes: UnsafeRawBufferPointer, limit: Int) {
    guard state.body.count + bytes.count <= limit else {
      state.isAnnounced = true
      tell(.tooLarge(stream: state.id, head: state.head))
      discard(state)
      nghttp2_session_consume_connection(session, bytes.count)
      if case .client = role { reset(state.id, .cancel) }
      return
    }
    guard collected + bytes.count <= limits.collectedBodies else {
      discard(state)
      nghttp2_session_consume_connection(session, bytes.count)
      reset(state.id, .refusedStream)
      return
    }
    collected += bytes.count
    if state.body.isEmpty {
      state.body = Array(bytes)
    } else {
      state.body.append(contentsOf: bytes)
    }
    nghttp2_session_consume(session, state.id, bytes.count)
  }

  /// Throws away what was collected and what follows.
  private func discard(_ state: StreamState) {
    collected -= state.body.count
    state.intake = .discarding
    state.body = []
    state.head = HeaderList()
  }

  func endedData(stream id: Int32) {
    withState(id) { state in
      state.hasPeerEnded = true
      switch state.intake {
      case .discarding: break
      case .collecting: deliver(state)
      case .streaming: if !notices.endLast(id) { tell(.end, state) }
      }
    }
  }

  private func deliver(_ state: StreamState) {
    collected -= state.body.count
    var head = HeaderList()
    var body: [UInt8] = []
    swap(&head, &state.head)
    swap(&body, &state.body)
    state.isAnnounced = true
    tell(.message(stream: state.id, head: head, body: body))
  }

  func receivedGoAway(lastStream: Int32, code: ErrorCode) {
    tell(.goAway(lastStream: lastStream, code: code))
    guard case .client = role else { return }
    // Requests that were not sent will not be. nghttp2 closes them when their turn comes, which
    // may be long; the owner can ask elsewhere now.
    for stream in openStreams where nghttp2_session_get_stream_user_data(session, stream) == nil {
      guard let state = state(stream) else { continue }
      state.isAnnounced = false
      tell(.closed, state, code: .refusedStream)
    }
  }

  /// Counts a frame that is answered by the end of its stream.
  func receivedInvalid(stream id: Int32) {
    faults += 1
    state(id)?.isFaulty = true
  }

  func closed(_ state: StreamState, code: ErrorCode) {
    // A body that belies its head ends its stream without a word about the frame.
    if code == .protocolError, !state.isFaulty { faults += 1 }
    let isOrdinary = code == .noError && state.hasPeerEnded && state.hasEnded
    if state.isAnnounced, !isOrdinary { tell(.closed, state, code: code) }
    // What the owner never gave back would be missing from the connection's window for ever.
    if state.unconsumed > 0 { nghttp2_session_consume_connection(session, state.unconsumed) }
    release(state)
  }

  /// Gives back a number of bytes of a streamed body, at most those that were handed over.
  func consume(_ id: Int32, _ count: Int) {
    // A closed stream's bytes went back when it closed.
    guard count > 0 else { return }
    withState(id) { state in
      let count = min(count, state.unconsumed)
      state.unconsumed -= count
      nghttp2_session_consume(session, id, count)
    }
  }
}
