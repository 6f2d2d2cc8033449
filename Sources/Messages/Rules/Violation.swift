/// One field that does not satisfy its rule or its type.
package struct Violation: Sendable, Hashable {
  /// The path by the contract's names, for example `gaps[2].material_code`; empty for the whole.
  package let field: String
  /// Why, in UPPER_SNAKE, for example `TOO_LONG`.
  package let reason: String
  /// What is wrong, in Chinese.
  package let messageZh: String
  /// What is wrong, in English.
  package let messageEn: String

  /// A violation.
  package init(field: String, reason: String, messageZh: String, messageEn: String) {
    self.field = field
    self.reason = reason
    self.messageZh = messageZh
    self.messageEn = messageEn
  }

  init(at path: [PathStep], _ fault: FieldFault) {
    self.init(
      field: PathStep.text(path),
      reason: fault.reason,
      messageZh: fault.messages.zh,
      messageEn: fault.messages.en
    )
  }

  /// The violation as the contract's message.
  package var message: CommonV1.FieldViolation {
    CommonV1.FieldViolation(
      field: field,
      reason: reason,
      messageZh: messageZh,
      messageEn: messageEn
    )
  }
}

/// A step of the way from a message to a field within it.
package enum PathStep: Sendable, Hashable {
  /// A field by its name.
  case field(String)
  /// An element of a list.
  case index(Int)
  /// A value of a map.
  case key(String)

  static func text(_ path: [PathStep]) -> String {
    var text = ""
    for step in path {
      switch step {
      case .field(let name): text += text.isEmpty ? cut(name) : ".\(cut(name))"
      case .index(let index): text += "[\(index)]"
      case .key(let key): text += "[\(cut(key))]"
      }
    }
    return text
  }

  /// A name that a caller may have made, which an answer repeats several times; so it is cut behind
  /// a whole character.
  private static func cut(_ name: String) -> String {
    let most = MessageLimits.name
    guard name.utf8.count > most else { return name }
    let scalars = name.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: most, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return name }
    // By the scalar behind the limit it shows whether a character ends there.
    let whole = String(scalars[...end]).dropLast()
    return (whole.isEmpty ? String(scalars[..<end]) : String(whole)) + "…"
  }
}

/// What can be wrong with a field.
package enum FieldFault: Sendable, Hashable {
  /// It must be set.
  case required
  /// A text has more Unicode scalars.
  case tooLong(Int)
  /// Bytes are more.
  case tooManyBytes(Int)
  /// A list or map has more elements.
  case tooMany(Int)
  /// A text holds U+0000, which not every store can keep.
  case nul
  /// A text has not this form.
  case format(RuleV1.Format)
  /// A number lies outside.
  case outOfRange(min: Int64?, max: Int64?)
  /// An enum's name or number is unknown.
  case unknownEnum
  /// The JSON has another type than this one.
  case type(JSONKind)
  /// The message has no such field.
  case unknownField
  /// The JSON names the field, or another one of its oneof, twice.
  case duplicate
  /// The JSON's text cannot be read as this kind.
  case unreadable(JSONKind)

  var reason: String {
    switch self {
    case .required: "REQUIRED"
    case .tooLong, .tooManyBytes: "TOO_LONG"
    case .tooMany: "TOO_MANY"
    case .format, .unreadable, .duplicate, .nul: "FORMAT"
    case .outOfRange: "OUT_OF_RANGE"
    case .unknownEnum: "UNKNOWN_ENUM"
    case .type: "TYPE"
    case .unknownField: "UNKNOWN_FIELD"
    }
  }

  var messages: (zh: String, en: String) {
    switch self {
    case .required: ("必须填写", "must be set")
    case .tooLong(let most): ("最多 \(most) 个字符", "holds at most \(most) characters")
    case .tooManyBytes(let most): ("最多 \(most) 字节", "holds at most \(most) bytes")
    case .tooMany(let most): ("最多 \(most) 项", "holds at most \(most) elements")
    case .nul: ("不得含有空字符 U+0000", "must not hold the character U+0000")
    case .format(let format): Self.messages(of: format)
    case .outOfRange(let min, let max): Self.messages(min: min, max: max)
    case .unknownEnum: ("不是已知的取值", "is not a known value")
    case .type(let kind): ("应为\(kind.zh)", "must be \(kind.en)")
    case .unknownField: ("没有此字段", "is not a field of this message")
    case .duplicate: ("重复给出", "is given twice")
    case .unreadable(let kind): ("不能读作\(kind.zh)", "cannot be read as \(kind.en)")
    }
  }

  private static func messages(of format: RuleV1.Format) -> (zh: String, en: String) {
    switch format {
    case .day: ("应为存在的日期 YYYY-MM-DD", "must be a date YYYY-MM-DD that exists")
    case .sha256: ("应为 64 位小写十六进制数", "must be 64 lower-case hexadecimal digits")
    case .code:
      (
        "应为 1 至 64 个不含空格的可打印 ASCII 字符",
        "must be 1 to 64 printable ASCII characters without space"
      )
    case .citizenNumber: ("公民身份号码有误", "is not a valid citizen identity number")
    case .creditCode: ("统一社会信用代码有误", "is not a valid unified social credit code")
    case .queryCode: ("应为六位数字", "must be six decimal digits")
    case .unspecified, .unrecognized: ("格式有误", "has not the required form")
    }
  }

  private static func messages(min: Int64?, max: Int64?) -> (zh: String, en: String) {
    switch (min, max) {
    case (let min?, let max?): ("应在 \(min) 至 \(max) 之间", "must lie between \(min) and \(max)")
    case (let min?, nil): ("不得小于 \(min)", "must be at least \(min)")
    case (nil, let max?): ("不得大于 \(max)", "must be at most \(max)")
    case (nil, nil): ("超出范围", "is out of range")
    }
  }
}

/// What a JSON value can be expected to be.
package enum JSONKind: Sendable, Hashable {
  /// An object.
  case object
  /// An array.
  case array
  /// A text.
  case text
  /// A whole number.
  case integer
  /// A number.
  case number
  /// `true` or `false`.
  case truth
  /// Base64.
  case base64
  /// RFC 3339.
  case time
  /// Seconds with `s` behind them.
  case duration
  /// Names of fields in lower camel case.
  case fieldMask
  /// The address of a message type that is known.
  case typeURL

  var zh: String {
    switch self {
    case .object: "对象"
    case .array: "数组"
    case .text: "文本"
    case .integer: "整数"
    case .number: "数"
    case .truth: "true 或 false"
    case .base64: "Base64 文本"
    case .time: "RFC 3339 时间"
    case .duration: "时长，例如 1.5s"
    case .fieldMask: "以逗号分隔的字段名，例如 userName,photo"
    case .typeURL: "已知消息类型的地址"
    }
  }

  var en: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .text: "a text"
    case .integer: "a whole number"
    case .number: "a number"
    case .truth: "true or false"
    case .base64: "a Base64 text"
    case .time: "a time of RFC 3339"
    case .duration: "a duration such as 1.5s"
    case .fieldMask: "names of fields such as userName,photo"
    case .typeURL: "the address of a known message type"
    }
  }
}
