/// Writes records for one direction of a trunk.
///
/// Heads that are sent many times are remembered by what they are, ``HeadTemplate``, and defined
/// the first time. When there is no more room all are forgotten on both sides: records are read in
/// order, so nothing that was sent before means them any more.
package struct TrunkWriter: ~Copyable {
  private var bytes: [UInt8] = []
  /// How long the last pieces that were taken were at most, in bytes.
  private var usual = 0
  /// The heads by their numbers.
  private var heads: [HeadTemplate] = []
  private var headBytes = 0
  private var numbers: [ObjectIdentifier: Int] = [:]
  /// The numbers of some heads, by their addresses: to look here first spares a hash.
  private var recent = [(head: HeadTemplate, number: Int)?](repeating: nil, count: 16)

  /// Begins with a stream.
  package init() {}

  /// Whether nothing waits to be sent.
  package var isEmpty: Bool { bytes.isEmpty }

  /// How many bytes wait to be sent.
  package var count: Int { bytes.count }

  /// Whether a head fits into a record: few fields, and not long.
  package static func isShort(_ head: OutgoingHead) -> Bool {
    let template = head.template
    guard template.bytes.count <= TrunkLimits.head, template.list.count <= TrunkLimits.fields
    else { return false }
    return head.extra.map(isShort) ?? true
  }

  /// Whether fields fit into a record.
  private static func isShort(_ fields: HeaderList) -> Bool {
    fields.storage.count <= TrunkLimits.head && fields.count <= TrunkLimits.fields
  }

  /// Takes all that waits.
  package mutating func take() -> [UInt8] {
    usual = max(bytes.count, usual / 2)
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }

  /// Writes the beginning of a message: a whole call, a whole answer or the head of one.
  ///
  /// The head must be one of which ``isShort(_:)`` is true; only calls have a trace.
  package mutating func add(
    _ kind: TrunkRecord.Kind,
    _ call: UInt32,
    _ head: OutgoingHead,
    _ trace: TrunkTrace? = nil,
    body: [UInt8]
  ) {
    let number = number(of: head.template)
    body.withUnsafeBytes { body in
      guard let extra = head.extra else {
        return write(kind, call, head: number, number: head.length, trace, body: body)
      }
      extra.storage.withUnsafeBytes {
        write(
          kind,
          call,
          head: number,
          number: head.length,
          trace,
          fields: $0,
          extra.count,
          body: body
        )
      }
    }
  }

  /// Writes a piece of an answer.
  package mutating func add(piece: ArraySlice<UInt8>, of call: UInt32) {
    piece.withUnsafeBytes { write(.piece, call, body: $0) }
  }

  /// Writes what has neither head nor body.
  package mutating func add(_ kind: TrunkRecord.Kind, _ call: UInt32, number: Int = 0) {
    write(kind, call, number: number)
  }

  private mutating func number(of head: HeadTemplate) -> Int {
    let place = UInt(bitPattern: ObjectIdentifier(head)) >> 6 & 15
    if let recent = recent[Int(place)], recent.head === head { return recent.number }
    if let known = numbers[ObjectIdentifier(head)] {
      recent[Int(place)] = (head, known)
      return known
    }
    if heads.count == TrunkLimits.heads || headBytes + head.bytes.count > TrunkLimits.allHeads {
      forgetHeads()
    }
    let number = heads.count
    heads.append(head)
    headBytes += head.bytes.count
    numbers[ObjectIdentifier(head)] = number
    recent[Int(place)] = (head, number)
    write(.head, 0, head: number, fields: head.bytes, head.list.count)
    return number
  }

  private mutating func forgetHeads() {
    heads.removeAll(keepingCapacity: true)
    headBytes = 0
    numbers.removeAll(keepingCapacity: true)
    for place in recent.indices { recent[place] = nil }
    write(.forget, 0)
  }

  private mutating func write(
    _ kind: TrunkRecord.Kind,
    _ call: UInt32,
    head: Int = 0,
    number: Int = -1,
    _ trace: TrunkTrace? = nil,
    fields: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    _ fieldCount: Int = 0,
    body: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
  ) {
    let traceCount = trace == nil ? 0 : TrunkTrace.count
    let count = traceCount + fields.count + body.count
    let prefixCount = TrunkRecord.prefixCount + traceCount
    if bytes.isEmpty { bytes.reserveCapacity(max(usual, 512, TrunkRecord.prefixCount + count)) }
    withUnsafeTemporaryAllocation(byteCount: prefixCount, alignment: 8) { prefix in
      prefix.storeBytes(of: UInt32(count), as: UInt32.self)
      prefix[4] = trace == nil ? kind.rawValue : TrunkRecord.tracedCall
      prefix.storeBytes(of: UInt8(fieldCount), toByteOffset: 5, as: UInt8.self)
      prefix.storeBytes(of: UInt16(head), toByteOffset: 6, as: UInt16.self)
      prefix.storeBytes(of: call, toByteOffset: 8, as: UInt32.self)
      prefix.storeBytes(of: UInt32(fields.count), toByteOffset: 12, as: UInt32.self)
      prefix.storeBytes(of: Int64(number), toByteOffset: 16, as: Int64.self)
      trace?.write(into: prefix, at: TrunkRecord.prefixCount)
      bytes.append(contentsOf: UnsafeRawBufferPointer(prefix))
    }
    if !fields.isEmpty { bytes.append(contentsOf: fields) }
    if !body.isEmpty { bytes.append(contentsOf: body) }
  }
}
