internal import HTTP2
internal import TestSupport

/// Records of a trunk, and changes of them that mostly keep them some.
enum TrunkMutation {
  private static let prefixCount = 24
  private static let names = [
    ":method", ":path", ":status", ":", "content-length", "onedoor-pass", "traceparent", "x", "X",
    "", "a b",
  ]
  private static let values = ["", "1", "GET", "200", "a\nb", "a\0b", "\t", " a", "/s", "办"]

  /// Changes a trunk once.
  static func change(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    var records = split(input)
    let place = Int.random(in: 0...records.count, using: &generator)
    guard place < records.count else {
      input += made(by: &generator)
      return
    }
    switch Int.random(in: 0..<12, using: &generator) {
    case 0: records.remove(at: place)
    case 1: records.swapAt(place, records.indices.randomElement(using: &generator) ?? 0)
    case 2, 3: records.insert(made(by: &generator), at: place)
    case 4: repeatSome(&records, place, input.count, by: &generator)
    case 5, 6, 7: changePrefix(&records[place], by: &generator)
    case 8, 9: addField(&records[place], by: &generator)
    case 10: trace(&records[place], by: &generator)
    case 11 where Int.random(in: 0..<8, using: &generator) == 0:
      records.insert(TrunkSamples.crowd, at: place)
    default: changeContent(&records[place], by: &generator)
    }
    input = Array(records.joined())
  }

  /// Repeats one record or two neighbours, such as a head and a call that names it.
  private static func repeatSome(
    _ records: inout [[UInt8]],
    _ place: Int,
    _ count: Int,
    by generator: inout SeededGenerator
  ) {
    let some = Array(records[place..<min(records.count, place + 2)])
    let size = max(1, some.reduce(0) { $0 + $1.count })
    let times = Mutation.times(size, within: count, by: &generator)
    records.insert(contentsOf: repeatElement(some, count: times).joined(), at: place)
  }

  /// Changes one of the numbers in a prefix: kind, fields, head, call, bytes of fields, number.
  private static func changePrefix(_ record: inout [UInt8], by generator: inout SeededGenerator) {
    guard record.count >= prefixCount else { return }
    let number = Mutation.number(by: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0, 1: record[4] = UInt8.random(in: 0...12, using: &generator)
    case 2: record[5] = UInt8(truncatingIfNeeded: number)
    case 3: put(UInt16.random(in: 0...3, using: &generator), at: 6, in: &record)
    case 4:
      put([511, 512, .max].randomElement(using: &generator) ?? 0 as UInt16, at: 6, in: &record)
    case 5: put(UInt32(truncatingIfNeeded: number), at: 8, in: &record)
    case 6: put(UInt32(truncatingIfNeeded: number), at: 12, in: &record)
    default: put(number, at: 16, in: &record)
    }
    if Int.random(in: 0..<16, using: &generator) == 0 {
      put(UInt32(truncatingIfNeeded: number), at: 0, in: &record)
    }
  }

  /// Adds a field before the others.
  private static func addField(_ record: inout [UInt8], by generator: inout SeededGenerator) {
    guard record.count >= prefixCount, record[5] < .max else { return }
    let name = Array((names.randomElement(using: &generator) ?? "").utf8)
    var value = Array((values.randomElement(using: &generator) ?? "").utf8)
    if Int.random(in: 0..<32, using: &generator) == 0 {
      value = Array(repeating: UInt8(ascii: "v"), count: 4_000)
    }
    let sensitive: UInt32 = Bool.random(using: &generator) ? 1 << 31 : 0
    let prefix = [UInt32(name.count) | sensitive, UInt32(value.count)].flatMap(bytes)
    let field = prefix + name + value
    let start = prefixCount + (record[4] == tracedCall ? traceCount : 0)
    guard start <= record.count else { return }
    record.insert(contentsOf: field, at: start)
    record[5] += 1
    let count = record[12..<16].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    put(count &+ UInt32(field.count), at: 12, in: &record)
    fixLength(&record)
  }

  private static let tracedCall: UInt8 = 10
  private static let traceCount = 25

  /// Makes a call one with a trace, or takes the trace from it.
  private static func trace(_ record: inout [UInt8], by generator: inout SeededGenerator) {
    guard record.count >= prefixCount else { return }
    if record[4] == tracedCall {
      record[4] = TrunkRecord.Kind.call.rawValue
      record.removeSubrange(prefixCount..<min(record.count, prefixCount + traceCount))
    } else {
      record[4] = tracedCall
      let trace = (0..<traceCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
      record.insert(contentsOf: trace, at: prefixCount)
    }
    fixLength(&record)
  }

  private static func changeContent(_ record: inout [UInt8], by generator: inout SeededGenerator) {
    Mutation.blind(&record, from: min(prefixCount, record.count), by: &generator)
    if Int.random(in: 0..<8, using: &generator) > 0 { fixLength(&record) }
  }

  /// Makes the length before a record that of the record.
  private static func fixLength(_ record: inout [UInt8]) {
    guard record.count >= prefixCount else { return }
    put(UInt32(record.count - prefixCount), at: 0, in: &record)
  }

  private static func made(by generator: inout SeededGenerator) -> [UInt8] {
    let body = (0..<Int.random(in: 0...20, using: &generator)).map { UInt8($0) }
    var record = [UInt8](repeating: 0, count: prefixCount) + body
    record[4] = UInt8.random(in: 1...9, using: &generator)
    let isNamed = Bool.random(using: &generator)
    put(isNamed ? UInt16.random(in: 0...3, using: &generator) : .max, at: 6, in: &record)
    put(UInt32.random(in: 0...5, using: &generator), at: 8, in: &record)
    if record[4] == TrunkRecord.Kind.head.rawValue {
      record.removeSubrange(prefixCount...)
      put(UInt16.random(in: 0...3, using: &generator), at: 6, in: &record)
    }
    fixLength(&record)
    for _ in 0..<Int.random(in: 0...2, using: &generator) { addField(&record, by: &generator) }
    return record
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func put(_ number: some FixedWidthInteger, at place: Int, in record: inout [UInt8])
  {
    let bytes = bytes(number)
    record.replaceSubrange(place..<place + bytes.count, with: bytes)
  }

  /// The records, the last of them perhaps cut off.
  private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
    var rest = bytes[...]
    var records: [[UInt8]] = []
    while rest.count >= prefixCount {
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      records.append(Array(rest.prefix(prefixCount + length)))
      rest = rest.dropFirst(prefixCount + length)
    }
    if !rest.isEmpty { records.append(Array(rest)) }
    return records
  }
}
