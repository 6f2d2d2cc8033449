/// Writes messages as canonical proto3 JSON.
package struct JSONWriter {
  /// What was written.
  package private(set) var bytes: [UInt8] = []
  private var fields: [FieldSpec] = []
  private var isFirst = true
  private var level: UInt32 = 0
  /// The types that an `Any` may hold.
  let types: TypeRegistry
  /// The first thing that has no canonical JSON.
  private(set) var fault: EncodeError?

  /// An empty text.
  package init(types: TypeRegistry = .contract) {
    self.types = types
  }

  /// Keeps that something has no canonical JSON.
  mutating func fail(_ fault: EncodeError) {
    if self.fault == nil { self.fault = fault }
  }

  /// Appends text that is JSON already.
  package mutating func raw(_ text: String) { bytes += text.utf8 }

  /// Appends a text in quotes.
  package mutating func text(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: raw("\\n")
      case 0x0D: raw("\\r")
      case 0x09: raw("\\t")
      case 0..<0x20, 0x7F:
        let digits = String(byte, radix: 16)
        raw("\\u00" + (digits.count < 2 ? "0" : "") + digits)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Encodes a message, see `Message.encodeJSON`.
  package static func encode<M: Message>(_ message: M) -> [UInt8] {
    var writer = JSONWriter()
    message.writeJSON(to: &writer)
    return writer.bytes
  }

  /// Writes a message as an object of its fields; one within an `Any` begins with its type.
  mutating func message<M: Message>(_ message: M, typeURL: String? = nil) {
    let outer = (fields, isFirst)
    fields = M.fields
    isFirst = true
    level += 1
    raw("{")
    if let typeURL { member("@type") { $0.text(typeURL) } }
    if level > MessageLimits.depth {
      fail(.tooDeep)
    } else {
      message.writeFields(to: &self)
    }
    raw("}")
    level -= 1
    (fields, isFirst) = outer
  }

  /// Writes an object of one type that is no message, by `body`.
  mutating func object(_ body: (inout Self) -> Void) {
    let outer = isFirst
    isFirst = true
    level += 1
    raw("{")
    if level > MessageLimits.depth { fail(.tooDeep) } else { body(&self) }
    raw("}")
    level -= 1
    isFirst = outer
  }

  /// Writes a member of an object.
  mutating func member(_ name: String, _ body: (inout Self) -> Void) {
    separate()
    text(name)
    raw(":")
    body(&self)
  }

  private mutating func separate() {
    if isFirst { isFirst = false } else { raw(",") }
  }

  private mutating func key(_ index: Int) {
    separate()
    text(fields[index].jsonName)
    raw(":")
  }

  /// Writes a field without presence unless it has its default.
  package mutating func value<Value: FieldValue>(_ index: Int, _ value: Value) {
    guard !value.isProtoDefault else { return }
    key(index)
    value.writeJSON(to: &self)
  }

  /// Writes a field with presence if it is set.
  package mutating func optional<Value: FieldValue>(_ index: Int, _ value: Value?) {
    guard let value else { return }
    key(index)
    value.writeJSON(to: &self)
  }

  /// Writes an array unless it is empty.
  package mutating func list<Value: FieldValue>(_ index: Int, _ values: [Value]) {
    guard !values.isEmpty else { return }
    key(index)
    array(values)
  }

  /// Writes an array.
  mutating func array<Value: FieldValue>(_ values: [Value]) {
    if values.isEmpty { raw("[") }
    for position in values.indices {
      raw(position == 0 ? "[" : ",")
      values[position].writeJSON(to: &self)
    }
    raw("]")
  }

  /// Writes a map as an object with sorted keys unless it is empty.
  package mutating func map<Key: MapKey, Value: FieldValue>(_ index: Int, _ values: [Key: Value]) {
    guard !values.isEmpty else { return }
    key(index)
    object(values)
  }

  /// Writes a map as an object with sorted keys.
  mutating func object<Key: MapKey, Value: FieldValue>(_ values: [Key: Value]) {
    let outer = isFirst
    raw("{")
    isFirst = true
    // Each entry is a message in the binary form.
    level += 1
    if level > MessageLimits.depth, !values.isEmpty { fail(.tooDeep) }
    for (key, value) in MapOrder.sorted(values) {
      separate()
      text(key.jsonKey)
      raw(":")
      value.writeJSON(to: &self)
    }
    level -= 1
    isFirst = outer
    raw("}")
  }
}
