package import Service
package import Storage

extension Room {
  /// What `verify` finds wrong with the store.
  package func verify() -> [StoredFault] {
    var faults: [StoredFault] = []
    _ = engine.verify(isCancelled: { false }) { news in
      if case .fault(let fault) = news { faults.append(fault) }
    }
    return faults
  }

  /// Changes rows as somebody with another program would.
  ///
  /// - Returns: How many rows were changed.
  @discardableResult
  package func tamper(_ sql: String, _ arguments: [Value] = []) throws -> Int {
    try engine.store.write { try $0.execute(sql, arguments) }
  }
}
