#!/usr/bin/env python3
"""Compares two result files bit for bit: names, shapes, types, values and attributes.

    compare_hdf5.py A B [--ignore ATTRIBUTE]...
    compare_hdf5.py --digest A                   one text for all of that, to compare over machines

The group /provenance, which holds when, where and how a run was started, is left out; nothing else is. Prints each difference; exit status 0: equal,
1: different, 2: a file cannot be read.
"""

import argparse
import hashlib
import sys

import h5py
import numpy as np

LEFT_OUT = "/provenance"
ROWS_AT_ONCE = 65536


def bits(values):
    """Something that is equal only for equal bits: NaN equals itself, 0.0 differs from -0.0."""
    if isinstance(values, h5py.Empty):
        return "empty"
    values = np.asarray(values)
    if values.dtype.hasobject:
        return [repr(v) for v in values.ravel()]
    return values.tobytes()


def type_text(item):
    """The type as HDF5 has it: unlike numpy's, it tells names of enumerations and lengths of texts."""
    kind = item.id.get_type()
    return repr(item.dtype) + " " + kind.encode().hex()


def shown(value):
    """As numpy 1 writes a value; numpy 2 puts the name of its type around it."""
    if isinstance(value, (np.bytes_, np.str_)):
        return repr(value.item())
    return str(value) if isinstance(value, np.generic) else repr(value)


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a, b)):
        if bits(x) != bits(y):
            return i, x, y
    raise AssertionError("blocks differ, rows do not")


def compare_values(where, a, b):
    if a.shape == ():
        if bits(a[()]) != bits(b[()]):
            yield f"{where}: {shown(a[()])} and {shown(b[()])}"
        return
    different, example = 0, None
    for start in range(0, a.shape[0], ROWS_AT_ONCE):
        x, y = a[start:start + ROWS_AT_ONCE], b[start:start + ROWS_AT_ONCE]
        if bits(x) == bits(y):
            continue
        different += sum(bits(p) != bits(q) for p, q in zip(x, y))
        if example is None:
            row, p, q = first_difference(x, y)
            example = f"first at row {start + row}: {shown(p)} and {shown(q)}"
    if different:
        yield f"{where}: {different} of {a.shape[0]} rows differ, {example}"


def scales(dataset):
    """Paths of the scales of each dimension."""
    return [[scale.name for scale in dimension.values()] for dimension in dataset.dims]


def compare_attributes(where, a, b, ignored):
    for name in sorted((set(a.attrs) | set(b.attrs)) - ignored):
        if name not in a.attrs or name not in b.attrs:
            yield f"{where}: attribute '{name}' only in {'A' if name in a.attrs else 'B'}"
            continue
        if name == "DIMENSION_LIST":  # places in the file, of the scales
            if scales(a) != scales(b):
                yield f"{where}: dimensions {scales(a)} and {scales(b)}"
            continue
        x, y = a.attrs.get_id(name), b.attrs.get_id(name)
        if (x.shape, x.get_type().encode()) != (y.shape, y.get_type().encode()):
            yield f"{where}: attribute '{name}': {x.dtype}{list(x.shape)} and {y.dtype}{list(y.shape)}"
        elif bits(a.attrs[name]) != bits(b.attrs[name]):
            yield f"{where}: attribute '{name}': {shown(a.attrs[name])} and {shown(b.attrs[name])}"


def compare(a, b, ignored=frozenset(), where="/"):
    """Yields one line for each difference between two groups."""
    yield from compare_attributes(where, a, b, ignored)
    for name in sorted(set(a) | set(b)):
        path = where.rstrip("/") + "/" + name
        if path == LEFT_OUT:
            continue
        if name not in a or name not in b:
            yield f"{path}: only in {'A' if name in a else 'B'}"
            continue
        x, y = a[name], b[name]
        if isinstance(x, h5py.Group) != isinstance(y, h5py.Group):
            yield f"{path}: a group in one, a dataset in the other"
        elif isinstance(x, h5py.Group):
            yield from compare(x, y, ignored, path)
        else:
            yield from compare_attributes(path, x, y, ignored)
            if x.shape != y.shape:
                yield f"{path}: shape {x.shape} and {y.shape}"
            elif type_text(x) != type_text(y):
                yield f"{path}: type {x.dtype} and {y.dtype}" + (" (as stored)" if x.dtype == y.dtype else "")
            else:
                yield from compare_values(path, x, y)


def values_of(item, digest):
    if item.shape == ():
        digest.update(repr(item[()]).encode() if item.dtype.hasobject else np.asarray(item[()]).tobytes())
        return
    for start in range(0, item.shape[0], ROWS_AT_ONCE):
        digest.update(repr(bits(item[start:start + ROWS_AT_ONCE])).encode())


def digest_of(group, where="/", digest=None):
    """SHA-256 of names, shapes, types, values and attributes; of dimensions, which are places in the file, of their scales."""
    digest = digest or hashlib.sha256()

    def note(item):
        for name in sorted(item.attrs):
            if item.name == "/" and name == "version":  # of ipet: a new one gives what the one before gave
                continue
            if name in ("DIMENSION_LIST", "REFERENCE_LIST"):
                digest.update(repr((name, scales(item) if name == "DIMENSION_LIST" else "")).encode())
            else:
                digest.update(repr((name, item.attrs.get_id(name).shape, bits(item.attrs[name]))).encode())

    note(group)
    for name in sorted(group):
        path = where.rstrip("/") + "/" + name
        if path == LEFT_OUT:
            continue
        item = group[name]
        digest.update(path.encode() + b"\0")
        if isinstance(item, h5py.Group):
            digest_of(item, path, digest)
        else:
            digest.update(f"{item.shape} {type_text(item)}".encode())
            note(item)
            values_of(item, digest)
    return digest.hexdigest()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B", nargs="?")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--ignore", action="append", default=[], metavar="ATTRIBUTE")
    options = parser.parse_args(arguments)
    if options.digest:
        with h5py.File(options.a, "r") as file:
            print(digest_of(file))
        return 0
    if options.b is None:
        parser.error("two files are compared")
    try:
        a, b = h5py.File(options.a, "r"), h5py.File(options.b, "r")
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    with a, b:
        found = 0
        for line in compare(a, b, frozenset(options.ignore)):
            print(line)
            found += 1
    print(f"{found} differences" if found else "equal")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
