internal import CDescriptor
internal import CProtobufC

typealias FileProto = UnsafeMutablePointer<Google__Protobuf__FileDescriptorProto>
typealias MessageProto = UnsafeMutablePointer<Google__Protobuf__DescriptorProto>
typealias EnumProto = UnsafeMutablePointer<Google__Protobuf__EnumDescriptorProto>

/// Returns a list of protobuf-c as an array.
func array<Element>(
  _ list: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>?,
  _ count: Int
) -> [UnsafeMutablePointer<Element>] {
  guard let list else { return [] }
  return (0..<count).compactMap { list[$0] }
}

/// Returns a C string of protobuf-c; empty if there is none.
func text(_ string: UnsafePointer<CChar>?) -> String {
  string.map { String(cString: $0) } ?? ""
}

/// Reads a file's descriptor into the model.
struct FileReader {
  private let file: FileProto
  private let isFloor: Bool
  private let comments: [[Int32]: String]

  init(_ file: FileProto, isFloor: Bool) {
    self.file = file
    self.isFloor = isFloor
    var comments: [[Int32]: String] = [:]
    if let info = file.pointee.source_code_info {
      for location in array(info.pointee.location, info.pointee.n_location) {
        // A comment behind a field says as much as one before it.
        guard let text = location.pointee.leading_comments ?? location.pointee.trailing_comments
        else { continue }
        let path = UnsafeBufferPointer(start: location.pointee.path, count: location.pointee.n_path)
        comments[Array(path)] = String(cString: text)
      }
    }
    self.comments = comments
  }

  func read() throws -> FileModel {
    let value = file.pointee
    let package = value.package.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    let scope = package ?? ""
    guard text(value.syntax) == "proto3" else {
      throw ContractFault(message: "\(text(value.name)): only proto3 is offered")
    }
    return FileModel(
      name: text(value.name),
      package: package ?? Names.noPackage,
      isFloor: isFloor,
      imports: (0..<value.n_dependency).map { text(value.dependency[$0]) },
      messages: try array(value.message_type, value.n_message_type).enumerated().map {
        try message($1, path: [4, Int32($0)], scope: scope)
      },
      enums: array(value.enum_type, value.n_enum_type).enumerated().map {
        enumeration($1, path: [5, Int32($0)], scope: scope)
      },
      services: try array(value.service, value.n_service).enumerated().map {
        try service($1, path: [6, Int32($0)], scope: scope)
      }
    )
  }

  private func full(_ scope: String, _ name: String) -> String {
    scope.isEmpty ? name : "\(scope).\(name)"
  }

  private func message(
    _ proto: MessageProto,
    path: [Int32],
    scope: String
  ) throws -> MessageModel {
    let value = proto.pointee
    let name = text(value.name)
    let fullName = full(scope, name)
    let fields = array(value.field, value.n_field)
    // protoc puts the oneofs of `optional` fields last.
    let synthetic = fields.filter { $0.pointee.proto3_optional != 0 }.count
    let oneofs = array(value.oneof_decl, value.n_oneof_decl).dropLast(synthetic)
    var names = MemberNames(
      oneofs: oneofs.count,
      nested: array(value.nested_type, value.n_nested_type).map { text($0.pointee.name) }
    )
    let members = try fields.enumerated().map {
      try field($1, path: path + [2, Int32($0)], &names)
    }
    return MessageModel(
      name: name,
      fullName: fullName,
      comment: comments[path] ?? "",
      fields: members,
      oneofs: oneofs.enumerated().map { index, oneof in
        let name = text(oneof.pointee.name)
        let own = members.filter { $0.oneof == index }.map(\.cName)
        let claimed = names.oneof(name, index: index, members: own)
        return OneofModel(
          name: name,
          property: claimed.property,
          cName: claimed.c,
          comment: comments[path + [8, Int32(index)]] ?? ""
        )
      },
      nested: try array(value.nested_type, value.n_nested_type).enumerated().map {
        try message($1, path: path + [3, Int32($0)], scope: fullName)
      },
      enums: array(value.enum_type, value.n_enum_type).enumerated().map {
        enumeration($1, path: path + [4, Int32($0)], scope: fullName)
      },
      isMapEntry: value.options?.pointee.map_entry ?? 0 != 0,
      isDeprecated: value.options?.pointee.deprecated ?? 0 != 0
    )
  }

