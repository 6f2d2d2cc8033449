/// Names that mean something else where generated code would use them.
enum ReservedNames {
  /// Members of every generated message.
  static let ofMessages: Set<String> = [
    "self", "unknownFields", "encode", "encodeJSON", "isProtoDefault", "saysNothing", "hashValue",
  ]

  /// Members of every generated enum; `none` and `some` would be taken for an optional's.
  static let ofEnums: Set<String> = [
    "self", "unrecognized", "allCases", "names", "rawValue", "protoName", "hashValue",
    "isProtoDefault", "saysNothing", "mustDifferFromDefault",
  ]

  /// Cases of a oneof that an optional has too.
  static let ofOneofs: Set<String> = ["none", "some"]

  /// Members of every generated service and client.
  static let ofServices: Set<String> = ["self", "name", "methods", "caller"]

  /// Types that generated code names without their module, those that it is generic over too.
  static let types: Set<String> = [
    "Any", "Arena", "Array", "AsyncThrowingStream", "Base64", "Bool", "C", "CallOptions", "Caller",
    "Contract", "Decimal", "DecodeError", "Dictionary", "Digits", "Double", "EncodeError",
    "EnumName", "Error", "FieldFault", "FieldSpec", "FieldValue", "Float", "FormatChecker",
    "HandlerRegistry", "Hashable", "Indirect", "Int", "Int32", "Int64", "JSONKind", "JSONOptions",
    "JSONParser", "JSONReader", "JSONValue", "JSONWriter", "MapKey", "MapOrder", "Message",
    "MessageLimits", "Messages", "Method", "MethodInfo", "MethodKind", "OpenEnum", "Optional",
    "PathStep", "Protocol", "R", "Reading", "Routing", "Self", "Sendable", "Set", "StreamMark",
    "StreamPage", "String", "Swift", "Type", "TypeRegistry", "UInt32", "UInt64", "UInt8",
    "UnsafeMutablePointer", "UnsafePointer", "UnsafeRawBufferPointer", "Validator", "Violation",
    "Wire", "WireMessage", "Wrapper", "Writing",
  ]

  /// Words of Swift that cannot be names as they are.
  static let swift: Set<String> = [
    "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import",
    "init", "inout", "internal", "let", "open", "operator", "private", "precedencegroup",
    "protocol", "public", "rethrows", "static", "struct", "subscript", "typealias", "var",
    "break", "case", "catch", "continue", "default", "defer", "do", "else", "fallthrough", "for",
    "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while", "any", "as",
    "await", "false", "is", "nil", "super", "throws", "true", "try", "self",
  ]

  /// Words of C and C++, and names that protobuf-c or the system's headers have given away.
  static let c: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "char", "class", "compl", "const",
    "const_cast", "delete", "double", "dynamic_cast", "explicit", "export", "extern", "float",
    "friend", "goto", "int", "long", "mutable", "namespace", "new", "not", "not_eq", "or", "or_eq",
    "protected", "register", "reinterpret_cast", "short", "signed", "sizeof", "static_cast",
    "template", "this", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual",
    "void", "volatile", "wchar_t", "xor", "xor_eq", "restrict", "inline", "alignas", "alignof",
    "constexpr", "nullptr", "static_assert", "thread_local", "typeof", "typeof_unqual", "base",
    "_not_set", "descriptor", "errno", "i386", "linux", "unix", "stdin", "stdout", "stderr",
  ]
}
