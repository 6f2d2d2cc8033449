/// All that the contract holds.
package enum Contract {
  /// The methods of all services.
  package static let methods: [MethodInfo] = services.flatMap(\.methods)

  /// Returns the message type of a full name, for example `onedoor.intake.v1.Draft`.
  package static func message(named fullName: String) -> (any Message.Type)? {
    byName[fullName]
  }

  private static let byName: [String: any Message.Type] = {
    var types: [String: any Message.Type] = [:]
    for type in namespaces.joined() { types[type.fullName] = type }
    return types
  }()
}
