/// Emits the Swift value of a message.
struct MessageEmitter {
  let types: Types
  let message: MessageModel
  var wire: WireEmitter { WireEmitter(types: types, message: message) }

  private var name: String { types.swiftName(message.fullName) }

  func emit(to out: inout Writer) {
    out.doc(message.comment, or: "The message `\(message.fullName)`.", message.isDeprecated)
    let typeName = types.ownName(message.fullName)
    out.block("package struct \(typeName): Messages.Message, WireMessage") { out in
      emitProperties(to: &out)
      emitInitialisers(to: &out)
      emitTable(to: &out)
      emitWrite(to: &out)
      emitCheck(to: &out)
      emitSet(to: &out)
      wire.emit(to: &out)
      for index in message.oneofs.indices { emitOneof(index, to: &out) }
      for enumeration in message.enums {
        out.line()
        EnumEmitter(types: types, enumeration: enumeration).emit(to: &out)
      }
      for nested in message.nested where !nested.isMapEntry {
        out.line()
        MessageEmitter(types: types, message: nested).emit(to: &out)
      }
    }
  }

  /// The stored values in the order of the source: fields, and each oneof at its first member.
  private enum Property {
    case field(FieldModel)
    case oneof(Int)
  }

  private var properties: [Property] {
    var seen: Set<Int> = []
    return message.fields.compactMap { field in
      guard let oneof = field.oneof else { return .field(field) }
      return seen.insert(oneof).inserted ? .oneof(oneof) : nil
    }
  }

  private func declaration(_ property: Property) -> (name: String, type: String, initial: String) {
    switch property {
    case .field(let field):
      let value = types.valueType(field)
      let name = field.property
      if let entry = types.mapEntry(field) {
        return (name, "[\(types.valueType(entry.key)): \(types.valueType(entry.value))]", "[:]")
      }
      if field.isRepeated { return (name, "[\(value)]", "[]") }
      if field.isOptional || field.kind == .message { return (name, "\(value)?", "nil") }
      return (name, value, Self.zero(field, value))
    case .oneof(let index):
      return (message.oneofs[index].property, "\(types.oneofName(message, index))?", "nil")
    }
  }

  private static func zero(_ field: FieldModel, _ type: String) -> String {
    switch field.kind {
    case .bool: "false"
    case .string: "\"\""
    case .bytes: "[]"
    case .enumeration: "\(type)(rawValue: 0)"
    default: "0"
    }
  }

  private func emitProperties(to out: inout Writer) {
    for property in properties {
      let (name, type, initial) = declaration(property)
      switch property {
      case .field(let field):
        out.doc(field.comment, or: "The field `\(field.name)`.", field.isDeprecated)
        if types.needsBox(field, in: message) {
          let box = "box_\(field.cName)"
          out.block("package var \(name): \(type)") { out in
            out.line("get { self.\(box).value }")
            out.line("set { self.\(box) = Indirect(newValue) }")
          }
          out.line("private var \(box): Indirect<\(types.valueType(field))> = .none")
          continue
        }
      case .oneof(let index):
        let oneof = message.oneofs[index]
        out.doc(oneof.comment, or: "The oneof `\(oneof.name)`.")
      }
      out.line("package var \(name): \(type) = \(initial)")
    }
    out.line("/// Fields that this version does not know, as they arrived.")
    out.line("package var unknownFields: [UInt8] = []")
  }

  private func emitInitialisers(to out: inout Writer) {
    out.line()
    out.line("/// The empty message.")
    out.line("package init() {}")
    guard !properties.isEmpty else { return }
    out.line()
    out.line("/// A message of these values.")
    out.line("package init(")
    let all = properties.map { declaration($0) }
    out.indented { out in
      for (index, value) in all.enumerated() {
        let comma = index == all.count - 1 ? "" : ","
        out.line("\(value.name): \(value.type) = \(value.initial)\(comma)")
      }
    }
    out.block(")") { out in
      for value in all { out.line("self.\(value.name) = \(value.name)") }
    }
  }

  private func emitTable(to out: inout Writer) {
    out.line()
    out.line("/// `\(message.fullName)`.")
    out.line("package static let fullName = \"\(message.fullName)\"")
    out.line()
    out.line("/// The fields' names and rules.")
    out.line("package static let fields: [FieldSpec] = [")
    out.indented { out in
      for field in message.fields { out.line("\(spec(field)),") }
    }
    out.line("]")
  }

  private func spec(_ field: FieldModel) -> String {
    var parts = ["\"\(field.name)\""]
    // `==` would take names of other bytes for the same.
    if !field.jsonName.utf8.elementsEqual(field.name.utf8) {
      parts.append("json: \(Writer.literal(field.jsonName))")
    }
    if let oneof = field.oneof { parts.append("oneof: \(oneof)") }
    if field.rule.required { parts.append("required: true") }
    if let length = field.rule.maxLength { parts.append("maxLength: \(length)") }
    if let items = field.rule.maxItems { parts.append("maxItems: \(items)") }
    if field.rule.format != 0 { parts.append("format: .\(format(field.rule.format))") }
    if let min = field.rule.min { parts.append("min: \(min)") }
    if let max = field.rule.max { parts.append("max: \(max)") }
    let nullable = ["google.protobuf.Value", "google.protobuf.NullValue"]
    if !field.isRepeated, nullable.contains(field.typeName) { parts.append("takesNull: true") }
    return "FieldSpec(\(parts.joined(separator: ", ")))"
  }

