/// Names that must differ from one another.
struct Scope {
  private let reserved: Set<String>
  private var taken: Set<String> = []

  /// A scope in which some names mean something else; whoever wants one gets an underscore more.
  init(_ reserved: Set<String> = []) { self.reserved = reserved }

  /// A scope in which some names are taken.
  init(taken: [String]) {
    reserved = []
    self.taken = Set(taken)
  }

  /// Whether nobody has taken any of these names.
  func isFree(_ names: [String]) -> Bool { taken.isDisjoint(with: names) }

  /// Takes a name; behind one that is given away stands `mark` as often as it needs.
  mutating func claim(_ wanted: String, mark: String = "_") -> String {
    var name = reserved.contains(wanted) ? wanted + "_" : wanted
    while reserved.contains(name) || !taken.insert(name).inserted { name += mark }
    return name
  }

  /// Takes a name all of whose derived names must be free.
  mutating func claim(
    _ wanted: String,
    mark: String,
    with derive: (String) -> [String]
  ) -> String {
    var name = wanted
    while !taken.isDisjoint(with: derive(name)) { name += mark }
    taken.formUnion(derive(name))
    return name
  }
}
