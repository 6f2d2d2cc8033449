/// `onedoor.access.v1.Access`, the option of a method.
struct AccessRule {
  static let fieldNumber: UInt32 = 51_001

  var roles: [Int] = []
  var own = false
  var get = false
  var route = false

  init(_ bytes: [UInt8]) throws(ContractFault) {
    for (number, value) in try OptionBytes.fields(bytes) {
      switch (number, value) {
      case (1, .varint(let role)): roles.append(Int(role))
      case (1, .bytes(let packed)): roles += try OptionBytes.varints(packed).map { Int($0) }
      case (2, .varint(let flag)): own = flag != 0
      case (3, .varint(let flag)): get = flag != 0
      case (4, .varint(let flag)): route = flag != 0
      default:
        throw ContractFault(message: "onedoor.access.v1.Access has an unknown field \(number)")
      }
    }
  }
}

/// `onedoor.rule.v1.FieldRule`, the option of a field.
struct FieldRule {
  static let fieldNumber: UInt32 = 51_002

  var required = false
  var maxLength: Int?
  var maxItems: Int?
  var format = 0
  var min: Int64?
  var max: Int64?

  init() {}

  init(_ bytes: [UInt8]) throws(ContractFault) {
    for (number, value) in try OptionBytes.fields(bytes) {
      switch (number, value) {
      case (1, .varint(let flag)): required = flag != 0
      case (2, .varint(let length)): maxLength = Int(length)
      case (3, .varint(let items)): maxItems = Int(items)
      case (4, .varint(let form)): format = Int(form)
      case (5, .varint(let least)): min = Int64(bitPattern: least)
      case (6, .varint(let most)): max = Int64(bitPattern: most)
      default:
        throw ContractFault(message: "onedoor.rule.v1.FieldRule has an unknown field \(number)")
      }
    }
  }
}

/// The wire form of an option, which protobuf-c hands over as unknown bytes.
enum OptionBytes {
  enum Value {
    case varint(UInt64)
    case bytes([UInt8])
  }

  /// The fields of a message that holds only varints and length-delimited fields.
  static func fields(_ bytes: [UInt8]) throws(ContractFault) -> [(Int, Value)] {
    var rest = bytes[...]
    var fields: [(Int, Value)] = []
    while !rest.isEmpty {
      let tag = try varint(&rest)
      switch tag & 7 {
      case 0: fields.append((Int(tag >> 3), .varint(try varint(&rest))))
      case 2: fields.append((Int(tag >> 3), .bytes(try delimited(&rest))))
      default: throw ContractFault(message: "an option holds an unexpected wire type")
      }
    }
    return fields
  }

  /// The numbers of a packed field.
  static func varints(_ bytes: [UInt8]) throws(ContractFault) -> [UInt64] {
    var rest = bytes[...]
    var numbers: [UInt64] = []
    while !rest.isEmpty { numbers.append(try varint(&rest)) }
    return numbers
  }

  /// The bytes behind a length, which are cut off the front of `rest`.
  static func delimited(_ rest: inout ArraySlice<UInt8>) throws(ContractFault) -> [UInt8] {
    let length = try varint(&rest)
    guard length <= UInt64(rest.count) else { throw ContractFault(message: "an option is cut off") }
    defer { rest = rest.dropFirst(Int(length)) }
    return Array(rest.prefix(Int(length)))
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws(ContractFault) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst(), shift < 64 {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw ContractFault(message: "an option is cut off")
  }
}
