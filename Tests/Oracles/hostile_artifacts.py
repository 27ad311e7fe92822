"""Makes Tests/Fixtures/artifacts: HDF5 files whose trailer is right and whose content an artifact
never has. Each must be refused with a message that fits its name.

    python Tests/Oracles/hostile_artifacts.py
"""

import hashlib
import pathlib

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "artifacts"
MAGIC = b"distill artifact trailer sha256\n"


def text(value):
    return np.array(value, dtype=h5py.string_dtype("utf-8", max(1, len(value))))


def header(file, **changes):
    values = {
        "distill_format": np.int64(1),
        "kind": text(b"sample"),
        "content_sha256": text(b"0" * 64),
        "created_by": text(b"hostile_artifacts.py"),
        "config_json": text(b"{}"),
        "inputs_json": text(b"{}"),
    }
    for name, value in (values | changes).items():
        if value is not None:
            file.attrs[name] = value


def write(name, body, **changes):
    path = FOLDER / f"{name}.h5"
    with h5py.File(path, "w", libver=("v108", "v110")) as file:
        header(file, **changes)
        body(file)
    content = path.read_bytes()
    path.write_bytes(content + MAGIC + hashlib.sha256(content).digest())


def external_storage(file):
    space = h5py.h5s.create_simple((4,))
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_external(b"/etc/passwd", 0, 4)
    h5py.h5d.create(file.id, b"x", h5py.h5t.STD_U8LE, space, creation)


def virtual(file):
    layout = h5py.VirtualLayout(shape=(4,), dtype="<i4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(4,))
    file.create_virtual_dataset("x", layout)


def cycle(file):
    file.create_group("a")
    file["a/b"] = file["a"]


def nested(file):
    file.create_dataset("/".join("abcdefghijkl"), data=np.zeros(1, "<f4"))


def compact(file):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((4,))
    h5py.h5d.create(file.id, b"x", h5py.h5t.STD_I32LE, space, creation)


def never_written(file):
    # Extents of 4 TB, no storage: reading would ask for all of it.
    file.create_dataset("x", shape=(1 << 40,), dtype="<f4")


def sparse_chunks(file):
    data = file.create_dataset("x", shape=(1 << 40,), dtype="<f4", chunks=(1024,), compression=4)
    data[0] = 1


def large_chunks(file):
    data = file.create_dataset("x", shape=(1 << 28,), dtype="<f4", chunks=(1 << 28,), compression=4)
    data[0:0] = []


def scalar(file):
    file.create_dataset("x", data=np.float32(1))


def references(file):
    file.create_dataset("x", data=np.array([file.ref], dtype=h5py.ref_dtype))


def variable_length(file):
    data = file.create_dataset("x", shape=(1,), dtype=h5py.vlen_dtype("<i4"))
    data[0] = np.arange(2, dtype="<i4")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)

    def plain(file):
        file.create_dataset("x", data=np.arange(4, dtype="<f4"))

    write("plain", plain)
    write("newer-format", plain, distill_format=np.int64(2))
    write("format-zero", plain, distill_format=np.int64(0))
    write("format-as-float", plain, distill_format=np.float64(1))
    write("format-as-array", plain, distill_format=np.array([1, 1], dtype=np.int64))
    write("no-format", plain, distill_format=None)
    write("no-kind", plain, kind=None)
    write("kind-variable-length", plain, kind="sample")
    write("kind-not-utf8", plain, kind=text(b"\xff\xfe"))
    write("content-not-a-digest", plain, content_sha256=text(b"none"))
    write("soft-link", lambda file: file.__setitem__("x", h5py.SoftLink("/y")))
    write("external-link", lambda file: file.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/y")))
    write("external-storage", external_storage)
    write("virtual", virtual)
    write("cycle", cycle)
    write("nested", nested)
    write("compact", compact)
    write("scalar", scalar)
    write("never-written", never_written)
    write("sparse-chunks", sparse_chunks)
    write("large-chunks", large_chunks)
    write("references", references)
    write("named-type", lambda file: file.__setitem__("x", np.dtype("<f4")))
    write("variable-length", variable_length)
    write("strings", lambda file: file.create_dataset("x", data=["a"], dtype=h5py.string_dtype()))
    write("compound", lambda file: file.create_dataset("x", data=np.zeros(2, "<f4,<i4")))
    write("enumeration", lambda file: file.create_dataset("x", data=np.array([True, False])))
    write("big-endian", lambda file: file.create_dataset("x", data=np.zeros(2, ">f4")))
    write("double", lambda file: file.create_dataset("x", data=np.zeros(2, "<f8")))
    write("half", lambda file: file.create_dataset("x", data=np.zeros(2, "<f2")))
    write("filter-lzf", lambda file: file.create_dataset("x", data=np.zeros(9, "<f4"), compression="lzf"))
    write("filter-scale", lambda file: file.create_dataset("x", data=np.zeros(9, "<i4"), scaleoffset=4))


if __name__ == "__main__":
    main()
