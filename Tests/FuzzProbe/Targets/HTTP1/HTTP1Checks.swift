internal import HTTP2
internal import Host

/// What must hold of a connection that was served by HTTP/1.1, besides that nothing crashes.
struct HTTP1Checks {
  private let outcome: HTTP1Target.Outcome
  private let reference: HTTP1Reference
  private let answers: [HTTP1Answers.Answer]

  init(_ outcome: HTTP1Target.Outcome, _ reference: HTTP1Reference) {
    self.outcome = outcome
    self.reference = reference
    let verbs = outcome.seen.map(\.verb)
    answers =
      HTTP1Answers(outcome.output) { verbs.indices.contains($0) ? verbs[$0] : nil }.answers
  }

  /// Ends the program if something does not hold.
  func run() {
    checkAnswers()
    let versions = checkRequests()
    for answer in answers {
      guard let number = answer.number else { continue }
      require(
        !versions[number].hasSuffix("/1.0") || answer.fields["transfer-encoding"] == nil,
        "an answer in chunks to HTTP/1.0"
      )
    }
    checkEnd()
  }

  /// One answer for each request, in order, and none behind the last one.
  private func checkAnswers() {
    var next = 0
    for (index, answer) in answers.enumerated() {
      let isLast = index == answers.count - 1
      require(isLast || answer.isComplete, "half an answer before another")
      require(isLast || !answer.isLast, "an answer behind the last one: \(answers)")
      guard let number = answer.number else {
        require(answer.status != 400 || answer.isLast, "a connection goes on behind a refusal")
        continue
      }
      require(number >= next, "answers out of order")
      next = number + 1
    }
    let answered = Set(answers.filter(\.isComplete).compactMap(\.number))
    for (number, seen) in outcome.seen.enumerated() where seen.body != nil {
      require(answered.contains(number), "a request without an answer: \(seen)")
    }
  }

  /// What was seen is what there is to see.
  ///
  /// - Returns: The versions of the requests that were seen.
  private func checkRequests() -> [String] {
    var versions: [String] = []
    var rest = reference.requests[...]
    for seen in outcome.seen {
      require(seen.size <= HTTP1Target.limits.connection.headerList, "a head above its limit")
      while let request = rest.first, !isSame(seen, request) {
        require(!Self.isTaken(request), "\(request) was read as \(seen)")
        rest = rest.dropFirst()
      }
      guard let request = rest.popFirst() else {
        fatalError("\(seen) is no request of \(reference.requests), \(reference.end)")
      }
      versions.append(request.version)
      guard let body = seen.body else { continue }
      require(request.isComplete && body == request.body, "\(request) was read as \(seen)")
      let isSunk = [.sunk, .echoed].contains(HTTP1Scribe.Manner(seen.path))
      require(isSunk || body.count <= HTTP1Target.limits.body, "a body above its limit")
    }
    return versions
  }

  private func isSame(_ seen: HTTP1Scribe.Seen, _ request: HTTP1Reference.Request) -> Bool {
    seen.verb == request.method && seen.path == request.target && seen.host == request.host
  }

  /// What can be read and means one thing is served as long as the connection goes on.
  private func checkEnd() {
    let complete = reference.requests.filter(\.isComplete)
    if outcome.isOpen {
      require(reference.end == .incomplete, "the connection goes on behind \(reference.end)")
      require(outcome.wantsRead, "the connection goes on and nothing is read")
      // An answer may have begun, and all of it that a HEAD gets, while the request still comes.
      let hasBegun = answers.last?.isLast == true && reference.requests.count > complete.count
      require(
        answers.filter(\.isComplete).count == complete.count || hasBegun,
        "\(answers) to \(complete)"
      )
    }
    // A server that ends the connection says so, and whatever is behind is not read.
    let served = answers.last?.isLast == true ? answers.count : .max
    let wanted = complete.prefix(served).prefix { Self.isTaken($0) }
    require(outcome.seen.count >= wanted.count, "\(wanted) were not all read: \(outcome.seen)")
  }

  /// Whether there is no reason to refuse a request.
  private static func isTaken(_ request: HTTP1Reference.Request) -> Bool {
    request.isStrict && request.size <= HTTP1Target.limits.connection.headerList
      && request.body.count <= HTTP1Target.limits.body
  }

  /// The same requests and answers however the bytes are cut.
  ///
  /// When a decision that is made later refuses a request in chunks, the connection goes on if
  /// the chunks are all there, and ends if not: it cannot be said how long they would be. The same
  /// goes for a length that the head keeps to its own connection.
  static func compare(_ whole: Self, _ pieces: Self) {
    let isTimed = whole.reference.requests.contains { request in
      request.isOpenEnded && HTTP1Scribe.Manner(request.target) == .refusedLater
    }
    guard !isTimed else { return }
    let (left, right) = (whole.outcome, pieces.outcome)
    require(left.seen == right.seen, "cut otherwise: \(left.seen), \(right.seen)")
    require(
      whole.answers == pieces.answers,
      "cut otherwise: \(whole.answers), \(pieces.answers)"
    )
    require(left.isOpen == right.isOpen, "cut otherwise it ends otherwise")
  }
}
