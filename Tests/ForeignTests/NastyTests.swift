import Foreign
import Messages
import Testing

/// Files that are as nasty as proto3 allows, dropped in and generated without a line by hand.
@Suite("A foreign contract")
struct NastyTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let type: any Message.Type
    let binary: [UInt8]
    let json: [UInt8]
    let testDescription: String
  }

  static let types = TypeRegistry.contract(and: ForeignContract.namespaces.joined())

  /// The messages that Google's implementation wrote.
  static let vectors = Golden.lines("nasty.txt").compactMap { line -> Vector? in
    let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard columns.count == 3, let type = types.message(named: String(columns[0])) else {
      return nil
    }
    return Vector(
      type: type,
      binary: Golden.bytes(hex: columns[1]),
      json: Array(columns[2].utf8),
      testDescription: "\(columns[0]) \(columns[1].prefix(40))"
    )
  }

  @Test
  func `every message of the files has its vectors`() {
    let named = Set(Self.vectors.map { $0.type.fullName })
    let all = ForeignContract.namespaces.joined().map { $0.fullName }
    #expect(Self.vectors.count == Golden.lines("nasty.txt").count)
    #expect(named == Set(all.filter { !$0.hasPrefix("everything.") }))
  }

  @Test(arguments: vectors)
  func `both forms are read and written as Google's implementation does`(vector: Vector) throws {
    let message = try vector.type.decode(vector.binary)
    #expect(message.encode() == vector.binary)
    let options = JSONOptions(types: Self.types)
    #expect(try vector.type.decode(json: vector.json, options).encode() == vector.binary)
    let ours = try message.canonicalJSON(types: Self.types)
    #expect(try vector.type.decode(json: ours, options).encode() == vector.binary)
    #expect(Canonical(try JSONParser.parse(ours)) == Canonical(try JSONParser.parse(vector.json)))
  }

  @Test
  func `names that mean something else get another one`() {
    let words = NastyDeep.SwiftWords(self_: "a", init: "b", unknownFields_: "c", encode_: "d")
    #expect(words.`init` == "b")
    let types = NastyDeep.Types(
      string: NastyDeep.Types.String_(string: "a"),
      int32: .allCases_,
      wireMessage: .text(NastyDeep.Types.String_()),
      int32_: .double(1),
      lower: NastyDeep.Types.FooBar(a: 1),
      upper: NastyDeep.Types.FooBar_(b: 2)
    )
    #expect(types.lower?.a == 1 && types.upper?.b == 2)
    #expect(types.encodeJSON().starts(with: Array(#"{"string":{"string":"a"}"#.utf8)))
    let collisions = NastyDeep.Collisions(fooBar: 1, fooBar_: .none_(2), fooBar__: .self_("s"))
    let json = #"{"a":1,"none":"2","self":"s"}"#
    #expect(String(decoding: collisions.encodeJSON(), as: UTF8.self) == json)
    #expect(NastyDeep.Alias.new == .old && NastyDeep.Alias(protoName: "OTHER_NEW") == .old)
    #expect(Unpackaged.String_(bool: Unpackaged.Bool_()).encode().isEmpty)
  }

  @Test
  func `what a message's JSON name is wins over what another's field is called`() throws {
    let json = Array(#"{"bar":1,"swapped":2}"#.utf8)
    let message = try NastyDeep.Collisions.decode(json: json)
    #expect(message.swapped == 1 && message.straight == 2 && message.bar == 0)
  }

  @Test
  func `services of one name live side by side, and what takes a stream is left out`() async throws
  {
    let names = ForeignContract.services.map(\.name).filter { !$0.contains("hostile") }
    #expect(Set(names).isSuperset(of: ["nasty.deep.Twin", "nasty.twin.Twin", "Service"]))
    let twin = NastyTwin.Twin.methods_
    #expect(twin.path == "/nasty.twin.Twin/Methods" && twin.kind == .stream)
    #expect(!NastyTwin.Twin.methods.contains { $0.name == "Upload" })
    #expect(NastyTwin.Twin.caller_.kind == .read && NastyTwin.Twin.caller__.kind == .write)
    var loopback = Loopback()
    Deep().register(in: &loopback)
    Other().register(in: &loopback)
    Bare().register(in: &loopback)
    #expect(try await TwinClient(loopback).`do`(GoogleProtobuf.Empty()) == NastyDeep.Nothing())
    let one = NastyTwin.One(two: NastyTwin.Two(list: [NastyTwin.Two()]))
    #expect(try await NastyTwinTwinClient(loopback).self_(one).list.count == 1)
    let answer = try await ServiceClient(loopback).`init`(Unpackaged.Int_())
    #expect(answer.bool == .true)
  }
}

private struct Deep: TwinHandlers {
  func `do`(_: GoogleProtobuf.Empty, _: Call) throws -> NastyDeep.Nothing { NastyDeep.Nothing() }

  func watch(
    _: NastyDeep.Collisions,
    after _: Int64?,
    limit _: Int,
    _: Call
  ) throws -> StreamPage<NastyDeep.WellKnown> {
    StreamPage(messages: [], position: 0, isLast: true)
  }
}

// Underscores are what the generator adds to names that mean something else.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Other: NastyTwinTwinHandlers {
  func self_(_ request: NastyTwin.One, _: Call) throws -> NastyTwin.Two {
    request.two ?? NastyTwin.Two()
  }

  func methods_(
    _: NastyTwin.One,
    after _: Int64?,
    limit _: Int,
    _: Call
  ) throws -> StreamPage<NastyTwin.Two> {
    StreamPage(messages: [], position: 0, isLast: true)
  }

  func caller_(_ request: NastyTwin.One, _: Call) throws -> NastyTwin.One { request }

  func caller__(_ request: NastyTwin.One, _: Call) throws -> NastyTwin.One { request }
}

private struct Bare: ServiceHandlers {
  func `init`(_: Unpackaged.Int_, _: Call) throws -> Unpackaged.String_ {
    Unpackaged.String_(bool: .true)
  }
}

private struct Call: Sendable {}

/// Carries unary calls to handlers of the same process, as bytes.
private struct Loopback: HandlerRegistry, Caller {
  private struct Missing: Error {}

  private var unary: [String: @Sendable ([UInt8]) throws -> [UInt8]] = [:]

  mutating func write<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Call) throws -> Response
  ) {
    unary[method.path] = { try handler(try Request.decode($0), Call()).encode() }
  }

  mutating func read<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Call) throws -> Response
  ) {
    unary[method.path] = { try handler(try Request.decode($0), Call()).encode() }
  }

  mutating func route<Request: Message, Response: Message>(
    _: Messages.Method<Request, Response>,
    _: @escaping @Sendable (Request, Call) async throws -> Response
  ) {}

  mutating func stream<Request: Message, Response: Message>(
    _: Messages.Method<Request, Response>,
    _: @escaping @Sendable (Request, Int64?, Int, Call) throws -> StreamPage<Response>
  ) {}

  func unary<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ request: Request,
    _: CallOptions
  ) async throws -> Response {
    guard let handler = unary[method.path] else { throw Missing() }
    return try Response.decode(try handler(request.encode()))
  }

  func stream<Request: Message, Response: Message>(
    _: Messages.Method<Request, Response>,
    _: Request,
    _: CallOptions
  ) -> AsyncThrowingStream<Response, any Error> {
    AsyncThrowingStream { $0.finish() }
  }
}

/// A JSON value in which equal numbers are equal and the order of members does not count.
private enum Canonical: Hashable {
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
