internal import Foundation

/// Gives what reads bytes from outside bytes that nobody meant.
///
///     FuzzProbe hunt SECONDS SEED FOLDER [TARGET...]   mutate the corpus for that long in all
///     FuzzProbe check TARGET FILE...                   check the inputs in files
///     FuzzProbe unpack TARGET FOLDER                   write seeds and corpus as files
///     FuzzProbe pack TARGET FOLDER                     write the files of a folder as a corpus
///     FuzzProbe explore TARGET OPTION...               hand over to libFuzzer, if it is built in
@main
enum FuzzProbe {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let target = arguments.dropFirst().first.flatMap { Targets.named($0) }
    switch (arguments.first, target) {
    case ("hunt", _) where arguments.count >= 4:
      let hunt = Hunt(
        seconds: Double(arguments[1]) ?? 1,
        seed: UInt64(arguments[2]) ?? 0,
        folder: arguments[3]
      )
      let chosen = arguments.dropFirst(4).compactMap { Targets.named($0) }
      try hunt.run(chosen.isEmpty ? Targets.all : chosen)
    case ("check", let target?):
      for file in arguments.dropFirst(2) {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
        bytes.withUnsafeBytes { _ = target.check($0) }
      }
    case ("unpack", let target?) where arguments.count == 3:
      try Corpus.unpack(target, into: arguments[2])
    case ("pack", let target?) where arguments.count == 3:
      try Corpus.pack(target, from: arguments[2])
    #if FUZZ
    case ("explore", let target?):
      LibFuzzer.run(target)
    #endif
    default:
      FileHandle.standardError.write(Data("FuzzProbe hunt | check | unpack | pack\n".utf8))
      exit(64)
    }
  }
}
