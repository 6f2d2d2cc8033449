import Testing

@testable import Connect

@Suite struct TimeoutTests {
  @Test(arguments: [("1", 1), ("250", 250), ("007", 7), ("9999999999", 9_999_999_999)])
  func `a positive number of at most ten digits is a timeout`(
    text: String,
    milliseconds: Int64
  ) {
    #expect(Timeout(header: text.utf8)?.milliseconds == milliseconds)
  }

  @Test(arguments: ["", "0", "0000000000", "10000000000", "-1", "+1", "1.5", " 1", "1s", "１"])
  func `anything else is none`(text: String) {
    #expect(Timeout(header: text.utf8) == nil)
  }

  @Test func `timeouts are compared, and the longest has ten digits`() throws {
    let timeout = try #require(Timeout(milliseconds: 100))
    #expect(try #require(Timeout(milliseconds: 99)) < timeout)
    #expect(timeout.header == "100")
    #expect(Timeout(milliseconds: .max)?.header == "9999999999")
    #expect(Timeout(milliseconds: 0) == nil)
  }
}
