/// The module that the generated code is for.
struct Target {
  /// The Swift module; its C module has a C before the name.
  let module: String

  /// Whether the module is the floor itself, which then holds all that its files import.
  var isFloor: Bool { module == "Messages" }

  /// The type that holds the index of all methods and messages.
  var index: String { isFloor ? "Contract" : "\(module)Contract" }

  /// The C module.
  var cModule: String { "C\(module)" }
}
