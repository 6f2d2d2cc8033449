internal import CMessages
internal import CProtobufC

/// The conversion of a message to and from its protobuf-c struct, which the generator writes.
protocol WireMessage: Message {
  associatedtype C

  /// Whether values can be nested without an end set by their types.
  static var isDeep: Bool { get }

  /// Makes a struct the empty message.
  static func clear(_ c: UnsafeMutablePointer<C>)

  /// Copies the values out of a struct.
  init(c: UnsafePointer<C>) throws(DecodeError)

  /// Copies the values into a cleared struct; what they point to goes to the arena.
  func fill(_ c: UnsafeMutablePointer<C>, _ arena: Arena)
}

extension WireMessage {
  static var isDeep: Bool { false }
}

extension Wire {
  /// Decodes a message.
  static func decode<Value: WireMessage>(
    _ bytes: UnsafeRawBufferPointer
  ) throws(DecodeError) -> Value {
    guard bytes.count > 0, let start = bytes.baseAddress else { return Value() }
    guard bytes.count <= MessageLimits.bytes else { throw DecodeError(.tooLarge) }
    let arena = Arena(first: min(256 + 4 * bytes.count, 64 << 10), limit: MessageLimits.memory)
    defer { arena.free() }
    let prototype = arena.room(for: Value.C.self)
    Value.clear(prototype)
    let descriptor = UnsafeRawPointer(prototype)
      .assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
    let data = start.assumingMemoryBound(to: UInt8.self)
    if Value.isDeep, !onedoor_depth_within(descriptor, data, bytes.count, MessageLimits.depth) {
      throw DecodeError(.tooDeep)
    }
    let allocator = UnsafeMutableRawPointer(arena.raw)
      .assumingMemoryBound(to: ProtobufCAllocator.self)
    guard let message = protobuf_c_message_unpack(descriptor, allocator, bytes.count, data) else {
      throw DecodeError(arena.isExhausted ? .tooLarge : .malformed)
    }
    return try Value(c: UnsafeRawPointer(message).assumingMemoryBound(to: Value.C.self))
  }

  /// Encodes a message.
  static func encode<Value: WireMessage>(_ value: Value) -> [UInt8] {
    let arena = Arena(first: 4 << 10, limit: .max)
    defer { arena.free() }
    let message = UnsafeRawPointer(arena.message(value))
      .assumingMemoryBound(to: ProtobufCMessage.self)
    let size = protobuf_c_message_get_packed_size(message)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = protobuf_c_message_pack(message, buffer.baseAddress)
    }
  }
}
