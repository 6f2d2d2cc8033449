/// The head of a message that has just arrived, in memory of the session's.
///
/// It is valid until the session receives or hands over the next event. ``HeaderList`` keeps it.
///
/// What a caller sends again with each request, its *lasting* part, lies apart from what is another
/// one each time (`content-length`, `idempotency-key`, `traceparent`, `tracestate`), so that who
/// has seen it before can recognise it by its bytes.
package struct Head {
  /// A number that stands for the lasting fields, or 0, which says nothing.
  ///
  /// Heads of one connection that have the same number have the same lasting fields.
  package let number: UInt64
  /// The lasting fields, in the layout of ``HeaderList``.
  package let lasting: UnsafeRawBufferPointer
  let lastingCount: Int
  let passing: UnsafeRawBufferPointer
  let passingCount: Int
  /// What `content-length` says, in bytes; negative if there is none.
  package let length: Int

  init(_ shape: HeadShape, in bytes: UnsafeRawBufferPointer) {
    number = shape.number
    let (lastingStart, passingStart) = (shape.lastingStart, shape.passingStart)
    lasting = UnsafeRawBufferPointer(
      rebasing: bytes[lastingStart..<lastingStart + shape.lasting]
    )
    passing = UnsafeRawBufferPointer(
      rebasing: bytes[passingStart..<passingStart + shape.passing]
    )
    lastingCount = shape.lastingCount
    passingCount = shape.passingCount
    length = shape.length
  }

  /// Puts a head together from fields in the layout of ``HeaderList``.
  init(
    lasting: UnsafeRawBufferPointer,
    _ lastingCount: Int,
    passing: UnsafeRawBufferPointer,
    _ passingCount: Int,
    length: Int
  ) {
    number = 0
    self.lasting = lasting
    self.lastingCount = lastingCount
    self.passing = passing
    self.passingCount = passingCount
    self.length = length
  }

  /// Whether there are passing fields besides `content-length`.
  package var hasPassing: Bool { passingCount > 0 }

  /// Calls the closure with each passing field but `content-length`; its bytes are valid for that
  /// call only.
  package func forEachPassing(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
  ) {
    var position = 0
    while let field = HeaderList.field(at: position, in: passing) {
      body(
        UnsafeRawBufferPointer(rebasing: passing[field.nameStart..<field.valueStart]),
        UnsafeRawBufferPointer(rebasing: passing[field.valueStart..<field.end])
      )
      position = field.end
    }
  }

  /// Whether the lasting part is the same, byte by byte.
  package func isSame(as bytes: UnsafeRawBufferPointer) -> Bool { lasting.equals(bytes) }

  /// A number that heads with the same lasting part share, and others mostly do not.
  package var hash: UInt64 {
    var (one, two) = (UInt64(lasting.count), 0x9E37_79B9_7F4A_7C15 as UInt64)
    var index = 0
    while index + 16 <= lasting.count {
      one = Self.mix(one, lasting.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      two = Self.mix(two, lasting.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self))
      index += 16
    }
    while index < lasting.count {
      one = Self.mix(one, UInt64(lasting[index]))
      index += 1
    }
    return Self.mix(one, two)
  }

  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }
}

extension HeaderList {
  /// Keeps a head that has just arrived; `content-length` stands last.
  package init(_ head: Head) {
    self.init(copying: head.lasting, count: head.lastingCount)
    append(passingOf: head)
    append(length: head.length)
  }

  /// Keeps the lasting part of a head.
  package init(lastingOf head: Head) {
    self.init(copying: head.lasting, count: head.lastingCount)
  }

  /// Keeps the passing part of a head without `content-length`.
  package init(passingOf head: Head) {
    self.init(copying: head.passing, count: head.passingCount)
  }

  /// Adds those passing fields of a head that the closure accepts, without `content-length`.
  package mutating func append(
    passingOf head: Head,
    where isWanted: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
  ) {
    append(records: head.passing, where: isWanted)
  }

  /// Adds the passing part of a head without `content-length`.
  package mutating func append(passingOf head: Head) {
    append(records: head.passing) { _, _ in true }
  }

  /// Adds `content-length`, unless it is negative.
  package mutating func append(length: Int) {
    if length >= 0 { append("content-length", String(length)) }
  }

  /// The number that some digits are; nil if there is anything else or more than 18 of them.
  package static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
    guard (1...18).contains(digits.count) else { return nil }
    var number = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }
}

extension HeaderList {
  /// Whether a head's lasting part has the same fields in the same order, byte by byte.
  package func isSame(as head: Head) -> Bool {
    guard count == head.lastingCount else { return false }
    return storage.withUnsafeBytes { head.isSame(as: $0) }
  }
}
