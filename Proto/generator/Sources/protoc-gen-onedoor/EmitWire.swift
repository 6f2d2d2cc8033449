/// Emits the conversion between a message's Swift value and protobuf-c's struct.
struct WireEmitter {
  let types: Types
  let message: MessageModel

  private var cType: String { Names.cType(types.cFullName(message.fullName)) }

  func emit(to out: inout Writer) {
    let pointer = "UnsafeMutablePointer<\(cType)>"
    out.line()
    out.line("/// Decodes the binary form; no bytes are the empty message.")
    let signature = "package static func decode(_ bytes: UnsafeRawBufferPointer)"
    out.block("\(signature) throws(DecodeError) -> Self") { out in
      out.line("try Wire.decode(bytes)")
    }
    out.line()
    out.line("/// Encodes the binary form; equal messages give equal bytes.")
    out.block("package func encode() -> [UInt8]") { out in out.line("Wire.encode(self)") }
    out.line()
    out.line("/// Makes a struct the empty message.")
    out.block("package static func clear(_ c: \(pointer))") { out in
      out.line("\(Names.cFunction(types.cFullName(message.fullName)))__init(c)")
    }
    out.line()
    out.line("/// Copies the values out of a struct.")
    out.block("package init(c: UnsafePointer<\(cType)>) throws(DecodeError)") { out in
      for field in message.fields where field.oneof == nil { decode(field, to: &out) }
      for index in message.oneofs.indices { decodeOneof(index, to: &out) }
      out.block("if c.pointee.base.n_unknown_fields != 0") { out in
        out.line("self.unknownFields = Wire.unknown(c.pointee.base)")
      }
    }
    out.line()
    out.line("/// Copies the values into a cleared struct; what they point to goes to the arena.")
    out.block("package func fill(_ c: \(pointer), _ arena: Arena)") { out in
      for field in message.fields where field.oneof == nil { fill(field, to: &out) }
      for index in message.oneofs.indices { fillOneof(index, to: &out) }
      out.block("if !self.unknownFields.isEmpty") { out in
        out.line("arena.unknown(self.unknownFields, &c.pointee.base)")
      }
    }
  }

  // MARK: From C

  private func decode(_ field: FieldModel, to out: inout Writer) {
    let c = "c.pointee.\(field.cName)"
    let property = "self.\(field.property)"
    if let entry = types.mapEntry(field) {
      decodeMap(field, entry, to: &out)
    } else if field.isRepeated {
      let list = "\(c), c.pointee.n_\(field.cName)"
      out.line("\(property) = \(Self.listFromC(field.kind, list))")
    } else if field.kind == .message {
      let type = types.valueType(field)
      out.line("if let value = \(c) { \(property) = try \(type)(c: value) }")
    } else if field.isOptional {
      let has = "c.pointee.has_\(field.cName) != 0"
      out.line("if \(has) { \(property) = \(valueFromC(field, c)) }")
    } else {
      out.line("\(property) = \(valueFromC(field, c))")
    }
  }

  private func valueFromC(_ field: FieldModel, _ c: String) -> String {
    switch field.kind {
    case .string: "try Wire.text(\(c))"
    case .bytes: "Wire.bytes(\(c))"
    case .bool: "\(c) != 0"
    case .enumeration: "\(types.valueType(field))(rawValue: \(c))"
    default: c
    }
  }

  private static func listFromC(_ kind: FieldModel.Kind, _ list: String) -> String {
    switch kind {
    case .string: "try Wire.texts(\(list))"
    case .bytes: "Wire.byteStrings(\(list))"
    case .bool: "Wire.flags(\(list))"
    case .enumeration: "Wire.enums(\(list))"
    case .message: "try Wire.messages(\(list))"
    default: "Wire.numbers(\(list))"
    }
  }

  private func decodeMap(
    _ field: FieldModel,
    _ entry: (key: FieldModel, value: FieldModel),
    to out: inout Writer
  ) {
    let c = "c.pointee.\(field.cName)"
    let property = "self.\(field.property)"
    out.block("for index in 0..<c.pointee.n_\(field.cName)") { out in
      out.line("let entry = Wire.element(\(c), index)")
      out.line("let key = \(valueFromC(entry.key, "entry.pointee.key"))")
      if entry.value.kind == .message {
        let type = types.valueType(entry.value)
        out.line("if let value = entry.pointee.value {")
        out.line("  \(property)[key] = try \(type)(c: value)")
        out.line("} else {")
        out.line("  \(property)[key] = \(type)()")
        out.line("}")
      } else {
        out.line("\(property)[key] = \(valueFromC(entry.value, "entry.pointee.value"))")
      }
    }
  }

