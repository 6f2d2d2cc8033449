/// The answers on a connection, read as strictly as requests are.
struct HTTP1Answers {
  /// One answer.
  struct Answer: Hashable {
    var status: Int
    var fields: [String: String]
    var body: [UInt8] = []
    /// Whether all of it is there.
    var isComplete = false

    /// The number of the request that it answers; nil if the server answers by itself.
    var number: Int? { fields["x-number"].flatMap { Int($0) } }
    /// Whether the connection ends with it.
    var isLast: Bool { fields["connection"]?.lowercased() == "close" }
  }

  /// The answers, without interim ones.
  private(set) var answers: [Answer] = []

  private var rest: ArraySlice<UInt8>

  /// - Parameters:
  ///   - bytes: What was sent.
  ///   - verb: The verb of the request with a number.
  init(_ bytes: [UInt8], verb: (Int) -> String?) {
    rest = bytes[...]
    while !rest.isEmpty {
      guard var answer = takeHead() else { return }
      guard answer.status >= 200 else { continue }
      // Who answers by itself writes JSON or nothing, and nothing behind the head if asked by HEAD.
      let isHead = answer.number.map { verb($0) == "HEAD" } ?? (rest.first != UInt8(ascii: "{"))
      if isHead || answer.status == 204 || answer.status == 304 {
        answer.isComplete = true
      } else if answer.fields["transfer-encoding"] == "chunked" {
        takeChunks(&answer)
      } else if let length = answer.fields["content-length"].flatMap({ Int($0) }) {
        answer.body = Array(rest.prefix(length))
        answer.isComplete = rest.count >= length
        rest = rest.dropFirst(length)
      } else {
        require(answer.isLast, "an answer without an end")
        answer.body = Array(rest)
        answer.isComplete = true
        rest = []
      }
      answers.append(answer)
    }
  }

  private mutating func takeLine() -> String? {
    guard let end = rest.firstIndex(of: 0x0A) else {
      rest = []
      return nil
    }
    let line = rest[..<end]
    require(line.last == 0x0D, "a line of an answer without CR")
    rest = rest[(end + 1)...]
    return String(decoding: line.dropLast(), as: UTF8.self)
  }

  private mutating func takeHead() -> Answer? {
    guard let first = takeLine() else { return nil }
    let words = first.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      fatalError("an answer begins with \(first)")
    }
    var answer = Answer(status: status, fields: [:])
    while let line = takeLine() {
      guard !line.isEmpty else { return answer }
      let parts = line.split(separator: ":", maxSplits: 1)
      require(parts.count == 2, "a field of an answer is \(line)")
      let name = parts[0].lowercased()
      require(answer.fields[name] == nil, "a field of an answer is there twice: \(line)")
      answer.fields[name] = String(parts[1].drop { $0 == " " })
    }
    return nil
  }

  private mutating func takeChunks(_ answer: inout Answer) {
    while let line = takeLine() {
      guard let size = Int(line, radix: 16) else { fatalError("a chunk of an answer is \(line)") }
      answer.body += rest.prefix(size)
      rest = rest.dropFirst(size)
      guard let end = takeLine() else { return }
      require(end.isEmpty, "a chunk of an answer goes on with \(end)")
      if size == 0 {
        answer.isComplete = true
        return
      }
    }
  }
}
