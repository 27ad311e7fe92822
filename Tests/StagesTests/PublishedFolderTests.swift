import Foundation
import HDF5
import TestSupport
import Testing

/// A folder as TinyBERT's authors publish them begins a training, with what it keeps for one.
@Suite(.enabled(if: PythonOracle.isAvailable)) struct PublishedFolderTests {
  /// Makes a general student's folder one of theirs: a pickle, a bare configuration, and a projection,
  /// `fit_dense` or `fit_denses.N`, whose numbers are those of its names.
  private func publish(_ world: FinishedWorld, to folder: String, perLayer: Bool, width: Int) throws
  {
    try Distill.succeed(
      ["export", "--model", world.artifact("general_student"), "--output", folder + "/student"],
      in: folder)
    let code = """
      import json, torch
      from collections import OrderedDict
      from safetensors.torch import load_file
      c = json.load(open('config.json'))
      for key in ('model_type', 'architectures', 'dtype', 'torch_dtype'): c.pop(key, None)
      c.update(cell={}, emb_size=c['hidden_size'], structure=[], pre_trained='', training='')
      json.dump(c, open('config.json', 'w'))
      d = OrderedDict((('bert.' + k).replace('LayerNorm.weight', 'LayerNorm.gamma')
                       .replace('LayerNorm.bias', 'LayerNorm.beta'), v)
                      for k, v in load_file('model.safetensors').items())
      for i in range(2) if \(perLayer ? "True" : "False") else [None]:
          name = 'fit_dense' if i is None else f'fit_denses.{i}'
          torch.manual_seed(i or 7)
          d[name + '.weight'] = torch.randn(\(width), c['hidden_size'])
          d[name + '.bias'] = torch.randn(\(width))
      torch.save({k: v for k, v in d.items() if 'fit' in k}, '../projection.bin')
      torch.save(d, 'pytorch_model.bin')
      """
    let outcome = try Program.run(
      PythonOracle.interpreter ?? "python3", ["-c", code], in: folder + "/student")
    #expect(outcome.status == 0, "\(outcome.errors)")
    try FileManager.default.removeItem(atPath: folder + "/student/model.safetensors")
  }

  private func general(_ world: FinishedWorld, _ more: [String] = []) -> [String] {
    [
      "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
      "--start", "student", "--output", "m.h5", "--max-steps", "1", "--learning-rate", "1e-30",
    ] + more
  }

  @Test(arguments: [true, false])
  func `its projection is the training's where there are as many maps, of the same widths`(
    perLayer: Bool
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try publish(world, to: folder, perLayer: perLayer, width: 32)
      let sharing = ["--projection", perLayer ? "per_layer" : "shared"]
      let run = try Distill.succeed(general(world, sharing), in: folder)
      let name = perLayer ? "fit_denses" : "fit_dense"
      #expect(run.errors.contains("the projection begins as its \(name)"), "\(run.errors)")
      #expect(!run.errors.contains("drawn afresh: distillation"))
      let reader = try ArtifactReader(path: folder + "/m.h5")
      let own = try Distill.run(["inspect", folder + "/m.h5", "--json"], in: folder)
      #expect(own.status == 0)
      // A step of next to nothing leaves them as they were.
      for part in perLayer ? ["0", "1"] : [""] {
        let theirs = try Program.run(
          PythonOracle.interpreter ?? "python3",
          [
            "-c",
            "import torch; print(torch.load('projection.bin')['\(name)"
              + (part.isEmpty ? "" : "." + part) + ".weight'].flatten().tolist())",
          ], in: folder)
        let values = try JSONDecoder().decode([Float].self, from: Data(theirs.output.utf8))
        let kept = try reader.floats(
          "weights/distillation.projection" + (part.isEmpty ? "" : "." + part) + ".weight")
        #expect(kept == values)
      }
      // The export has none of it, and transformers takes every tensor.
      try Distill.succeed(["export", "--model", "m.h5", "--output", "out"], in: folder)
      let loads = try Program.run(
        PythonOracle.interpreter ?? "python3",
        [
          "-c",
          "import transformers as t; m, i = t.AutoModel.from_pretrained('out', output_loading_info=True); print({k: sorted(v) for k, v in i.items()})",
        ],
        in: folder)
      #expect(loads.status == 0, "\(loads.errors)")
      #expect(
        !loads.output.contains("distillation") && !loads.output.contains("encoder"),
        "\(loads.output)")
    }
  }

  @Test(arguments: [(true, 32, "shared"), (false, 32, "per_layer"), (true, 31, "per_layer")])
  func `another projection is told and left aside`(
    perLayer: Bool, width: Int, sharing: String
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try publish(world, to: folder, perLayer: perLayer, width: width)
      let run = try Distill.succeed(general(world, ["--projection", sharing]), in: folder)
      let told =
        perLayer ? "its fit_denses project each state" : "its fit_dense projects all states"
      #expect(run.errors.contains("\(told) to \(width) channels"), "\(run.errors)")
      #expect(
        run.errors.contains("drawn afresh: ") && run.errors.contains("distillation.projection"))
    }
  }
}
