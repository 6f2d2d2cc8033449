/// All that the contract holds.
package enum Contract {
  /// The methods of all services.
  package static let methods: [MethodInfo] = services.flatMap(\.methods)

  /// The types of all messages, by full name.
  package static let messages: [any Message.Type] = namespaces.joined()
    .sorted { $0.fullName < $1.fullName }

  /// Returns the message type of a full name, for example `onedoor.intake.v1.Draft`.
  package static func message(named fullName: String) -> (any Message.Type)? {
    TypeRegistry.contract.message(named: fullName)
  }
}
