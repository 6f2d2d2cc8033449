import Messages
import TestSupport
import Testing

@Suite("JSON form")
struct JSONTests {
  private func faults(_ type: any Message.Type, _ json: String) -> [String] {
    do {
      _ = try type.decode(json: Array(json.utf8))
      return []
    } catch {
      guard error.reason == .fields else { return ["\(error.reason)"] }
      return error.violations.map { "\($0.field):\($0.reason)" }
    }
  }

  @Test func `a text of more values than a message can need is too large`() {
    func list(_ count: Int) -> String {
      "{\"nothing\":[" + [String](repeating: "0", count: count).joined(separator: ",") + "]}"
    }
    let most = MessageLimits.jsonValues - 2
    #expect(faults(GoogleProtobuf.Timestamp.self, list(most + 1)) == ["tooLarge"])
    #expect(faults(GoogleProtobuf.Timestamp.self, list(most)) != ["tooLarge"])
  }

  private static let accepted = TextTable(
    columns: 2,
    """
    {"int32Value":"12"}                 {"int32Value":12}                   # a number as a text
    {"int32_value":12}                  {"int32Value":12}                   # the contract's name
    {"int32Value":1e2}                  {"int32Value":100}                  # a whole exponent
    {"int32Value":7.0}                  {"int32Value":7}                    # no fraction
    {"int64Value":9007199254740993}     {"int64Value":"9007199254740993"}   # beyond 2^53
    {"int64Value":9007199254740993.0}   {"int64Value":"9007199254740993"}   # the same with a point
    {"int64Value":1e18}                 {"int64Value":"1000000000000000000"} # with an exponent
    {"int64Value":"1E+18"}              {"int64Value":"1000000000000000000"} # as a text
    {"int64Value":-9.223372036854775808e18} {"int64Value":"-9223372036854775808"} # the least
    {"int64Value":9223372036854775807000e-3} {"int64Value":"9223372036854775807"} # the greatest
    {"uint64Value":1e19}                {"uint64Value":"10000000000000000000"} # beyond 2^63
    {"uint64Value":0.0e99999999999999999999} {}                             # nothing at all
    {"int64Value":-0.0}                 {}                                  # nothing, negative
    {"uint64Value":"18446744073709551615"} {"uint64Value":"18446744073709551615"} # the greatest
    {"int32Value":null}                 {}                                  # null is absent
    {"doubleValue":"1.5"}               {"doubleValue":1.5}                 # a fraction as a text
    {"doubleValue":"-Infinity"}         {"doubleValue":"-Infinity"}         # infinity
    {"floatValue":"NaN"}                {"floatValue":"NaN"}                # not a number
    {"bytesValue":"-_8"}                {"bytesValue":"+/8="}               # the other alphabet
    {"bytesValue":"+/8="}               {"bytesValue":"+/8="}               # padded
    {"colour":"COLOUR_VERDANT"}         {"colour":"COLOUR_GREEN"}           # another name
    {"colour":2}                        {"colour":"COLOUR_GREEN"}           # a number
    {"colour":77}                       {"colour":77}                       # an unknown number
    {"stringValue":"\\u5927\\ud83c\\udfdb"} {"stringValue":"大🏛"}             # escapes
    {"boolValue":false}                 {}                                  # a default
    """
  )

  @Test(arguments: accepted.rows)
  func `scalars are read generously and written canonically`(row: TextTable.Row) throws {
    let message = try ProbeV1.Scalars.decode(json: Array(row.columns[0].utf8))
    #expect(String(decoding: message.encodeJSON(), as: UTF8.self) == row.columns[1])
  }

