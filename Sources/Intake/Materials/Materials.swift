package import Kernel
internal import Messages
package import Service
internal import Storage
internal import Synchronization

/// Takes and gives the bytes of materials: `PUT /materials/{sha256}` and `GET /materials/{sha256}`.
///
/// It stands before the engine of intake: what is not under `/materials/` goes on to the calls.
/// File work never runs on the thread that calls; it is given to `offload`.
///
/// - Source: docs/rules/intake.md, rule I12
package final class Materials: StreamingEndpoint {
  /// Runs work that may wait for the disk, on another thread or at once.
  package typealias Offload = @Sendable (@escaping @Sendable () -> Void) -> Void

  private struct State {
    /// The passing names that are being written.
    var parts: Set<String> = []
    /// How many uploads are between the rename and the row, by hash.
    var arriving: [String: Int] = [:]
    /// The shelf that the sweep looks at next.
    var shelf = 0
  }

  let engine: Engine
  /// Where the bytes lie.
  package let folder: MaterialFolder
  let offload: Offload
  let limit: Int64
  private let state = Mutex(State())

  /// Opens the folder of the materials.
  ///
  /// - Parameters:
  ///   - engine: The engine of intake.
  ///   - folder: Where the bytes lie; beside the store. Made if it is not there.
  ///   - limit: The most bytes of a file.
  ///   - offload: Runs file work.
  /// - Throws: ``MaterialFolder/Fault``.
  package init(
    engine: Engine,
    folder: String,
    limit: Int64 = IntakeLimits.fileBytes,
    offload: @escaping Offload
  ) throws {
    self.engine = engine
    self.folder = try MaterialFolder(path: folder)
    self.limit = limit
    self.offload = offload
  }

  package func sink(for head: RequestHead, to reply: any Reply) -> (any BodySink)? {
    guard head.verb == "PUT", let sha256 = Self.hash(in: head.path) else { return nil }
    return UploadSink(self, head, sha256, reply)
  }

  package func known(_ head: RequestHead) -> (any KnownHead)? {
    // No path of a file is that of a method.
    engine.known(head)
  }

  package func dispatch(_ request: InboundRequest, to reply: any Reply) {
    guard request.path.hasPrefix(Self.prefix) else {
      return engine.dispatch(request, to: reply)
    }
    guard request.verb == "GET" else {
      return reply.send(Answer(status: 405, fields: [.init("allow", "GET, PUT")]))
    }
    guard let sha256 = Self.hash(in: request.path) else {
      return reply.send(Answer(status: 404))
    }
    offload { [self] in download(sha256, request, reply) }
  }

  // MARK: - Paths

  private static let prefix = "/materials/"

  /// The hash in a path; nil if the path has none.
  private static func hash(in path: String) -> String? {
    guard path.hasPrefix(prefix) else { return nil }
    let rest = path.dropFirst(prefix.count).prefix { $0 != "?" }
    let isHash = rest.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
    }
    return rest.utf8.count == 64 && isHash ? String(rest) : nil
  }

  // MARK: - Uploads under way

  func begin(_ part: String) {
    state.withLock { _ = $0.parts.insert(part) }
  }

  func end(_ part: String) {
    state.withLock { _ = $0.parts.remove(part) }
  }

  /// Keeps the sweep away from a hash until its row is there.
  func arrive(_ sha256: String) {
    state.withLock { $0.arriving[sha256, default: 0] += 1 }
  }

  func arrived(_ sha256: String) {
    state.withLock { state in
      let rest = (state.arriving[sha256] ?? 0) - 1
      state.arriving[sha256] = rest > 0 ? rest : nil
    }
  }

  // MARK: - Sweep

  /// Removes what is left over: passing names of uploads that ended badly, rows that nobody
  /// attached within a day, and bytes without a row.
  ///
  /// A call looks at so many of the 256 shelves and is called again and again. It waits for the
  /// disk.
  ///
  /// - Parameters:
  ///   - now: The real present.
  ///   - shelves: How many shelves to look at.
  /// - Returns: How many files were removed.
  @discardableResult
  package func sweep(now: Instant, shelves: Int = 16) -> Int {
    let loose = now.advanced(byMilliseconds: -IntakeLimits.looseUpload)
    let call = Call.ofTheSystem(
      "SweepMaterials",
      service: engine.definition.name,
      hall: engine.defaultHall,
      now: engine.surroundings.hallNow(),
      surroundings: engine.surroundings
    )
    engine.write(call) { writing in
      try writing.transaction.removeLooseUploads(before: loose, limit: 100)
    } completion: { _ in
    }
    var removed = 0
    for name in folder.parts() {
      state.withLock { state in
        guard !state.parts.contains(name) else { return }
        folder.discard(name)
        removed += 1
      }
    }
    for _ in 0..<shelves { removed += sweepShelf() }
    return removed
  }

  private func sweepShelf() -> Int {
    let shelf = state.withLock { state in
      defer { state.shelf = (state.shelf + 1) % 256 }
      return state.shelf
    }
    var removed = 0
    for sha256 in folder.hashes(onShelf: shelf) {
      // Under the lock no upload can get between the question and the removal.
      state.withLock { state in
        guard state.arriving[sha256] == nil,
          let isKept = try? engine.store.read({ try $0.hasUpload(sha256: sha256) }), !isKept
        else { return }
        folder.remove(sha256)
        removed += 1
      }
    }
    return removed
  }
}
