package import Storage

/// What a read handler works on: the call and a snapshot of the store.
///
/// Valid only inside the handler that it is given to.
package struct Reading {
  /// The call.
  package let call: Call
  /// The store as it was when the call began.
  package let snapshot: Snapshot
  /// Seals and opens personal columns.
  package let seal: Seal

  package init(call: Call, snapshot: Snapshot, seal: Seal) {
    self.call = call
    self.snapshot = snapshot
    self.seal = seal
  }
}
