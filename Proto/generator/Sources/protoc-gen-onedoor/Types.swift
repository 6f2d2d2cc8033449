/// A package, of which the floor may hold other files than the module that is made.
private struct Package: Hashable {
  private let name: String
  let isFloor: Bool

  init(_ file: FileModel) {
    name = file.package
    isFloor = file.isFloor
  }

  /// Whether the names within do not depend on what other packages there are.
  var isSettled: Bool { isFloor || Names.isOwn(name) }

  /// Whether a file's types must not have the name of this package's namespace.
  func hides(from file: FileModel) -> Bool {
    if file.isFloor { return isFloor }
    return isSettled || !Package(file).isSettled
  }
}

/// All messages and enums of a request, by full name, and what follows from their references.
struct Types {
  private(set) var messages: [String: MessageModel] = [:]
  private(set) var enums: [String: EnumModel] = [:]
  private var swiftNames: [String: String] = [:]
  private var oneofNames: [String: [String]] = [:]
  private var cNames: [String: String] = [:]
  private var serviceNames: [String: String] = [:]
  private var topNames: [String: String] = [:]
  private var cScope = Scope()
  /// The namespaces that a type of the present file would hide.
  private var hidden: Set<String> = []
  /// The Swift namespaces of the packages.
  private let namespaces: [Package: String]
  /// For each message those that it holds directly as a single value.
  private var single: [String: Set<String>] = [:]
  /// For each message all those that it holds.
  private var held: [String: Set<String>] = [:]

  /// What is known of files, of which those that the floor holds have their names already.
  init(_ files: [FileModel], for target: Target) {
    var taken = Scope(ReservedNames.types.union([target.index]))
    var namespaces: [Package: String] = [:]
    // What is written by hand knows the names of the floor and those of the house's own packages.
    let (floor, made) = (files.filter(\.isFloor), files.filter { !$0.isFloor })
    let files =
      floor + made.filter { Names.isOwn($0.package) } + made.filter { !Names.isOwn($0.package) }
    for file in files where namespaces[Package(file)] == nil {
      namespaces[Package(file)] = taken.claim(Names.namespace(file.package))
    }
    self.namespaces = namespaces
    var scopes: [String: Scope] = [:]
    var tops = Scope(taken: namespaces.values + [target.index])
    for file in files {
      let namespace = self.namespace(of: file)
      hidden = Set(namespaces.filter { $0.key.hides(from: file) }.values)
      var scope = scopes[namespace] ?? Scope(hidden)
      for message in file.messages { add(message, scope: namespace, &scope, c: file.package) }
      for enumeration in file.enums { add(enumeration, scope: namespace, &scope) }
      for service in file.services {
        serviceNames[service.fullName] = scope.claim(Names.type(service.name))
        // A protocol and a client stand outside the namespace.
        let top = Names.type(service.name)
        let wanted = tops.isFree(Self.outside(top)) ? top : namespace + top
        topNames[service.fullName] = tops.claim(wanted, mark: "_", with: Self.outside)
      }
      scopes[namespace] = scope
    }
  }

  /// The types of a service that stand outside the namespace.
  private static func outside(_ top: String) -> [String] { ["\(top)Handlers", "\(top)Client"] }

  /// The Swift namespace of a file's package.
  func namespace(of file: FileModel) -> String { namespaces[Package(file)] ?? "" }

  private mutating func add(
    _ message: MessageModel,
    scope: String,
    _ names: inout Scope,
    c cScopeName: String
  ) {
    // An entry has no type of its own in Swift.
    let own = message.isMapEntry ? message.name : names.claim(Names.type(message.name))
    let name = "\(scope).\(own)"
    let cName = cScope.claim("\(cScopeName).\(message.name)", mark: "x") {
      [Names.cType($0), Names.cFunction($0)]
    }
    messages[message.fullName] = message
    swiftNames[message.fullName] = name
    cNames[message.fullName] = cName
    for field in message.fields where field.kind == .message {
      held[message.fullName, default: []].insert(field.typeName)
      if !field.isRepeated { single[message.fullName, default: []].insert(field.typeName) }
    }
    var inner = Scope(hidden)
    for nested in message.nested { add(nested, scope: name, &inner, c: cName) }
    for enumeration in message.enums { add(enumeration, scope: name, &inner) }
    oneofNames[message.fullName] = message.oneofs.map {
      "\(name).\(inner.claim(Names.type($0.name), mark: "Choice"))"
    }
  }

  private mutating func add(_ enumeration: EnumModel, scope: String, _ names: inout Scope) {
    enums[enumeration.fullName] = enumeration
    swiftNames[enumeration.fullName] = "\(scope).\(names.claim(Names.type(enumeration.name)))"
  }

  /// Refuses what refers to a type of protobuf's own options.
  func checkReferences() throws(ContractFault) {
    for message in messages.values {
      for field in message.fields
      where !field.typeName.isEmpty && swiftNames[field.typeName] == nil {
        throw ContractFault(message: "\(message.fullName): \(field.typeName) is not offered")
      }
    }
  }

  /// The Swift type of a message or enum, with its namespace.
  func swiftName(_ fullName: String) -> String {
    swiftNames[fullName] ?? fullName
  }

  /// The Swift type of a message or enum, without what it stands in.
  func ownName(_ fullName: String) -> String {
    swiftName(fullName).split(separator: ".").last.map(String.init) ?? fullName
  }

  /// The Swift type of a oneof, with its namespace.
  func oneofName(_ message: MessageModel, _ index: Int) -> String {
    oneofNames[message.fullName]?[index] ?? ""
  }

  /// The Swift name of a service within its namespace.
  func serviceName(_ fullName: String) -> String { serviceNames[fullName] ?? fullName }

  /// What the names of a service's protocol and client begin with.
  func topName(_ fullName: String) -> String { topNames[fullName] ?? fullName }

  /// The full name under which C knows a message.
  func cFullName(_ fullName: String) -> String { cNames[fullName] ?? fullName }

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
    by edges: [String: Set<String>]
  ) -> Bool {
    start == end || reachable(from: start, by: edges).contains(end)
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
