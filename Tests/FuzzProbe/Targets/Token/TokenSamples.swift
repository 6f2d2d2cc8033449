internal import Kernel

/// Claims to begin with.
enum TokenSamples {
  private static let now = TokenDoor.start.unixMilliseconds / 1_000

  /// What tokens of an issuer say.
  static func claims(of issuer: String) -> [String] {
    let head = #"{"iss":"\#(issuer)","sub":"zhang""#
    return [
      #"\#(head),"exp":\#(now + 600)}"#,
      """
      \(head),"name":"张三","roles":["clerk","service","x"],"halls":["370211","1"],\
      "posts":["p"],"nbf":\(now + 30),"exp":\(now + 60).5}
      """,
      #"\#(head),"halls":["1"],"exp":\#(now + 600)}"#,
      #"\#(head),"exp":\#(now - 1)}"#,
      #"\#(head),"nbf":\#(now + 31),"exp":\#(now + 600)}"#,
      #"{"iss":"\#(issuer)","sub":"","exp":\#(now + 600)}"#,
      #"{"iss":"\#(issuer)","exp":1e12}"#,
    ]
  }

  /// What portals say of their users.
  static let subjects: [String] = [
    subject(end: 300, assurance: 3, age: 60), subject(end: 330, assurance: 1, age: -30),
    subject(end: 331, assurance: 2), subject(end: -1, assurance: 2),
    subject(end: 60, assurance: 4),
  ]

  /// What a portal says of a user who proved so many seconds ago who it is.
  private static func subject(end: Int64, assurance: Int, age: Int64 = 0) -> String {
    """
    {"sub":"u","name":"李四","id_type":"111","id_number":"11010519491231002X",\
    "assurance":\(assurance),"auth_time":\(now - age),"exp":\(now + end)}
    """
  }

  /// Fields that are shown by whoever has nothing to show.
  static func forgeries(_ signers: TokenSigner.All) -> [String] {
    let claims = claims(of: signers.issuer[0].owner)[0]
    let header = TokenSigner.text(Array(#"{"alg":"none","kid":"ed"}"#.utf8))
    let good = signers.issuer[0].sign(claims)
    return [
      "Bearer \(header).\(TokenSigner.text(Array(claims.utf8))).",
      "Bearer \(signers.stranger.sign(claims))", "Bearer \(signers.shared.sign(claims))",
      "bearer   \(good)", "Basic \(good)", "Bearer \(good).", "Bearer \(good)=", "Bearer ..", "",
      "Bearer \(good.replacing(".", with: "=."))", "Bearer \(good) ", "Bearer\t\(good)",
    ]
  }
}
