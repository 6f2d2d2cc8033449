internal import Kernel
internal import Service
internal import Storage

/// The steps of a backup of the house, each asked of every service by the one who makes it.
///
/// First all hold their followers, then all take their instant, and with it go on following: so no
/// instant has seen more of a feed than the instant of that feed's own service.
///
/// - Source: docs/adr/0025-a-backup-holds-the-followers.md
extension AdminRequest {
  /// Holds the followers in the name that is the body, for as long as `backup.hold` says; asked
  /// again in time, for as long once more, up to ``Engine/holdsInARow`` times.
  func hold() {
    let id = text
    guard !id.isEmpty, id.utf8.count <= Engine.holdIDLength, id.utf8.allSatisfy(Self.isInID) else {
      let form = "the body is a name of 1 to \(Engine.holdIDLength) letters, digits and -"
      return reply.send(.text(400, "\(form)\n"))
    }
    let (limit, reply) = (parts.configuration.backupHold, reply)
    let result = parts.engine.hold(id, forMilliseconds: limit) {
      reply.send(.text(200, "held \(limit)\n"))
    }
    switch result {
    case .success: break
    case .failure(.another(let hold)):
      reply.send(.text(409, "\(hold.id) holds the followers\n"))
    case .failure(.tooLong(let hold)):
      reply.send(.text(410, "\(hold.id) has held the followers for as long as it may\n"))
    }
  }

  private static func isInID(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Lets the followers go on that are held in the name that is the body.
  func release() {
    guard let lasted = parts.engine.release(text) else {
      return reply.send(.text(410, "the hold was over\n"))
    }
    reply.send(.text(200, "released \(lasted)\n"))
  }

  /// Copies the store to the path that is the first line of the body; with a name in the second
  /// line only while that one holds the followers, which then go on.
  ///
  /// The answer is a line when the instant is taken, and one when the copy is there.
  func backup() {
    let lines = text.split(separator: "\n").map(String.init)
    guard let path = lines.first, path.hasPrefix("/"), lines.count <= 2 else {
      let form = "the body is a full path, and in a second line the name of a hold"
      return reply.send(.text(400, "\(form)\n"))
    }
    let holder = lines.count == 2 ? lines[1] : nil
    AdminThreads.run { copy(to: path, holder: holder) }
  }

  private func copy(to path: String, holder: String?) {
    let engine = parts.engine
    do {
      let instant = try engine.store.instant(takenAt: engine.surroundings.realNow())
      var lasted: Int64?
      if let holder {
        // It lasted until here, so nothing that others recorded has taken effect since it began.
        lasted = engine.release(holder)
        guard lasted != nil else {
          return reply.send(.text(410, "the hold was over before the instant was taken\n"))
        }
      }
      reply.begin(status: 200, fields: [.init("content-type", "text/plain; charset=utf-8")])
      say("instant \(instant.head.position) \(lasted.map(String.init) ?? "-")")
      say(try copy(instant, to: path))
      reply.finish()
    } catch {
      parts.log.error("backup failed", [.path: path, .detail: String(describing: error)])
      reply.send(.text(500, "\(error)\n"))
    }
  }

  /// Copies an instant, and what the service keeps beside its store.
  ///
  /// - Returns: The last line of the answer.
  private func copy(_ instant: StoreInstant, to path: String) throws -> String {
    let (reply, log) = (reply, parts.log)
    do {
      let manifest = try instant.copy(to: path) { reply.isCancelled }
      var words = [
        "done", "\(manifest.bytes)", manifest.sha256, "\(manifest.feedPosition)",
      ]
      if let files {
        let parent = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let amount = try files.copy("\(parent)/\(files.folder)") { reply.isCancelled }
        words += [files.folder, "\(amount.files)", "\(amount.bytes)"]
      }
      log.info("backup made", [.path: path, .position: "\(manifest.feedPosition)"])
      return words.joined(separator: " ")
    } catch {
      log.error("backup failed", [.path: path, .detail: String(describing: error)])
      return "failed \(String(describing: error).split(separator: "\n").joined(separator: " "))"
    }
  }

  private func say(_ line: String) {
    reply.write(Array("\(line)\n".utf8))
  }
}
