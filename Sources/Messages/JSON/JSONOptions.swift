/// How JSON is read.
package struct JSONOptions: Sendable {
  /// The types that an `Any` may hold.
  package var types: TypeRegistry
  /// Whether fields and names of enums that are unknown are passed over instead of refused.
  package var ignoresUnknown: Bool

  /// How JSON is read: strictly, with the types of the contract, unless it is said otherwise.
  package init(types: TypeRegistry = .contract, ignoresUnknown: Bool = false) {
    self.types = types
    self.ignoresUnknown = ignoresUnknown
  }

  /// How an answer is read, which may be that of a newer program.
  package static let ofAnswers = JSONOptions(ignoresUnknown: true)
}
