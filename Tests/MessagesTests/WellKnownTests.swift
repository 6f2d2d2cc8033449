import Messages
import TestSupport
import Testing

@Suite("JSON of the well-known types")
struct WellKnownTests {
  private func type(_ name: String) throws -> any Message.Type {
    try #require(Contract.message(named: "google.protobuf.\(name)"))
  }

  private static let read = TextTable(
    columns: 3,
    """
    Duration    "-1.5s"                  "-1.500s"                # three decimals
    Duration    "0.000000001s"           "0.000000001s"           # nine decimals
    Duration    "-0.5s"                  "-0.500s"                # no whole second
    Duration    "315576000000s"          "315576000000s"          # the longest
    Timestamp   "1970-01-01T08:00:00.010+08:00" "1970-01-01T00:00:00.010Z" # an offset
    Timestamp   "0001-01-01T00:00:00Z"   "0001-01-01T00:00:00Z"   # the first
    Timestamp   "9999-12-31T23:59:59.999999999Z" "9999-12-31T23:59:59.999999999Z" # the last
    Empty       {}                       {}                       # nothing
    BoolValue   true                     true                     # wrapped
    Int32Value  "7"                      7                        # wrapped
    Int64Value  7                        "7"                      # wrapped
    UInt64Value "18446744073709551615"   "18446744073709551615"   # wrapped
    DoubleValue "NaN"                    "NaN"                    # wrapped
    FloatValue  1.5                      1.5                      # wrapped
    StringValue ""                       ""                       # an empty one is there
    BytesValue  "-_8"                    "+/8="                   # wrapped
    FieldMask   "userName,photo.fileSize" "userName,photo.fileSize" # paths
    FieldMask   ""                       ""                       # none
    Value       null                     null                     # nothing is something
    Value       [1,"a",{"b":[]},true]    [1.0,"a",{"b":[]},true]  # anything
    Struct      {"b":null,"a":{"c":0}}   {"a":{"c":0.0},"b":null} # sorted
    ListValue   []                       []                       # empty
    Any         {}                       {}                       # empty
    """
  )

  @Test(arguments: read.rows)
  func `what was read is written canonically, through the binary form too`(
    row: TextTable.Row
  ) throws {
    let type = try type(row.columns[0])
    let message = try type.decode(json: Array(row.columns[1].utf8))
    let again = try type.decode(message.encode())
    #expect(String(decoding: try again.canonicalJSON(), as: UTF8.self) == row.columns[2])
    #expect(again.encodeJSON() == (try again.canonicalJSON()))
  }

  private static let refused = TextTable(
    columns: 2,
    """
    Duration    "1"                       # no s
    Duration    "1.s"                     # no decimals
    Duration    "0.0000000001s"           # ten decimals
    Duration    "315576000001s"           # too long
    Timestamp   "10000-01-01T00:00:00Z"   # too late
    Timestamp   "0000-12-31T23:59:59Z"    # too early
    Timestamp   "2026-01-01t00:00:00Z"    # a small t
    Timestamp   "2026-01-01T00:00:00z"    # a small z
    Timestamp   "2026-01-01T00:00:00"     # no zone
    FieldMask   "user_name"               # an underscore
    Struct      []                        # no object
    ListValue   {}                        # no array
    Value       1e400                     # not finite
    Int32Value  2147483648                # too great
    Any         {"@type":"x"}             # no address
    Any         {"@type":"x/none"}        # unknown
    Any         {"value":1}               # no type
    Any         {"@type":"x/google.protobuf.Int32Value"} # no value
    Any         {"@type":"x/google.protobuf.Int32Value","value":1,"x":2} # one too many
    """
  )

