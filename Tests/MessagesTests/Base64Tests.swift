import Messages
import TestSupport
import Testing

@Suite("Base64")
struct Base64Tests {
  private static let examples = TextTable(
    columns: 2,
    """
    66            Zg==      # RFC 4648, 10
    666f          Zm8=      # RFC 4648, 10
    666f6f        Zm9v      # RFC 4648, 10
    666f6f626172  Zm9vYmFy  # RFC 4648, 10
    fbff          +/8=      # both signs of the standard alphabet
    """
  )

  @Test(arguments: examples.rows)
  func `examples are encoded and decoded in every form`(row: TextTable.Row) {
    let bytes = Vector.bytes(hex: row.columns[0])
    #expect(Base64.encode(bytes) == row.columns[1])
    for urlSafe in [false, true] {
      for padded in [false, true] {
        let text = Base64.encode(bytes, urlSafe: urlSafe, padded: padded)
        #expect(Base64.decode(text) == bytes)
        #expect(padded || !text.contains("="))
        #expect(!urlSafe || !text.contains { "+/".contains($0) })
      }
    }
  }

  @Test(arguments: ["A", "=", "A=", "AA=", "AAA==", "AA===", "A A=", "Zg==Zg==", "中"])
  func `other texts are refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}
