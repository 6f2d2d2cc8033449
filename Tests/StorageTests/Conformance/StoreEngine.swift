import Testing

@testable import Storage

/// A way to open a store, against which the conformance suites run.
///
/// Every suite in this folder takes an engine as its argument and says nothing of SQLite. For a
/// second engine, add its case to `all`: how a store is opened in a scratch folder (or a scratch
/// database named after it), and how one is opened again on what is left after a crash. All that
/// is in this folder must then hold for it; what is in the folders beside is SQLite's own.
struct StoreEngine: Sendable, CustomTestStringConvertible {
  let testDescription: String

  /// Opens the store of the scratch folder, with the example's schema.
  let open: @Sendable (Scratch) throws -> Store

  /// Opens what would be left of an open store if the process died now.
  let openAfterCrash: @Sendable (Scratch) throws -> Store

  static let all = [
    StoreEngine(
      testDescription: "SQLite",
      open: { try Example.store($0) },
      openAfterCrash: { scratch in
        _ = try scratch.crashImage(as: "crashed.sqlite")
        return try Example.store(scratch, "crashed.sqlite")
      }
    )
  ]
}
