internal import Connect
internal import TestSupport

/// Bodies of the Connect protocol: envelopes, compression, and the headers that speak of them.
///
/// The first byte chooses what is read.
struct EnvelopeTarget: FuzzTarget {
  let name = "envelope"

  /// The longest message, in bytes.
  private static let limit = 16 << 10

  var seeds: [[UInt8]] {
    let message = Array("办件 a message that repeats, repeats, repeats".utf8)
    let packed = Gzip.compress(message)
    let both =
      Envelope(payload: message).bytes + Envelope(flags: .endOfStream, payload: [0x7B]).bytes
    return [
      [0] + both, [1] + packed, [1] + packed + packed, [2] + Envelope(payload: message).bytes,
      [3] + Envelope(flags: .compressed, payload: packed).bytes, [4] + message,
      [1] + Gzip.compress(Array(repeating: 0, count: Self.limit + 1)),
      [5] + Array("gzip;q=0, identity".utf8), [5] + Array("application/connect+json; a=b".utf8),
      [5] + Array("9999999999".utf8),
    ]
  }

  func headCount(of input: [UInt8]) -> Int { min(1, input.count) }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    guard let mode = input.first else {
      input = seeds.randomElement(using: &generator) ?? []
      return
    }
    let body = Array(input.dropFirst())
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: input = [UInt8.random(in: 0...5, using: &generator)] + body
    case 1: input = [mode] + Gzip.compress(body)
    case 2:
      let flags = Envelope.Flags(rawValue: UInt8.random(in: 0...4, using: &generator))
      input = [mode] + Envelope(flags: flags, payload: body).bytes
    case 3: input = [mode] + body + Envelope(payload: Array(body.prefix(64))).bytes
    case 4: input = [mode] + body + Gzip.compress(Array(body.prefix(64)))
    default: Mutation.blind(&input, from: 1, by: &generator)
    }
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    guard let mode = input.first else { return false }
    let bytes = Array(input.dropFirst())
    switch mode {
    case 0: checkReader(bytes, input)
    case 1: checkBody(bytes, encoding: "gzip", isEnveloped: false)
    case 2: checkBody(bytes, encoding: nil, isEnveloped: true)
    case 3: checkBody(bytes, encoding: "gzip", isEnveloped: true)
    case 4:
      let again = try? Gzip.decompress(Gzip.compress(bytes), limit: bytes.count)
      require(again == bytes, "compression changed bytes")
    case 5: checkHeaders(bytes)
    default: return false
    }
    return true
  }

  private func checkBody(_ bytes: [UInt8], encoding: String?, isEnveloped: Bool) {
    let message = try? RequestBody.read(
      bytes,
      encoding: encoding,
      isEnveloped: isEnveloped,
      limit: Self.limit
    )
    require((message?.count ?? 0) <= Self.limit, "a message above its limit")
  }

  private func checkHeaders(_ bytes: [UInt8]) {
    if let type = ContentType(header: bytes) {
      require(ContentType(header: Array(type.name.utf8)) == type, "a type that does not read back")
    }
    if let timeout = Timeout(header: bytes) {
      require(Timeout(header: Array(timeout.header.utf8)) == timeout, "a timeout that changed")
    }
    if let coding = ContentCoding(header: bytes) {
      require(ContentCoding(header: Array(coding.name.utf8)) == coding, "a coding that changed")
    }
    _ = ContentCoding.chosen(forAcceptEncoding: bytes)
    if let text = String(validating: bytes, as: UTF8.self) { _ = Code(name: text) }
  }

  /// However the bytes are cut, the envelopes are the same, and together they are the bytes.
  private func checkReader(_ bytes: [UInt8], _ input: UnsafeRawBufferPointer) {
    let whole = read { $0(bytes[...]) }
    let pieces = read { take in
      var rest = bytes[...]
      SessionChecks.pieces(of: UnsafeRawBufferPointer(rebasing: input.dropFirst())) { piece in
        take(rest.prefix(piece.count))
        rest = rest.dropFirst(piece.count)
        return true
      }
    }
    require(whole.envelopes == pieces.envelopes, "other envelopes when cut otherwise")
    require(whole.error == pieces.error, "another end when cut otherwise")
    require(whole.isWhole == pieces.isWhole, "another rest when cut otherwise")
    let written = whole.envelopes.flatMap(\.bytes)
    require(bytes.starts(with: written), "envelopes that were not in the bytes")
    require(whole.isWhole == (written.count == bytes.count), "a rest that is none")
  }

  private func read(
    _ give: ((ArraySlice<UInt8>) -> Void) -> Void
  ) -> (envelopes: [Envelope], error: EnvelopeReader.TooLarge?, isWhole: Bool) {
    var reader = EnvelopeReader(limit: Self.limit)
    var envelopes: [Envelope] = []
    var failure: EnvelopeReader.TooLarge?
    give { piece in
      reader.append(piece)
      do throws(EnvelopeReader.TooLarge) {
        while let envelope = try reader.next() { envelopes.append(envelope) }
      } catch {
        failure = error
      }
    }
    return (envelopes, failure, reader.isAtBoundary)
  }

  func allowance(for count: Int) -> Int { (1 << 20) + 200 * count }
}
