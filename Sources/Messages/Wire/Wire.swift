package import CMessages

/// Copies values out of protobuf-c's structs.
package enum Wire {
  /// A text, whose bytes must be UTF-8.
  @inline(__always)
  package static func text(_ data: ProtobufCBinaryData) throws(DecodeError) -> String {
    guard data.len > 0, let start = data.data else { return "" }
    let bytes = UnsafeBufferPointer(start: UnsafePointer(start), count: data.len)
    do {
      return String(copying: try UTF8Span(validating: bytes.span))
    } catch {
      throw DecodeError(.invalidText)
    }
  }

  /// Bytes.
  @inline(__always)
  package static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    guard data.len > 0 else { return [] }
    return Array(UnsafeBufferPointer(start: data.data, count: data.len))
  }

  /// Plain numbers.
  @inline(__always)
  package static func numbers<Value: BitwiseCopyable>(
    _ list: UnsafeMutablePointer<Value>?,
    _ count: Int
  ) -> [Value] {
    guard count > 0 else { return [] }
    return Array(UnsafeBufferPointer(start: list, count: count))
  }

  /// Truth values.
  package static func flags(
    _ list: UnsafeMutablePointer<protobuf_c_boolean>?,
    _ count: Int
  ) -> [Bool] {
    numbers(list, count).map { $0 != 0 }
  }

  /// Enums.
  package static func enums<Value: OpenEnum>(
    _ list: UnsafeMutablePointer<Int32>?,
    _ count: Int
  ) -> [Value] {
    numbers(list, count).map { Value(rawValue: $0) }
  }

  /// Texts.
  package static func texts(
    _ list: UnsafeMutablePointer<ProtobufCBinaryData>?,
    _ count: Int
  ) throws(DecodeError) -> [String] {
    var result: [String] = []
    guard count > 0, let list else { return result }
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try text(list[index])) }
    return result
  }

  /// Byte strings.
  package static func byteStrings(
    _ list: UnsafeMutablePointer<ProtobufCBinaryData>?,
    _ count: Int
  ) -> [[UInt8]] {
    numbers(list, count).map { bytes($0) }
  }

  /// Messages.
  @inline(__always)
  package static func messages<Value: WireMessage>(
    _ list: UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>?,
    _ count: Int
  ) throws(DecodeError) -> [Value] {
    var result: [Value] = []
    guard count > 0 else { return result }
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try Value(c: element(list, index))) }
    return result
  }

  /// The struct at a place of a list.
  @inline(__always)
  package static func element<Element>(
    _ list: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>?,
    _ index: Int
  ) -> UnsafePointer<Element> {
    guard let element = list?[index] else {
      preconditionFailure("protobuf-c fills every place of a list.")
    }
    return UnsafePointer(element)
  }

  /// The fields that protobuf-c did not know, as they arrived.
  package static func unknown(_ base: ProtobufCMessage) -> [UInt8] {
    var result: [UInt8] = []
    for index in 0..<Int(base.n_unknown_fields) {
      let field = base.unknown_fields[index]
      var tag = UInt64(field.tag) << 3 | UInt64(field.wire_type.rawValue)
      while tag >= 0x80 {
        result.append(UInt8(tag & 0x7F) | 0x80)
        tag >>= 7
      }
      result.append(UInt8(tag))
      result += UnsafeBufferPointer(start: field.data, count: field.len)
    }
    return result
  }
}
