/// The copies of several services in one folder, looked at as a whole.
///
/// A copy of a follower must not have seen more of a feed than the copy of that feed's own service
/// holds, nor anything else: restored, the follower would stand still for ever.
///
/// - Source: docs/adr/0025-a-backup-holds-the-followers.md
package struct BackupCheck: Sendable {
  /// The manifests of the copies that were found sound, by service.
  package private(set) var manifests: [String: BackupManifest] = [:]
  /// All that is wrong, file by file and then pair by pair.
  package private(set) var faults: [BackupFault] = []

  /// Looks at the copies of services in a folder; nothing is written.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - services: Whose copies must be there, and fit one another.
  ///   - isThorough: Whether the chain of each feed is recomputed too.
  package init(_ folder: String, of services: [String], isThorough: Bool) {
    for service in services {
      do throws(BackupFault) {
        manifests[service] = try Self.manifest(folder, service, isThorough: isThorough)
      } catch {
        faults.append(error)
      }
    }
    let sound = services.compactMap { manifests[$0] }
    faults += Self.faults(among: sound) { upstream, head in
      try Store.readCopy("\(folder)/\(Self.file(of: upstream))") { try $0.feedHolds(head) }
    }
  }

  /// The name of a service's copy in a backup's folder.
  package static func file(of service: String) -> String { "\(service).sqlite" }

  /// What is wrong between copies, from what their manifests say.
  ///
  /// - Parameters:
  ///   - manifests: One a service; what they say of a service that has none is not looked at.
  ///   - holds: Whether an upstream's copy holds this entry; asked only for what lies before the
  ///     end of its feed.
  /// - Returns: A fault for each pair that does not fit.
  package static func faults(
    among manifests: [BackupManifest],
    holds: (_ upstream: String, FeedHead) throws -> Bool
  ) -> [BackupFault] {
    var faults: [BackupFault] = []
    for follower in manifests {
      for cursor in follower.cursors {
        guard let upstream = manifests.first(where: { $0.service == cursor.upstream }) else {
          continue
        }
        if let fault = fault(of: follower.service, cursor, upstream, holds) { faults.append(fault) }
      }
    }
    return faults
  }

  private static func fault(
    of follower: String,
    _ cursor: Cursor,
    _ upstream: BackupManifest,
    _ holds: (String, FeedHead) throws -> Bool
  ) -> BackupFault? {
    let seen = "\(follower) has seen \(cursor.position) entries of \(upstream.service)"
    if cursor.position > upstream.feedPosition {
      let detail = "\(seen), whose own copy holds \(upstream.feedPosition)"
      return BackupFault(.ahead, file(of: follower), detail)
    }
    do {
      let agrees =
        cursor.position == upstream.feedPosition
        ? Hexadecimal.text(cursor.hash) == upstream.feedHash
        : try holds(upstream.service, FeedHead(position: cursor.position, hash: cursor.hash))
      if agrees { return nil }
    } catch {
      return BackupFault(.damaged, file(of: upstream.service), "\(error)")
    }
    return BackupFault(
      .otherRecord,
      file(of: follower),
      "\(seen), but the last of them is another one in \(upstream.service)'s own copy"
    )
  }
}

// One copy

extension BackupCheck {
  /// The manifest of a service's copy, which is looked through.
  private static func manifest(
    _ folder: String,
    _ service: String,
    isThorough: Bool
  ) throws(BackupFault) -> BackupManifest {
    let name = file(of: service)
    let path = "\(folder)/\(name)"
    let size = Files.size(path)
    guard Files.size(path + ".manifest") != nil else {
      let also = size == nil ? "; nor is \(name)" : ""
      throw BackupFault(.missing, "\(name).manifest", "is not there\(also)")
    }
    guard let text = try? Files.contents(path + ".manifest"),
      let manifest = BackupManifest(text: String(decoding: text, as: UTF8.self))
    else { throw BackupFault(.unreadable, "\(name).manifest", "is no manifest of a backup") }
    guard manifest.service == service else {
      throw BackupFault(.foreign, name, "is a copy of \(manifest.service)")
    }
    guard let size else { throw BackupFault(.missing, name, "is not there") }
    guard size == manifest.bytes else {
      throw BackupFault(.changed, name, "has \(size) bytes, not \(manifest.bytes)")
    }
    return try looked(path, name, manifest, isThorough)
  }

  private static func looked(
    _ path: String,
    _ name: String,
    _ manifest: BackupManifest,
    _ isThorough: Bool
  ) throws(BackupFault) -> BackupManifest {
    do {
      // The hash comes first: a file that is not what was written is not even opened.
      guard try Files.sha256(path) == manifest.sha256 else {
        throw BackupFault(.changed, name, "has another SHA-256 than its manifest says")
      }
      let found = try Store.inspect(path, service: manifest.service, madeAt: manifest.madeAt)
      guard found.inFormat(of: manifest) == manifest else {
        throw BackupFault(.changed, name, "holds not what its manifest says")
      }
      if isThorough, let fault = try brokenChain(path) {
        throw BackupFault(.damaged, name, fault)
      }
      // What an older manifest did not say is known now.
      var whole = manifest
      whole.cursors = found.cursors
      return whole
    } catch let fault as BackupFault {
      throw fault
    } catch {
      throw BackupFault(.damaged, name, (error as? StoreError)?.detail ?? "\(error)")
    }
  }

  private static func brokenChain(_ path: String) throws -> String? {
    try Store.readCopy(path) { snapshot in
      var check = ChainCheck(from: .empty)
      while check.verdict == nil { try check.step(snapshot) }
      guard case .broken(let position, let fault) = check.verdict else { return nil }
      return "the feed is broken at entry \(position): \(fault.rawValue)"
    }
  }
}

extension Store {
  /// Reads a copy that nobody has open.
  ///
  /// - Throws: `StoreError`, or what `body` throws.
  package static func readCopy<R>(_ path: String, _ body: (Snapshot) throws -> R) throws -> R {
    let reader = try Connection(path: path, role: .reader)
    defer { reader.close() }
    reader.allow(.max)
    return try body(Snapshot(connection: reader, cache: ReferenceCache()))
  }
}