  private func field(
    _ proto: UnsafeMutablePointer<Google__Protobuf__FieldDescriptorProto>,
    path: [Int32],
    _ scope: inout MemberNames
  ) throws -> FieldModel {
    let value = proto.pointee
    let name = text(value.name)
    guard let kind = FieldModel.Kind(rawValue: Int(value.type.rawValue)) else {
      throw ContractFault(message: "field \(name) has an unsupported type")
    }
    let isOptional = value.proto3_optional != 0
    let oneof = value.has_oneof_index != 0 && !isOptional ? Int(value.oneof_index) : nil
    var rule = FieldRule()
    if let options = value.options,
      let bytes = try extensionBytes(options.pointee.base, FieldRule.fieldNumber)
    {
      rule = try FieldRule(bytes)
    }
    let names = scope.field(name, number: Int(value.number), oneof: oneof)
    return FieldModel(
      name: name,
      property: names.property,
      cName: names.c,
      jsonName: text(value.json_name),
      number: Int(value.number),
      kind: kind,
      isRepeated: value.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED,
      isOptional: isOptional,
      typeName: String(text(value.type_name).drop { $0 == "." }),
      oneof: oneof,
      comment: comments[path] ?? "",
      isDeprecated: value.options?.pointee.deprecated ?? 0 != 0,
      rule: rule
    )
  }

  private func enumeration(_ proto: EnumProto, path: [Int32], scope: String) -> EnumModel {
    let name = text(proto.pointee.name)
    return EnumModel(
      name: name,
      fullName: full(scope, name),
      comment: comments[path] ?? "",
      isDeprecated: proto.pointee.options?.pointee.deprecated ?? 0 != 0,
      values: array(proto.pointee.value, proto.pointee.n_value).enumerated().map {
        EnumModel.Value(
          name: text($1.pointee.name),
          number: Int($1.pointee.number),
          comment: comments[path + [2, Int32($0)]] ?? "",
          isDeprecated: $1.pointee.options?.pointee.deprecated ?? 0 != 0
        )
      }
    )
  }

  private func service(
    _ proto: UnsafeMutablePointer<Google__Protobuf__ServiceDescriptorProto>,
    path: [Int32],
    scope: String
  ) throws -> ServiceModel {
    let name = text(proto.pointee.name)
    let all = array(proto.pointee.method, proto.pointee.n_method)
    var functions = Scope(ReservedNames.ofServices)
    return ServiceModel(
      name: name,
      fullName: full(scope, name),
      comment: comments[path] ?? "",
      isDeprecated: proto.pointee.options?.pointee.deprecated ?? 0 != 0,
      methods: try all.enumerated().filter { $1.pointee.client_streaming == 0 }.map {
        let function = functions.claim(Names.function(text($1.pointee.name)))
        return try method($1, Names.quoted(function), comments[path + [2, Int32($0)]] ?? "")
      },
      leftOut: all.filter { $0.pointee.client_streaming != 0 }.map { text($0.pointee.name) }
    )
  }

  private func method(
    _ proto: UnsafeMutablePointer<Google__Protobuf__MethodDescriptorProto>,
    _ function: String,
    _ comment: String
  ) throws -> ServiceModel.Method {
    let value = proto.pointee
    var access: AccessRule?
    var hasNoSideEffects = false
    if let options = value.options {
      access = try extensionBytes(options.pointee.base, AccessRule.fieldNumber)
        .map { try AccessRule($0) }
      hasNoSideEffects =
        options.pointee.idempotency_level
        == GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS
    }
    return ServiceModel.Method(
      name: text(value.name),
      function: function,
      comment: comment,
      isDeprecated: value.options?.pointee.deprecated ?? 0 != 0,
      input: String(text(value.input_type).drop { $0 == "." }),
      output: String(text(value.output_type).drop { $0 == "." }),
      isStream: value.server_streaming != 0,
      hasNoSideEffects: hasNoSideEffects,
      access: access
    )
  }

  /// The bytes of a custom option; pieces of one that was given in parts are joined.
  private func extensionBytes(_ base: ProtobufCMessage, _ number: UInt32) throws -> [UInt8]? {
    var joined: [UInt8]?
    for index in 0..<Int(base.n_unknown_fields) {
      let field = base.unknown_fields[index]
      guard field.tag == number else { continue }
      var bytes = Array(UnsafeBufferPointer(start: field.data, count: field.len))[...]
      joined = (joined ?? []) + (try OptionBytes.delimited(&bytes))
    }
    return joined
  }
}
