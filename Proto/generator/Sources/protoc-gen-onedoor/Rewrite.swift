internal import CDescriptor
internal import CProtobufC
internal import Foundation

/// Rewrites a request, in place, so that Debian's `protoc-gen-c` 1.4.1 understands it.
///
/// The wire stays the same. proto2 gives every scalar a presence bit; `bytes` in place of
/// `string` saves strlen and keeps NUL; plain entries in place of maps and `int32` in place of
/// enums say the same in fewer C types. Names are those of the models, which collide nowhere.
struct Rewrite {
  let types: Types

  /// Rewrites all files and drops `google/protobuf/descriptor.proto`.
  func apply(
    to request: UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorRequest>
  ) {
    // The options are ours; protoc-gen-c knows none of them.
    request.pointee.parameter = nil
    var kept = 0
    for file in array(request.pointee.proto_file, request.pointee.n_proto_file) {
      guard text(file.pointee.name) != Self.descriptorFile else { continue }
      rewrite(file)
      request.pointee.proto_file[kept] = file
      kept += 1
    }
    request.pointee.n_proto_file = kept
  }

  /// The file of protobuf's own options, from which no C is made.
  static let descriptorFile = "google/protobuf/descriptor.proto"

  private func rewrite(_ file: FileProto) {
    let value = file.pointee
    // Where each dependency went; public ones are named by their place.
    var places: [Int32: Int32] = [:]
    var kept: Int32 = 0
    for index in 0..<Int32(value.n_dependency)
    where text(value.dependency[Int(index)]) != Self.descriptorFile {
      file.pointee.dependency[Int(kept)] = value.dependency[Int(index)]
      places[index] = kept
      kept += 1
    }
    file.pointee.n_dependency = Int(kept)
    let open = (0..<value.n_public_dependency).compactMap { places[value.public_dependency[$0]] }
    for (index, place) in open.enumerated() { file.pointee.public_dependency[index] = place }
    file.pointee.n_public_dependency = open.count
    file.pointee.n_weak_dependency = 0
    file.pointee.n_extension = 0
    file.pointee.n_service = 0
    file.pointee.n_enum_type = 0
    file.pointee.options = nil
    file.pointee.source_code_info = nil
    file.pointee.syntax = strdup("proto2")
    let package = text(value.package)
    if package.isEmpty { file.pointee.package = strdup(Names.noPackage) }
    for message in array(value.message_type, value.n_message_type) {
      let name = text(message.pointee.name)
      rewrite(message, package.isEmpty ? name : "\(package).\(name)")
    }
  }

  private func rewrite(_ message: MessageProto, _ fullName: String) {
    let model = types.messages[fullName]
    message.pointee.name = strdup(Self.last(types.cFullName(fullName)))
    let isMapEntry = model?.isMapEntry ?? false
    message.pointee.options = nil
    message.pointee.n_enum_type = 0
    message.pointee.n_extension = 0
    message.pointee.n_reserved_name = 0
    let fields = array(message.pointee.field, message.pointee.n_field)
    let synthetic = fields.filter { $0.pointee.proto3_optional != 0 }.count
    message.pointee.n_oneof_decl -= synthetic
    for (index, oneof) in (model?.oneofs ?? []).enumerated() {
      message.pointee.oneof_decl[index]?.pointee.name = strdup(oneof.cName)
    }
    for (index, field) in fields.enumerated() {
      let name = isMapEntry ? text(field.pointee.name) : model?.fields[index].cName
      rewrite(field, name ?? "")
    }
    for nested in array(message.pointee.nested_type, message.pointee.n_nested_type) {
      rewrite(nested, "\(fullName).\(text(nested.pointee.name))")
    }
  }

  private static func last(_ fullName: String) -> String {
    fullName.split(separator: ".").last.map(String.init) ?? fullName
  }

  private func rewrite(
    _ field: UnsafeMutablePointer<Google__Protobuf__FieldDescriptorProto>,
    _ name: String
  ) {
    field.pointee.name = strdup(name)
    let type = String(text(field.pointee.type_name).drop { $0 == "." })
    if !type.isEmpty { field.pointee.type_name = strdup(".\(types.cFullName(type))") }
    field.pointee.json_name = nil
    if field.pointee.proto3_optional != 0 {
      field.pointee.proto3_optional = 0
      field.pointee.has_proto3_optional = 0
      field.pointee.has_oneof_index = 0
    }
    let wasPacked = field.pointee.options.map {
      $0.pointee.has_packed == 0 || $0.pointee.packed != 0
    }
    field.pointee.options = nil
    switch field.pointee.type {
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING:
      field.pointee.type = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES
      return
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES,
      GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
      return
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM:
      field.pointee.type = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32
      field.pointee.type_name = nil
    default:
      break
    }
    guard field.pointee.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED,
      wasPacked ?? true
    else { return }
    let options = UnsafeMutablePointer<Google__Protobuf__FieldOptions>.allocate(capacity: 1)
    google__protobuf__field_options__init(options)
    options.pointee.has_packed = 1
    options.pointee.packed = 1
    field.pointee.options = options
  }
}
