internal import Dispatch
internal import Kernel
internal import Service
internal import Storage

extension AdminRequest {
  /// Makes a backup of the store at the path that is the body.
  func backup() {
    let engine = parts.engine
    let now = engine.surroundings.realNow()
    let path = text
    guard path.hasPrefix("/") else { return reply.send(.text(400, "the body is a full path\n")) }
    let (log, reply) = (parts.log, reply)
    DispatchQueue.global().async {
      do {
        let manifest = try engine.store.backup(to: path, madeAt: now)
        log.info("backup made", [.path: path, .position: "\(manifest.feedPosition)"])
        reply.send(
          .text(200, "\(manifest.bytes) \(manifest.sha256) \(manifest.feedPosition)\n")
        )
      } catch {
        log.error("backup failed", [.path: path, .detail: String(describing: error)])
        reply.send(.text(500, "\(error)\n"))
      }
    }
  }
}