  @Test(arguments: refused.rows)
  func `what has no such value is refused`(row: TextTable.Row) throws {
    let type = try type(row.columns[0])
    let error = #expect(throws: DecodeError.self) {
      try type.decode(json: Array(row.columns[1].utf8))
    }
    #expect(error?.violations.isEmpty == false)
  }

  @Test
  func `an Any holds any message of the contract, and another Any`() throws {
    let order = GoogleProtobuf.Any_(ProbeV1.EchoRequest(text: "a", delayMs: 5))
    let json =
      #"{"@type":"type.googleapis.com/onedoor.probe.v1.EchoRequest","text":"a","delayMs":5}"#
    #expect(String(decoding: try order.canonicalJSON(), as: UTF8.self) == json)
    #expect(try GoogleProtobuf.Any_.decode(json: Array(json.utf8)) == order)
    #expect(try order.content(ProbeV1.EchoRequest.self).delayMs == 5)
    #expect(throws: EncodeError.self) { try order.content(ProbeV1.Order.self) }
    let late =
      #"{"text":"a","delayMs":5,"@type":"type.googleapis.com/onedoor.probe.v1.EchoRequest"}"#
    #expect(try GoogleProtobuf.Any_.decode(json: Array(late.utf8)) == order)
    let outer = GoogleProtobuf.Any_(order)
    let nested = #"{"@type":"type.googleapis.com/google.protobuf.Any","value":\#(json)}"#
    #expect(String(decoding: try outer.canonicalJSON(), as: UTF8.self) == nested)
    #expect(try GoogleProtobuf.Any_.decode(json: Array(nested.utf8)) == outer)
    let time = GoogleProtobuf.Any_(GoogleProtobuf.Duration(seconds: 1))
    let value = #"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}"#
    #expect(String(decoding: try time.canonicalJSON(), as: UTF8.self) == value)
  }

  @Test
  func `what has no canonical JSON says why`() throws {
    typealias Value = GoogleProtobuf.Value
    let second = GoogleProtobuf.Duration(seconds: 1, nanos: -1)
    let cases: [(any Message, EncodeError)] = [
      (GoogleProtobuf.Timestamp(seconds: 253_402_300_800), .timeOutOfRange),
      (GoogleProtobuf.Timestamp(nanos: -1), .timeOutOfRange),
      (GoogleProtobuf.Timestamp(nanos: 1_000_000_000), .timeOutOfRange),
      (second, .timeOutOfRange),
      (GoogleProtobuf.Duration(seconds: 315_576_000_001), .timeOutOfRange),
      (Value(kind: .numberValue(.nan)), .notFinite),
      (GoogleProtobuf.Struct(fields: ["a": Value(kind: .numberValue(-.infinity))]), .notFinite),
      (GoogleProtobuf.FieldMask(paths: ["fooBar"]), .pathChanges("fooBar")),
      (GoogleProtobuf.FieldMask(paths: ["foo_3"]), .pathChanges("foo_3")),
      (GoogleProtobuf.FieldMask(paths: ["foo__bar"]), .pathChanges("foo__bar")),
      (GoogleProtobuf.Any_(typeUrl: "x/none"), .unknownType("x/none")),
      (
        GoogleProtobuf.Any_(typeUrl: "x/google.protobuf.Duration", value: [0xFF]),
        .unreadableAny("x/google.protobuf.Duration")
      ),
    ]
    for (message, fault) in cases {
      #expect(throws: fault) { try message.canonicalJSON() }
      // What must be written in any case is JSON all the same.
      _ = try JSONParser.parse(message.encodeJSON())
    }
  }

  @Test
  func `values within values are limited alike in both forms`() throws {
    func lists(_ levels: Int) -> [UInt8] {
      Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8)
    }
    // A value and its list are a level each, and so is the list without.
    for levels in 1...MessageLimits.jsonDepth {
      guard let message = try? GoogleProtobuf.Value.decode(json: lists(levels)) else {
        #expect(levels == 33)
        break
      }
      #expect(try GoogleProtobuf.Value.decode(message.encode()) == message)
    }
    #expect(throws: DecodeError(.tooDeep)) { try GoogleProtobuf.Value.decode(json: lists(33)) }
    var any = GoogleProtobuf.Any_()
    for _ in 0..<100 { any = GoogleProtobuf.Any_(any) }
    #expect(throws: EncodeError.tooDeep) { try any.canonicalJSON() }
  }

  @Test
  func `null is a value only where the type says so`() throws {
    #expect(
      try GoogleProtobuf.Value.decode(json: Array("null".utf8)).kind == .nullValue(.nullValue)
    )
    for name in ["Struct", "ListValue", "BoolValue", "Duration", "Any"] {
      let type = try type(name)
      #expect(throws: DecodeError.self) { try type.decode(json: Array("null".utf8)) }
    }
  }
}
