/// Walks a message and names every field that breaks its rule.
package struct Validator: FieldVisitor {
  let formats: FormatChecker
  private(set) var violations: [Violation] = []
  private var path: [PathStep] = []
  private var fields: [FieldSpec] = []

  init(_ formats: FormatChecker) {
    self.formats = formats
  }

  mutating func message<M: Message>(_ message: M) {
    let outer = fields
    fields = M.fields
    message.visit(&self)
    fields = outer
  }

  /// Names the present field.
  mutating func add(_ fault: FieldFault) {
    guard violations.count < MessageLimits.violations else { return }
    violations.append(Violation(at: path, fault))
  }

  /// Names a field within the present one.
  mutating func add(_ fault: FieldFault, in name: String) {
    path.append(.field(name))
    add(fault)
    path.removeLast()
  }

  /// Checks a field without presence.
  package mutating func value<Value: FieldValue>(_ index: Int, _ value: Value) {
    let field = fields[index]
    path.append(.field(field.name))
    if field.required, Value.mustDifferFromDefault, value.isProtoDefault {
      add(.required)
    } else {
      value.check(field, by: &self)
    }
    path.removeLast()
  }

  /// Checks a field with presence.
  package mutating func optional<Value: FieldValue>(_ index: Int, _ value: Value?) {
    let field = fields[index]
    guard let value else {
      if field.required { add(.required, in: field.name) }
      return
    }
    path.append(.field(field.name))
    if field.required, Value.self == String.self || Value.self == [UInt8].self,
      value.isProtoDefault
    {
      add(.required)
    } else {
      value.check(field, by: &self)
    }
    path.removeLast()
  }

  /// Checks a list and its elements.
  package mutating func list<Value: FieldValue>(_ index: Int, _ values: [Value]) {
    let field = fields[index]
    path.append(.field(field.name))
    if values.isEmpty, field.required { add(.required) }
    if values.count > field.maxItems {
      add(.tooMany(field.maxItems))
    } else {
      for (position, value) in values.enumerated() {
        path.append(.index(position))
        value.check(field, by: &self)
        path.removeLast()
      }
    }
    path.removeLast()
  }

  /// Checks a map and its values.
  package mutating func map<Key: MapKey, Value: FieldValue>(_ index: Int, _ values: [Key: Value]) {
    let field = fields[index]
    path.append(.field(field.name))
    if values.isEmpty, field.required { add(.required) }
    if values.count > field.maxItems {
      add(.tooMany(field.maxItems))
    } else {
      for (key, value) in MapOrder.sorted(values) {
        let name = key.jsonKey
        guard name.unicodeScalars.count <= MessageLimits.text else {
          add(.tooLong(MessageLimits.text))
          continue
        }
        path.append(.key(name))
        value.check(field, by: &self)
        path.removeLast()
      }
    }
    path.removeLast()
  }
}
