internal import CMessages
internal import CProtobufC

/// The conversion of a message to and from its protobuf-c struct, which the generator writes.
package protocol WireMessage: Message {
  /// The struct.
  associatedtype C

  /// Makes a struct the empty message.
  static func clear(_ c: UnsafeMutablePointer<C>)

  /// Copies the values out of a struct.
  init(c: UnsafePointer<C>) throws(DecodeError)

  /// Copies the values into a cleared struct; what they point to goes to the arena.
  func fill(_ c: UnsafeMutablePointer<C>, _ arena: Arena)
}

extension Wire {
  /// Decodes a message; no bytes are the empty message.
  package static func decode<Value: WireMessage>(
    _ bytes: UnsafeRawBufferPointer
  ) throws(DecodeError) -> Value {
    guard bytes.count > 0, let start = bytes.baseAddress else { return Value() }
    guard bytes.count <= MessageLimits.bytes else { throw DecodeError(.tooLarge) }
    let arena = Arena(
      first: min(256 + 4 * bytes.count, 64 << 10),
      limit: MessageLimits.memory(for: bytes.count)
    )
    defer { arena.free() }
    let message = arena.room(for: Value.C.self)
    Value.clear(message)
    let fault = onedoor_unpack(
      UnsafeMutableRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self),
      arena.raw,
      start.assumingMemoryBound(to: UInt8.self),
      bytes.count,
      MessageLimits.depth
    )
    switch fault {
    case ONEDOOR_UNPACKED: return try Value(c: message)
    case ONEDOOR_TOO_DEEP: throw DecodeError(.tooDeep)
    case ONEDOOR_TOO_LARGE: throw DecodeError(.tooLarge)
    default: throw DecodeError(.malformed)
    }
  }

  /// Encodes a message; equal messages give equal bytes.
  package static func encode<Value: WireMessage>(_ value: Value) -> [UInt8] {
    let arena = Arena(first: 4 << 10, limit: .max)
    defer { arena.free() }
    let message = UnsafeRawPointer(arena.message(value))
      .assumingMemoryBound(to: ProtobufCMessage.self)
    let size = protobuf_c_message_get_packed_size(message)
    // The empty list is one for all threads, and the library would write its count again.
    guard size > 0 else { return [] }
    // By way of the arena: an array that is to be filled is made by a function that the compiler
    // does not specialise, which costs more than the copy for all but the longest messages.
    let packed = arena.room(for: UInt8.self, size)
    let count = protobuf_c_message_pack(message, packed)
    return Array(UnsafeBufferPointer(start: packed, count: count))
  }
}
