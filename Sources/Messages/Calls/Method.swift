/// How a method is handled.
package enum MethodKind: String, Sendable, Hashable {
  /// One transaction.
  case write
  /// One snapshot.
  case read
  /// Pages of a snapshot, asked for again after each commit.
  case stream
  /// An asynchronous function.
  case route
}

/// A method of a service, with the types of its request and its answer.
package struct Method<Request: Message, Response: Message>: Sendable {
  /// The path of the call, for example `/onedoor.feed.v1.FeedService/Read`.
  package let path: String
  /// The full name of the service.
  package let service: String
  /// The name of the method.
  package let name: String
  /// How it is handled.
  package let kind: MethodKind
  /// Whether it may be called by GET and repeated at will.
  package let hasNoSideEffects: Bool
  /// Who may call it; nil if nobody may.
  package let access: AccessV1.Access?

  /// A method of a service.
  package init(
    service: String,
    name: String,
    kind: MethodKind,
    hasNoSideEffects: Bool,
    access: AccessV1.Access?
  ) {
    path = "/\(service)/\(name)"
    self.service = service
    self.name = name
    self.kind = kind
    self.hasNoSideEffects = hasNoSideEffects
    self.access = access
  }

  /// The method without its types.
  package var info: MethodInfo {
    MethodInfo(
      path: path,
      service: service,
      name: name,
      kind: kind,
      hasNoSideEffects: hasNoSideEffects,
      access: access,
      request: Request.self,
      response: Response.self
    )
  }
}

/// A method without its types, for tables.
package struct MethodInfo: Sendable {
  /// The path of the call, for example `/onedoor.feed.v1.FeedService/Read`.
  package let path: String
  /// The full name of the service.
  package let service: String
  /// The name of the method.
  package let name: String
  /// How it is handled.
  package let kind: MethodKind
  /// Whether it may be called by GET and repeated at will.
  package let hasNoSideEffects: Bool
  /// Who may call it; nil if nobody may.
  package let access: AccessV1.Access?
  /// The type of the request.
  package let request: any Message.Type
  /// The type of the answer.
  package let response: any Message.Type

  /// Whether it may be called by GET: it changes nothing and its access rule says so.
  package var isGettable: Bool { hasNoSideEffects && access?.get == true }
}
