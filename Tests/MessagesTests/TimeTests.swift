import Kernel
import Messages
import TestSupport
import Testing

@Suite("Timestamp and Duration")
struct TimeTests {
  private static let times = TextTable(
    columns: 4,
    """
    1970-01-01T00:00:00Z                0             0          =                    # the epoch
    2026-03-02T09:30:00.5+08:00         1772415000    500000000  2026-03-02T01:30:00.500Z # hall
    1969-12-31T23:59:59.999Z            -1            999000000  =                    # before it
    2024-02-29T23:59:59.000001Z         1709251199    1000       =                    # leap day
    0001-01-01T00:00:00Z                -62135596800  0          =                    # the first
    9999-12-31T23:59:59.999999999Z      253402300799  999999999  =                    # the last
    2026-03-02T01:30:00-00:30           1772416800    0          2026-03-02T02:00:00Z # behind UTC
    """
  )

  @Test(arguments: times.rows)
  func `times are read and written by RFC 3339`(row: TextTable.Row) throws {
    let json = Array("{\"at\":\"\(row.columns[0])\"}".utf8)
    let at = try #require(try ProbeV1.Times.decode(json: json).at)
    #expect(at.seconds == Int64(row.columns[1]))
    #expect(at.nanos == Int32(row.columns[2]))
    let written = row.columns[3] == "=" ? row.columns[0] : row.columns[3]
    #expect(ProbeV1.Times(at: at).encodeJSON() == Array("{\"at\":\"\(written)\"}".utf8))
  }

  @Test(
    arguments: [
      "2026-03-02", "2026-02-30T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T00:00:00",
      "2026-03-02 00:00:00Z", "2026-03-02T00:00:00.Z", "2026-03-02T00:00:00.1234567890Z",
      "2026-03-02T00:00:00+8:00", "2026-03-02t00:00:00Z", "2026-03-02T00:60:00Z", "",
    ]
  )
  func `other forms are no times`(text: String) {
    #expect(throws: DecodeError.self) {
      try ProbeV1.Times.decode(json: Array("{\"at\":\"\(text)\"}".utf8))
    }
  }

  private static let durations = TextTable(
    columns: 4,
    """
    1.5s             1              500000000    1.500s            # a fraction
    -0.000000001s    0              -1           =                 # the least
    0s               0              0            =                 # nothing
    315576000000s    315576000000   0            =                 # the longest
    -3600s           -3600          0            =                 # backwards
    """
  )

  @Test(arguments: durations.rows)
  func `durations are read and written as seconds`(row: TextTable.Row) throws {
    let json = Array("{\"lasting\":\"\(row.columns[0])\"}".utf8)
    let lasting = try #require(try ProbeV1.Times.decode(json: json).lasting)
    #expect(lasting.seconds == Int64(row.columns[1]))
    #expect(lasting.nanos == Int32(row.columns[2]))
    let written = row.columns[3] == "=" ? row.columns[0] : row.columns[3]
    #expect(
      ProbeV1.Times(lasting: lasting).encodeJSON() == Array("{\"lasting\":\"\(written)\"}".utf8)
    )
  }

  @Test(arguments: ["1", "s", "1.s", "--1s", "+1s", "1 s", "315576000001s", "1e3s"])
  func `other forms are no durations`(text: String) {
    #expect(throws: DecodeError.self) {
      try ProbeV1.Times.decode(json: Array("{\"lasting\":\"\(text)\"}".utf8))
    }
  }

  @Test(arguments: [0, 1, -1, 999, -1_000, 1_772_415_000_123, -62_135_596_800_000] as [Int64])
  func `an instant comes back`(milliseconds: Int64) {
    let instant = Instant(unixMilliseconds: milliseconds)
    #expect(GoogleProtobuf.Timestamp(instant).instant == instant)
    #expect(GoogleProtobuf.Duration(milliseconds: milliseconds).milliseconds == milliseconds)
  }

  @Test
  func `hostile times do not trap`() throws {
    for seconds in [Int64.min, .max] {
      for nanos in [Int32.min, .max] {
        let at = GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos)
        let lasting = GoogleProtobuf.Duration(seconds: seconds, nanos: nanos)
        _ = (at.instant, lasting.milliseconds)
        let message = ProbeV1.Times(at: at, lasting: lasting)
        _ = message.encodeJSON()
        let fields = message.violations(checking: .testing).map(\.field)
        #expect(fields == ["at", "lasting"])
      }
    }
  }
}
