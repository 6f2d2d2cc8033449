internal import Foundation
internal import Glibc

/// What the system says of a file or folder.
package struct PathFacts: Sendable, Hashable, Codable {
  /// What it is to the house, which decides who may read and write it.
  package enum Kind: String, Sendable, Hashable, Codable {
    /// Its owner reads it, and nobody else: a key, with or without certificate.
    case secret
    /// The service writes into it, and nobody else.
    case dataFolder
    /// The service alone reads and writes it: a store, or uploaded files.
    case ownOnly
  }

  /// Where it is.
  package var path: String
  /// What it is to the house.
  package var kind: Kind
  /// The permissions, 0 to 0o7777; nil if it is not there.
  package var mode: Int?
  /// The number of the user who owns it.
  package var owner: UInt32
  /// Whether whoever looked may write it.
  package var isWritable: Bool

  package init(path: String, kind: Kind, mode: Int?, owner: UInt32, isWritable: Bool) {
    self.path = path
    self.kind = kind
    self.mode = mode
    self.owner = owner
    self.isWritable = isWritable
  }

  /// Asks the system.
  package init(asking path: String, _ kind: Kind) {
    var facts = stat()
    let isThere = stat(path, &facts) == 0
    self.init(
      path: path,
      kind: kind,
      mode: isThere ? Int(facts.st_mode & 0o7777) : nil,
      owner: isThere ? facts.st_uid : 0,
      isWritable: access(path, W_OK) == 0
    )
  }
}

extension Doctor {
  /// Whether files and folders are open to those that need them and to nobody else.
  ///
  /// - Parameters:
  ///   - paths: What the system says of them.
  ///   - user: The number of the user who runs.
  ///   - subject: Whose they are.
  /// - Returns: A finding for each that is wrong, or one that all are right.
  package static func permissions(
    _ paths: [PathFacts],
    user: UInt32,
    of subject: String
  ) -> [Finding] {
    let found = paths.compactMap { permission($0, user: user) }
    guard found.isEmpty, !paths.isEmpty else { return found }
    return [
      Finding(.permissions, subject, .ok, "\(paths.count) files and folders are as they must be")
    ]
  }

  private static func permission(_ facts: PathFacts, user: UInt32) -> Finding? {
    func finding(_ level: Finding.Level, _ text: String, _ advice: String) -> Finding {
      Finding(.permissions, facts.path, level, text, do: advice)
    }
    guard let mode = facts.mode else {
      // A store or a folder that is not there yet is made by its service.
      guard facts.kind == .secret else { return nil }
      return finding(.fault, "is missing", "Put it back, or run `onedoor key init`.")
    }
    let octal = String(mode, radix: 8)
    switch facts.kind {
    case .secret:
      guard mode & 0o077 != 0 else { return nil }
      return finding(
        .fault,
        "is a secret that others may read (mode \(octal)); its service will refuse it",
        "Run chmod 600 on it, and exchange the key if somebody may have read it."
      )
    case .dataFolder:
      if !facts.isWritable {
        return finding(.fault, "cannot be written", "Give the folder to the user who runs.")
      }
      if mode & 0o022 != 0 {
        return finding(.fault, "may be written by others (mode \(octal))", "Run chmod 755 on it.")
      }
      guard facts.owner != user else { return nil }
      return finding(
        .warning,
        "belongs to user \(facts.owner), but user \(user) runs",
        "Run chown \(user) on it."
      )
    case .ownOnly:
      if !facts.isWritable {
        return finding(.fault, "cannot be written", "Give it to the user who runs.")
      }
      guard mode & 0o077 != 0 else { return nil }
      let isFolder = facts.path.hasSuffix("/materials")
      return finding(
        .warning,
        "may be read or written by others (mode \(octal))",
        "Run chmod \(isFolder ? "700" : "600") on it."
      )
    }
  }
}

extension KeyFolder {
  /// The secrets of a service that must be there.
  package func secrets(of service: String, isSecured: Bool) -> [PathFacts] {
    (["sign.key", "seal.key"] + (isSecured ? ["tls.pem"] : [])).map {
      PathFacts(asking: privateFile(service, $0), .secret)
    }
  }

  /// All secrets that lie in the folder, whoever they belong to.
  package func allSecrets() -> [PathFacts] {
    ["private", "authority"].flatMap { folder in
      let names = FileManager.default.enumerator(atPath: "\(path)/\(folder)")
      let files = (names?.allObjects as? [String] ?? []).filter {
        $0.hasSuffix(".key") || $0.hasSuffix(".pem")
      }
      return files.sorted().map { PathFacts(asking: "\(path)/\(folder)/\($0)", .secret) }
    }
  }
}
