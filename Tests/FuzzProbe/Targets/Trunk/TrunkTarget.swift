internal import HTTP2
internal import TestSupport

/// One direction of a trunk, as its server reads it and as its client does.
///
/// However the bytes are cut, the same records are found and the same fault; what is handed over is
/// within its limits and valid; and whoever answers each call with what it brought is read to have
/// said just that.
struct TrunkTarget: FuzzTarget {
  let name = "trunk"

  var seeds: [[UInt8]] { TrunkSamples.all }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    TrunkMutation.change(&input, by: &generator)
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    for direction in TrunkHeard.Direction.allCases {
      let whole = TrunkHeard(direction) { take in _ = take(input) }
      let pieces = TrunkHeard(direction) { take in SessionChecks.pieces(of: input, take) }
      let hesitant = TrunkHeard(direction, hesitates: true) { take in _ = take(input) }
      require(whole.records == pieces.records, "other records when cut otherwise")
      require(whole.fault == pieces.fault, "another fault when cut otherwise")
      require(whole.records == hesitant.records, "other records when one is wanted at a time")
      require(whole.fault == hesitant.fault, "another fault when one is wanted at a time")
      whole.checkAmount(of: input)
      for record in whole.records { record.check(direction) }
      TrunkEcho.check(whole.records, direction)
    }
    return true
  }

  func allowance(for count: Int) -> Int { (1 << 20) + 400 * count }
}

/// A record that was read, kept.
struct TrunkSaid: Equatable {
  let kind: TrunkRecord.Kind
  let call: UInt32
  let number: Int
  let trace: TrunkTrace?
  /// What the record names by a number.
  let head: HeadTemplate?
  /// What the record brings itself.
  let fields: HeaderList
  let body: [UInt8]

  init(_ record: TrunkRecord, _ head: HeadTemplate?) {
    kind = record.kind
    call = record.call
    number = record.number
    trace = record.trace
    self.head = head
    body = Array(record.body)
    guard let head else {
      fields = HeaderList()
      return
    }
    fields = record.withHead(head) { HeaderList(passingOf: $0) }
    let all = record.withHead(head) { HeaderList($0) }
    let parts = OutgoingHead(head, extra: fields, length: number)
    require(all == parts.list, "a head that is not the sum of its parts")
  }

  /// A record that has neither head nor fields.
  init(_ kind: TrunkRecord.Kind, _ call: UInt32, number: Int, body: [UInt8]) {
    (self.kind, self.call, self.number, self.body) = (kind, call, number, body)
    (trace, head, fields) = (nil, nil, HeaderList())
  }

  /// Heads are compared by what is in them: each reader makes its own.
  static func == (one: Self, other: Self) -> Bool {
    one.isSameButForHead(other) && one.head?.list == other.head?.list
  }

  private func isSameButForHead(_ other: Self) -> Bool {
    kind == other.kind && call == other.call && number == other.number && trace == other.trace
      && fields == other.fields && body == other.body
  }

  /// What must hold of each record.
  func check(_ direction: TrunkHeard.Direction) {
    switch kind {
    case .call, .answer, .begin:
      require(head != nil, "a record of kind \(kind) without a head")
    case .head, .cancel, .credit, .piece, .end, .broken, .forget:
      require(head == nil, "a record of kind \(kind) has a head")
    }
    require(trace == nil || kind == .call, "something else than a call has a trace")
    require(body.count <= longestBody, "a body of \(body.count) bytes")
    if kind == .call || kind == .answer, number >= 0, !body.isEmpty {
      require(body.count == number, "a body of another length")
    }
    Self.check(fields)
    guard let head else { return }
    for list in [head.list, fields] {
      // Name and value stand behind two numbers of four bytes; `size` counts 32 for each field.
      let count = list.size - list.count * (HeaderList.overheadPerField - 8)
      require(count <= TrunkLimits.head && list.count <= TrunkLimits.fields, "long fields")
      require(list.value(of: "content-length") == nil, "a length beside that of the record")
      require(list.value(of: "connection") == nil, "a field of one connection")
    }
    Self.check(head.list)
    for name in [":method", ":path", ":status"] as [StaticString] {
      let isOfCalls = name.description != ":status"
      let isThere = head.list.value(of: name) != nil
      require(isThere == (isOfCalls == (direction == .calls)), "\(name) is missing or misplaced")
      require(fields.value(of: name) == nil, "\(name) in passing")
    }
    if direction == .answers {
      require((200...999).contains(head.list.status ?? 0), "a status that ends nothing")
    }
  }

  private var longestBody: Int {
    switch kind {
    case .call: TrunkLimits.call
    case .answer, .piece: TrunkLimits.window
    case .head, .begin, .cancel, .credit, .end, .broken, .forget: 0
    }
  }

  /// What HTTP/2 lets stand in a field.
  ///
  /// - Source: RFC 9113, section 8.2.1.
  private static func check(_ fields: HeaderList) {
    var again = HeaderList()
    again.append(contentsOf: fields) { name, value in
      let rest = name.first == UInt8(ascii: ":") ? name.dropFirst() : name[...]
      require(!rest.isEmpty && rest.allSatisfy(isOfName), "a name that is none")
      require(value.allSatisfy(isOfValue), "a value that is none")
      return true
    }
    require(again == fields, "a list that miscounts")
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  private static func isOfValue(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7F || byte == UInt8(ascii: "\t")
  }
}

/// What a reader found in bytes.
struct TrunkHeard {
  /// Who says it.
  enum Direction: CaseIterable {
    case calls
    case answers
  }

  private(set) var records: [TrunkSaid] = []
  private(set) var fault: TrunkFault?

  /// Reads what it is given piece by piece, until a fault.
  ///
  /// - Parameters:
  ///   - direction: Whose side it is.
  ///   - hesitates: Whether only one record is wanted at a time.
  ///   - give: Gives the pieces, and is told whether to go on.
  init(
    _ direction: Direction,
    hesitates: Bool = false,
    _ give: ((UnsafeRawBufferPointer) -> Bool) -> Void
  ) {
    var reader = direction == .calls ? TrunkReader.ofCalls() : .ofAnswers()
    var (records, fault) = ([TrunkSaid](), TrunkFault?.none)
    give { piece in
      do throws(TrunkFault) {
        var start = 0
        while start < piece.count {
          let used = try reader.read(UnsafeRawBufferPointer(rebasing: piece[start...])) {
            record,
            head in
            records.append(TrunkSaid(record, head))
            return !hesitates
          }
          require(used > 0, "nothing is read, and nothing is missing")
          start += used
        }
      } catch {
        fault = error
      }
      return fault == nil
    }
    (self.records, self.fault) = (records, fault)
  }

  /// A window of body, a head of fields, and a trace.
  private static let longest = TrunkLimits.window + TrunkLimits.head + 25

  /// The records fill the bytes from their beginning: by the lengths before them, up to what is
  /// not whole or to the fault.
  func checkAmount(of input: UnsafeRawBufferPointer) {
    var (position, count, isEnded) = (0, 0, false)
    while !isEnded, input.count - position >= 24 {
      let length = Int(input.loadUnaligned(fromByteOffset: position, as: UInt32.self))
      isEnded = length > Self.longest || input.count - position - 24 < length
      if isEnded {
        require(length <= Self.longest || fault != nil, "a record above the limit is waited for")
      } else {
        count += 1
        position += 24 + length
        if fault != nil, count > records.count { return }
      }
    }
    require(count == records.count || fault != nil, "\(records.count) records of \(count)")
    require(records.count <= count, "more records than there are")
  }
}
