internal import Kernel
internal import Logging

/// Writes log lines: a constant message and named fields.
package struct Log: Sendable {
  /// How much an operator wants to read.
  package enum Level: String, Sendable, CaseIterable {
    case debug
    case info
    case warning
    case error
  }

  private let logger: Logger

  /// A log of a service, one JSON object a line.
  ///
  /// - Parameters:
  ///   - service: Whose log it is.
  ///   - level: Lines below it are not written.
  ///   - sink: Where the lines go.
  package init(service: String, level: Level, sink: LineSink = .standardOutput) {
    logger = Logger(label: service) { label in
      JSONLineHandler(service: label, level: level.logging, sink: sink)
    }
  }

  /// What helps whoever looks for a fault.
  package func debug(_ message: StaticString, _ fields: [LogKey: String] = [:]) {
    write(.debug, message, fields)
  }

  /// What an operator may want to know.
  package func info(_ message: StaticString, _ fields: [LogKey: String] = [:]) {
    write(.info, message, fields)
  }

  /// What will become a failure if it goes on.
  package func warning(_ message: StaticString, _ fields: [LogKey: String] = [:]) {
    write(.warning, message, fields)
  }

  /// What an operator must act on.
  package func error(_ message: StaticString, _ fields: [LogKey: String] = [:]) {
    write(.error, message, fields)
  }

  /// What an operator may want to know of a call.
  func info(_ message: StaticString, _ fields: [LogKey: String], trace: TraceContext?) {
    write(.info, message, Self.fields(fields, trace))
  }

  /// What an operator must act on, of something that happened in a trace.
  func error(_ message: StaticString, _ fields: [LogKey: String], trace: TraceContext?) {
    write(.error, message, Self.fields(fields, trace))
  }

  private static func fields(
    _ fields: [LogKey: String],
    _ trace: TraceContext?
  ) -> [LogKey: String] {
    guard let trace else { return fields }
    return fields.merging([.traceId: trace.traceID, .spanId: trace.spanID]) { $1 }
  }

  private func write(_ level: Level, _ message: StaticString, _ fields: [LogKey: String]) {
    logger.log(
      level: level.logging,
      "\(message)",
      metadata: Logger.Metadata(
        uniqueKeysWithValues: fields.map { ($0.key.rawValue, .string($0.value)) }
      )
    )
  }
}

extension Log.Level {
  fileprivate var logging: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
