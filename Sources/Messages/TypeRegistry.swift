/// The message types that an `Any` may hold, by their full names.
package struct TypeRegistry: Sendable {
  /// All messages of the contract.
  package static let contract = TypeRegistry(Contract.namespaces.joined())

  private var byName: [String: any Message.Type] = [:]

  /// A registry of these types.
  package init(_ types: some Sequence<any Message.Type>) {
    for type in types { byName[type.fullName] = type }
  }

  /// A registry of these types and all those of the contract.
  package static func contract(and types: some Sequence<any Message.Type>) -> Self {
    var registry = contract
    for type in types { registry.byName[type.fullName] = type }
    return registry
  }

  /// The message type of a full name, for example `onedoor.intake.v1.Draft`; nil if it is unknown.
  package func message(named fullName: String) -> (any Message.Type)? {
    byName[fullName].flatMap { $0.fullName.hasSameBytes(as: fullName) ? $0 : nil }
  }

  /// The message type of an `Any`: what stands behind the last slash of its address.
  func message(at typeURL: String) -> (any Message.Type)? {
    guard let slash = typeURL.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return message(named: String(typeURL.utf8[typeURL.utf8.index(after: slash)...]) ?? "")
  }
}
