internal import FoundationEssentials
internal import JWTKit

extension TokenChecker {
  /// Reads the issuers of the settings.
  ///
  /// - Throws: ``GatewaySettings/Faults``, all of them at once.
  init(_ issuers: [GatewaySettings.Issuer], audiences: Set<String>) async throws {
    var faults: [String] = []
    var loaded: [String: Issuer] = [:]
    for issuer in issuers {
      if issuer.name.isEmpty { faults.append("An issuer has no name.") }
      if loaded[issuer.name] != nil { faults.append("The issuer \(issuer.name) is named twice.") }
      let (keys, found) = await Self.keys(of: issuer)
      loaded[issuer.name] = Issuer(prefix: issuer.prefix, keys: keys)
      faults += found
    }
    guard faults.isEmpty else { throw GatewaySettings.Faults(faults: faults) }
    self.init(issuers: loaded, audiences: audiences)
  }

  private static func keys(
    of issuer: GatewaySettings.Issuer
  ) async -> (keys: [String: PublicKey], faults: [String]) {
    guard let set = try? JSONDecoder().decode(JWKS.self, from: Data(issuer.jwks.utf8)),
      !set.keys.isEmpty
    else { return ([:], ["The keys of the issuer \(issuer.name) are no JWKS with a key in it."]) }
    var keys: [String: PublicKey] = [:]
    var faults: [String] = []
    for jwk in set.keys {
      guard let kid = jwk.keyIdentifier?.string, !kid.isEmpty else {
        faults.append("A key of the issuer \(issuer.name) has no kid.")
        continue
      }
      if keys[kid] != nil { faults.append("The key \(kid) of \(issuer.name) is there twice.") }
      do throws(PublicKey.Fault) {
        keys[kid] = try await PublicKey(jwk: jwk)
      } catch {
        faults.append("The key \(kid) of the issuer \(issuer.name) is not taken: \(error.en).")
      }
    }
    return (keys, faults)
  }
}
