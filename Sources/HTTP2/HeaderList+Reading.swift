extension HeaderList {
  /// The value of `:method`; nil in an answer.
  package var method: ArraySlice<UInt8>? { value(of: ":method") }

  /// The value of `:path` with its query; nil in an answer.
  package var path: ArraySlice<UInt8>? { value(of: ":path") }

  /// The value of `:scheme`; nil in an answer.
  package var scheme: ArraySlice<UInt8>? { value(of: ":scheme") }

  /// The value of `:authority`; nil in an answer, and if the caller gave `host` alone.
  package var authority: ArraySlice<UInt8>? { value(of: ":authority") }

  /// The value of `:status`; nil in a request.
  package var status: Int? {
    guard let digits = value(of: ":status"), digits.count == 3 else { return nil }
    var status = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      status = status * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return status
  }

  /// Returns the first value of that name without copying it.
  package func value(of name: StaticString) -> ArraySlice<UInt8>? {
    index(of: name).map { storage[$0.valueStart..<$0.end] }
  }

  /// Returns the first value of that name without copying it.
  package func value(of name: [UInt8]) -> ArraySlice<UInt8>? {
    name.withUnsafeBytes { index(of: $0) }.map { storage[$0.valueStart..<$0.end] }
  }

  /// Returns the first value of that name as text; bytes that are not UTF-8 are replaced.
  package func string(of name: StaticString) -> String? {
    value(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Calls the closure with the first value of that name; returns nil if there is none.
  package func withValue<Result>(
    of name: StaticString,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    guard let field = index(of: name) else { return nil }
    return storage.withUnsafeBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[field.valueStart..<field.end]))
    }
  }

  /// Returns whether the first field of that name has exactly that value.
  package func has(_ name: StaticString, _ value: StaticString) -> Bool {
    withValue(of: name) { value.equals($0) } ?? false
  }

  /// Returns all fields as text, for reports and tests; it copies.
  package var pairs: [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    forEach { name, value in
      pairs.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }
    return pairs
  }
}

extension HeaderList: CustomStringConvertible {
  /// The fields as lines `name: value`.
  package var description: String {
    pairs.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
  }
}