  private static let refused = TextTable(
    columns: 2,
    """
    {"int32Value":2147483648}      int32_value:OUT_OF_RANGE   # too great
    {"int32Value":1.5}             int32_value:TYPE           # a fraction
    {"int32Value":true}            int32_value:TYPE           # a truth value
    {"int32Value":"x"}             int32_value:FORMAT         # no number
    {"int32Value":"+1"}            int32_value:FORMAT         # a plus
    {"int32Value":""}              int32_value:FORMAT         # nothing
    {"uint32Value":-1}             uint32_value:OUT_OF_RANGE  # negative
    {"uint64Value":1e20}           uint64_value:OUT_OF_RANGE  # too great
    {"uint64Value":18446744073709551616.0} uint64_value:OUT_OF_RANGE # by one
    {"uint64Value":1e99999999999999999999} uint64_value:OUT_OF_RANGE # beyond all numbers
    {"uint64Value":1e-99999999999999999999} uint64_value:TYPE # a fraction beyond all numbers
    {"uint64Value":-1e0}           uint64_value:OUT_OF_RANGE  # negative
    {"int64Value":9223372036854775807.5} int64_value:TYPE     # a fraction
    {"int64Value":1.00000000000000000000001} int64_value:TYPE # a small fraction
    {"int64Value":12e-1}           int64_value:TYPE           # a fraction by its exponent
    {"doubleValue":1e400}          double_value:OUT_OF_RANGE  # too great
    {"floatValue":1e39}            float_value:OUT_OF_RANGE   # too great for 32 bits
    {"boolValue":"true"}           bool_value:TYPE            # a text
    {"stringValue":1}              string_value:TYPE          # a number
    {"bytesValue":"!"}             bytes_value:FORMAT         # no Base64
    {"bytesValue":"A"}             bytes_value:FORMAT         # half a byte
    {"colour":"COLOUR_PURPLE"}     colour:UNKNOWN_ENUM        # no such name
    {"colour":[]}                  colour:TYPE                # an array
    {"nothing":1}                  nothing:UNKNOWN_FIELD      # no such field
    {"boolValue":true,"bool_value":true} bool_value:FORMAT    # twice
    []                             :TYPE                      # no object
    """
  )

  @Test(arguments: refused.rows)
  func `what does not fit is named`(row: TextTable.Row) {
    #expect(faults(ProbeV1.Scalars.self, row.columns[0]) == [row.columns[1]])
  }

  private static let syntax = TextTable(
    columns: 2,
    """
    {               1   # unfinished
    {"a":1,}        7   # a comma too many
    {"a":01}        6   # a leading zero
    {"a":.5}        5   # no whole part
    {"a":1}x        7   # something behind
    {a:1}           1   # a bare name
    {"a":"\\x"}     7   # an unknown escape
    {"a":"\\ud800"} 8   # half a pair
    {"a":nul}       5   # no word
    nothing         0   # no JSON
    """
  )

