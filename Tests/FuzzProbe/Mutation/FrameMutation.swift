internal import TestSupport

/// HTTP/2 frames, and changes of a stream of them that mostly keep it one.
///
/// - Source: RFC 9113, section 4.1.
enum FrameMutation {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// `:method: POST`, `:scheme: http`, `:path: /` from the static table, and `:authority: a`.
  static let post: [UInt8] = [0x83, 0x86, 0x84, 0x01, 1, UInt8(ascii: "a")]
  /// `:status: 200` from the static table.
  static let ok: [UInt8] = [0x88]

  private static let names = [
    ":method", ":path", ":scheme", ":authority", ":status", ":protocol", "content-length",
    "content-type", "connection", "te", "host", "cookie", "expect", "priority", "X-Up", "", "x",
    "transfer-encoding",
  ]
  private static let values = [
    "", "0", "1", "5", "-1", "99999999999999999999", "200", "100", "101", "304", "GET", "HEAD",
    "CONNECT", "/s", "*", "trailers", "chunked", "a\nb", "a\0b", " a", "u=1, i",
  ]

  /// A frame with its head of nine bytes.
  static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8]
  {
    let length = UInt32(payload.count)
    let head = [length << 8 | UInt32(type), UInt32(flags) << 24 | stream >> 8]
    return head.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
      + [UInt8(truncatingIfNeeded: stream)] + payload
  }

  /// A field as a literal without indexing, both shorter than 127 bytes.
  private static func literal(_ name: String, _ value: String, _ first: UInt8) -> [UInt8] {
    [first, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)]
      + Array(value.utf8)
  }

  /// Changes the frames behind `start` once.
  static func change(
    _ input: inout [UInt8],
    from start: Int,
    by generator: inout SeededGenerator
  ) {
    var frames = split(input[start...])
    let made = made(by: &generator)
    let place = Int.random(in: 0...frames.count, using: &generator)
    guard place < frames.count else {
      input += made
      return
    }
    let size = max(1, frames[place].count)
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: frames.remove(at: place)
    case 1: frames.insert(frames[place], at: place)
    case 2: frames.swapAt(place, frames.indices.randomElement(using: &generator) ?? 0)
    case 3, 4: frames.insert(made, at: place)
    case 5:
      let times = Mutation.times(size, within: input.count, by: &generator)
      frames.insert(contentsOf: repeatElement(frames[place], count: times), at: place)
    case 6, 7: changeHead(&frames[place], by: &generator)
    case 8: cut(&frames, place, by: &generator)
    default: changePayload(&frames[place], by: &generator)
    }
    input.replaceSubrange(start..., with: frames.joined())
  }

  private static func changeHead(_ frame: inout [UInt8], by generator: inout SeededGenerator) {
    guard frame.count >= 9 else { return }
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: frame[3] = UInt8.random(in: 0...10, using: &generator)
    case 1: frame[4] = UInt8.random(in: 0...255, using: &generator)
    default: frame[8] = UInt8.random(in: 0...9, using: &generator)
    }
  }

  private static func changePayload(_ frame: inout [UInt8], by generator: inout SeededGenerator) {
    guard frame.count >= 9 else { return }
    if frame[3] == 1, Bool.random(using: &generator) {
      frame += field(by: &generator)
    } else {
      Mutation.blind(&frame, from: 9, by: &generator)
    }
    let length = min(frame.count - 9, 0xFF_FFFF)
    for index in 0..<3 { frame[index] = UInt8(truncatingIfNeeded: length >> (16 - 8 * index)) }
  }

  /// Cuts a header block into HEADERS and CONTINUATION.
  private static func cut(
    _ frames: inout [[UInt8]],
    _ place: Int,
    by generator: inout SeededGenerator
  ) {
    let whole = frames[place]
    guard whole.count > 9, whole[3] == 1 else { return }
    let middle = Int.random(in: 9...whole.count, using: &generator)
    let stream = UInt32(whole[8])
    let flags = whole[4] & ~0x4
    frames[place] = frame(1, flags, stream, Array(whole[9..<middle]))
    frames.insert(frame(9, 0x4, stream, Array(whole[middle...])), at: place + 1)
  }

  private static func field(by generator: inout SeededGenerator) -> [UInt8] {
    literal(
      names.randomElement(using: &generator) ?? "",
      values.randomElement(using: &generator) ?? "",
      [0x00, 0x10, 0x40].randomElement(using: &generator) ?? 0
    )
  }

  private static func made(by generator: inout SeededGenerator) -> [UInt8] {
    let stream = UInt32.random(in: 0...9, using: &generator)
    let number = UInt32(truncatingIfNeeded: Mutation.number(by: &generator))
    let word = withUnsafeBytes(of: number.bigEndian) { Array($0) }
    let flags = UInt8.random(in: 0...255, using: &generator)
    let end: UInt8 = Bool.random(using: &generator) ? 1 : 0
    let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { UInt8($0) }
    switch Int.random(in: 0..<13, using: &generator) {
    case 0, 1: return frame(1, 4 | end, stream, post)
    case 2: return frame(1, 4 | end, stream, ok)
    case 3: return frame(1, 4 | end, stream, post + field(by: &generator))
    case 4, 5: return frame(0, end, stream, bytes)
    case 6: return frame(0, 8 | end, stream, [UInt8(bytes.count)] + bytes + bytes)
    case 7: return frame(3, 0, stream, word)
    case 8:
      let id = UInt8.random(in: 1...8, using: &generator)
      return frame(4, 0, 0, [0, id] + word)
    case 9: return frame(6, flags & 1, 0, word + word)
    case 10: return frame(7, 0, 0, [0, 0, 0, UInt8(stream)] + word)
    case 11: return frame(8, 0, stream, word)
    default: return frame(UInt8.random(in: 0...12, using: &generator), flags, stream, bytes)
    }
  }

  /// The frames, the last of them perhaps cut off.
  private static func split(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    var rest = bytes
    var frames: [[UInt8]] = []
    while rest.count >= 9 {
      let length = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) }
      frames.append(Array(rest.prefix(9 + length)))
      rest = rest.dropFirst(9 + length)
    }
    if !rest.isEmpty { frames.append(Array(rest)) }
    return frames
  }
}
