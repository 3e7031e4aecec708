#!/usr/bin/env python3
"""Prints what is in a result file: every group and dataset with shape, type, units and attributes.

    describe_hdf5.py FILE [--all]

Of more than three members of one kind (devices, captures, generations) the first is shown; --all shows them all.
"""

import argparse
import collections
import sys

import h5py

SHOWN = 3
# Attributes of datasets that their line shows, or that are HDF5's own.
OF_THE_LINE = {"columns", "units", "dimensions", "coordinates", "dtype", "flag_values", "flag_meanings", "_Encoding",
               "CLASS", "NAME", "DIMENSION_LIST"}
LONGEST = 100


def value_text(value):
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str) and "\n" in value:
        lines = value.splitlines()
        return f"{lines[0]!r} ... ({len(lines)} lines)"
    if isinstance(value, list):
        text = "[" + ", ".join(str(v) for v in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text)} characters)"


def type_text(dtype):
    if h5py.check_string_dtype(dtype):
        return "text"
    members = h5py.check_enum_dtype(dtype)
    if members:
        return "(" + "|".join(sorted(members, key=members.get)) + ")"
    return str(dtype)


def dataset_type(dataset):
    if dataset.attrs.get("dtype") == "bool":
        return "bool"
    if "flag_meanings" in dataset.attrs:
        return "(" + "|".join(dataset.attrs["flag_meanings"].split()) + ")"
    return type_text(dataset.dtype)


def dimension_names(dataset):
    """Names of the scales; of a scale its own; else those of the attribute."""
    if "CLASS" in dataset.attrs:
        return [dataset.name.split("/")[-1]]
    names = [scale.name.split("/")[-1] for dimension in dataset.dims for scale in list(dimension.values())[:1]]
    return names or list(dataset.attrs.get("dimensions", []))


def column_lines(dataset, indent):
    """One line for each column: of a table its fields, else the last dimension."""
    units = list(dataset.attrs.get("units", []))
    fields = dataset.dtype.names
    names = fields or list(dataset.attrs["columns"])
    for i, name in enumerate(names):
        kind = " " + type_text(dataset.dtype[name]) if fields else ""
        unit = f" [{units[i]}]" if i < len(units) and units[i] else ""
        yield f"{indent}  - {name}{kind}{unit}"


def dataset_lines(name, dataset, indent):
    columns = dataset.dtype.names is not None or "columns" in dataset.attrs
    unit = dataset.attrs.get("units")
    kind = "table" if dataset.dtype.names else dataset_type(dataset)
    dimensions = ", ".join(dimension_names(dataset))
    line = f"{indent}{name}  {kind} {list(dataset.shape)}"
    line += f" ({dimensions})" if dimensions else ""
    yield line + (f" [{unit}]" if isinstance(unit, str) else "")
    if columns:
        yield from column_lines(dataset, indent)
    yield from attribute_lines(dataset, indent, OF_THE_LINE)


def attribute_lines(item, indent, left_out=frozenset()):
    for name in sorted(set(item.attrs) - left_out):
        yield f"{indent}  {name} = {value_text(item.attrs[name])}"


def kind_of(item):
    """Members of one kind look alike: groups with the same members, datasets of the same type and columns."""
    if isinstance(item, h5py.Group):
        return "group", tuple(sorted(item))[:SHOWN]
    return "dataset", item.dtype, item.shape[1:], "CLASS" in item.attrs


def describe(group, show_all=False, name="/", indent=""):
    """Yields the lines."""
    yield f"{indent}{name}"
    is_table = "columns" in group.attrs and all(name in group for name in group.attrs["columns"])
    yield from attribute_lines(group, indent, {"columns", "units"} if is_table else set())
    inner = indent + "  "
    # Members of the root and parameters of a network have each a meaning of their own.
    show_all_here = show_all or is_table or group.name == "/" or group.name.split("/")[-1] in ("parameters", "discriminator")
    children = sorted(group)
    if is_table:
        columns = list(group.attrs["columns"])
        children = columns + [child for child in children if child not in columns]
    kinds = {child: kind_of(group[child]) for child in children}
    alike = collections.Counter(kinds.values())
    shown = set()
    for child, kind in kinds.items():
        item = group[child]
        collapsed = not show_all_here and alike[kind] > SHOWN
        if collapsed and kind in shown:
            continue
        shown.add(kind)
        if isinstance(item, h5py.Group):
            yield from describe(item, show_all, child + "/", inner)
        else:
            yield from dataset_lines(child, item, inner)
        if collapsed:
            yield f"{inner}... and {alike[kind] - 1} more like {child}"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args(arguments)
    try:
        file = h5py.File(options.file, "r")
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    with file:
        print("\n".join(describe(file, options.all)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
