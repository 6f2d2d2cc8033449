/// What is wrong with a configuration: all of it at once.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One fault.
  package struct Fault: Sendable, Hashable {
    /// Where: a key's name, a variable or the file.
    package let place: String
    /// What is wrong with it.
    package let detail: String
  }

  /// The faults, in the order of the file, then of the environment.
  package let faults: [Fault]

  /// One line a fault.
  package var description: String {
    let count = faults.count == 1 ? "1 fault" : "\(faults.count) faults"
    return (["the configuration has \(count):"] + faults.map { "  \($0.place): \($0.detail)" })
      .joined(separator: "\n")
  }
}
