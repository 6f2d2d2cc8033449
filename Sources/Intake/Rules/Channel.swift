/// How an application came in (办理形式).
///
/// The raw values are those of the contract.
package enum Channel: Int, Sendable, Hashable, CaseIterable {
  /// 窗口.
  case window = 1
  /// 电脑网上.
  case online = 2
}
