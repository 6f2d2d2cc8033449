internal import ArgumentParser
internal import Host
internal import Kernel

/// Moves the clock of a demonstration.
struct ClockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock",
    abstract: "Start, read or step the clock of a demonstration.",
    subcommands: [Start.self, Advance.self, Now.self]
  )

  /// Where the clock is.
  struct Place: ParsableArguments {
    @Option(help: "The data folder of `up --demo`.")
    var data = "data"

    /// The clock.
    func clock() throws -> DemoClock {
      do {
        return try DemoClock.open(path: "\(data)/clock") { .realNow }
      } catch {
        throw Failure(.notFound, "no demo clock in \(data); `onedoor up --demo` makes one")
      }
    }
  }

  /// Makes the clock for services that are run apart.
  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the clock, or let the one that is there go on from where it stopped.",
      discussion: """
        `up --demo` does this by itself. Services that are run apart find the clock by
        ONEDOOR_CLOCK; start it before them.

        EXAMPLE
          onedoor clock start --data /clock --speed 60
        """
    )

    @OptionGroup var place: Place

    @Option(help: "Where a new clock begins; Beijing time if no offset is said.")
    var at = InstantArgument(DemoClock.beginning)

    @Option(help: "How many times as fast it runs; 0: only `clock advance` moves it.")
    var speed: Int64 = 1

    func validate() throws {
      guard DemoClock.speeds.contains(speed) else {
        throw ValidationError("--speed must be 0 to \(DemoClock.speeds.upperBound)")
      }
    }

    func run() async throws {
      try await Failure.exiting {
        let clock: DemoClock
        do {
          let file = "\(place.data)/clock"
          clock = try DemoClock.drive(path: file, start: at.instant, speed: speed) { .realNow }
        } catch {
          throw Failure(.configuration, "the demo clock: \(error)")
        }
        try Output.line(LegalTime.beijing.text(clock.now))
      }
    }
  }

  /// Steps the clock.
  struct Advance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Step the clock forwards; what falls due in between happens now.",
      discussion: """
        EXAMPLES
          onedoor clock advance 2026-09-21
          onedoor clock advance 2026-09-24T00:00:00+08:00
        """
    )

    @OptionGroup var place: Place

    @Argument(help: "The instant; Beijing time if no offset is said.")
    var to: InstantArgument

    func run() async throws {
      try await Failure.exiting {
        do {
          try place.clock().advance(to: to.instant)
        } catch DemoClock.Fault.backwards(let now, _) {
          throw Failure(.invalid, "it is \(LegalTime.beijing.text(now)) already")
        }
        try Output.line(LegalTime.beijing.text(to.instant))
      }
    }
  }

  /// Reads the clock.
  struct Now: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the hall's present.")

    @OptionGroup var place: Place

    func run() async throws {
      try await Failure.exiting { try Output.line(LegalTime.beijing.text(try place.clock().now)) }
    }
  }
}

/// Shows the configuration.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check and print the configuration.",
    subcommands: [Print.self]
  )

  /// Prints what holds.
  struct Print: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what holds, as environment variables; what nobody set stands behind #.",
      discussion: "With faults in it, all of them are told and the exit status is 78."
    )

    @OptionGroup var source: ConfigurationOptions

    @Flag(help: "Say what each variable is for.")
    var explain = false

    func run() async throws {
      try await Failure.exiting {
        let configuration = try source.read()
        guard explain else { return try Output.line(configuration.printed) }
        for key in ConfigurationKey.all {
          try Output.line("# \(key.name): \(key.purpose); \(key.kind.text)")
          try Output.line("\(key.variable)=\(configuration.value(of: key) ?? "")")
        }
      }
    }
  }
}
