internal import Foundation
internal import Glibc
internal import Messages

/// How long our decoding and encoding of the sample order take, as medians of many rounds.
///
/// What counts is the processor time of this process, so that neighbours disturb less.
struct MessageTimes {
  /// How often each is done between two looks at the clock.
  private static let round = 500

  /// The length of the encoded message.
  var bytes: Int
  /// The time of one decoding, in nanoseconds.
  var decode: Double
  /// The time of one encoding, in nanoseconds.
  var encode: Double

  /// Measures both in turn for so long.
  static func measure(for time: Duration) throws -> Self {
    let order = SampleOrder.value
    let bytes = order.encode()
    guard try ProbeV1.Order.decode(bytes) == order else { throw CocoaError(.coderInvalidValue) }
    var decoding: [Double] = []
    var encoding: [Double] = []
    // What is counted is checked below, so that nothing measured can be left out.
    var seen = 0
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end || decoding.count < 3 {
      decoding.append(
        try mean { seen += try ProbeV1.Order.decode(bytes).lines.count }
      )
      encoding.append(mean { seen += order.encode().count })
    }
    precondition(seen == decoding.count * round * (order.lines.count + bytes.count))
    return Self(bytes: bytes.count, decode: median(decoding), encode: median(encoding))
  }

  private static func mean(_ body: () throws -> Void) rethrows -> Double {
    let start = processorTime()
    for _ in 0..<round { try body() }
    return Double(processorTime() - start) / Double(round)
  }

  /// The processor time of this process so far, in nanoseconds.
  private static func processorTime() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// Prints them as a line of JSON.
  func write() {
    print(
      #"{"bytes":\#(bytes),"decode_ns":\#(Int(decode)),"encode_ns":\#(Int(encode))}"#
    )
  }
}
