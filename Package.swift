// swift-tools-version: 6.2
import Foundation
import PackageDescription

let environment = ProcessInfo.processInfo.environment

/// `DISTILL_STRICT=1` (set by `.ci/run`) turns warnings into errors; a user's newer compiler must
/// not break the build.
let isStrict = environment["DISTILL_STRICT"] == "1"

/// Flags of the C kernels.
///
/// They choose their instruction set at run time (`target_clones`), so the baseline is plain x86-64
/// or arm64. `-ffast-math` stays off: masks rely on infinities, resume on fixed sums.
let kernelFlags =
  ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"]

/// `DISTILL_AVX512=0` leaves out what is for AVX-512, to test what other processors run.
let hasAVX512 = environment["DISTILL_AVX512"] != "0"

/// oneDNN multiplies in bf16; it is taken when its header is there (Debian: libdnnl-dev, which has no
/// pkg-config file), unless `DISTILL_ONEDNN=0`.
let hasOneDNN =
  environment["DISTILL_ONEDNN"] != "0"
  && ["/usr/include", "/usr/local/include"].contains {
    FileManager.default.fileExists(atPath: "\($0)/oneapi/dnnl/dnnl.h")
  }

/// `DISTILL_FUZZ` names libFuzzer's library (`Tests/fuzz.sh` sets it): then the readers of outside files,
/// whose seeds are a test otherwise, are the program `fuzz` that looks for more.
let fuzzer = environment["DISTILL_FUZZ"]
let fuzzing = Target.fuzzing(with: fuzzer)

