import Testing

@testable import Host

@Suite struct EnvelopeBoundaryTests {
  private let stream: [UInt8] = [0, 0, 0, 0, 2, 7, 8, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 9]
  private let ends = [7, 12, 18]

  @Test func `it is between at the end of each envelope alone`() {
    var boundary = EnvelopeBoundary()
    #expect(boundary.isBetween)
    for (index, byte) in stream.enumerated() {
      boundary.feed([byte])
      #expect(boundary.isBetween == ends.contains(index + 1), "\(index)")
      #expect(boundary.isLast == (index >= 12), "\(index)")
    }
  }

  @Test(arguments: 0...17)
  func `it takes up to the end of the envelope that is open`(start: Int) {
    var boundary = EnvelopeBoundary()
    boundary.feed(Array(stream.prefix(start)))
    let rest = Array(stream.dropFirst(start))
    let end = ends.first { $0 > start } ?? 0
    #expect(boundary.feed(rest, toEndOfOne: true) == end - start)
    #expect(boundary.isBetween)
  }
}
