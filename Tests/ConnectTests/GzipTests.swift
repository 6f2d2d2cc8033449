import TestSupport
import Testing

@testable import Connect

@Suite struct GzipTests {
  /// `printf hello | gzip -n`.
  private static let hello: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07,
    0x00, 0x86, 0xA6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
  ]

  @Test func `what gzip wrote is read`() throws {
    #expect(try Gzip.decompress(Self.hello, limit: 5) == Array("hello".utf8))
  }

  @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 100_000])
  func `what was compressed comes back`(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    #expect(try Gzip.decompress(Gzip.compress(noise), limit: count) == noise)
    let plain = [UInt8](repeating: 7, count: count)
    let packed = Gzip.compress(plain)
    #expect(count < 1_000 || packed.count < count / 50)
    #expect(try Gzip.decompress(packed, limit: count) == plain)
  }

  @Test func `an original at the limit passes, one byte more is refused`() throws {
    for count in [1, 5_000, 16_384, 50_000] {
      let packed = Gzip.compress([UInt8](repeating: 0, count: count))
      #expect(try Gzip.decompress(packed, limit: count).count == count)
      #expect(throws: Gzip.Failure.tooLarge(limit: count - 1)) {
        try Gzip.decompress(packed, limit: count - 1)
      }
    }
  }

  @Test func `a bomb is stopped at the limit`() {
    let bomb = Gzip.compress([UInt8](repeating: 0, count: 50_000_000))
    #expect(bomb.count < 60_000)
    #expect(throws: Gzip.Failure.tooLarge(limit: 4 << 20)) {
      try Gzip.decompress(bomb, limit: 4 << 20)
    }
  }

  @Test func `an empty body is its own original`() throws {
    #expect(try Gzip.decompress([], limit: 0) == [])
  }

  @Test func `members one behind the other are one original`() throws {
    #expect(try Gzip.decompress(Self.hello + Self.hello, limit: 10) == Array("hellohello".utf8))
    #expect(throws: Gzip.Failure.tooLarge(limit: 9)) {
      try Gzip.decompress(Self.hello + Self.hello, limit: 9)
    }
  }

  @Test func `cut off, changed or foreign bytes are refused`() {
    for count in 1..<Self.hello.count {
      #expect(throws: Gzip.Failure.malformed) {
        try Gzip.decompress(Array(Self.hello.prefix(count)), limit: 100)
      }
    }
    for index in Self.hello.indices where !(4...9).contains(index) {
      var changed = Self.hello
      changed[index] ^= 0xFF
      #expect(throws: Gzip.Failure.malformed, "byte \(index)") {
        try Gzip.decompress(changed, limit: 100)
      }
    }
    #expect(throws: Gzip.Failure.malformed) { try Gzip.decompress(Self.hello + [0], limit: 100) }
    #expect(throws: Gzip.Failure.malformed) { try Gzip.decompress(Array("{}".utf8), limit: 100) }
  }
}