let package = Package(
  name: "distill",
  products: [
    .executable(name: "distill", targets: ["distill"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // MARK: - System libraries and C
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "CKernels",
      cSettings: [.unsafeFlags(kernelFlags, .when(configuration: .release))]
        + (hasAVX512 ? [] : [.define("CK_WITHOUT_AVX512")])),

    // It opens libcurl when it is asked to talk to somebody.
    .target(name: "CTransfer", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

    // MARK: - Foundations
    .target(name: "RandomStreams"),
    .target(
      name: "Files",
      dependencies: ["CZlib", "CZstd", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "HTTP", dependencies: ["CTransfer", "Files"]),
    .target(name: "HDF5", dependencies: ["CHDF5", "CZlib", "Files"]),
    .target(name: "Text", dependencies: ["RandomStreams", "Files"]),

    // MARK: - Engine and method
    .target(
      name: "Compute",
      dependencies: ["CKernels", "COpenBLAS", "RandomStreams"] + (hasOneDNN ? ["COneDNN"] : [])),
    .target(name: "Transformer", dependencies: ["Compute", "RandomStreams"]),
    .target(name: "Training", dependencies: ["Transformer", "Compute", "RandomStreams"]),
    .target(
      name: "Distillation",
      dependencies: ["Training", "Transformer", "Compute"]),
    .target(
      name: "Tasks",
      dependencies: [
        "Distillation", "Training", "Transformer", "Compute", "Text", "RandomStreams", "Files",
      ]),
    .target(
      name: "Augmentation",
      dependencies: ["Transformer", "Compute", "Text", "RandomStreams", "Files"]),
    .target(
      name: "Interchange", dependencies: ["Transformer", "Compute", "RandomStreams", "Files"]),

    // MARK: - Pipelines
    .target(name: "Pipelines", dependencies: ["Files", "Yams"]),
    .target(name: "Tracking", dependencies: ["Pipelines", "HTTP", "Files"]),
    .target(
      name: "Artifacts",
      dependencies: [
        "HDF5", "Interchange", "Tasks", "Distillation", "Text", "Training", "Transformer",
        "Compute",
        "RandomStreams", "Files",
      ]),
    .target(
      name: "Stages",
      dependencies: [
        "Artifacts", "Pipelines", "Tasks", "Distillation", "Augmentation", "Interchange", "HDF5",
        "Text", "Training", "Transformer", "Compute", "RandomStreams", "Files",
      ]),
    .target(
      name: "Benchmarks",
      dependencies: [
        "Stages", "Artifacts", "Pipelines", "Tasks", "Distillation", "Augmentation", "Text",
        "Training", "Transformer", "Compute", "RandomStreams", "Files",
      ]),
    .target(
      name: "Report",
      dependencies: [
        "Artifacts", "HDF5", "Tasks", "Text", "Compute", "Pipelines", "Tracking", "Files",
      ]),
    .executableTarget(
      name: "distill",
      dependencies: [
        "Benchmarks", "Report", "Stages", "Artifacts", "Pipelines", "Tracking", "HTTP", "Text",
        "Files",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // MARK: - Tests
    .target(name: "TestSupport", dependencies: ["CZlib", "CZstd"], path: "Tests/TestSupport"),
    .testTarget(name: "RandomStreamsTests", dependencies: ["RandomStreams"]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(name: "HDF5Tests", dependencies: ["HDF5", "Files", "TestSupport"]),
    .testTarget(name: "TextTests", dependencies: ["Text", "Files", "TestSupport"]),
    .testTarget(
      name: "ComputeTests", dependencies: ["Compute", "CKernels", "RandomStreams", "TestSupport"]),
    .testTarget(
      name: "TransformerTests",
      dependencies: ["Transformer", "Compute", "Interchange", "RandomStreams", "TestSupport"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Tasks", "Transformer", "Compute", "RandomStreams", "TestSupport",
      ]),
    .testTarget(
      name: "DistillationTests",
      dependencies: [
        "Distillation", "Training", "Transformer", "Compute", "RandomStreams", "TestSupport",
      ]),
    .testTarget(
      name: "TasksTests",
      dependencies: [
        "Tasks", "Distillation", "Training", "Transformer", "Compute", "Text", "Files",
        "RandomStreams", "TestSupport",
      ]),
    .testTarget(
      name: "AugmentationTests",
      dependencies: [
        "Augmentation", "Transformer", "Compute", "Text", "RandomStreams", "Files", "TestSupport",
      ]),
    .testTarget(
      name: "InterchangeTests",
      dependencies: [
        "Interchange", "Transformer", "Compute", "RandomStreams", "Files", "TestSupport",
      ]),
    .testTarget(name: "PipelinesTests", dependencies: ["Pipelines", "Files", "TestSupport"]),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport"]),
    .testTarget(
      name: "TrackingTests",
      dependencies: ["Tracking", "Pipelines", "HTTP", "Files", "TestSupport"]),
    .testTarget(
      name: "DistillTests",
      dependencies: [
        "distill", "Artifacts", "Pipelines", "Tracking", "Files", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "ReportTests",
      dependencies: [
        "Report", "Artifacts", "Tasks", "Text", "Training", "Compute", "Pipelines", "Tracking",
        "Files", "TestSupport",
      ]),
    .testTarget(
      name: "ArtifactsTests",
      dependencies: [
        "Artifacts", "HDF5", "Tasks", "Text", "Training", "Transformer", "Compute", "Files",
        "TestSupport",
      ]),
    .testTarget(
      name: "StagesTests",
      dependencies: [
        "Benchmarks", "Stages", "Artifacts", "Pipelines", "HDF5", "HTTP", "Files", "Tasks",
        "Distillation", "Training", "Transformer", "Compute", "Text", "Interchange",
        "RandomStreams",
        "TestSupport",
      ]),
    fuzzing,
  ],
  swiftLanguageModes: [.v6]
)

if hasOneDNN {
  package.targets.append(.systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]))
}
if fuzzer != nil {
  package.targets.append(.systemLibrary(name: "CFuzzer", path: "Tests/FuzzTests/CFuzzer"))
}

/// Tests that drive programs and files compute little, and there is much of them: optimising them takes longer than
/// running them.
let plainTests = ["StagesTests", "PipelinesTests", "ReportTests", "TrackingTests", "DistillTests"]

for target in package.targets
where [.regular, .executable, .test].contains(target.type)
  && !["CKernels", "CTransfer"].contains(target.name)
{
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335: `any` marks dynamic dispatch
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409: `public import` marks leaks
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .strictMemorySafety(),  // SE-0458: every unsafe use is spelled `unsafe`
  ]
  if isStrict { target.swiftSettings?.append(.treatAllWarnings(as: .error)) }
  if plainTests.contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-Onone"], .when(configuration: .release)))
  }
  if fuzzer != nil {
    let coverage = "-sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table"
    target.swiftSettings?.append(.unsafeFlags(["-sanitize=address", coverage]))
  }
}

extension Target {
  /// The parsers of `Tests/FuzzTests`, as a test of their seeds or as the program `fuzz`.
  static func fuzzing(with fuzzer: String?) -> Target {
    let (path, others) = ("Tests/FuzzTests", ["CFuzzer", "Dictionaries", "Seeds"])
    let dependencies: [Dependency] = [
      "Stages", "Artifacts", "Tracking", "Pipelines", "HTTP", "HDF5", "Interchange", "Distillation",
      "Training", "Transformer", "Compute", "Text", "Files", "RandomStreams", "TestSupport",
    ]
    guard let fuzzer else {
      return .testTarget(
        name: "FuzzTests", dependencies: dependencies, path: path, exclude: others + ["Driver"])
    }
    return .executableTarget(
      name: "fuzz", dependencies: dependencies + ["CFuzzer"], path: path,
      exclude: others + ["ReplayTests.swift"],
      linkerSettings: [.unsafeFlags([fuzzer, "-lstdc++", "-sanitize=address"])])
  }
}
