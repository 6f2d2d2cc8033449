/// Finds the records in the bytes of one direction of a trunk, however they are cut.
///
/// Every length and every field is checked before a record is handed over.
package struct TrunkReader: ~Copyable {
  private let direction: TrunkFields.Direction
  /// The beginning of a record that is not whole.
  private var rest: [UInt8] = []
  private var heads = [HeadTemplate?](repeating: nil, count: TrunkLimits.heads)
  /// How many bytes the heads have together.
  private var headBytes = 0

  private init(_ direction: TrunkFields.Direction) {
    self.direction = direction
  }

  /// Begins with what callers say.
  package static func ofCalls() -> Self { Self(.calls) }

  /// Begins with what services say.
  package static func ofAnswers() -> Self { Self(.answers) }

  /// Whether the bytes so far end with a whole record.
  package var isBetweenRecords: Bool { rest.isEmpty }

  /// Takes bytes and hands the records over that are whole now.
  ///
  /// - Parameters:
  ///   - bytes: The bytes that follow those before.
  ///   - take: Takes a record, which is valid for the call only, and the head that it names; nil if
  ///     it names none. It answers whether the next one may follow.
  /// - Returns: How many bytes were used: all of them unless `take` wanted no more.
  /// - Throws: ``TrunkFault``; nothing is read afterwards.
  package mutating func read(
    _ bytes: UnsafeRawBufferPointer,
    _ take: (_ record: TrunkRecord, _ head: HeadTemplate?) throws(TrunkFault) -> Bool
  ) throws(TrunkFault) -> Int {
    var start = 0
    while !rest.isEmpty, start < bytes.count {
      start += try fillRest(bytes, from: start)
      guard try missing() == 0 else { continue }
      var whole: [UInt8] = []
      swap(&whole, &rest)
      let mayGoOn = try readOne(whole, take)
      whole.removeAll(keepingCapacity: whole.capacity <= TrunkLimits.call)
      swap(&whole, &rest)
      guard mayGoOn else { return start }
    }
    while start < bytes.count {
      let left = UnsafeRawBufferPointer(rebasing: bytes[start...])
      guard let count = try Self.wholeCount(left) else {
        rest.append(contentsOf: left)
        return bytes.count
      }
      start += count
      guard try readOne(UnsafeRawBufferPointer(rebasing: left[..<count]), take) else {
        return start
      }
    }
    return start
  }

  private mutating func readOne(
    _ array: [UInt8],
    _ take: (_ record: TrunkRecord, _ head: HeadTemplate?) throws(TrunkFault) -> Bool
  ) throws(TrunkFault) -> Bool {
    try array.withUnsafeBufferPointer { bytes throws(TrunkFault) in
      try readOne(UnsafeRawBufferPointer(bytes), take)
    }
  }

  /// How many bytes the record has that begins here; nil if it is not whole.
  private static func wholeCount(_ bytes: UnsafeRawBufferPointer) throws(TrunkFault) -> Int? {
    guard bytes.count >= TrunkRecord.prefixCount else { return nil }
    let count = Int(bytes.loadUnaligned(as: UInt32.self))
    guard count <= TrunkLimits.record else { throw .badLength }
    return bytes.count - TrunkRecord.prefixCount >= count ? TrunkRecord.prefixCount + count : nil
  }

  /// How many bytes the record that is not whole still lacks, as far as is known.
  private func missing() throws(TrunkFault) -> Int {
    guard rest.count >= TrunkRecord.prefixCount else {
      return TrunkRecord.prefixCount - rest.count
    }
    let count = rest.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
    guard count <= TrunkLimits.record else { throw .badLength }
    return TrunkRecord.prefixCount + count - rest.count
  }

  /// Puts as many bytes behind those that are kept as the record lacks, and says how many.
  private mutating func fillRest(
    _ bytes: UnsafeRawBufferPointer,
    from start: Int
  ) throws(TrunkFault) -> Int {
    let count = min(try missing(), bytes.count - start)
    rest.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
    return count
  }

  private mutating func readOne(
    _ bytes: UnsafeRawBufferPointer,
    _ take: (_ record: TrunkRecord, _ head: HeadTemplate?) throws(TrunkFault) -> Bool
  ) throws(TrunkFault) -> Bool {
    let record = try Self.record(bytes)
    var head: HeadTemplate?
    switch record.kind {
    case .head:
      try define(record)
    case .forget:
      for number in heads.indices { heads[number] = nil }
      headBytes = 0
    case .call, .answer, .begin:
      guard record.head < heads.count, let known = heads[record.head] else { throw .unknownHead }
      try TrunkFields.check(passing: record.fields, count: record.fieldCount)
      head = known
    case .cancel, .credit, .piece, .end, .broken:
      break
    }
    return try take(record, head)
  }

  private mutating func define(_ record: TrunkRecord) throws(TrunkFault) {
    guard record.head < TrunkLimits.heads else { throw .unknownHead }
    try TrunkFields.check(head: record.fields, count: record.fieldCount, of: direction)
    headBytes += record.fields.count - (heads[record.head]?.bytes.count ?? 0)
    guard headBytes <= TrunkLimits.allHeads else { throw .badLength }
    heads[record.head] = HeadTemplate(
      HeaderList(copying: record.fields, count: record.fieldCount)
    )
  }

  /// Reads a whole record and checks that its parts lie within it, and are such as its kind has.
  private static func record(_ bytes: UnsafeRawBufferPointer) throws(TrunkFault) -> TrunkRecord {
    let isTraced = bytes[4] == TrunkRecord.tracedCall
    guard let kind = isTraced ? .call : TrunkRecord.Kind(rawValue: bytes[4]) else {
      throw .unknownKind(bytes[4])
    }
    let start = TrunkRecord.prefixCount + (isTraced ? TrunkTrace.count : 0)
    let bodyStart = start + Int(bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    guard bodyStart <= bytes.count else { throw .badLength }
    let record = TrunkRecord(
      kind: kind,
      head: Int(bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)),
      call: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self),
      number: Int(bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self)),
      fields: UnsafeRawBufferPointer(rebasing: bytes[start..<bodyStart]),
      fieldCount: Int(bytes[5]),
      trace: isTraced ? TrunkTrace(bytes, at: TrunkRecord.prefixCount) : nil,
      body: UnsafeRawBufferPointer(rebasing: bytes[bodyStart...])
    )
    guard record.body.count <= record.longestBody else { throw .badLength }
    guard record.hasFields || record.fields.isEmpty && record.fieldCount == 0 else {
      throw .badFields
    }
    // What nghttp2 checks of a stream: a body has the length that its head says. An empty one may
    // say another, as the answer to HEAD does.
    if record.kind == .call || record.kind == .answer, record.number >= 0 {
      let count = record.body.count
      guard count == record.number || count == 0 && record.kind == .answer else {
        throw .badLength
      }
    }
    return record
  }
}

extension TrunkRecord {
  fileprivate var longestBody: Int {
    switch kind {
    case .call: TrunkLimits.call
    case .answer, .piece: TrunkLimits.window
    case .head, .cancel, .credit, .begin, .end, .broken, .forget: 0
    }
  }

  fileprivate var hasFields: Bool {
    switch kind {
    case .head, .call, .answer, .begin: true
    case .cancel, .credit, .piece, .end, .broken, .forget: false
    }
  }
}
