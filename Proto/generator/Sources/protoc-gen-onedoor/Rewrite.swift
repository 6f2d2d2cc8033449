internal import CDescriptor
internal import CProtobufC
internal import Foundation

/// Rewrites a request, in place, so that Debian's `protoc-gen-c` 1.4.1 understands it.
///
/// The wire stays the same. proto2 gives every scalar a presence bit; `bytes` in place of
/// `string` saves strlen and keeps NUL; plain entries in place of maps and `int32` in place of
/// enums say the same in fewer C types.
enum Rewrite {
  /// Rewrites all files and drops `google/protobuf/descriptor.proto`.
  static func apply(
    to request: UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorRequest>
  ) {
    // The options are ours; protoc-gen-c knows none of them.
    request.pointee.parameter = nil
    var kept = 0
    for file in array(request.pointee.proto_file, request.pointee.n_proto_file) {
      guard text(file.pointee.name) != descriptorFile else { continue }
      rewrite(file)
      request.pointee.proto_file[kept] = file
      kept += 1
    }
    request.pointee.n_proto_file = kept
  }

  private static let descriptorFile = "google/protobuf/descriptor.proto"

  private static func rewrite(_ file: FileProto) {
    var kept = 0
    for index in 0..<file.pointee.n_dependency
    where text(file.pointee.dependency[index]) != descriptorFile {
      file.pointee.dependency[kept] = file.pointee.dependency[index]
      kept += 1
    }
    file.pointee.n_dependency = kept
    file.pointee.n_public_dependency = 0
    file.pointee.n_weak_dependency = 0
    file.pointee.n_extension = 0
    file.pointee.n_service = 0
    file.pointee.n_enum_type = 0
    file.pointee.options = nil
    file.pointee.source_code_info = nil
    file.pointee.syntax = strdup("proto2")
    for message in array(file.pointee.message_type, file.pointee.n_message_type) {
      rewrite(message)
    }
  }

  private static func rewrite(_ message: MessageProto) {
    message.pointee.options = nil
    message.pointee.n_enum_type = 0
    message.pointee.n_reserved_name = 0
    let fields = array(message.pointee.field, message.pointee.n_field)
    let synthetic = fields.filter { $0.pointee.proto3_optional != 0 }.count
    message.pointee.n_oneof_decl -= synthetic
    for field in fields { rewrite(field) }
    for nested in array(message.pointee.nested_type, message.pointee.n_nested_type) {
      rewrite(nested)
    }
  }

  private static func rewrite(
    _ field: UnsafeMutablePointer<Google__Protobuf__FieldDescriptorProto>
  ) {
    field.pointee.name = strdup(Names.cField(text(field.pointee.name)))
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