  private func format(_ number: Int) -> String {
    guard let formats = types.enums["onedoor.rule.v1.Format"],
      let value = formats.values.first(where: { $0.number == number })
    else { return "unrecognized(\(number))" }
    return Names.enumCase(value.name, prefix: "FORMAT_")
  }

  private func emitWrite(to out: inout Writer) {
    out.line()
    out.line("/// Encodes as canonical proto3 JSON in UTF-8; map keys are sorted.")
    out.block("package func encodeJSON() -> [UInt8]") { out in
      out.line("JSONWriter.encode(self)")
    }
    out.line()
    out.line("/// Appends the fields that are set to a JSON object.")
    out.block("package func writeFields(to writer: inout JSONWriter)") { out in
      for (index, field) in message.fields.enumerated() where field.oneof == nil {
        let property = "self.\(field.property)"
        out.line("writer.\(shape(field))(\(index), \(property))")
      }
      for index in message.oneofs.indices {
        out.block("switch self.\(message.oneofs[index].property)") { out in
          for (position, field) in message.fields.enumerated() where field.oneof == index {
            out.line("case .\(field.property)(let value):")
            out.line("  writer.optional(\(position), value)")
          }
          out.line("case nil: break")
        }
      }
    }
  }

  private func emitCheck(to out: inout Writer) {
    out.line()
    out.line("/// All fields that break their rule, those of messages within included.")
    out.block("package func violations(checking formats: FormatChecker) -> [Violation]") { out in
      out.line("Validator.violations(of: self, formats)")
    }
    out.line()
    out.line("/// Checks the fields that can break a rule.")
    out.block("package func checkFields(by validator: inout Validator)") { out in
      for (index, field) in message.fields.enumerated()
      where field.oneof == nil && types.needsCheck(field) {
        let property = "self.\(field.property)"
        out.line("validator.\(shape(field))(\(index), \(property))")
      }
      for index in message.oneofs.indices {
        let checked = message.fields.enumerated()
          .filter { $0.element.oneof == index && types.needsCheck($0.element) }
        guard !checked.isEmpty else { continue }
        out.block("switch self.\(message.oneofs[index].property)") { out in
          for (position, field) in checked {
            out.line("case .\(field.property)(let value):")
            out.line("  validator.optional(\(position), value)")
          }
          out.line("default: break")
        }
        emitRequiredMember(of: index, to: &out)
      }
    }
  }

  /// Checks that a oneof some of whose members must be set holds one of these.
  private func emitRequiredMember(of oneof: Int, to out: inout Writer) {
    let required = message.fields.enumerated()
      .filter { $0.element.oneof == oneof && $0.element.rule.required }
    guard let first = required.first else { return }
    out.block("switch self.\(message.oneofs[oneof].property)") { out in
      let cases = required.map { ".\($0.element.property)" }.joined(separator: ", ")
      out.line("case \(cases): break")
      out.line("default: validator.missing(\(first.offset))")
    }
  }

  /// How a field holds its values: the name of the method that writes, checks or reads it.
  private func shape(_ field: FieldModel) -> String {
    if types.mapEntry(field) != nil { return "map" }
    if field.isRepeated { return "list" }
    return field.isOptional || field.kind == .message ? "optional" : "value"
  }

  private func emitSet(to out: inout Writer) {
    out.line()
    out.line("/// Takes a field's value from JSON.")
    out.block("package mutating func set(_ index: Int, from reader: inout JSONReader)") { out in
      guard !message.fields.isEmpty else { return }
      out.block("switch index") { out in
        for (index, field) in message.fields.enumerated() {
          out.line("case \(index):")
          let name = field.property
          if let oneof = field.oneof {
            let target = "self.\(message.oneofs[oneof].property)"
            let type = types.valueType(field)
            out.line("  if let value = reader.member(\(type).self) { \(target) = .\(name)(value) }")
          } else {
            out.line("  reader.\(shape(field))(&self.\(name))")
          }
        }
        out.line("default: break")
      }
    }
  }

  private func emitOneof(_ index: Int, to out: inout Writer) {
    let oneof = message.oneofs[index]
    let members = message.fields.filter { $0.oneof == index }
    let indirect = members.contains { types.needsBox($0, in: message) } ? "indirect " : ""
    let name = types.oneofName(message, index).split(separator: ".").last.map(String.init) ?? ""
    out.line()
    out.doc(oneof.comment, or: "What the oneof `\(oneof.name)` holds.")
    out.block("package \(indirect)enum \(name): Sendable, Hashable") { out in
      for field in members {
        out.doc(field.comment, or: "The field `\(field.name)`.", field.isDeprecated)
        out.line("case \(field.property)(\(types.valueType(field)))")
      }
    }
  }
}
