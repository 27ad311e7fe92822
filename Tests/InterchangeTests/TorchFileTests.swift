import Compute
import Files
import TestSupport
import Testing
import Transformer

@testable import Interchange

@Suite(.enabled(if: PythonOracle.isAvailable)) struct TorchFileTests {
  /// Runs Python in a folder, with torch and `save_file` at hand.
  private func python(_ code: String, in path: String) throws {
    let start = "import torch, io, zipfile\nfrom safetensors.torch import save_file\n"
    let outcome = try Program.run(
      PythonOracle.interpreter ?? "python3", ["-c", start + code], in: path)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// Tensors of every type, that share storages, lie in them anyhow, begin within them, or are empty.
  private static let tensors = """
    torch.manual_seed(1)
    base = torch.randn(6, 5)
    d = {'base': base, 'transposed': base.t(), 'part': base[1:4, 2:], 'every': base[::2, ::3],
         'row': base[3], 'one': base[2, 1], 'cube': torch.randn(2, 3, 4).permute(2, 0, 1),
         'half': torch.randn(7).half(), 'brain': torch.randn(3, 2).bfloat16(),
         'double': torch.randn(4).double(), 'empty': torch.zeros(0, 3),
         'parameter': torch.nn.Parameter(torch.randn(2, 2)), 'ids': torch.arange(5)[None]}
    save_file({k: v.detach().clone().contiguous() for k, v in d.items()}, 'x.safetensors')

    """

  @Test(arguments: [
    "torch.save(d, 'x.bin')",
    "torch.save(d, 'x.bin', _use_new_zipfile_serialization=False)",
    // As an optimiser's or a module's state dictionary is, with `_metadata`.
    "from collections import OrderedDict\no = OrderedDict(d)\no._metadata = OrderedDict(a={'version': 1})\n"
      + "torch.save(o, 'x.bin')",
    "torch.save(d, open('x.bin', 'wb'))",
  ])
  func `what torch saved has the values that torch has`(saving: String) throws {
    try withTemporaryFolder { path in
      try python(Self.tensors + saving, in: path)
      let file = try TorchFile(path: "\(path)/x.bin")
      let oracle = try SafetensorsFile(path: "\(path)/x.safetensors")
      #expect(file.tensors.map(\.name) == oracle.tensors.map(\.name).sorted())
      for tensor in file.tensors {
        let other = try #require(oracle.tensor(tensor.name))
        #expect(tensor.shape == other.shape && tensor.type == other.type, "\(tensor.name)")
        if tensor.name == "ids" { continue }
        #expect(try file.floats(tensor.name) == oracle.floats(tensor.name), "\(tensor.name)")
      }
      #expect(failure { _ = try file.floats("ids") }.contains("floats (F32"))
    }
  }

  @Test(arguments: [
    (
      "torch.save({'a': torch.ones(2), 'args': __import__('argparse').Namespace(x=1)}, 'x.bin')",
      "asks Python for argparse.Namespace, which is not run here; if you trust who made it, convert"
    ),
    ("torch.save({'model': {'a': torch.ones(2)}}, 'x.bin')", "model in it is no tensor"),
    (
      "torch.save(torch.nn.Linear(2, 2), 'x.bin')", "asks Python for torch.nn.modules.linear.Linear"
    ),
    ("torch.save({'a': torch.ones(1).expand(3)}, 'x.bin')", "does not hold each once; convert it"),
    ("torch.save([torch.ones(1)], 'x.bin')", "no dictionary of tensors"),
    (
      "torch.save({'a': torch.ones(2)}, 'y')\nz = zipfile.ZipFile('x.bin', 'w', zipfile.ZIP_DEFLATED)\n"
        + "for n in zipfile.ZipFile('y').namelist(): z.writestr(n, zipfile.ZipFile('y').read(n))\nz.close()",
      "is compressed or encrypted, which torch never does; save the file again with torch.save"
    ),
    ("open('x.bin', 'wb').write(b'\\x80\\x02cos\\nsystem\\n.')", "no file of torch.save"),
    ("torch.save({'a': torch.ones(2)}, 'x.bin', pickle_protocol=4)", "no pickle of protocol 2"),
    (
      "torch.save({'a': torch.ones(2)}, 'y')\nz = zipfile.ZipFile('x.bin', 'w')\n"
        + "for n in zipfile.ZipFile('y').namelist():\n"
        + "  if '/data/' not in n: z.writestr(n, zipfile.ZipFile('y').read(n))\nz.close()",
      "the numbers of storage 0 are missing"
    ),
    (
      "torch.save({'a': torch.ones(2)}, 'y')\nz = zipfile.ZipFile('x.bin', 'w')\n"
        + "for n in zipfile.ZipFile('y').namelist(): z.writestr(n, b'big' if n.endswith('byteorder') "
        + "else zipfile.ZipFile('y').read(n))\nz.close()", "big-endian"
    ),
  ])
  func `what is no dictionary of tensors is refused by its name`(
    saving: String, told: String
  ) throws {
    try withTemporaryFolder { path in
      try python(saving, in: path)
      let text = failure { _ = try TorchFile(path: "\(path)/x.bin") }
      #expect(text.contains(told) && text.hasPrefix("\(path)/x.bin: "), "\(text)")
      #expect(!text.contains("\n"))
    }
  }

  @Test(arguments: [true, false])
  func `a file that is cut anywhere is refused`(isZip: Bool) throws {
    try withTemporaryFolder { path in
      try python(
        "torch.save({'a': torch.ones(2), 'b': torch.ones(3, 3)}, 'x.bin', "
          + "_use_new_zipfile_serialization=\(isZip ? "True" : "False"))", in: path)
      let bytes = try RegularFile("\(path)/x.bin").read(
        at: 0, count: RegularFile("\(path)/x.bin").size, as: UInt8.self)
      for length in stride(from: 0, to: bytes.count, by: 7) {
        try AtomicFile.write(Array(bytes.prefix(length)), to: "\(path)/y.bin")
        #expect(!failure { _ = try TorchFile(path: "\(path)/y.bin") }.isEmpty, "\(length) bytes")
      }
    }
  }

  @Test func `the command for a pickle that asks for more makes a folder that loads`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.write()
      try python(
        "import argparse\nfrom safetensors.torch import load_file\nd = load_file('model.safetensors')\n"
          + "torch.save({**d, 'args': argparse.Namespace(x=1)}, 'pytorch_model.bin')", in: path)
      try removeFile("\(path)/model.safetensors")
      let advice = failure { _ = try folder.load() }
      #expect(advice.contains("argparse.Namespace"))
      let command = try #require(advice.firstRange(of: "python3 -c "))
      let run = "'\(PythonOracle.interpreter ?? "python3")' -c " + advice[command.upperBound...]
      let outcome = try Program.run("/bin/sh", ["-c", "cd '\(path)' && \(run)"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }

  @Test func `the command for a checkpoint around the weights converts them`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.write()
      try python(
        "from safetensors.torch import load_file\nd = load_file('model.safetensors')\n"
          + "torch.save({'state_dict': d, 'epoch': 3}, 'pytorch_model.bin')", in: path)
      try removeFile("\(path)/model.safetensors")
      let convert = { (text: String) in
        let command = try #require(text.firstRange(of: "python3 -c "))
        let run = "'\(PythonOracle.interpreter ?? "python3")' -c " + text[command.upperBound...]
        return try Program.run("/bin/sh", ["-c", "cd '\(path)' && \(run)"])
      }
      let done = try convert(failure { _ = try folder.load() })
      #expect(done.status == 0 && done.output.contains("converted"), "\(done.errors)")
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
      // Nothing is written where there is nothing: an empty file would hide the other one.
      try removeFile("\(path)/model.safetensors")
      try python("torch.save({'state_dict': {}, 'epoch': 3}, 'pytorch_model.bin')", in: path)
      let empty = try convert(failure { _ = try folder.load() })
      #expect(empty.output.contains("no tensors found"), "\(empty.errors)")
      #expect(!fileExists("\(path)/model.safetensors"))
    }
  }

  @Test(arguments: [true, false])
  func `a published TinyBERT folder is read`(isZip: Bool) throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path, head: .none)
      folder.rename {
        $0.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
          .replacing("LayerNorm.bias", with: "LayerNorm.beta")
      }
      folder.config = JSONObject(
        folder.config.members.filter {
          !["architectures", "model_type", "dtype", "torch_dtype"].contains($0.name)
        })
      folder.set("cell", .object(JSONObject()))
      folder.set("emb_size", .integer(8))
      folder.set("structure", .array([]))
      folder.set("pre_trained", .string(""))
      folder.set("training", .string(""))
      try folder.write()
      try python(
        """
        from collections import OrderedDict
        from safetensors.torch import load_file
        d = OrderedDict(load_file('model.safetensors'))
        for i in range(2):
            d[f'fit_denses.{i}.weight'] = torch.full((16, 8), i + 1.)
            d[f'fit_denses.{i}.bias'] = torch.full((16,), i + .5)
        d['cls.seq_relationship.weight'] = torch.ones(2, 8)
        d['cls.seq_relationship.bias'] = torch.ones(2)
        torch.save(d, 'pytorch_model.bin', _use_new_zipfile_serialization=\(isZip ? "True" : "False"))
        """, in: path)
      try removeFile("\(path)/model.safetensors")
      let model = try HuggingFaceModel(folder: path)
      #expect(model.configuration.model == SmallFolder.configuration)
      #expect(model.head == .none)
      let (weights, report) = try folder.load()
      #expect(weights.values.values() == folder.weights.values.values())
      #expect(report.notes.contains { $0.contains("projection of an earlier distillation") })

      // A projection that lies beyond the model in its layout is read too.
      var layout = folder.model.layout
      let wanted = layout.declare("p", shape: [16, 8], decays: true, initialization: .normal)
      let other = layout.declare("q", shape: [15], decays: true, initialization: .normal)
      let set = ParameterSet(layout)
      let loaded = try model.load(
        into: folder.model, set,
        beside: ["fit_denses.1.weight": wanted, "fit_denses.0.bias": other])
      #expect(loaded.loaded.contains("p") && !loaded.loaded.contains("q"))
      #expect(set[wanted].values() == [Float](repeating: 2, count: 128))
    }
  }

  @Test func `shards of torch are read through their index`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.write()
      try python(
        """
        import json
        from safetensors.torch import load_file
        d = load_file('model.safetensors')
        names, map = sorted(d), {}
        for i, part in enumerate([names[:9], names[9:]]):
            file = f'pytorch_model-0000{i + 1}-of-00002.bin'
            torch.save({k: d[k] for k in part}, file)
            map.update({k: file for k in part})
        json.dump({'metadata': {}, 'weight_map': map}, open('pytorch_model.bin.index.json', 'w'))
        """, in: path)
      try removeFile("\(path)/model.safetensors")
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }
}
