/// The names that the fields and oneofs of one message get in Swift and in C.
struct MemberNames {
  private var properties = Scope(ReservedNames.ofMessages)
  private var cases: [Scope]
  private var c = Scope()

  /// Names beside those of so many oneofs and of messages within, which C keeps.
  init(oneofs: Int, nested: [String]) {
    cases = Array(
      repeating: Scope(ReservedNames.ofMessages.union(ReservedNames.ofOneofs)),
      count: oneofs
    )
    for name in nested { _ = c.claim(name, mark: "") { [$0] } }
  }

  /// The names of a field; protobuf-c adds `has_` or `n_` to some.
  mutating func field(
    _ name: String,
    number: Int,
    oneof: Int?
  ) -> (property: String, c: String) {
    let wanted = Names.lowerCamel(name)
    let mark = "_\(number)"
    let property =
      if let oneof { cases[oneof].claim(wanted, mark: mark) } else {
        properties.claim(wanted, mark: mark)
      }
    let cName = c.claim(Names.cField(name), mark: mark) { [$0, "has_\($0)", "n_\($0)"] }
    return (Names.quoted(property), cName)
  }

  /// The names of a oneof; protobuf-c adds `_case`.
  mutating func oneof(_ name: String, index: Int) -> (property: String, c: String) {
    let property = properties.claim(Names.lowerCamel(name))
    let cName = c.claim(Names.camelToLower(name), mark: "_\(index)") { [$0, "\($0)_case"] }
    return (Names.quoted(property), cName)
  }
}
