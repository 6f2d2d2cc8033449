/// Walks a message and names every field that breaks its rule.
package struct Validator {
  let formats: FormatChecker
  private(set) var violations: [Violation] = []
  /// Whether faults are named; else it is only found out whether there is one.
  private let isNaming: Bool
  private var isFaulty = false
  /// Where the present field lies; kept only while faults are named.
  private var path: [PathStep] = []
  private var fields: [FieldSpec] = []

  init(_ formats: FormatChecker, isNaming: Bool = true) {
    self.formats = formats
    self.isNaming = isNaming
  }

  /// All fields of a message that break their rule.
  ///
  /// Nearly all messages break none, so where faults lie is noted only once it is known that there
  /// is one.
  package static func violations<M: Message>(
    of message: M,
    _ formats: FormatChecker
  ) -> [Violation] {
    var quick = Validator(formats, isNaming: false)
    quick.message(message)
    guard quick.isFaulty else { return [] }
    var validator = Validator(formats)
    validator.message(message)
    return validator.violations
  }

  mutating func message<M: Message>(_ message: M) {
    let outer = fields
    fields = M.fields
    message.checkFields(by: &self)
    fields = outer
  }

  /// Names the present field.
  mutating func add(_ fault: FieldFault) {
    isFaulty = true
    guard isNaming, violations.count < MessageLimits.violations else { return }
    violations.append(Violation(at: path, fault))
  }

  /// Names a field within the present one.
  mutating func add(_ fault: FieldFault, in name: String) {
    enter(.field(name))
    add(fault)
    leave()
  }

  private mutating func enter(_ step: @autoclosure () -> PathStep) {
    if isNaming { path.append(step()) }
  }

  private mutating func leave() {
    if isNaming { path.removeLast() }
  }

  /// Checks a field without presence.
  package mutating func value<Value: FieldValue>(_ index: Int, _ value: Value) {
    if Value.mustDifferFromDefault, value.isProtoDefault {
      // Nothing there: only `required` and the range of a number can speak against it.
      let field = fields[index]
      guard field.required || field.min != nil || field.max != nil else { return }
    }
    check(index, value, isMissing: Value.mustDifferFromDefault && value.isProtoDefault)
  }

  private mutating func check<Value: FieldValue>(_ index: Int, _ value: Value, isMissing: Bool) {
    let field = fields[index]
    enter(.field(field.name))
    if field.required, isMissing {
      add(.required)
    } else {
      value.check(field, by: &self)
    }
    leave()
  }

  /// Checks a field with presence.
  package mutating func optional<Value: FieldValue>(_ index: Int, _ value: Value?) {
    guard let value else {
      if fields[index].required { missing(index) }
      return
    }
    check(index, value, isMissing: value.saysNothing)
  }

  /// Names a field that must be set and is not.
  package mutating func missing(_ index: Int) { add(.required, in: fields[index].name) }

  /// Checks a list and its elements.
  package mutating func list<Value: FieldValue>(_ index: Int, _ values: [Value]) {
    let field = fields[index]
    enter(.field(field.name))
    if values.isEmpty, field.required { add(.required) }
    if values.count > field.maxItems {
      add(.tooMany(field.maxItems))
    } else {
      for position in values.indices {
        enter(.index(position))
        values[position].check(field, by: &self)
        leave()
      }
    }
    leave()
  }

  /// Checks a map and its values.
  package mutating func map<Key: MapKey, Value: FieldValue>(_ index: Int, _ values: [Key: Value]) {
    let field = fields[index]
    enter(.field(field.name))
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
        guard !name.containsNUL else {
          add(.nul)
          continue
        }
        enter(.key(name))
        value.check(field, by: &self)
        leave()
      }
    }
    leave()
  }
}
