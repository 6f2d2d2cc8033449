package import HTTP2
internal import Service

extension HeaderList: HeaderFields {
  /// The first value under a name.
  package func value(of name: StaticString) -> String? {
    string(of: name)
  }
}

extension HeaderList {
  /// Creates the head of an answer whose body follows piece by piece.
  init(status: Int, fields: [Answer.Field]) {
    self.init(status: status)
    append(fields: fields)
  }

  /// Creates the head that many answers share.
  init(_ head: AnswerHead) {
    self.init(status: head.status, fields: head.fields)
  }

  /// Creates the head of a whole answer.
  init(_ answer: Answer) {
    self.init(status: answer.status, fields: answer.fields)
    if Self.mayHaveBody(answer.status) {
      append("content-length", String(answer.saidLength ?? answer.body.count))
    }
  }

  /// Adds fields behind the others.
  mutating func append(fields: [Answer.Field]) {
    for field in fields {
      // HPACK has one mark for both: no table on the way is to keep the value (RFC 7541, 6.2.3).
      append(name: field.name, value: field.value, isSensitive: field.isPassing)
    }
  }

  /// The number that `content-length` gives; nil if there is none or it is not a number.
  var contentLength: Int? {
    withValue(of: "content-length") { HeaderList.number($0) } ?? nil
  }

  /// The answer that the list is the head of, as text.
  func answer(body: [UInt8]) -> Answer {
    var fields: [Answer.Field] = []
    forEach { name, value in
      guard name.first != UInt8(ascii: ":"), !HopByHop.isLength(name) else { return }
      fields.append(
        Answer.Field(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
      )
    }
    return Answer(status: status ?? 500, fields: fields, body: body)
  }

  /// Whether an answer of that status can have a body.
  ///
  /// - Source: RFC 9110, section 6.4.1.
  static func mayHaveBody(_ status: Int) -> Bool {
    status >= 200 && status != 204 && status != 304
  }
}

/// The fields that end at this hop.
///
/// - Source: RFC 9110, section 7.6.1; RFC 9113, section 8.2.2.
enum HopByHop {
  /// Whether a name is that of a field which is not passed on.
  static func includes(_ name: UnsafeRawBufferPointer) -> Bool {
    switch name.count {
    case 2: equals(name, "te")
    case 6: equals(name, "expect")
    case 7: equals(name, "upgrade") || equals(name, "trailer")
    case 10: equals(name, "connection") || equals(name, "keep-alive")
    case 14: equals(name, "http2-settings")
    case 16: equals(name, "proxy-connection")
    case 17: equals(name, "transfer-encoding")
    default: false
    }
  }

  /// Whether a name is `content-length`.
  static func isLength(_ name: UnsafeRawBufferPointer) -> Bool {
    name.count == 14 && equals(name, "content-length")
  }

  /// Whether a name is of a field that says how a body is coded or may be.
  static func isCoding(_ name: UnsafeRawBufferPointer) -> Bool {
    switch name.count {
    case 12: equals(name, "content-type")
    case 15: equals(name, "accept-encoding")
    case 16: equals(name, "content-encoding")
    case 23: equals(name, "connect-accept-encoding")
    case 24: equals(name, "connect-content-encoding")
    default: false
    }
  }

  /// Whether bytes are those of a text.
  static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    return bytes.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: bytes.count))
  }

  /// Whether bytes are those of the name of one of the fields.
  static func isNamed(_ bytes: UnsafeRawBufferPointer, in fields: [Answer.Field]) -> Bool {
    for field in fields {
      let name = field.name.utf8
      if name.count == bytes.count, name.elementsEqual(bytes) { return true }
    }
    return false
  }
}
