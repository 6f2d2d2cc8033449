extension HeaderList {
  /// The fields that many messages share, those that only this one has, and what `content-length`
  /// says, which is in neither; negative if there is none.
  ///
  /// What no compression table is to keep is what only this message has.
  package var parts: (lasting: HeaderList, passing: HeaderList, length: Int) {
    var (lasting, passing, length) = (HeaderList(), HeaderList(), -1)
    storage.withUnsafeBytes { bytes in
      var position = 0
      while let field = Self.field(at: position, in: bytes) {
        let name = UnsafeRawBufferPointer(rebasing: bytes[field.nameStart..<field.valueStart])
        let value = UnsafeRawBufferPointer(rebasing: bytes[field.valueStart..<field.end])
        if length < 0, StaticString("content-length").equals(name),
          let number = Self.number(value)
        {
          length = number
        } else if field.isSensitive {
          passing.append(name: name, value: value, isSensitive: true)
        } else {
          lasting.append(name: name, value: value)
        }
        position = field.end
      }
    }
    return (lasting, passing, length)
  }
}