  @Test(arguments: syntax.rows)
  func `malformed JSON is one fault with its place`(row: TextTable.Row) throws {
    let offset = try #require(Int(row.columns[1]))
    #expect(throws: DecodeError(.syntax(offset: offset))) {
      try ProbeV1.Scalars.decode(json: Array(row.columns[0].utf8))
    }
  }

  @Test
  func `bytes that are not UTF-8 and no bytes are no JSON`() {
    let bytes: [UInt8] = Array(#"{"stringValue":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
    #expect(throws: DecodeError(.syntax(offset: 16))) { try ProbeV1.Scalars.decode(json: bytes) }
    #expect(throws: DecodeError(.syntax(offset: 0))) { try ProbeV1.Scalars.decode(json: []) }
  }

  @Test
  func `all faults are named at once, with their paths`() {
    let json = """
      {"child": {"label": "x", "none": 1}, "children": [{}, {"label": true}, 7],
       "byName": {"k": {"label": 99999999999}}, "left": {}, "right": "r"}
      """
    #expect(
      faults(ProbeV1.Recursive.self, json) == [
        "child.label:FORMAT", "child.none:UNKNOWN_FIELD", "children[1].label:TYPE",
        "children[2]:TYPE", "by_name[k].label:OUT_OF_RANGE", "right:FORMAT",
      ]
    )
  }

  @Test
  func `names in paths are cut behind a whole character`() {
    let most = MessageLimits.name
    func name(_ given: String) -> String {
      faults(ProbeV1.Scalars.self, "{\"\(given)\":1}").first ?? ""
    }
    let whole = String(repeating: "大", count: most)
    #expect(name(whole) == "\(whole):UNKNOWN_FIELD")
    #expect(name(whole + "x") == "\(whole)…:UNKNOWN_FIELD")
    // A character of two scalars of which the limit would take one.
    let start = String(repeating: "k", count: most - 1)
    #expect(name(start + "🇨🇳" + whole) == "\(start)…:UNKNOWN_FIELD")
    #expect(name(start + "k\u{301}") == "\(start)…:UNKNOWN_FIELD")
    // One character that is longer than all of it.
    let endless = "k" + String(repeating: "\u{301}", count: 10 * most)
    #expect(name(endless).unicodeScalars.count == most + "…:UNKNOWN_FIELD".count)
    let key = String(repeating: "9", count: 10_000)
    #expect(
      faults(ProbeV1.Maps.self, "{\"names\":{\"\(key)\":\"a\"}}")
        == ["names[\(key.prefix(most))…]:FORMAT"]
    )
  }

  @Test
  func `the faults named are bounded`() {
    let members = (0..<500).map { "\"f\($0)\":1" }.joined(separator: ",")
    #expect(faults(ProbeV1.Scalars.self, "{\(members)}").count == MessageLimits.violations)
  }

  @Test
  func `maps take keys of their type only, once`() {
    #expect(faults(ProbeV1.Maps.self, #"{"names":{"1":"a","-7":"b"}}"#) == [])
    #expect(
      faults(ProbeV1.Maps.self, #"{"names":{"x":"a","01":"b","1":"c","1":"d"}}"#)
        == ["names[x]:FORMAT", "names[01]:FORMAT", "names[1]:FORMAT"]
    )
    #expect(faults(ProbeV1.Maps.self, #"{"colours":{"yes":1}}"#) == ["colours[yes]:FORMAT"])
    #expect(faults(ProbeV1.Maps.self, #"{"counts":{"a":null}}"#) == ["counts[a]:TYPE"])
    #expect(faults(ProbeV1.Maps.self, #"{"counts":[]}"#) == ["counts:TYPE"])
  }

  @Test
  func `a oneof takes one member; null is none`() throws {
    let json = #"{"number":null,"text":"a"}"#
    #expect(try ProbeV1.Choices.decode(json: Array(json.utf8)).choice == .text("a"))
    #expect(faults(ProbeV1.Choices.self, #"{"number":1,"text":"a"}"#) == ["text:FORMAT"])
  }

  @Test
  func `a name given in the contract is used`() throws {
    let message = ProbeV1.Reserved(custom: "x")
    #expect(message.encodeJSON() == Array(#"{"ownName":"x"}"#.utf8))
    #expect(try ProbeV1.Reserved.decode(json: Array(#"{"custom":"x"}"#.utf8)) == message)
  }

  @Test
  func `objects are nested to the limit and no deeper`() throws {
    func nested(_ levels: Int) -> [UInt8] {
      let open = String(repeating: #"{"child":"#, count: levels - 1)
      return Array((open + "{}" + String(repeating: "}", count: levels - 1)).utf8)
    }
    let limit = Int(MessageLimits.depth)
    _ = try ProbeV1.Recursive.decode(json: nested(limit))
    for levels in [limit + 1, MessageLimits.jsonDepth, MessageLimits.jsonDepth + 1] {
      #expect(throws: DecodeError(.tooDeep)) {
        try ProbeV1.Recursive.decode(json: nested(levels))
      }
    }
    #expect(throws: DecodeError(.tooDeep)) {
      try ProbeV1.Recursive.decode(json: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
    }
  }

  @Test
  func `lists and maps of messages are as deep in JSON as in binary`() throws {
    var listed = ProbeV1.Recursive()
    for _ in 1..<MessageLimits.depth { listed = ProbeV1.Recursive(children: [listed]) }
    // The entry of a map is a level of its own in binary.
    var named = ProbeV1.Recursive()
    for _ in 1..<MessageLimits.depth / 2 { named = ProbeV1.Recursive(byName: ["k": named]) }
    for message in [listed, named] {
      #expect(try ProbeV1.Recursive.decode(message.encode()) == message)
      #expect(try ProbeV1.Recursive.decode(json: message.canonicalJSON()) == message)
    }
    let deeper = ProbeV1.Recursive(children: [listed])
    #expect(throws: DecodeError(.tooDeep)) { try ProbeV1.Recursive.decode(deeper.encode()) }
    #expect(throws: DecodeError(.tooDeep)) {
      try ProbeV1.Recursive.decode(json: deeper.encodeJSON())
    }
  }

  @Test(arguments: Vector.all)
  func `cut JSON is refused, and never traps`(vector: Vector) {
    for length in stride(from: 0, to: vector.json.count - 1, by: 7) {
      #expect(throws: DecodeError.self) {
        try vector.type.decode(json: Array(vector.json.prefix(length)))
      }
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `JSON with wrong bytes is read or refused, and never traps`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for vector in Vector.all {
      var bytes = vector.json
      for _ in 0..<3 {
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[at] = UInt8.random(in: 0...255, using: &generator)
      }
      if let message = try? vector.type.decode(json: bytes) { _ = message.encode() }
    }
  }
}
