import Storage
import Testing

/// Bytes as hexadecimal digits.
@Suite struct HexadecimalTests {
  @Test func `all bytes go there and back`() {
    let bytes = Array(UInt8.min...UInt8.max)
    let text = Hexadecimal.text(bytes)
    #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
    #expect(Hexadecimal.bytes(text) == bytes)
    #expect(Hexadecimal.bytes(text.uppercased()) == bytes)
    #expect(Hexadecimal.bytes("") == [])
  }

  @Test(arguments: ["0", "+f", "-1", " f", "0x", "g0", "0é", "00f"])
  func `what are not pairs of digits are no bytes`(_ text: String) {
    #expect(Hexadecimal.bytes(text) == nil)
  }
}
