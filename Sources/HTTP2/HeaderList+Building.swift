extension HeaderList {
  /// Creates the head of a request with its four pseudo-headers.
  ///
  /// - Parameters:
  ///   - method: For example `POST`.
  ///   - scheme: `http` or `https`.
  ///   - authority: The host, with a port if it is not the scheme's own.
  ///   - path: The path with its query.
  package init(method: StaticString, scheme: StaticString, authority: String, path: String) {
    self.init()
    append(":method", method)
    append(":scheme", scheme)
    append(":authority", authority)
    append(":path", path)
  }

  /// Creates the head of an answer.
  ///
  /// - Parameter status: The HTTP status, 100 to 999.
  package init(status: Int) {
    precondition((100...999).contains(status), "An HTTP status has three digits.")
    self.init()
    append(":status", String(status))
  }

  /// Adds a field of which both halves are known when the program is compiled.
  package mutating func append(_ name: StaticString, _ value: StaticString) {
    name.withBytes { name in value.withBytes { append(name: name, value: $0) } }
  }

  /// Adds a field with a known name.
  ///
  /// - Parameters:
  ///   - name: The name, in lower case.
  ///   - value: The value.
  ///   - isSensitive: Whether no compression table on the way may keep the field.
  package mutating func append(
    _ name: StaticString,
    _ value: String,
    isSensitive: Bool = false
  ) {
    var value = value
    name.withBytes { name in
      value.withUTF8 {
        append(name: name, value: UnsafeRawBufferPointer($0), isSensitive: isSensitive)
      }
    }
  }

  /// Adds a field with a known name and a value in bytes.
  ///
  /// - Parameters:
  ///   - name: The name, in lower case.
  ///   - value: The value.
  ///   - isSensitive: Whether no compression table on the way may keep the field.
  package mutating func append(
    _ name: StaticString,
    _ value: some Collection<UInt8>,
    isSensitive: Bool = false
  ) {
    let contiguous: Void? = value.withContiguousStorageIfAvailable { bytes in
      name.withBytes {
        append(name: $0, value: UnsafeRawBufferPointer(bytes), isSensitive: isSensitive)
      }
    }
    if contiguous == nil { append(name, Array(value), isSensitive: isSensitive) }
  }

  /// Adds a field with a name that only running code knows.
  ///
  /// - Parameters:
  ///   - name: The name, in lower case.
  ///   - value: The value.
  ///   - isSensitive: Whether no compression table on the way may keep the field.
  package mutating func append(
    name: String,
    value: String,
    isSensitive: Bool = false
  ) {
    var name = name
    var value = value
    name.withUTF8 { name in
      value.withUTF8 {
        append(
          name: UnsafeRawBufferPointer(name),
          value: UnsafeRawBufferPointer($0),
          isSensitive: isSensitive
        )
      }
    }
  }

  /// Removes every field of that name and adds one with the new value.
  package mutating func replace(_ name: StaticString, _ value: String, isSensitive: Bool = false) {
    removeAll(named: name)
    append(name, value, isSensitive: isSensitive)
  }
}
