/// The module that the generated code is for.
struct Target {
  /// The Swift module; its C module has a C before the name.
  let module: String

  /// Whether the module is the floor itself, which then holds all that its files import.
  var isFloor: Bool { module == "Messages" }

  /// The C module.
  var cModule: String { "C\(module)" }
}
