/// The names that the fields and oneofs of one message get in Swift and in C.
struct MemberNames {
  private var properties = Scope(ReservedNames.ofMessages)
  private var cases: [Scope]
  private var c: Scope
  /// What the constants of messages within begin with, behind what they stand in.
  private let nested: [String]

  /// Names beside those of so many oneofs and of messages within, which C keeps.
  init(oneofs: Int, nested: [String]) {
    cases = Array(
      repeating: Scope(ReservedNames.ofMessages.union(ReservedNames.ofOneofs)),
      count: oneofs
    )
    self.nested = nested.map { Names.camelToLower($0) }
    c = Scope(taken: nested + nested.map { "type \(Names.cType($0))" })
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

  /// The names of a oneof whose members have these names in C.
  ///
  /// protobuf-c adds `_case`, an enum with `Case` behind its name, and constants: one of
  /// `__not_set` and one for each member.
  mutating func oneof(
    _ name: String,
    index: Int,
    members: [String]
  ) -> (property: String, c: String) {
    let property = properties.claim(Names.lowerCamel(name))
    var wanted = Names.camelToLower(name)
    // Else a constant could be one of a message within.
    while nested.contains(where: { wanted == $0 || wanted.hasPrefix("\($0)_") }) {
      wanted = "o\(wanted)"
    }
    let cName = c.claim(wanted, mark: "_\(index)") { own in
      [own, "\(own)_case", "type \(Names.cType(own))Case", "constant \(own)__not_set"]
        + members.map { "constant \(own)_\($0)" }
    }
    return (Names.quoted(property), cName)
  }
}
