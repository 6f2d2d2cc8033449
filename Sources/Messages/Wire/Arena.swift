package import CMessages

/// Scratch memory in which protobuf-c's structs of one message live.
package struct Arena {
  let raw: UnsafeMutablePointer<onedoor_arena>

  /// An arena that gives out at most `limit` bytes; it must be freed.
  init(first: Int, limit: Int) {
    guard let raw = onedoor_arena_new(first, limit) else {
      preconditionFailure("The machine is out of memory.")
    }
    self.raw = raw
  }

  /// Frees all that the arena gave out.
  func free() { onedoor_arena_free(raw) }

  /// Room for `count` values that the caller initialises.
  @inline(__always)
  package func room<Value>(for _: Value.Type, _ count: Int = 1) -> UnsafeMutablePointer<Value> {
    guard let pointer = onedoor_arena_alloc(raw, MemoryLayout<Value>.stride * count) else {
      preconditionFailure("The machine is out of memory.")
    }
    return pointer.assumingMemoryBound(to: Value.self)
  }

  /// Copies the bytes of a text.
  @inline(__always)
  package func text(_ value: String) -> ProtobufCBinaryData {
    var value = value
    return value.withUTF8 { bytes in
      let copy = room(for: UInt8.self, bytes.count)
      if let start = bytes.baseAddress { copy.update(from: start, count: bytes.count) }
      return ProtobufCBinaryData(len: bytes.count, data: copy)
    }
  }

  /// Copies bytes.
  package func bytes(_ value: [UInt8]) -> ProtobufCBinaryData {
    ProtobufCBinaryData(len: value.count, data: numbers(value))
  }

  /// Copies plain values.
  package func numbers<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
    let copy = room(for: Value.self, values.count)
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { copy.update(from: start, count: source.count) }
    }
    return copy
  }

  /// Copies truth values.
  package func flags(_ values: [Bool]) -> UnsafeMutablePointer<protobuf_c_boolean> {
    list(values) { $0 ? 1 : 0 }
  }

  /// Copies the numbers of enums.
  package func enums<Value: OpenEnum>(_ values: [Value]) -> UnsafeMutablePointer<Int32> {
    list(values) { $0.rawValue }
  }

  /// Copies texts.
  package func texts(_ values: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData> {
    list(values) { text($0) }
  }

  /// Copies byte strings.
  package func byteStrings(_ values: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData> {
    list(values) { bytes($0) }
  }

  /// The struct of a message.
  @inline(__always)
  package func message<Value: WireMessage>(_ value: Value) -> UnsafeMutablePointer<Value.C> {
    let pointer = room(for: Value.C.self)
    Value.clear(pointer)
    value.fill(pointer, self)
    return pointer
  }

  /// The structs of messages.
  package func messages<Value: WireMessage>(
    _ values: [Value]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?> {
    let pointers = room(for: UnsafeMutablePointer<Value.C>?.self, values.count)
    let structs = room(for: Value.C.self, values.count)
    for index in values.indices {
      let pointer = structs + index
      Value.clear(pointer)
      values[index].fill(pointer, self)
      (pointers + index).initialize(to: pointer)
    }
    return pointers
  }

  /// The entries of a map, each filled by `fill`.
  @inline(__always)
  package func entries<Entry, Key, Value>(
    _ values: [(key: Key, value: Value)],
    _ fill: (UnsafeMutablePointer<Entry>, Key, Value) -> Void
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Entry>?> {
    let pointers = room(for: UnsafeMutablePointer<Entry>?.self, values.count)
    let structs = room(for: Entry.self, values.count)
    for (index, element) in values.enumerated() {
      let pointer = structs + index
      fill(pointer, element.key, element.value)
      (pointers + index).initialize(to: pointer)
    }
    return pointers
  }

  /// Gives kept unknown fields back to a message.
  ///
  /// protobuf-c writes a tag and then the data as they are, so that the first tag and all bytes
  /// behind it pass as one field.
  package func unknown(_ bytes: [UInt8], _ base: inout ProtobufCMessage) {
    var tag: UInt64 = 0
    var length = 0
    while length < min(bytes.count, 5) {
      tag |= UInt64(bytes[length] & 0x7F) << UInt64(7 * length)
      length += 1
      if bytes[length - 1] < 0x80 { break }
    }
    guard length > 0, bytes[length - 1] < 0x80, tag <= UInt64(UInt32.max), tag >= 8 else { return }
    let field = room(for: ProtobufCMessageUnknownField.self)
    let copy = numbers(bytes)
    field.initialize(
      to: ProtobufCMessageUnknownField(
        tag: UInt32(tag >> 3),
        wire_type: ProtobufCWireType(UInt32(tag & 7)),
        len: bytes.count - length,
        data: copy + length
      )
    )
    base.n_unknown_fields = 1
    base.unknown_fields = field
  }

  @inline(__always)
  private func list<Value, Element>(
    _ values: [Value],
    _ convert: (Value) -> Element
  ) -> UnsafeMutablePointer<Element> {
    let copy = room(for: Element.self, values.count)
    for index in values.indices { (copy + index).initialize(to: convert(values[index])) }
    return copy
  }
}
