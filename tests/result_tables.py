"""Tables of result files (a group with a dataset for each column) as numpy has them."""

import numpy as np


def table(group):
    """A structured array of its columns in their order; flags become bools, texts stay bytes."""
    names = list(group.attrs["columns"])
    columns = [group[name][:] for name in names]
    columns = [c.astype(bool) if group[n].attrs.get("dtype") == "bool" else c for n, c in zip(names, columns)]
    rows = np.empty(len(columns[0]), dtype=[(n, c.dtype) for n, c in zip(names, columns)])
    for name, column in zip(names, columns):
        rows[name] = column
    return rows
