internal import TestSupport

/// Changes of requests of HTTP/1.1 that mostly keep their form.
enum HTTP1Mutation {
  /// A request of each kind, and all that could be read in two ways.
  static let seeds: [String] = {
    let line = "POST /x HTTP/1.1\r\nhost: a\r\n"
    let get = "GET /x HTTP/1.1\r\nhost: a\r\n\r\n"
    let whole = fields.map { "\(line)\($0)\r\ncontent-length: 2\r\n\r\n{}\(get)" }
    let chunked = bodies.map { "\(line)transfer-encoding: chunked\r\n\r\n\($0)\(get)" }
    let manners = targets.flatMap { target in
      [
        "PUT \(target) HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody\(get)",
        "PUT \(target) HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n\(bodies[0])\(get)",
        "HEAD \(target) HTTP/1.1\r\nhost: a\r\n\r\n\(get)",
      ]
    }
    let lines = firstLines.map { "\($0)\r\nhost: a\r\n\r\n\(get)" }
    return [get + get + get, "\r\n\n" + get, get.replacing("\r\n", with: "\n")]
      + whole + chunked + manners + lines
  }()

  private static let targets = ["/x", "/b", "/d", "/e", "/l", "/m", "/r", "/s"]

  private static let firstLines = [
    "GET /x HTTP/1.0", "GET /x HTTP/0.9", "GET /x HTTP/2.0", "GET /x HTTP/1.2", "GET /x",
    "GET /x y HTTP/1.1", "GET  /x HTTP/1.1", "GET\t/x HTTP/1.1", "GET /x HTTP/1.1 ",
    "get /x HTTP/1.1",
    "CONNECT a:1 HTTP/1.1", "CONNECT /x HTTP/1.1", "OPTIONS * HTTP/1.1", "PRI * HTTP/1.1",
    "PRI * HTTP/2.0", "SOURCE /x ICE/1.0", "GET http://a/x HTTP/1.1", "BREW /x HTTP/1.1",
    "GET /\u{80} HTTP/1.1", "GET /\0 HTTP/1.1", "HTTP/1.1 200 OK", "DELETE /d?q=%00 HTTP/1.1",
  ]

  private static let fields = [
    "accept: */*", "host: b", "host:", "Host : a", "content-length: 2", "content-length: 3",
    "content-length: 2, 2", "content-length: +2", "content-length: -1", "content-length: 0x2",
    "content-length: 02", "content-length:", "content-length: 18446744073709551618",
    "content-length: 9223372036854775807", "content-length : 2", "content-length:\r\n 2",
    "Content-Length: 2 2", "content-length: 0", "content-length: 1025",
    "transfer-encoding: chunked", "Transfer-Encoding: Chunked", "transfer-encoding: xchunked",
    "transfer-encoding: chunked, chunked", "transfer-encoding: chunked, gzip",
    "transfer-encoding: gzip, chunked", "transfer-encoding: identity", "transfer-encoding:",
    "transfer-encoding:\u{B}chunked", "transfer-encoding: chunked\u{B}",
    "transfer-encoding : chunked", "host: a \t",
    "x: a\r\n transfer-encoding: chunked", "x: a\ntransfer-encoding: chunked", "x: a\rb", "x: a\0b",
    "nonsense", ": x", "x y: z", "x:", "x: \u{7F}\u{1}", "expect: 100-continue", "expect: other",
    "connection: close", "connection: keep-alive", "connection: x, Close", "connection: host, x",
    "connection: upgrade\r\nupgrade: h2c", "upgrade: h2c", "te: trailers", "trailer: host",
    "connection: content-length", "connection: transfer-encoding", "keep-alive: 1",
    "proxy-connection: close", "x-number: 7", "accept: a\r\n\tb",
  ]

  private static let bodies = [
    "2\r\n{}\r\n0\r\n\r\n", "0\r\n\r\n", "2;a=b\r\n{}\r\n0;c\r\n\r\n", "2 \r\n{}\r\n0\r\n\r\n",
    "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "2\r\n{}\r\n0\r\nx: y\r\n\r\n", "zz\r\n{}\r\n0\r\n\r\n",
    "-2\r\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "10000000000000002\r\n{}\r\n0\r\n\r\n",
    "2\r\n{}xx\r\n0\r\n\r\n", "2\n{}\n0\n\n", "2\r\n{}0\r\n\r\n",
    "00000000000000002\r\n{}\r\n0\r\n\r\n",
    "2\r\n{}\r\n0\r\ncontent-length: 5\r\n\r\n", "2\r\n{}\r\n0\r\ntransfer-encoding: x\r\n\r\n",
    "2\r\n{}\r\n000\r\n\r\n", "2\r\r\n{}\r\n0\r\n\r\n", "2;\n{}\r\n0\r\n\r\n", "2\r\n{}\r\n0\r\n",
    "A\r\n0123456789\r\n0\r\n\r\n", "2;a=\"\r\n\"\r\n{}\r\n0\r\n\r\n",
  ]

  private static let ends = [
    "\r\n", "\n", "\r", "\r\r\n", "\r\n\r\n", "", "\n\n", " \r\n", "\r\n ", "\0\r\n",
  ]

  private static let sizes = [
    "0", "1", "2", "4", "10", "400", "401", "fff", "FFFFFFFF", "7fffffffffffffff",
    "8000000000000000", "ffffffffffffffff", "10000000000000000", "-1", "+1", "0x1", " 1", "1 ", "",
  ]

  /// Changes the bytes once.
  static func change(
    _ bytes: ArraySlice<UInt8>,
    by generator: inout SeededGenerator
  ) -> [UInt8] {
    var lines = lines(of: bytes)
    guard let index = lines.indices.randomElement(using: &generator) else {
      return Array((seeds.randomElement(using: &generator) ?? "").utf8)
    }
    func some(_ texts: [String], _ generator: inout SeededGenerator) -> [UInt8] {
      Array((texts.randomElement(using: &generator) ?? "").utf8)
    }
    let newline: [UInt8] = [0x0D, 0x0A]
    switch Int.random(in: 0..<14, using: &generator) {
    case 0, 1, 2: lines.insert(some(fields, &generator) + newline, at: index)
    case 3: lines[index] = some(fields, &generator) + newline
    case 4: lines[index] = some(bodies, &generator)
    case 5: lines[index] = bare(lines[index]) + some(ends, &generator)
    case 6: lines[index] = some(firstLines, &generator) + newline
    case 7:
      let verb = some(["GET", "POST", "HEAD", "PUT"], &generator)
      lines[index] = verb + [0x20] + some(targets, &generator) + Array(" HTTP/1.1\r\n".utf8)
    case 8: lines.remove(at: index)
    case 9: lines.append(some(seeds, &generator))
    case 10: lines.insert(lines[index], at: index)
    case 11: lines.swapAt(index, lines.indices.randomElement(using: &generator) ?? index)
    case 12: lines[index] = some(sizes, &generator) + newline
    default: Mutation.blind(&lines[index], from: 0, by: &generator)
    }
    return Array(lines.joined())
  }

  private static func bare(_ line: [UInt8]) -> [UInt8] {
    Array(line.prefix { $0 != 0x0D && $0 != 0x0A })
  }

  /// The lines, each with its end.
  private static func lines(of bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    var rest = bytes
    var lines: [[UInt8]] = []
    while let end = rest.firstIndex(of: 0x0A) {
      lines.append(Array(rest[...end]))
      rest = rest[(end + 1)...]
    }
    if !rest.isEmpty { lines.append(Array(rest)) }
    return lines
  }
}
