internal import CNghttp2

/// The C side of ``Core``: each function finds the object and hands over plain values.
enum Callbacks {
  /// The table of functions for every session.
  ///
  /// It is filled once, under the lock of the static's first use, and only read afterwards:
  /// nghttp2 copies it into each session.
  nonisolated(unsafe) static let shared: OpaquePointer = {
    var table: OpaquePointer?
    nghttp2_session_callbacks_new(&table)
    guard let table else { preconditionFailure("nghttp2 has no memory for callbacks.") }
    addReceiving(to: table)
    addSending(to: table)
    return table
  }()

  /// Where nghttp2 asks for the bodies that wait in the stream's state.
  static var provider: nghttp2_data_provider {
    var provider = nghttp2_data_provider()
    provider.read_callback = { _, stream, target, count, flags, _, context in
      guard let flags else { preconditionFailure("nghttp2 passes flags to a data provider.") }
      let room = UnsafeMutableRawBufferPointer(start: target, count: count)
      return Callbacks.withCore(context) { $0.fill(stream: stream, room, flags: &flags.pointee) }
    }
    return provider
  }

  /// Calls the closure with the object, without counting a reference: nghttp2 calls back only while
  /// the session runs one of its functions, and meanwhile whoever owns the session holds it.
  @inline(__always)
  private static func withCore<Result>(
    _ context: UnsafeMutableRawPointer?,
    _ body: (Core) -> Result
  ) -> Result {
    guard let context else { preconditionFailure("nghttp2 lost its user_data.") }
    return Unmanaged<Core>.fromOpaque(context)._withUnsafeGuaranteedRef(body)
  }

  private static func addReceiving(to table: OpaquePointer) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(table) { _, frame, context in
      guard let frame else { preconditionFailure("nghttp2 passes a frame that begins.") }
      let category = frame.pointee.headers.cat
      Callbacks.withCore(context) {
        $0.beganHeaders(stream: frame.pointee.hd.stream_id, category: category)
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_header_callback2(table) { _, _, name, value, flags, context in
      guard let name, let value else { preconditionFailure("nghttp2 passes a field's parts.") }
      return Callbacks.withCore(context) { core in
        core.block.add(
          name,
          value,
          isSensitive: UInt32(flags) & NGHTTP2_NV_FLAG_NO_INDEX.rawValue != 0,
          limit: core.limits.headerList
        )
        return core.block.isBomb ? NGHTTP2_ERR_CALLBACK_FAILURE.rawValue : 0
      }
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table) {
      _,
      _,
      stream,
      start,
      count,
      context in
      Callbacks.withCore(context) {
        $0.receivedData(stream: stream, UnsafeRawBufferPointer(start: start, count: count))
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(table) { _, frame, context in
      guard let frame else { preconditionFailure("nghttp2 passes a frame that it received.") }
      Callbacks.withCore(context) { Callbacks.received(frame, $0) }
      return 0
    }
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(table) { _, frame, _, context in
      guard let frame else { preconditionFailure("nghttp2 passes a frame that it refuses.") }
      Callbacks.withCore(context) { $0.receivedInvalid(stream: frame.pointee.hd.stream_id) }
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(table) {
      session,
      stream,
      code,
      context in
      guard let state = nghttp2_session_get_stream_user_data(session, stream) else { return 0 }
      nghttp2_session_set_stream_user_data(session, stream, nil)
      Callbacks.withCore(context) {
        $0.closed(
          Unmanaged<StreamState>.fromOpaque(state).takeUnretainedValue(),
          code: ErrorCode(rawValue: code)
        )
      }
      return 0
    }
  }

  private static func received(_ frame: UnsafePointer<nghttp2_frame>, _ core: Core) {
    let header = frame.pointee.hd
    // END_STREAM of HEADERS and DATA is the same bit as ACK of SETTINGS and PING, so the type
    // is looked at first.
    let hasFirstBit = UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      core.endedHeaders(stream: header.stream_id, isEndOfStream: hasFirstBit)
    case NGHTTP2_DATA.rawValue:
      if hasFirstBit { core.endedData(stream: header.stream_id) }
    case NGHTTP2_SETTINGS.rawValue:
      core.tell(hasFirstBit ? .settingsAcknowledged : .settings)
    case NGHTTP2_PING.rawValue:
      guard hasFirstBit else { return }
      let payload = withUnsafeBytes(of: frame.pointee.ping.opaque_data) {
        UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self))
      }
      core.tell(.pingAcknowledged(payload: payload))
    case NGHTTP2_GOAWAY.rawValue:
      let goAway = frame.pointee.goaway
      core.receivedGoAway(
        lastStream: goAway.last_stream_id,
        code: ErrorCode(rawValue: goAway.error_code)
      )
    default:
      break
    }
  }

  private static func addSending(to table: OpaquePointer) {
    nghttp2_session_callbacks_set_on_frame_send_callback(table) { _, frame, context in
      guard let frame else { preconditionFailure("nghttp2 passes a frame that it sent.") }
      let header = frame.pointee.hd
      let type = UInt32(header.type)
      guard type == NGHTTP2_HEADERS.rawValue || type == NGHTTP2_DATA.rawValue else { return 0 }
      guard UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 else { return 0 }
      Callbacks.withCore(context) { $0.sentEnd(stream: header.stream_id) }
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_not_send_callback(table) { _, frame, _, context in
      guard let frame else { preconditionFailure("nghttp2 passes a frame that it kept.") }
      guard UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue else { return 0 }
      // nghttp2 itself closes the stream of a request that could not be sent.
      guard frame.pointee.headers.cat != NGHTTP2_HCAT_REQUEST else { return 0 }
      Callbacks.withCore(context) { $0.couldNotSendHeaders(stream: frame.pointee.hd.stream_id) }
      return 0
    }
  }
}
