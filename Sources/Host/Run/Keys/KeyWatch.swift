internal import Foundation
internal import Kernel
internal import Synchronization

/// Takes keys and certificates anew when their files change, or when an operator asks by SIGHUP.
///
/// What cannot be used is refused and logged, and what was there before goes on being used.
struct KeyWatch: Sendable {
  /// How often files are looked at.
  private static let interval = Duration.seconds(2)

  /// How often the end of a certificate is warned of, in looks: each 12 hours.
  private static let looksBetweenWarnings = 21_600

  private let exchanges: [FileExchange]
  private let log: Log
  private let ends: CertificateEnds
  private let seen: SeenFiles

  /// Begins with the files as they are.
  init(_ exchanges: [FileExchange], ends: CertificateEnds, log: Log) {
    self.exchanges = exchanges
    self.ends = ends
    self.log = log
    for exchange in exchanges { ends.note(exchange) }
    seen = SeenFiles(exchanges.map { FileMark.all(of: $0.files()) })
  }

  /// Looks until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await Signals.atHangup { await look(isAsked: true) } }
      var looks = 0
      repeat {
        if looks % Self.looksBetweenWarnings == 0 { warn() }
        looks += 1
        await look(isAsked: false)
        // That the task is cancelled ends the loop.
      } while (try? await Task.sleep(for: Self.interval)) != nil
      group.cancelAll()
    }
  }

  /// Takes what has changed, or all of it.
  func look(isAsked: Bool) async {
    for (index, exchange) in exchanges.enumerated() {
      let marks = FileMark.all(of: exchange.files())
      guard seen.hasChanged(index, marks) || isAsked else { continue }
      do {
        try await exchange.take()
        ends.note(exchange)
        log.info("keys were taken anew", [.kind: exchange.name])
      } catch {
        log.error(
          "keys cannot be used, the old ones stay",
          [.kind: exchange.name, .detail: String(describing: error)]
        )
      }
    }
  }

  private func warn() {
    let now = Instant.realNow.unixMilliseconds / 1_000
    for (name, end) in ends.all where end - now < HouseSecurity.warning {
      log.warning(
        "a certificate ends soon",
        [.kind: name, .detail: "\(max(0, end - now) / 86_400) days"]
      )
    }
  }
}

/// The files as they were last looked at; several may look.
private final class SeenFiles: Sendable {
  private let marks: Mutex<[[FileMark]]>

  init(_ marks: [[FileMark]]) {
    self.marks = Mutex(marks)
  }

  func hasChanged(_ index: Int, _ now: [FileMark]) -> Bool {
    marks.withLock { marks in
      defer { marks[index] = now }
      return marks[index] != now
    }
  }
}

/// By what a file can be told from what it was before.
private struct FileMark: Sendable, Hashable {
  let path: String
  private let number: UInt64
  private let size: UInt64
  private let changed: Date?

  init(_ path: String) {
    self.path = path
    // A file that is not there has marks too.
    // A secret is often a link to a folder that is exchanged as a whole.
    let file = URL(filePath: path).resolvingSymlinksInPath().path
    let facts = try? FileManager.default.attributesOfItem(atPath: file)
    number = (facts?[.systemFileNumber] as? UInt64) ?? 0
    size = (facts?[.size] as? UInt64) ?? 0
    changed = facts?[.modificationDate] as? Date
  }

  static func all(of files: [String]) -> [FileMark] { files.map { FileMark($0) } }
}
