internal import Foundation
internal import Glibc

/// A child process that runs one service.
///
/// Its standard input is a socket whose other end only this process holds: when this process is
/// gone, killed or not, the child reads the end and stops. The other way it tells once that it
/// listens, so that nobody else who answers at its address is taken for it.
final class Child: Sendable {
  /// How a child ended.
  enum Ending: Sendable, Hashable, CustomStringConvertible {
    case exit(Int32)
    case signal(Int32)

    var description: String {
      switch self {
      case .exit(let status): "exit \(status)"
      case .signal(let number): "signal \(number)"
      }
    }
  }

  /// The id of the process.
  let pid: pid_t
  private let held: Int32

  private init(pid: pid_t, held: Int32) {
    self.pid = pid
    self.held = held
  }

  deinit {
    Glibc.close(held)
  }

  /// Starts a process.
  ///
  /// - Parameters:
  ///   - program: The path of the executable.
  ///   - arguments: Its arguments without its name.
  ///   - environment: Its whole environment.
  ///   - log: The file to which its two outputs are appended.
  /// - Returns: The child, which runs.
  /// - Throws: ``Failure``.
  static func start(
    _ program: String,
    _ arguments: [String],
    environment: [String: String],
    log: String
  ) throws -> Child {
    var ends: [Int32] = [-1, -1]
    // A socket, since only its flags keep the ends from other children without a race.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw failure("socketpair") }
    defer { Glibc.close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    let flags = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, flags, 0o644)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    prepare(&attributes)
    let argv = ([program] + arguments).map { strdup($0) } + [nil]
    let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, program, &actions, &attributes, argv, envp)
    guard status == 0 else {
      Glibc.close(ends[1])
      throw Failure(.fault, "cannot start \(program): \(String(cString: strerror(status)))")
    }
    return Child(pid: pid, held: ends[1])
  }

  /// A group of its own, so that Ctrl-C reaches this process alone; no signal ignored or blocked
  /// but SIGHUP, which is passed on and must not end a child that does not wait for it yet.
  private static func prepare(_ attributes: inout posix_spawnattr_t) {
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))
    posix_spawnattr_setpgroup(&attributes, 0)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGTERM, SIGINT, SIGPIPE] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
  }

  private static func failure(_ what: String) -> Failure {
    Failure(.fault, "\(what): \(String(cString: strerror(errno)))")
  }

  /// Waits until the process has ended; to be called once.
  func ended() async -> Ending {
    let pid = pid
    return await withCheckedContinuation { continuation in
      let thread = Thread {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let number = status & 0x7F
        continuation.resume(returning: number == 0 ? .exit(status >> 8 & 0xFF) : .signal(number))
      }
      thread.start()
    }
  }

  /// Does something once the child has told that it listens; nothing if it ends before.
  ///
  /// To be called once.
  func onceListening(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread { [self] in
      var byte: UInt8 = 0
      var count = read(held, &byte, 1)
      while count < 0, errno == EINTR { count = read(held, &byte, 1) }
      if count == 1 { body() }
    }
    thread.start()
  }

  /// Tells the process that started this one that this one listens.
  static func tellParent() {
    var byte: UInt8 = 1
    // That it is gone is seen at the end of the same socket.
    Glibc.send(STDIN_FILENO, &byte, 1, CInt(MSG_NOSIGNAL))
  }

  /// Sends a signal.
  func send(_ signal: Int32) {
    kill(pid, signal)
  }
}
