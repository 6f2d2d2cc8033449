/// How names of the contract become names of Swift and of C.
enum Names {
  /// The package of files that name none.
  static let noPackage = "unpackaged"

  /// Whether what is written by hand knows a package's names: the house's own, and the well-known.
  static func isOwn(_ package: String) -> Bool {
    package.hasPrefix("onedoor.") || package == "google.protobuf"
  }

  /// `onedoor.intake.v1` to `IntakeV1`, `google.protobuf` to `GoogleProtobuf`.
  static func namespace(_ package: String) -> String {
    let parts = package.split(separator: ".").map(String.init)
    let kept = parts.first == "onedoor" && parts.count > 1 ? Array(parts.dropFirst()) : parts
    return type(kept.map { upperCamel($0) }.joined())
  }

  /// `id_number` to `IdNumber`; a name that would begin with a digit keeps an underscore before it.
  static func upperCamel(_ name: some StringProtocol) -> String {
    let camel = name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
      .joined()
    return camel.first?.isLetter == true ? camel : "_\(camel)"
  }

  /// `id_number` to `idNumber`, without what Swift needs around words of its own.
  static func lowerCamel(_ name: some StringProtocol) -> String {
    let camel = upperCamel(name)
    guard camel != "_" else { return "underscore" }
    return camel.prefix(1).lowercased() + camel.dropFirst()
  }

  /// `ROLE_HALL_MANAGER` of `Role` to `hallManager`.
  static func enumCase(_ value: String, prefix: String) -> String {
    let stripped = value.dropFirst(value.hasPrefix(prefix) ? prefix.count : 0).lowercased()
    let camel = stripped.split(separator: "_")
      .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    let name = camel.prefix(1).lowercased() + camel.dropFirst()
    guard let first = name.first, !first.isNumber else { return "number\(name)" }
    return name
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

  /// A method's name as a Swift function.
  static func function(_ name: String) -> String {
    let camel = upperCamel(name)
    return camel == "_" ? "underscore" : camel.prefix(1).lowercased() + camel.dropFirst()
  }

  /// A type's own name, changed where generated code means another type by it.
  static func type(_ name: String) -> String {
    let camel = upperCamel(name)
    if camel == "_" { return "Underscore" }
    return ReservedNames.types.contains(camel) ? "\(camel)_" : camel
  }

  /// The C field of a name, as `protoc-gen-c` would write it, safe in C and in Swift.
  static func cField(_ name: String) -> String {
    let lower = name.lowercased()
    if lower.allSatisfy({ $0 == "_" }) { return "underscore" }
    let isReserved =
      ReservedNames.c.contains(lower) || ReservedNames.swift.contains(lower)
      || lower.hasPrefix("__")
    return isReserved ? lower + "_" : lower
  }

  /// `Onedoor__Intake__V1__Draft`, after protobuf-c's FullNameToC.
  static func cType(_ fullName: String) -> String {
    fullName.split(separator: ".").map { part in
      part.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }.joined(separator: "__")
  }

  /// `onedoor__intake__v1__draft`, after protobuf-c's FullNameToLower.
  static func cFunction(_ fullName: String) -> String {
    fullName.split(separator: ".").map { camelToLower($0) }.joined(separator: "__")
  }

  /// A word as Swift takes it for a name.
  static func quoted(_ name: String) -> String {
    ReservedNames.swift.contains(name) ? "`\(name)`" : name
  }

  /// `fooBar` to `foo_bar`, after protobuf-c's CamelToLower.
  static func camelToLower(_ name: some StringProtocol) -> String {
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
}
