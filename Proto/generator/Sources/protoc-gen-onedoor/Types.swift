/// All messages and enums of a request, by full name, and what follows from their references.
struct Types {
  private(set) var messages: [String: MessageModel] = [:]
  private(set) var enums: [String: EnumModel] = [:]
  private var swiftNames: [String: String] = [:]
  /// For each message those that it holds directly as a single value.
  private var single: [String: Set<String>] = [:]
  /// For each message all those that it holds.
  private var held: [String: Set<String>] = [:]

  init(_ files: [FileModel]) {
    for file in files {
      let namespace = Names.namespace(file.package)
      for message in file.messages { add(message, scope: namespace) }
      for enumeration in file.enums { add(enumeration, scope: namespace) }
    }
  }

  private mutating func add(_ message: MessageModel, scope: String) {
    let name = "\(scope).\(Names.type(message.name))"
    messages[message.fullName] = message
    swiftNames[message.fullName] = name
    for field in message.fields where field.kind == .message {
      held[message.fullName, default: []].insert(field.typeName)
      if !field.isRepeated { single[message.fullName, default: []].insert(field.typeName) }
    }
    for nested in message.nested { add(nested, scope: name) }
    for enumeration in message.enums { add(enumeration, scope: name) }
  }

  private mutating func add(_ enumeration: EnumModel, scope: String) {
    enums[enumeration.fullName] = enumeration
    swiftNames[enumeration.fullName] = "\(scope).\(Names.type(enumeration.name))"
  }

  /// The Swift type of a message or enum, with its namespace.
  func swiftName(_ fullName: String) -> String {
    swiftNames[fullName] ?? fullName
  }

  /// The Swift type of one value of a field.
  func valueType(_ field: FieldModel) -> String {
    switch field.kind {
    case .double: "Double"
    case .float: "Float"
    case .int64, .sfixed64, .sint64: "Int64"
    case .uint64, .fixed64: "UInt64"
    case .int32, .sfixed32, .sint32: "Int32"
    case .uint32, .fixed32: "UInt32"
    case .bool: "Bool"
    case .string: "String"
    case .bytes: "[UInt8]"
    case .message, .enumeration: swiftName(field.typeName)
    }
  }

  /// The entry of a map field: its key and its value; nil for other fields.
  func mapEntry(_ field: FieldModel) -> (key: FieldModel, value: FieldModel)? {
    guard field.isRepeated, field.kind == .message, let entry = messages[field.typeName],
      entry.isMapEntry, entry.fields.count == 2
    else { return nil }
    return (entry.fields[0], entry.fields[1])
  }

  /// Whether a single field of `message` leads back to it, so that it must be kept in a box.
  func needsBox(_ field: FieldModel, in message: MessageModel) -> Bool {
    field.kind == .message && !field.isRepeated
      && reaches(from: field.typeName, to: message.fullName, by: single)
  }

  /// Whether values of a message can be nested without an end set by their types.
  func isDeep(_ fullName: String) -> Bool {
    reachable(from: fullName, by: held).union([fullName])
      .contains { reaches(from: $0, to: $0, by: held, properly: true) }
  }

  /// Whether a field can break its rule at all, by itself or by a message within.
  func needsCheck(_ field: FieldModel) -> Bool {
    guard field.kind == .message, !canBreakItself(field) else { return canBreakItself(field) }
    return reachable(from: field.typeName, by: held).union([field.typeName]).contains { name in
      // Times have a range, which the runtime checks.
      name.hasPrefix("google.protobuf.")
        || messages[name]?.fields.contains { canBreakItself($0) } ?? false
    }
  }

  /// Whether a field can be missing, too long, too many, of no known form or out of range.
  private func canBreakItself(_ field: FieldModel) -> Bool {
    let rule = field.rule
    return field.isRepeated || rule.required || rule.min != nil || rule.max != nil
      || [.string, .bytes, .enumeration].contains(field.kind)
  }

  private func reaches(
    from start: String,
    to end: String,
    by edges: [String: Set<String>],
    properly: Bool = false
  ) -> Bool {
    (!properly && start == end) || reachable(from: start, by: edges).contains(end)
  }

  /// What `start` leads to in one step or more.
  private func reachable(from start: String, by edges: [String: Set<String>]) -> Set<String> {
    var seen: Set<String> = []
    var open = Array(edges[start] ?? [])
    while let next = open.popLast() {
      if seen.insert(next).inserted { open += edges[next] ?? [] }
    }
    return seen
  }
}
