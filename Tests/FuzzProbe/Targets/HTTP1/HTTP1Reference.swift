/// What the bytes of a connection mean, read strictly and slowly, whoever else reads them.
///
/// What has one meaning by RFC 9112 is a request, what has none or two ends the reading. Between
/// the two is what a server may refuse or take, but then with this one meaning: lines that end with
/// a bare LF, lengths that are said twice and agree, extensions of chunks, and the like.
struct HTTP1Reference {
  /// One request.
  struct Request {
    var method: String
    var target: String
    var version: String
    var host: String
    /// The body as far as it is there.
    var body: [UInt8] = []
    /// Whether the body comes in chunks.
    var isChunked = false
    /// The length that the head says; nil if it says none.
    var length: Int?
    /// Whether nobody behind the connection learns the length before the end.
    var isOpenEnded = false
    /// Whether all of it is there.
    var isComplete = false
    /// Whether a server has no reason to refuse it.
    var isStrict = true
    /// Whether it is the last one of its connection by its own word.
    var isLast = false
    /// An upper bound of the length of its header list.
    var size = 0
  }

  /// Why nothing more was read.
  enum End: Equatable {
    /// The rest is the beginning of a request.
    case incomplete
    /// A request said that it was the last.
    case closed
    /// What follows has no meaning or more than one.
    case refused(String)
  }

