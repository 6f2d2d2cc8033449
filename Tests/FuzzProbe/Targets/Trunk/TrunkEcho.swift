internal import HTTP2

/// A model of the two sides: who is called answers each call with what it brought, in one record or
/// in pieces, and who called takes the answers together again.
///
/// What is sent is what a writer makes of records that were read, so this is also the test that
/// both mean the same.
enum TrunkEcho {
  /// What came of an answer so far.
  private struct Answer {
    var head: HeaderList
    var fields: HeaderList
    var length: Int
    var body: [UInt8]
    var isBegun = false
  }

  /// Answers all calls that fit into a record again, and reads the answers.
  static func check(_ records: [TrunkSaid], _ direction: TrunkHeard.Direction) {
    var asking = TrunkWriter()
    // Which heads are defined, and when they are forgotten, is the writer's affair.
    let asked = records.filter { $0.kind != .head && $0.kind != .forget }
    for record in asked { write(record, to: &asking) }
    let heard = read(asking.take(), by: 1_000, direction)
    require(heard == asked.map(written), "what was read and written reads otherwise")
    answer(heard.filter { $0.kind == .call && $0.head != nil }, direction)
  }

  private static func write(_ record: TrunkSaid, to writer: inout TrunkWriter) {
    switch record.kind {
    case .call, .answer, .begin:
      guard let head = record.head else { return require(false, "a message without a head") }
      let outgoing = OutgoingHead(
        head,
        extra: record.fields.isEmpty ? nil : record.fields,
        length: record.number
      )
      require(TrunkWriter.isShort(outgoing), "a head that came does not go")
      writer.add(record.kind, record.call, outgoing, record.trace, body: record.body)
    case .piece: writer.add(piece: record.body[...], of: record.call)
    case .cancel, .credit, .end, .broken:
      writer.add(record.kind, record.call, number: record.number)
    case .head, .forget: break
    }
  }

  /// What is left of a record when it is written: what its kind has no use for is not.
  private static func written(_ record: TrunkSaid) -> TrunkSaid {
    switch record.kind {
    case .head, .forget, .call, .answer, .begin: record
    case .piece: TrunkSaid(.piece, record.call, number: -1, body: record.body)
    case .cancel, .credit, .end, .broken:
      TrunkSaid(record.kind, record.call, number: record.number, body: [])
    }
  }

  private static func read(
    _ bytes: [UInt8],
    by size: Int,
    _ direction: TrunkHeard.Direction
  ) -> [TrunkSaid] {
    let heard = TrunkHeard(direction) { take in
      bytes.withUnsafeBytes { bytes in
        for start in stride(from: 0, to: bytes.count, by: size) {
          let end = min(start + size, bytes.count)
          guard take(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) else { return }
        }
      }
    }
    require(heard.fault == nil, "what was written breaks the form: \(heard.fault as Any)")
    return heard.records.filter { $0.kind != .head && $0.kind != .forget }
  }

  // MARK: - Answers

  /// Answers calls, each under a number of its own; every other one in pieces that mingle.
  private static func answer(_ calls: [TrunkSaid], _ direction: TrunkHeard.Direction) {
    var writer = TrunkWriter()
    var late: [(number: UInt32, rest: ArraySlice<UInt8>)] = []
    for (index, call) in calls.enumerated() {
      guard let head = call.head else { continue }
      let number = UInt32(index)
      let outgoing = OutgoingHead(head, extra: call.fields, length: call.number)
      guard index % 2 == 1 else {
        writer.add(.answer, number, outgoing, body: call.body)
        continue
      }
      writer.add(.begin, number, outgoing, body: [])
      late.append((number, call.body[...]))
    }
    while !late.isEmpty {
      for index in late.indices {
        writer.add(piece: late[index].rest.prefix(700), of: late[index].number)
        late[index].rest = late[index].rest.dropFirst(700)
        if late[index].rest.isEmpty { writer.add(.end, late[index].number) }
      }
      late.removeAll { $0.rest.isEmpty }
    }
    let answers = gather(read(writer.take(), by: 4_096, direction), count: calls.count)
    for (call, answer) in zip(calls, answers) {
      require(answer?.length == call.number, "an answer with another length")
      require(answer?.head == call.head?.list, "an answer with another head")
      require(answer?.fields == call.fields, "an answer with other fields")
      require(answer?.body == call.body, "an answer with another body")
    }
  }

  /// Puts answers together by their calls.
  private static func gather(_ records: [TrunkSaid], count: Int) -> [Answer?] {
    var answers = [Answer?](repeating: nil, count: count)
    for record in records {
      let place = Int(record.call)
      switch record.kind {
      case .answer, .begin:
        require(answers[place] == nil, "a call is answered twice")
        answers[place] = Answer(
          head: record.head?.list ?? HeaderList(),
          fields: record.fields,
          length: record.number,
          body: record.body,
          isBegun: record.kind == .begin
        )
      case .piece:
        require(answers[place]?.isBegun == true, "a piece of no answer")
        answers[place]?.body += record.body
      case .end:
        require(answers[place]?.isBegun == true, "the end of no answer")
        answers[place]?.isBegun = false
      case .head, .forget, .call, .cancel, .credit, .broken:
        require(false, "an answer says \(record.kind)")
      }
    }
    require(answers.allSatisfy { $0?.isBegun == false }, "an answer is not whole")
    return answers
  }
}
