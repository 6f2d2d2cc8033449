/// Reads messages from parsed JSON and collects all faults instead of stopping at the first.
package struct JSONReader {
  /// The value to be read next.
  package private(set) var current: JSONValue
  /// What is wrong, in the order of the text.
  package private(set) var faults: [Violation] = []
  /// Whether messages are nested deeper than `MessageLimits.depth`, as the binary form counts.
  private(set) var isTooDeep = false
  /// What is read how.
  let options: JSONOptions
  private var faultCount = 0
  private var path: [PathStep] = []
  private var level: UInt32 = 0

  init(parsing bytes: [UInt8], _ options: JSONOptions) throws(DecodeError) {
    guard bytes.count <= MessageLimits.bytes else { throw DecodeError(.tooLarge) }
    current = try JSONParser.parse(bytes)
    self.options = options
  }

  /// The faults of reading and those of rules, without what follows from a fault of reading.
  func faults(and broken: [Violation]) -> [Violation] {
    let unread = Set(faults.map(\.field))
    let more = broken.filter { violation in
      var field = violation.field[...]
      while !unread.contains(String(field)) {
        guard let end = field.lastIndex(where: { $0 == "." || $0 == "[" }) else {
          return !unread.contains("")
        }
        field = field[..<end]
      }
      return false
    }
    return Array((faults + more).prefix(MessageLimits.violations))
  }

  /// Keeps a fault of the current value; always nil, so that it can be returned.
  package mutating func fault<Value>(_ fault: FieldFault) -> Value? {
    faultCount += 1
    if faultCount <= MessageLimits.violations { faults.append(Violation(at: path, fault)) }
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

  /// Reads an element of a list or map; nil if it is passed over.
  ///
  /// One at fault keeps its place, so that the rest has its own.
  private mutating func element<Value: FieldValue>(_: Value.Type) -> Value? {
    let before = faultCount
    let value = Value.readJSON(from: &self)
    return value ?? (faultCount == before ? nil : Value())
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
        if let value = reader.element(Value.self) { target.append(value) }
      }
    }
  }

  /// Reads an object as a map.
  package mutating func map<Key: MapKey, Value: FieldValue>(_ target: inout [Key: Value]) {
    guard case .object(let members) = current else {
      let _: Value? = fault(.type(.object))
      return
    }
    guard !members.isEmpty else { return }
    // Each entry is a message in the binary form.
    level += 1
    defer { level -= 1 }
    guard level <= MessageLimits.depth else {
      isTooDeep = true
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
        if let value = reader.element(Value.self) { target[key] = value }
      }
    }
  }

  /// Reads an object as a message; members named in `skipped` belong to who calls.
  mutating func message<M: Message>(_: M.Type, skipping skipped: String? = nil) -> M? {
    guard case .object(let members) = current else { return fault(.type(.object)) }
    level += 1
    defer { level -= 1 }
    guard level <= MessageLimits.depth else {
      isTooDeep = true
      return nil
    }
    var result = M()
    let fields = M.fields
    var seen: Set<Int> = []
    var oneofs: Set<Int> = []
    for member in members where member.key != skipped {
      let index =
        fields.firstIndex { $0.jsonName.hasSameBytes(as: member.key) }
        ?? fields.firstIndex { $0.name.hasSameBytes(as: member.key) }
      guard let index else {
        if !options.ignoresUnknown { unknown(member) }
        continue
      }
      read(member.value, at: .field(fields[index].name)) { reader in
        let isAbsent = member.value == .null && !fields[index].takesNull
        var isNew = seen.insert(index).inserted
        if isNew, !isAbsent, fields[index].oneof >= 0 {
          isNew = oneofs.insert(fields[index].oneof).inserted
        }
        guard isNew else {
          let _: M? = reader.fault(.duplicate)
          return
        }
        if !isAbsent { result.set(index, from: &reader) }
      }
    }
    return result
  }

  /// Reads what lies a level of messages deeper; false if that is too deep.
  mutating func nested(_ body: (inout Self) -> Void) -> Bool {
    level += 1
    defer { level -= 1 }
    if level > MessageLimits.depth { isTooDeep = true } else { body(&self) }
    return level <= MessageLimits.depth
  }

  /// Reads the member of an object that belongs to who calls.
  mutating func member<Value>(
    _ member: JSONValue.Member,
    _ body: (inout Self) -> Value?
  ) -> Value? {
    var result: Value?
    read(member.value, at: .field(member.key)) { result = body(&$0) }
    return result
  }

  /// Keeps that an object has a member too many.
  mutating func unknown(_ member: JSONValue.Member) {
    read(member.value, at: .field(member.key)) { reader in
      let _: Bool? = reader.fault(.unknownField)
    }
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
