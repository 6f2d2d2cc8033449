/// Emits the Swift value of an enum: open, so that unknown numbers are kept.
struct EnumEmitter {
  let types: Types
  let enumeration: EnumModel

  func emit(to out: inout Writer) {
    let name = types.ownName(enumeration.fullName)
    let prefix = Names.enumPrefix(enumeration.name)
    var scope = Scope(ReservedNames.ofEnums)
    var names: [Int: String] = [:]
    var first: [EnumModel.Value] = []
    for value in enumeration.values where names[value.number] == nil {
      first.append(value)
      let wanted = Names.enumCase(value.name, prefix: prefix)
      names[value.number] = Names.quoted(scope.claim(wanted))
    }
    out.doc(
      enumeration.comment,
      or: "The enum `\(enumeration.fullName)`.",
      enumeration.isDeprecated
    )
    out.block("package enum \(name): OpenEnum") { out in
      for value in first {
        out.doc(value.comment, or: "`\(value.name)`.", value.isDeprecated)
        out.line("case \(names[value.number] ?? "")")
      }
      out.line("/// A number that this version does not know.")
      out.line("case unrecognized(Int32)")
      var aliases: Set<String> = []
      for value in enumeration.values where !first.contains(where: { $0.name == value.name }) {
        let wanted = Names.enumCase(value.name, prefix: prefix)
        guard let target = names[value.number], Names.quoted(wanted) != target,
          aliases.insert("\(wanted) \(value.number)").inserted
        else { continue }
        out.line()
        out.doc(value.comment, or: "Another name of `\(target)`.", value.isDeprecated)
        let alias = Names.quoted(scope.claim(wanted))
        out.line("package static var \(alias): Self { .\(target) }")
      }
      emitNumbers(first.map { ($0.number, names[$0.number] ?? "") }, to: &out)
      out.line()
      out.line("/// The values that have a name.")
      let cases = first.map { ".\(names[$0.number] ?? "")" }.joined(separator: ", ")
      out.line("package static let allCases: [Self] = [\(cases)]")
      out.line()
      out.line("/// The names of the contract, other names included.")
      out.line("package static let names: [EnumName] = [")
      for value in enumeration.values {
        out.line("  EnumName(\(value.number), \"\(value.name)\"),")
      }
      out.line("]")
    }
  }

  private func emitNumbers(_ cases: [(number: Int, name: String)], to out: inout Writer) {
    out.line()
    out.line("/// The value of a number.")
    out.block("package init(rawValue: Int32)") { out in
      out.block("switch rawValue") { out in
        for value in cases { out.line("case \(value.number): self = .\(value.name)") }
        out.line("default: self = .unrecognized(rawValue)")
      }
    }
    out.line()
    out.line("/// The number of the value.")
    out.block("package var rawValue: Int32") { out in
      out.block("switch self") { out in
        for value in cases { out.line("case .\(value.name): \(value.number)") }
        out.line("case .unrecognized(let number): number")
      }
    }
  }
}
