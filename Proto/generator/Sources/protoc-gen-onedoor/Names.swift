/// How names of the contract become names of Swift and of C.
enum Names {
  /// `onedoor.intake.v1` to `IntakeV1`, `google.protobuf` to `GoogleProtobuf`.
  static func namespace(_ package: String) -> String {
    let parts = package.split(separator: ".").map(String.init)
    return (parts.first == "onedoor" ? Array(parts.dropFirst()) : parts)
      .map { upperCamel($0) }.joined()
  }

  /// `id_number` to `IdNumber`.
  static func upperCamel(_ name: some StringProtocol) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// `id_number` to `idNumber`, safe as a property.
  static func property(_ name: String) -> String {
    let camel = upperCamel(name)
    return safe(camel.prefix(1).lowercased() + camel.dropFirst())
  }

  /// `ROLE_HALL_MANAGER` of `Role` to `hallManager`.
  static func enumCase(_ value: String, prefix: String) -> String {
    let stripped = value.dropFirst(value.hasPrefix(prefix) ? prefix.count : 0)
    let camel = upperCamel(stripped.lowercased())
    let name = camel.prefix(1).lowercased() + camel.dropFirst()
    guard let first = name.first, !first.isNumber else { return "number\(name)" }
    return safe(name == "unrecognized" ? "unrecognized_" : name)
  }

  /// `CalendarDayKind` to `CALENDAR_DAY_KIND_`.
  static func enumPrefix(_ name: String) -> String {
    var prefix = ""
    var previous: Character?
    for character in name {
      if character.isUppercase, let before = previous, !before.isUppercase { prefix += "_" }
      prefix += character.uppercased()
      previous = character
    }
    return prefix + "_"
  }

  /// A method or service name as a Swift function or property.
  static func function(_ name: String) -> String {
    safe(name.prefix(1).lowercased() + name.dropFirst())
  }

  /// A type's own name, changed where Swift forbids it.
  static func type(_ name: String) -> String {
    ["Type", "Protocol", "Self", "Any"].contains(name) ? "\(name)_" : upperCamel(name)
  }

  /// The C field of a name, as `protoc-gen-c` would write it, safe in C and in Swift.
  static func cField(_ name: String) -> String {
    let lower = name.lowercased()
    return cReserved.contains(lower) || swiftReserved.contains(lower) ? lower + "_" : lower
  }

  /// `Onedoor__Intake__V1__Draft`, after protobuf-c's FullNameToC.
  static func cType(_ fullName: String) -> String {
    fullName.split(separator: ".").map { upperCamel($0) }.joined(separator: "__")
  }

  /// `onedoor__intake__v1__draft`, after protobuf-c's FullNameToLower.
  static func cFunction(_ fullName: String) -> String {
    fullName.split(separator: ".").map { camelToLower($0) }.joined(separator: "__")
  }

  private static func camelToLower(_ name: some StringProtocol) -> String {
    var result = ""
    var wasUpper = true
    for character in name {
      let isUpper = character.isASCII && character.isUppercase
      if isUpper && !wasUpper { result += "_" }
      result += character.lowercased()
      wasUpper = isUpper
    }
    return result
  }

  private static func safe(_ name: String) -> String {
    if ["self", "unknownFields", "encode", "encodeJSON", "isProtoDefault"].contains(name) {
      return name + "_"
    }
    return swiftReserved.contains(name) ? "`\(name)`" : name
  }

  private static let swiftReserved: Set<String> = [
    "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import",
    "init", "inout", "internal", "let", "open", "operator", "private", "precedencegroup",
    "protocol", "public", "rethrows", "static", "struct", "subscript", "typealias", "var",
    "break", "case", "catch", "continue", "default", "defer", "do", "else", "fallthrough", "for",
    "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while", "any", "as",
    "await", "false", "is", "nil", "super", "throws", "true", "try", "self",
  ]

  private static let cReserved: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "char", "class", "compl", "const",
    "const_cast", "delete", "double", "dynamic_cast", "explicit", "export", "extern", "float",
    "friend", "goto", "int", "long", "mutable", "namespace", "new", "not", "not_eq", "or", "or_eq",
    "register", "reinterpret_cast", "short", "signed", "sizeof", "static_cast", "template", "this",
    "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void", "volatile",
    "wchar_t", "xor", "xor_eq", "restrict", "inline", "base", "descriptor", "errno", "linux",
    "unix",
  ]
}
