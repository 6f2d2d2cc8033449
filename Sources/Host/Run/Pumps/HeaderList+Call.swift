package import HTTP2

extension HeaderList {
  /// The head of a call of our own, without the fields that say who calls.
  ///
  /// - Parameters:
  ///   - path: The path of the method.
  ///   - address: Where it goes.
  ///   - verb: The HTTP method.
  ///   - isSecured: Whether it goes by TLS.
  package init(
    call path: String,
    to address: Address,
    verb: StaticString = "POST",
    isSecured: Bool = false
  ) {
    let scheme: StaticString = isSecured ? "https" : "http"
    self.init(method: verb, scheme: scheme, authority: address.description, path: path)
    append("connect-protocol-version", "1")
  }
}
