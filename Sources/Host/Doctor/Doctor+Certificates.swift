internal import Foundation

extension Doctor {
  /// A certificate and when it ends.
  package struct CertificateEnd: Sendable, Hashable {
    /// What a certificate is for, which decides who gives another one.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
      /// Shown to all at the door.
      case door = "door certificate"
      /// Shown at inner ports, by a service or by an operator's tools.
      case inner = "inner certificate"
      /// Issues those of the house, or is among those that the house believes.
      case authority

      /// What to do before it ends.
      var advice: String {
        switch self {
        case .door:
          "Put a new certificate and key of your issuer at tls.certificate and tls.key; "
            + "a self-made one is made anew at the gateway's next start."
        case .inner: "Run `onedoor key renew KEYS`; running services take it by themselves."
        case .authority:
          "Exchange the authority: `onedoor key rotate prepare KEYS --what authority`, then on."
        }
      }
    }

    /// What it is for.
    package var kind: Kind
    /// Whose it is, or where it lies.
    package var name: String
    /// - Unit: seconds since 1970; nil if it cannot be read.
    package var end: Int64?

    package init(_ kind: Kind, name: String, end: Int64?) {
      self.kind = kind
      self.name = name
      self.end = end
    }
  }

  /// Whether certificates are over or end soon.
  ///
  /// - Parameters:
  ///   - ends: The certificates.
  ///   - now: The real present, in seconds since 1970.
  /// - Returns: A finding for each that ends soon, or one that none does.
  package static func certificates(_ ends: [CertificateEnd], now: Int64) -> [Finding] {
    let findings = ends.compactMap { certificate($0, now: now) }
    guard findings.isEmpty, !ends.isEmpty else { return findings }
    let days = ends.compactMap(\.end).map { ($0 - now) / 86_400 }.min() ?? 0
    return [
      Finding(
        .certificates,
        "house",
        .ok,
        "\(ends.count) certificates, the first of which ends in \(days) days"
      )
    ]
  }

  private static func certificate(_ certificate: CertificateEnd, now: Int64) -> Finding? {
    func finding(_ level: Finding.Level, _ text: String) -> Finding {
      Finding(.certificates, certificate.name, level, text, do: certificate.kind.advice)
    }
    guard let end = certificate.end else { return finding(.fault, "cannot be read") }
    let days = (end - now) / 86_400
    if end <= now { return finding(.fault, "is over since \(-days) days") }
    if end - now < DoctorLimits.certificateFault * 86_400 {
      return finding(.fault, "ends in \(days) days")
    }
    guard end - now < DoctorLimits.certificateWarning * 86_400 else { return nil }
    return finding(.warning, "ends in \(days) days")
  }
}

extension KeyFolder {
  /// The certificates that lie in the folder.
  ///
  /// - Parameter services: Whose certificates.
  /// - Returns: Those that are there; of what the house believes the one that ends last, since an
  ///   authority that is being exchanged stands beside its successor.
  package func certificateEnds(of services: [String]) -> [Doctor.CertificateEnd] {
    let own = (services + Self.toolNames).map { privateFile($0, "tls.pem") }
    let files: [(kind: Doctor.CertificateEnd.Kind, path: String)] =
      own.map { (.inner, $0) } + [authoritiesFile, authorityFile].map { (.authority, $0) }
    return
      files
      .filter { FileManager.default.isReadableFile(atPath: $0.path) }
      .map { file in
        let bytes = (try? content(file.path)) ?? []
        let ends = Self.certificates(in: bytes).map { (try? Security.end(of: $0)) ?? nil }
        return Doctor.CertificateEnd(file.kind, name: file.path, end: ends.compactMap(\.self).max())
      }
  }

  /// The certificates of a PEM text, each by itself.
  private static func certificates(in bytes: [UInt8]) -> [[UInt8]] {
    let end = "-----END CERTIFICATE-----"
    let text = String(decoding: bytes, as: UTF8.self)
    return text.components(separatedBy: end).dropLast().compactMap { part in
      part.range(of: "-----BEGIN CERTIFICATE-----").map {
        Array((part[$0.lowerBound...] + end + "\n").utf8)
      }
    }
  }
}
