/// What a door keeps of answers, as the calls with one head see it.
package protocol CallCache: AnyObject, Sendable {
  /// Looks for the answer to a request.
  ///
  /// - Parameter request: The body in the form in which the service would get it.
  /// - Returns: What was found.
  func lookUp(_ request: [UInt8]) -> CacheLook
}

/// What a look into a cache found.
package enum CacheLook: Sendable {
  /// The answer.
  case hit(CacheHit)
  /// Nothing; the service's answer may be kept where it is told here, if anywhere.
  case miss((any CacheMiss)?)
}

/// The place for an answer that the service has yet to give.
package protocol CacheMiss: AnyObject, Sendable {
  /// Keeps the service's whole answer.
  ///
  /// - Returns: The answer as it goes to the caller; nil if it is not kept.
  func fill(with answer: Answer) -> CacheHit?
}

/// An answer from a cache, for one call.
package struct CacheHit: Sendable {
  /// The same for further calls.
  package let answer: any CachedAnswer
  /// The body of this one.
  package let body: [UInt8]

  package init(answer: any CachedAnswer, body: [UInt8]) {
    self.answer = answer
    self.body = body
  }
}

/// A kept answer in the form that calls with one head want.
package protocol CachedAnswer: AnyObject, Sendable {
  /// Whether the head alone says what is asked, as that of a GET does, so that this answers every
  /// call with it; of a POST the body says it.
  var isOfHead: Bool { get }
  /// The head without `content-length`.
  var head: AnswerHead { get }
  /// What `content-length` says, in bytes; negative for none.
  var length: Int { get }
  /// The body for one more call, which is counted; nil if the answer holds no longer.
  func take() -> [UInt8]?
}
