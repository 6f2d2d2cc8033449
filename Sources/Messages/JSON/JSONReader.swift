/// Reads messages from parsed JSON and collects all faults instead of stopping at the first.
package struct JSONReader {
  /// The value to be read next.
  package private(set) var current: JSONValue
  /// What is wrong, in the order of the text.
  package private(set) var faults: [Violation] = []
  private var path: [PathStep] = []

  init(_ value: JSONValue) {
    current = value
  }

  /// Keeps a fault of the current value; always nil, so that it can be returned.
  package mutating func fault<Value>(_ fault: FieldFault) -> Value? {
    if faults.count < MessageLimits.violations { faults.append(Violation(at: path, fault)) }
    return nil
  }

  /// The text of a number, or of a text that may hold one; nil for other values.
  func numberText() -> String? {
    switch current {
    case .number(let text), .string(let text): text
    default: nil
    }
  }

  /// Reads a field without presence.
  package mutating func value<Value: FieldValue>(_ target: inout Value) {
    if let value = Value.readJSON(from: &self) { target = value }
  }

  /// Reads a field with presence.
  package mutating func optional<Value: FieldValue>(_ target: inout Value?) {
    if let value = Value.readJSON(from: &self) { target = value }
  }

  /// Reads a member of a oneof.
  package mutating func member<Value: FieldValue>(_: Value.Type) -> Value? {
    Value.readJSON(from: &self)
  }

  /// Reads an array.
  package mutating func list<Value: FieldValue>(_ target: inout [Value]) {
    guard case .array(let elements) = current else {
      let _: Value? = fault(.type(.array))
      return
    }
    target.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      read(element, at: .index(index)) { reader in
        if let value = Value.readJSON(from: &reader) { target.append(value) }
      }
    }
  }

  /// Reads an object as a map.
  package mutating func map<Key: MapKey, Value: FieldValue>(_ target: inout [Key: Value]) {
    guard case .object(let members) = current else {
      let _: Value? = fault(.type(.object))
      return
    }
    for member in members {
      read(member.value, at: .key(member.key)) { reader in
        guard let key = Key(jsonKey: member.key) else {
          let _: Value? = reader.fault(.unreadable(Key.self == Bool.self ? .truth : .integer))
          return
        }
        guard target[key] == nil else {
          let _: Value? = reader.fault(.duplicate)
          return
        }
        if let value = Value.readJSON(from: &reader) { target[key] = value }
      }
    }
  }

  /// Reads an object as a message.
  mutating func message<M: Message>(_: M.Type) -> M? {
    guard case .object(let members) = current else { return fault(.type(.object)) }
    var result = M()
    let fields = M.fields
    var seen: Set<Int> = []
    var oneofs: Set<Int> = []
    for member in members {
      let index = fields.firstIndex { $0.jsonName == member.key || $0.name == member.key }
      guard let index else {
        read(member.value, at: .field(member.key)) { reader in
          let _: M? = reader.fault(.unknownField)
        }
        continue
      }
      read(member.value, at: .field(fields[index].name)) { reader in
        var isNew = seen.insert(index).inserted
        if isNew, member.value != .null, fields[index].oneof >= 0 {
          isNew = oneofs.insert(fields[index].oneof).inserted
        }
        guard isNew else {
          let _: M? = reader.fault(.duplicate)
          return
        }
        if member.value != .null { result.set(index, from: &reader) }
      }
    }
    return result
  }

  private mutating func read(
    _ value: JSONValue,
    at step: PathStep,
    _ body: (inout Self) -> Void
  ) {
    let outer = current
    current = value
    path.append(step)
    body(&self)
    path.removeLast()
    current = outer
  }
}
