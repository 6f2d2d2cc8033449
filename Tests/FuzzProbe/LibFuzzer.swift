#if FUZZ
internal import Glibc
internal import Synchronization
internal import TestSupport

/// libFuzzer, which mutates what reaches new code; linked in by `Tests/FuzzProbe/explore`.
enum LibFuzzer {
  /// The target that the command line names.
  static let target = CommandLine.arguments.dropFirst(2).first.flatMap { Targets.named($0) }

  /// Runs libFuzzer's own command line behind the name of the target.
  static func run(_: any FuzzTarget) {
    Memory.install()
    var count = CommandLine.argc - 2
    var arguments = CommandLine.unsafeArgv.advanced(by: 2)
    // A merge starts the program again through a shell, by the first argument as it is.
    arguments[0] = strdup(CommandLine.arguments.prefix(3).joined(separator: " "))
    _ = runDriver(&count, &arguments) { start, count in
      let input = UnsafeRawBufferPointer(start: start, count: count)
      guard let target = LibFuzzer.target else { return -1 }
      Memory.begin()
      guard target.check(input) else { return -1 }
      let peak = Memory.peak
      Memory.end()
      require(
        peak <= target.allowance(for: count),
        "\(target.name): \(count) bytes took \(peak) bytes of memory"
      )
      return 0
    }
  }
}

/// What the heap holds, counted by the sanitizer's hooks.
enum Memory {
  private static let held = Atomic<Int>(0)
  private static let most = Atomic<Int>(0)
  private static let kept = Atomic<Int>(0)

  /// How much all checks together may keep, for tables that are made once.
  private static let keepable = 64 << 20

  /// Begins to count.
  static func install() {
    begin()
    _ = installHooks(
      { _, size in Memory.add(size) },
      { pointer in Memory.add(-sizeOf(pointer)) }
    )
  }

  /// Sets the mark from which ``peak`` counts.
  static func begin() {
    held.store(0, ordering: .relaxed)
    most.store(0, ordering: .relaxed)
  }

  /// The most bytes that were held at once since ``begin()``.
  static var peak: Int { most.load(ordering: .relaxed) }

  /// Ends the program if checks keep more and more.
  static func end() {
    let rest = held.load(ordering: .relaxed)
    let all = kept.wrappingAdd(rest, ordering: .relaxed).newValue
    require(all < keepable, "checks have kept \(all) bytes of memory")
  }

  private static func add(_ size: Int) {
    let now = held.wrappingAdd(size, ordering: .relaxed).newValue
    if now > most.load(ordering: .relaxed) { most.store(now, ordering: .relaxed) }
  }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ check: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

@_silgen_name("LLVMFuzzerMutate")
private func mutateBlindly(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int) -> Int

@_silgen_name("__sanitizer_install_malloc_and_free_hooks")
private func installHooks(
  _ allocated: @convention(c) (UnsafeRawPointer?, Int) -> Void,
  _ freed: @convention(c) (UnsafeRawPointer?) -> Void
) -> Int32

@_silgen_name("__sanitizer_get_allocated_size")
private func sizeOf(_ pointer: UnsafeRawPointer?) -> Int

/// Mutates by the target's grammar, or blindly behind the input's head.
@_cdecl("LLVMFuzzerCustomMutator")
func customMutator(
  _ data: UnsafeMutablePointer<UInt8>,
  _ count: Int,
  _ most: Int,
  _ seed: UInt32
) -> Int {
  var generator = SeededGenerator(seed: UInt64(seed))
  var input = Array(UnsafeBufferPointer(start: data, count: count))
  guard let target = LibFuzzer.target else { return count }
  let head = target.headCount(of: input)
  if head < count, Bool.random(using: &generator) {
    return head + mutateBlindly(data + head, count - head, most - head)
  }
  target.mutate(&input, by: &generator)
  guard (1...most).contains(input.count) else { return mutateBlindly(data, count, most) }
  for index in input.indices { data[index] = input[index] }
  return input.count
}
#endif
