/// A `.proto` file as the emitters need it.
struct FileModel {
  let name: String
  /// The package; `Names.noPackage` if the file has none.
  let package: String
  /// Whether the floor holds what is made of the file, for another module.
  let isFloor: Bool
  /// The files that it imports.
  let imports: [String]
  let messages: [MessageModel]
  let enums: [EnumModel]
  let services: [ServiceModel]
}

/// A message with its nested types.
struct MessageModel {
  let name: String
  let fullName: String
  let comment: String
  let fields: [FieldModel]
  let oneofs: [OneofModel]
  let nested: [MessageModel]
  let enums: [EnumModel]
  let isMapEntry: Bool
  let isDeprecated: Bool
}

/// A oneof that stands in the source; those that proto3 `optional` makes up are left out.
struct OneofModel {
  let name: String
  /// The property in Swift.
  let property: String
  /// The name in the C struct.
  let cName: String
  let comment: String
}

/// One field.
struct FieldModel {
  /// The wire type's kind, by the numbers of `FieldDescriptorProto.Type`.
  enum Kind: Int {
    case double = 1
    case float = 2
    case int64 = 3
    case uint64 = 4
    case int32 = 5
    case fixed64 = 6
    case fixed32 = 7
    case bool = 8
    case string = 9
    case message = 11
    case bytes = 12
    case uint32 = 13
    case enumeration = 14
    case sfixed32 = 15
    case sfixed64 = 16
    case sint32 = 17
    case sint64 = 18
  }

  let name: String
  /// The property, or the case of a oneof, in Swift.
  let property: String
  /// The name in the C struct.
  let cName: String
  let jsonName: String
  let number: Int
  let kind: Kind
  let isRepeated: Bool
  /// Whether the source says `optional`.
  let isOptional: Bool
  /// The full name of the message or enum, without the leading dot; empty for others.
  let typeName: String
  /// The index in `MessageModel.oneofs`.
  let oneof: Int?
  let comment: String
  let isDeprecated: Bool
  let rule: FieldRule
}

/// An enum.
struct EnumModel {
  struct Value {
    let name: String
    let number: Int
    let comment: String
    let isDeprecated: Bool
  }

  let name: String
  let fullName: String
  let comment: String
  let isDeprecated: Bool
  let values: [Value]
}

/// A service.
struct ServiceModel {
  struct Method {
    let name: String
    /// The function in Swift.
    let function: String
    let comment: String
    let isDeprecated: Bool
    let input: String
    let output: String
    let isStream: Bool
    let hasNoSideEffects: Bool
    let access: AccessRule?

    /// The kind of handler: a stream before a route before a read before a write.
    var kind: String {
      if isStream { return "stream" }
      if access?.route == true { return "route" }
      return hasNoSideEffects ? "read" : "write"
    }
  }

  let name: String
  let fullName: String
  let comment: String
  let isDeprecated: Bool
  /// The methods that can be offered.
  let methods: [Method]
  /// The methods that take a stream, which nobody can call here.
  let leftOut: [String]
}

/// A fault in the contract, told to the user by protoc.
struct ContractFault: Error {
  let message: String
}
