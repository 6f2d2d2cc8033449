import Messages
import Testing

@Suite("Messages as Google's implementation writes them")
struct VectorTests {
  @Test
  func `the vectors can be read`() {
    #expect(Vector.all.count == 120)
  }

  @Test(arguments: Vector.all)
  func `what was decoded encodes to the same bytes`(vector: Vector) throws {
    #expect(try vector.type.decode(vector.binary).encode() == vector.binary)
  }

  @Test(arguments: Vector.all)
  func `the JSON says the same`(vector: Vector) throws {
    let ours = try vector.type.decode(vector.binary).encodeJSON()
    let mine = Canonical(try JSONParser.parse(ours))
    #expect(mine == Canonical(try JSONParser.parse(vector.json)))
  }

  @Test(arguments: Vector.all)
  func `the JSON is read back to the same bytes`(vector: Vector) throws {
    #expect(try vector.type.decode(json: vector.json).encode() == vector.binary)
  }

  @Test(arguments: Vector.all)
  func `our own JSON is read back to the same bytes`(vector: Vector) throws {
    let ours = try vector.type.decode(vector.binary).encodeJSON()
    #expect(try vector.type.decode(json: ours).encode() == vector.binary)
  }
}

/// A JSON value in which equal numbers are equal and the order of members does not count.
private indirect enum Canonical: Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case string([UInt8])
  case array([Canonical])
  case object([[UInt8]: Canonical])

  init(_ value: JSONValue) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .number(let text): self = .number(Double(text) ?? .nan)
    case .string(let text): self = .string(Array(text.utf8))
    case .array(let elements): self = .array(elements.map { Canonical($0) })
    case .object(let members):
      self = .object(
        Dictionary(
          members.map { (Array($0.key.utf8), Canonical($0.value)) },
          uniquingKeysWith: { _, last in last }
        )
      )
    }
  }
}
