internal import Glibc

extension FixedWidthInteger where Self: FieldValue {
  /// Whether the number is 0.
  package var isProtoDefault: Bool { self == 0 }

  /// Checks the range.
  package func check(_ field: FieldSpec, by validator: inout Validator) {
    if field.min.map({ self < $0 }) ?? false || field.max.map({ self > $0 }) ?? false {
      validator.add(.outOfRange(min: field.min, max: field.max))
    }
  }

  /// Reads a whole number, as a number or as a text.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard let text = reader.numberText() else { return reader.fault(.type(.integer)) }
    guard JSONParser.isNumber(text) else { return reader.fault(.unreadable(.integer)) }
    if let value = Self(text) { return value }
    // `1e3` and `2.0` are whole numbers too; beyond 2^53 a Double could not tell.
    let number = Decimal(text.utf8)
    guard number.isWhole else { return reader.fault(.type(.integer)) }
    guard let plain = number.plain(upTo: 20), let value = Self(plain) else {
      return reader.fault(.outOfRange(min: nil, max: nil))
    }
    return value
  }
}

extension BinaryFloatingPoint where Self: FieldValue {
  /// Checks the range.
  package func check(_ field: FieldSpec, by validator: inout Validator) {
    guard field.min != nil || field.max != nil else { return }
    let number = Double(self)
    let least = field.min.map { Double($0) } ?? -.infinity
    let most = field.max.map { Double($0) } ?? .infinity
    // Written so that NaN is refused.
    if !(number >= least && number <= most) {
      validator.add(.outOfRange(min: field.min, max: field.max))
    }
  }

  fileprivate func write(_ shortest: String, to writer: inout JSONWriter) {
    if isFinite {
      writer.raw(shortest)
    } else {
      writer.text(isNaN ? "NaN" : self < 0 ? "-Infinity" : "Infinity")
    }
  }

  fileprivate static func special(_ value: JSONValue) -> Self? {
    switch value {
    case .string("NaN"): .nan
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    default: nil
    }
  }
}

extension Int32: FieldValue {
  /// Appends a number.
  package func writeJSON(to writer: inout JSONWriter) { writer.raw(String(self)) }
}

extension UInt32: FieldValue {
  /// Appends a number.
  package func writeJSON(to writer: inout JSONWriter) { writer.raw(String(self)) }
}

extension Int64: FieldValue {
  /// Appends a text, since JavaScript's numbers end at 2^53.
  package func writeJSON(to writer: inout JSONWriter) { writer.raw("\"\(self)\"") }
}

extension UInt64: FieldValue {
  /// Appends a text, since JavaScript's numbers end at 2^53.
  package func writeJSON(to writer: inout JSONWriter) { writer.raw("\"\(self)\"") }
}

extension Double: FieldValue {
  /// Whether the number is 0, but not -0.
  package var isProtoDefault: Bool { bitPattern == 0 }

  /// Appends a number, or a text for NaN and the infinities.
  package func writeJSON(to writer: inout JSONWriter) { write(description, to: &writer) }

  /// Reads a number, as a number or as a text.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    if let special = special(reader.current) { return special }
    guard let text = reader.numberText() else { return reader.fault(.type(.number)) }
    guard JSONParser.isNumber(text), let value = Double(text) else {
      return reader.fault(.unreadable(.number))
    }
    return value.isFinite ? value : reader.fault(.outOfRange(min: nil, max: nil))
  }
}

extension Float: FieldValue {
  /// Whether the number is 0, but not -0.
  package var isProtoDefault: Bool { bitPattern == 0 }

  /// Appends a number, or a text for NaN and the infinities.
  package func writeJSON(to writer: inout JSONWriter) { write(description, to: &writer) }

  /// Reads a number, as a number or as a text.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard let wide = Double.readJSON(from: &reader) else { return nil }
    let value = Float(wide)
    guard value.isFinite || !wide.isFinite else {
      return reader.fault(.outOfRange(min: nil, max: nil))
    }
    return value
  }
}

extension Bool: FieldValue {
  /// Whether it is false.
  package var isProtoDefault: Bool { !self }

  /// False: a truth value that is false is set.
  package static var mustDifferFromDefault: Bool { false }

  /// Appends `true` or `false`.
  package func writeJSON(to writer: inout JSONWriter) { writer.raw(self ? "true" : "false") }

  /// Reads `true` or `false`.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .bool(let value) = reader.current else { return reader.fault(.type(.truth)) }
    return value
  }

  /// Nothing can be wrong.
  package func check(_: FieldSpec, by _: inout Validator) {}
}

extension String: FieldValue {
  /// Whether it is empty.
  package var isProtoDefault: Bool { isEmpty }

  /// Whether it is empty.
  package var saysNothing: Bool { isEmpty }

  /// Appends a text.
  package func writeJSON(to writer: inout JSONWriter) { writer.text(self) }

  /// Reads a text.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .string(let value) = reader.current else { return reader.fault(.type(.text)) }
    return value
  }

  /// Checks the length, the characters and the form.
  package func check(_ field: FieldSpec, by validator: inout Validator) {
    let most = field.maxLength ?? MessageLimits.text
    // A scalar has at least one byte, so that most texts need no counting.
    if utf8.count > most, unicodeScalars.count > most { validator.add(.tooLong(most)) }
    guard !containsNUL else { return validator.add(.nul) }
    guard field.format != .unspecified, !isEmpty else { return }
    if !validator.formats.accepts(self, as: field.format) { validator.add(.format(field.format)) }
  }
}

extension [UInt8]: FieldValue {
  /// Whether it is empty.
  package var isProtoDefault: Bool { isEmpty }

  /// Whether it is empty.
  package var saysNothing: Bool { isEmpty }

  /// Appends Base64.
  package func writeJSON(to writer: inout JSONWriter) { writer.raw("\"\(Base64.encode(self))\"") }

  /// Reads Base64 of either alphabet, with or without padding.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .string(let text) = reader.current else { return reader.fault(.type(.base64)) }
    return Base64.decode(text) ?? reader.fault(.unreadable(.base64))
  }

  /// Checks the length.
  package func check(_ field: FieldSpec, by validator: inout Validator) {
    let most = field.maxLength ?? MessageLimits.byteString
    if count > most { validator.add(.tooManyBytes(most)) }
  }
}

extension String {
  /// Whether the UTF-8 bytes are the same, as protobuf compares.
  ///
  /// `==` takes a letter with its accent for the one that is both, and the kelvin's sign for a K.
  func hasSameBytes(as other: String) -> Bool {
    self == other && utf8.elementsEqual(other.utf8)
  }

  /// Whether the character U+0000 is in the text.
  var containsNUL: Bool {
    // By the C library where the bytes lie: it looks at a whole vector at a time.
    utf8.withContiguousStorageIfAvailable { bytes in
      bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
    } ?? utf8.contains(0)
  }
}