  private(set) var requests: [Request] = []
  private(set) var end = End.incomplete

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
    while true {
      do {
        guard try readRequest() else { return }
      } catch {
        end = .refused(error.reason)
        return
      }
      if requests.last?.isLast == true {
        end = .closed
        return
      }
    }
  }

  /// What has no meaning, or two.
  struct Fault: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
  }

  /// Reads a request; false if it is not complete.
  private mutating func readRequest() throws(Fault) -> Bool {
    var isStrict = true
    while let first = rest.first, first == 0x0A || first == 0x0D {
      if !rest.starts(with: [0x0D, 0x0A]) { isStrict = false }
      rest = rest.dropFirst(rest.starts(with: [0x0D, 0x0A]) ? 2 : 1)
    }
    let start = rest
    guard let line = try takeLine(&isStrict) else { return false }
    // Whoever says so begins HTTP/2 in the midst, and is waited for to go on in vain.
    guard !line.starts(with: Array("PRI ".utf8)) else { return false }
    guard let fields = try takeFields(&isStrict) else {
      rest = start
      return false
    }
    // A version may be looked at when the head is whole.
    var request = try Self.request(line)
    if !isStrict { request.isStrict = false }
    try Self.frame(&request, fields)
    requests.append(request)
    if request.isChunked {
      requests[requests.count - 1].isComplete = try takeChunks()
    } else {
      let length = request.length ?? 0
      requests[requests.count - 1].body = Array(rest.prefix(length))
      requests[requests.count - 1].isComplete = rest.count >= length
      rest = rest.dropFirst(length)
    }
    return requests[requests.count - 1].isComplete
  }

  // Lines

  /// Takes a line without its end; nil if there is none.
  private mutating func takeLine(_ isStrict: inout Bool) throws(Fault) -> ArraySlice<UInt8>? {
    guard let end = rest.firstIndex(of: 0x0A) else { return nil }
    var line = rest[..<end]
    rest = rest[(end + 1)...]
    if line.last == 0x0D { line = line.dropLast() } else { isStrict = false }
    guard !line.contains(0x0D), !line.contains(0) else { throw Fault("CR or NUL in a line") }
    return line
  }

  /// Takes fields up to an empty line; nil if there is none.
  private mutating func takeFields(
    _ isStrict: inout Bool
  ) throws(Fault) -> [(name: String, value: String)]? {
    var fields: [(name: String, value: String)] = []
    while let line = try takeLine(&isStrict) {
      guard !line.isEmpty else { return fields }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        line[..<colon].allSatisfy(Self.isToken)
      else { throw Fault("a line that is no field") }
      let value = Self.trimmed(line[(colon + 1)...])
      if value.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 >= 0x7F }) { isStrict = false }
      if line.contains(0x0B) || line.contains(0x0C) { isStrict = false }
      fields.append(
        (
          String(decoding: line[..<colon], as: UTF8.self).lowercased(),
          String(decoding: value, as: UTF8.self)
        )
      )
    }
    return nil
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes = bytes.dropLast() }
    return bytes
  }

  /// - Source: RFC 9110, 5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  // The head

  private static let methods: Set<String> = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE",
  ]

  private static func request(_ line: ArraySlice<UInt8>) throws(Fault) -> Request {
    let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0B || $0 == 0x0C }
    guard words.count == 3 else { throw Fault("a first line that is none") }
    guard words[0].allSatisfy(isToken) else { throw Fault("a method that is none") }
    let texts = words.map { String(decoding: $0, as: UTF8.self) }
    // The parser knows the first lines of two protocols besides, which are framed like HTTP.
    guard ["HTTP/1.", "ICE/1.", "RTSP/1."].contains(String(texts[2].dropLast())),
      texts[2].last?.isASCII == true, texts[2].last?.isNumber == true
    else { throw Fault("a version that is not spoken") }
    var request = Request(method: texts[0], target: texts[1], version: texts[2], host: "")
    request.isStrict =
      line.elementsEqual(words.joined(separator: [0x20])) && methods.contains(texts[0])
      && ["HTTP/1.0", "HTTP/1.1"].contains(texts[2]) && words[1].first == UInt8(ascii: "/")
      && words[1].allSatisfy { (0x21...0x7E).contains($0) }
    request.size = 4 * 32 + 40 + line.count
    return request
  }

  /// How long the body is, whether another request follows, and for whom it is.
  private static func frame(
    _ request: inout Request,
    _ fields: [(name: String, value: String)]
  ) throws(Fault) {
    func values(_ name: String) -> [String] {
      fields.filter { $0.name == name }.map(\.value)
    }
    for field in fields { request.size += field.name.utf8.count + field.value.utf8.count + 32 }
    let codings = values("transfer-encoding")
    if !codings.isEmpty {
      guard request.version == "HTTP/1.1" else { throw Fault("chunks in another version") }
      guard codings.map({ $0.lowercased() }) == ["chunked"] else {
        throw Fault("a coding that is not chunked")
      }
      guard values("content-length").isEmpty else { throw Fault("a length and chunks") }
      request.isChunked = true
    }
    // What is no number alone may be a list of numbers that agree.
    let lengths = values("content-length")
    let numbers = lengths.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .map { trimmed(Array($0.utf8)[...]) }
    if let first = numbers.first {
      guard numbers.allSatisfy({ isNumber($0) && $0.elementsEqual(first) }),
        let length = UInt64(String(decoding: first, as: UTF8.self))
      else { throw Fault("a length that is none, or several") }
      request.length = Int(clamping: length)
      if numbers.count > 1 { request.isStrict = false }
    }
    guard request.method != "CONNECT" || !request.isChunked && (request.length ?? 0) == 0 else {
      throw Fault("a body of a tunnel")
    }
    let hosts = values("host")
    guard hosts.count < 2, hosts.count == 1 || request.version.hasSuffix("/1.0") else {
      throw Fault("no host, or several")
    }
    request.host = hosts.first ?? ""
    let others = Set("-._~%!$&'()*+,;=:[]".utf8)
    guard
      request.host.utf8.allSatisfy({
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || others.contains($0)
      }), hosts.isEmpty || request.host.utf8.count > 0
    else { throw Fault("a host that is none") }
    let options = values("connection").flatMap { $0.split(separator: ",") }
      .map { String(decoding: trimmed(Array($0.utf8)[...]), as: UTF8.self).lowercased() }
    request.isOpenEnded = request.isChunked || options.contains("content-length")
    request.isLast =
      options.contains("close")
      || request.version.hasSuffix("/1.0") && !options.contains("keep-alive")
  }

  private static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { (0x30...0x39).contains($0) }
  }

  // Chunks

  /// Takes chunks and trailers; false if they are not complete.
  private mutating func takeChunks() throws(Fault) -> Bool {
    let last = requests.count - 1
    while true {
      var isStrict = true
      guard let line = try takeLine(&isStrict) else { return false }
      let digits = line.prefix { byte in
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
      }
      guard let number = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) else {
        throw Fault("a size of a chunk that is none")
      }
      let size = Int(clamping: number)
      let behind = Self.trimmed(line[digits.endIndex...])
      guard behind.isEmpty || behind.first == UInt8(ascii: ";") else {
        throw Fault("something else behind the size of a chunk")
      }
      if !isStrict || digits.count != line.count || digits.count > 8 {
        requests[last].isStrict = false
      }
      guard size > 0 else { break }
      requests[last].body += rest.prefix(size)
      guard rest.count > size else { return false }
      rest = rest.dropFirst(size)
      guard let end = try takeLine(&isStrict) else {
        guard rest.count < 2, rest.first == 0x0D else { throw Fault("a chunk without an end") }
        return false
      }
      guard end.isEmpty else { throw Fault("a chunk longer than its size") }
      if !isStrict { requests[last].isStrict = false }
    }
    var isStrict = true
    guard let trailers = try takeFields(&isStrict) else { return false }
    if !isStrict || !trailers.isEmpty { requests[last].isStrict = false }
    return true
  }
}
