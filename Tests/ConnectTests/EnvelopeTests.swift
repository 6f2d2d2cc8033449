import TestSupport
import Testing

@testable import Connect

@Suite struct EnvelopeTests {
  @Test func `an envelope is a byte of flags, four of length, and the payload`() {
    #expect(Envelope(payload: []).bytes == [0, 0, 0, 0, 0])
    let end = Envelope(
      flags: [.compressed, .endOfStream],
      payload: Array(repeating: 7, count: 258)
    )
    #expect(end.bytes == [3, 0, 0, 1, 2] + Array(repeating: 7, count: 258))
  }

  @Test(arguments: 0..<100)
  func `envelopes come out as they went in, however they are cut`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let envelopes = (0..<20).map { index in
      Envelope(
        flags: Envelope.Flags(rawValue: .random(in: 0...255, using: &generator)),
        payload: (0..<Int.random(in: 0...300, using: &generator)).map { UInt8(($0 + index) & 255) }
      )
    }
    var rest = envelopes.flatMap(\.bytes)[...]
    var reader = EnvelopeReader(limit: 300)
    var read: [Envelope] = []
    while !rest.isEmpty {
      let count = min(rest.count, Int.random(in: 1...200, using: &generator))
      reader.append(rest.prefix(count))
      rest = rest.dropFirst(count)
      while let envelope = try reader.next() { read.append(envelope) }
    }
    #expect(read == envelopes)
    #expect(reader.isAtBoundary)
  }

  @Test func `a body that stops inside an envelope is seen`() throws {
    let bytes = Envelope(payload: [1, 2, 3]).bytes
    for count in 1..<bytes.count {
      var reader = EnvelopeReader(limit: 3)
      reader.append(bytes.prefix(count))
      #expect(try reader.next() == nil)
      #expect(!reader.isAtBoundary)
    }
  }

  @Test func `a payload at the limit passes, one byte more is refused before it came`() throws {
    var reader = EnvelopeReader(limit: 3)
    reader.append(Envelope(payload: [1, 2, 3]).bytes)
    #expect(try reader.next()?.payload == [1, 2, 3])
    reader.append([0, 0, 0, 0, 4] as [UInt8])
    #expect(throws: EnvelopeReader.TooLarge(announced: 4)) { try reader.next() }
    #expect(throws: EnvelopeReader.TooLarge(announced: 4)) { try reader.next() }
    var other = EnvelopeReader(limit: .max)
    other.append([0, 0xFF, 0xFF, 0xFF, 0xFF] as [UInt8])
    #expect(try other.next() == nil)
  }
}