  private func decodeOneof(_ index: Int, to out: inout Writer) {
    let oneof = message.oneofs[index]
    let target = "self.\(oneof.property)"
    out.block("switch c.pointee.\(oneof.cName)_case.rawValue") { out in
      for field in message.fields where field.oneof == index {
        out.line("case \(field.number):")
        let name = field.property
        let c = "c.pointee.\(field.cName)"
        if field.kind == .message {
          let type = types.valueType(field)
          out.line("  if let value = \(c) { \(target) = .\(name)(try \(type)(c: value)) }")
        } else {
          out.line("  \(target) = .\(name)(\(valueFromC(field, c)))")
        }
      }
      out.line("default: break")
    }
  }

  // MARK: To C

  private func fill(_ field: FieldModel, to out: inout Writer) {
    let name = field.cName
    let property = "self.\(field.property)"
    if let entry = types.mapEntry(field) {
      out.block("if !\(property).isEmpty") { out in fillMap(field, entry, to: &out) }
    } else if field.isRepeated {
      out.block("if !\(property).isEmpty") { out in
        out.line("c.pointee.n_\(name) = \(property).count")
        out.line("c.pointee.\(name) = arena.\(Self.listToC(field.kind))(\(property))")
      }
    } else if field.isOptional || field.kind == .message {
      out.block("if let value = \(property)") { out in
        if field.kind != .message { out.line("c.pointee.has_\(name) = 1") }
        out.line("c.pointee.\(name) = \(Self.valueToC(field.kind, "value"))")
      }
    } else {
      out.block("if \(Self.isSet(field.kind, property))") { out in
        out.line("c.pointee.has_\(name) = 1")
        out.line("c.pointee.\(name) = \(Self.valueToC(field.kind, property))")
      }
    }
  }

  private static func isSet(_ kind: FieldModel.Kind, _ value: String) -> String {
    switch kind {
    case .string, .bytes: "!\(value).isEmpty"
    case .bool: value
    case .enumeration: "\(value).rawValue != 0"
    case .double, .float: "\(value).bitPattern != 0"
    default: "\(value) != 0"
    }
  }

  private static func valueToC(_ kind: FieldModel.Kind, _ value: String) -> String {
    switch kind {
    case .string: "arena.text(\(value))"
    case .bytes: "arena.bytes(\(value))"
    case .bool: "\(value) ? 1 : 0"
    case .enumeration: "\(value).rawValue"
    case .message: "arena.message(\(value))"
    default: value
    }
  }

  private static func listToC(_ kind: FieldModel.Kind) -> String {
    switch kind {
    case .string: "texts"
    case .bytes: "byteStrings"
    case .bool: "flags"
    case .enumeration: "enums"
    case .message: "messages"
    default: "numbers"
    }
  }

  private func fillMap(
    _ field: FieldModel,
    _ entry: (key: FieldModel, value: FieldModel),
    to out: inout Writer
  ) {
    let name = field.cName
    let type = Names.cType(types.cFullName(field.typeName))
    let list = "MapOrder.sorted(self.\(field.property))"
    out.line("c.pointee.n_\(name) = self.\(field.property).count")
    out.line("c.pointee.\(name) = arena.entries(\(list)) {")
    out.indented { out in
      out.line("(entry: UnsafeMutablePointer<\(type)>, key, value) in")
      out.line("\(Names.cFunction(types.cFullName(field.typeName)))__init(entry)")
      out.line("entry.pointee.has_key = 1")
      out.line("entry.pointee.key = \(Self.valueToC(entry.key.kind, "key"))")
      if entry.value.kind != .message { out.line("entry.pointee.has_value = 1") }
      out.line("entry.pointee.value = \(Self.valueToC(entry.value.kind, "value"))")
    }
    out.line("}")
  }

  private func fillOneof(_ index: Int, to out: inout Writer) {
    let oneof = message.oneofs[index]
    let cOneof = "c.pointee.\(oneof.cName)_case"
    out.block("switch self.\(oneof.property)") { out in
      for field in message.fields where field.oneof == index {
        out.line("case .\(field.property)(let value):")
        out.line("  \(cOneof) = .init(\(field.number))")
        out.line("  c.pointee.\(field.cName) = \(Self.valueToC(field.kind, "value"))")
      }
      out.line("case nil: break")
    }
  }
}
