internal import Glibc
internal import Host
internal import Synchronization

/// Keeps the six running: starts each as a child, starts it again when it ends, stops all.
final class Supervisor: Sendable {
  private struct State {
    var children: [String: Child] = [:]
    /// The processes that listen, by service.
    var listening: [String: pid_t] = [:]
    var isStopping = false
  }

  /// After which time a child counts as having run well, so that the pauses begin anew.
  ///
  /// Not longer: who ends every few seconds would come back later and later, and after more than
  /// five seconds the others' timers no longer wait for what it has to tell.
  private static let well = Duration.seconds(5)

  /// How long the children may take to stop before they are killed.
  private static let patience = Duration.seconds(20)

  private let program: String
  private let environment: [String: String]
  private let logs: String
  private let log: Log
  private let state = Mutex(State())

  init(program: String, environment: [String: String], logs: String, log: Log) {
    self.program = program
    self.environment = environment
    self.logs = logs
    self.log = log
  }

  /// The id of a service's process; nil while it does not run.
  func pid(of service: String) -> pid_t? { state.withLock { $0.children[service]?.pid } }

  /// The process of a service that runs and listens; nil if there is none.
  func listening(_ service: String) -> pid_t? { state.withLock { $0.listening[service] } }

  /// Keeps one service running until all are stopped.
  func keep(_ service: String) async {
    var failures = 0
    while !state.withLock({ $0.isStopping }) {
      let start = ContinuousClock.now
      do {
        let child = try Child.start(
          program,
          ["serve", service, "--with-parent"],
          environment: environment,
          log: "\(logs)/\(service).log"
        )
        register(child, service)
        let ending = await child.ended()
        let isStopping = state.withLock { state in
          state.children[service] = nil
          state.listening[service] = nil
          return state.isStopping
        }
        if isStopping { return }
        log.warning("a service ended", [.upstream: service, .detail: ending.description])
      } catch {
        log.error("a service cannot be started", [.upstream: service, .detail: "\(error)"])
      }
      failures = ContinuousClock.now - start > Self.well ? 0 : failures + 1
      // 0.1 s, 0.2 s up to 6.4 s. That the task is cancelled ends the loop with the state.
      try? await Task.sleep(for: .milliseconds(50 << min(failures, 7)))
    }
  }

  private func register(_ child: Child, _ service: String) {
    let isStopping = state.withLock { state in
      state.children[service] = child
      return state.isStopping
    }
    child.onceListening { [self] in
      state.withLock { state in
        guard state.children[service]?.pid == child.pid else { return }
        state.listening[service] = child.pid
      }
    }
    // It was started while all others were told to stop.
    if isStopping { child.send(SIGTERM) }
  }

  /// Sends a signal to all that run.
  func send(_ signal: Int32) {
    for child in state.withLock({ $0.children }).values { child.send(signal) }
  }

  /// Tells all to stop; kills those that do not within the patience.
  func stop() async {
    let children = state.withLock { state in
      state.isStopping = true
      return state.children
    }
    for child in children.values { child.send(SIGTERM) }
    let deadline = ContinuousClock.now + Self.patience
    while !state.withLock({ $0.children.isEmpty }), ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(20))
    }
    for (service, child) in state.withLock({ $0.children }) {
      log.error("a service did not stop and is killed", [.upstream: service])
      child.send(SIGKILL)
    }
  }
}
