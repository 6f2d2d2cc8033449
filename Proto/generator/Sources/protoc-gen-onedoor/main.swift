internal import CDescriptor
internal import CProtobufC
internal import Foundation

// A protoc plugin: reads a CodeGeneratorRequest from standard input and writes to standard output
// the response that holds the Swift of `Messages` and the C of `CMessages`.

typealias Request = UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorRequest>
typealias Response = UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorResponse>

func unpackRequest(_ bytes: Data) throws(ContractFault) -> Request {
  let request = bytes.withUnsafeBytes { bytes in
    google__protobuf__compiler__code_generator_request__unpack(
      nil,
      bytes.count,
      bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    )
  }
  guard let request else { throw ContractFault(message: "the request is malformed") }
  return request
}

/// The files that `protoc-gen-c` makes of the rewritten request, sorted into source and headers.
func cFiles(
  _ request: Request,
  _ wanted: [String],
  _ types: Types,
  _ target: Target
) throws
  -> [Output.File]
{
  Rewrite(types: types).apply(to: request)
  request.pointee.n_file_to_generate = wanted.count
  request.pointee.file_to_generate = .allocate(capacity: wanted.count)
  for (index, name) in wanted.enumerated() {
    request.pointee.file_to_generate[index] = strdup(name)
  }
  var packed = [UInt8](
    repeating: 0,
    count: google__protobuf__compiler__code_generator_request__get_packed_size(request)
  )
  _ = google__protobuf__compiler__code_generator_request__pack(request, &packed)
  let answer = try run("protoc-gen-c", input: Data(packed))
  let response = answer.withUnsafeBytes { bytes in
    google__protobuf__compiler__code_generator_response__unpack(
      nil,
      bytes.count,
      bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    )
  }
  guard let response else { throw ContractFault(message: "protoc-gen-c answered nothing") }
  if let error = response.pointee.error {
    throw ContractFault(message: "protoc-gen-c: \(String(cString: error))")
  }
  let files = array(response.pointee.file, response.pointee.n_file).map {
    (name: text($0.pointee.name), content: text($0.pointee.content))
  }
  let headers = files.map(\.name).filter { $0.hasSuffix(".h") }
  let umbrella = headers.map { "#include \"\($0)\"\n" }.joined()
  let include = "\(target.cModule)/include"
  var all = files.map { file in
    let folder = file.name.hasSuffix(".h") ? include : "\(target.cModule)/generated"
    return Output.File(name: "\(folder)/\(file.name)", content: file.content)
  }
  all.append(Output.File(name: "\(include)/messages.h", content: umbrella))
  if !target.isFloor {
    let map = "module \(target.cModule) {\n  umbrella header \"messages.h\"\n  export *\n}\n"
    all.append(Output.File(name: "\(include)/module.modulemap", content: map))
  }
  return all
}

/// Runs a program of the PATH with `input` as its standard input and returns what it prints.
func run(_ program: String, input: Data) throws -> Data {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program]
  let toChild = Pipe()
  let fromChild = Pipe()
  process.standardInput = toChild
  process.standardOutput = fromChild
  try process.run()
  // A plugin reads all before it writes, so the two pipes cannot block each other.
  try toChild.fileHandleForWriting.write(contentsOf: input)
  try toChild.fileHandleForWriting.close()
  let output = try fromChild.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw ContractFault(message: "\(program) ended with \(process.terminationStatus)")
  }
  return output
}

func generate(_ input: Data) throws -> [Output.File] {
  let request = try unpackRequest(input)
  let options = try PluginOptions(text(request.pointee.parameter))
  let target = Target(module: options.module)
  let named = Set(
    (0..<request.pointee.n_file_to_generate).map { text(request.pointee.file_to_generate[$0]) }
  )
  let files = try array(request.pointee.proto_file, request.pointee.n_proto_file)
    .filter { text($0.pointee.name) != Rewrite.descriptorFile }
    .map { file in
      let isFloor = !target.isFloor && !named.contains(text(file.pointee.name))
      return try FileReader(file, isFloor: isFloor).read()
    }
    .sorted { $0.name < $1.name }
  let types = Types(files, for: target)
  try types.checkReferences()
  let wanted = files.filter { !$0.isFloor }
  var output = Output(target: target, types: types, files: wanted).swift()
  if options.makesDocuments {
    let documents = ContractDocuments(types: types, files: wanted, hidden: options.hidden)
    output.append(try documents.file())
  }
  return output + (try cFiles(request, wanted.map(\.name), types, target))
}

func respond(files: [Output.File], error: String?) {
  let response = Response.allocate(capacity: 1)
  google__protobuf__compiler__code_generator_response__init(response)
  response.pointee.has_supported_features = 1
  response.pointee.supported_features = 1
  response.pointee.error = error.flatMap { strdup($0) }
  let list = UnsafeMutablePointer<
    UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorResponse__File>?
  >.allocate(capacity: files.count)
  for (index, file) in files.enumerated() {
    let entry = UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorResponse__File>
      .allocate(capacity: 1)
    google__protobuf__compiler__code_generator_response__file__init(entry)
    entry.pointee.name = strdup(file.name)
    entry.pointee.content = strdup(file.content)
    list[index] = entry
  }
  response.pointee.n_file = files.count
  response.pointee.file = list
  var packed = [UInt8](
    repeating: 0,
    count: google__protobuf__compiler__code_generator_response__get_packed_size(response)
  )
  _ = google__protobuf__compiler__code_generator_response__pack(response, &packed)
  FileHandle.standardOutput.write(Data(packed))
}

do {
  respond(files: try generate(try FileHandle.standardInput.readToEnd() ?? Data()), error: nil)
} catch {
  respond(files: [], error: (error as? ContractFault)?.message ?? "\(error)")
}
