"""One reader: python_readers.py TOOL FILE EXPECTED. Prints {"version": ..., "missing": [[path, what], ...]}.

For readers.py, in an environment of its own. `what` is "values", "units", "times", "dimensions" or an error.
"""

import json
import math
import sys
import warnings

import numpy as np


def same(found, fact):
    """Whether a first value is the expected one."""
    if isinstance(found, bytes):
        found = found.decode()
    wanted = fact["first"]
    if fact["text"]:
        return str(found) == wanted
    return found == wanted or (isinstance(wanted, float) and math.isnan(wanted) and math.isnan(found))


def first_of(values):
    values = np.asarray(values)
    value = values[(0,) * values.ndim]
    return value.item() if hasattr(value, "item") else value


def check_values(values, fact):
    if list(np.shape(values)) != fact["shape"]:
        return [f"shape {list(np.shape(values))}"]
    return [] if fact["first"] is None or same(first_of(values), fact) else ["values"]


class H5py:
    def __init__(self, path):
        import h5py
        self.version = h5py.__version__
        self.file = h5py.File(path, "r")

    def check(self, fact):
        dataset = self.file[fact["path"]]
        missing = check_values(dataset[()], fact)
        if fact["units"] and dataset.attrs["units"] != fact["units"]:
            missing.append("units")
        names = [dataset.name] if dataset.is_scale else [s.name for d in dataset.dims for s in d.values()]
        if [n.split("/")[-1] for n in names] != fact["dimensions"]:
            missing.append("dimensions")
        return missing


class Pandas(H5py):
    """Every table, column and list as a series; times as timestamps."""

    def __init__(self, path):
        super().__init__(path)
        import pandas
        self.pandas, self.version = pandas, pandas.__version__

    def check(self, fact):
        dataset = self.file[fact["path"]]
        values = dataset.asstr()[()] if fact["text"] else dataset[()]
        if values.ndim > 2:
            values = values.reshape(len(values), -1)
        frame = self.pandas.DataFrame(values)
        first = None if fact["first"] is None else frame.iloc[0, 0]
        missing = [] if first is None or same(first.item() if hasattr(first, "item") else first, fact) else ["values"]
        if fact["time"] and first is not None:
            if self.pandas.to_datetime(frame[0], unit="ns")[0].value != fact["first"]:
                missing.append("times")
        if fact["units"] and dataset.attrs["units"] != fact["units"]:
            missing.append("units")
        return missing


class PyTables:
    def __init__(self, path):
        import tables
        warnings.simplefilter("ignore")  # about attributes that it does not read: references
        self.version = tables.__version__
        self.file = tables.open_file(path, "r")

    def check(self, fact):
        node = self.file.get_node(fact["path"])
        missing = check_values(node.read(), fact)
        if fact["units"] and str(node._v_attrs["units"]) != fact["units"]:
            missing.append("units")
        return missing


class NetCDF4:
    def __init__(self, path):
        import netCDF4
        self.version = netCDF4.__version__
        self.file = netCDF4.Dataset(path, "r")
        self.file.set_auto_mask(False)

    def check(self, fact):
        variable = self.file[fact["path"]]
        values = variable[...]
        missing = check_values(values, fact)
        if fact["units"] and variable.units != fact["units"]:
            missing.append("units")
        if fact["dimensions"] and list(variable.dimensions) != fact["dimensions"]:
            missing.append("dimensions")
        if fact["time"] and fact["first"] is not None:
            # num2date (cftime) knows no nanoseconds, but numpy does.
            count, since = variable.units.split(" since ")
            time = np.datetime64(since, "ns") + values[0].astype("timedelta64[ns]")
            if count != "nanoseconds" or int(time.astype(np.int64)) != fact["first"]:
                missing.append("times")
        return missing


class Xarray:
    def __init__(self, path):
        import xarray
        # Networks' parameters have no named dimensions.
        warnings.filterwarnings("ignore", message=".*phony_dims.*")
        self.path, self.xarray, self.version, self.open = path, xarray, xarray.__version__, {}

    def check(self, fact):
        group, _, name = fact["path"].rpartition("/")
        if group not in self.open:
            self.open = {group: self.xarray.open_dataset(self.path, group=group or "/", engine="h5netcdf").load()}
        variable = self.open[group][name]
        missing = []
        if fact["time"]:
            if variable.dtype != np.dtype("datetime64[ns]") or variable.encoding["units"] != fact["units"] or (
                    fact["first"] is not None and int(variable.values[0].astype(np.int64)) != fact["first"]):
                missing.append("times")
        else:
            missing += check_values(variable.values, fact)
            units = variable.attrs.get("units", variable.encoding.get("units"))
            if fact["units"] and units != fact["units"]:
                missing.append("units")
            if fact["bool"] != (variable.dtype == bool):
                missing.append("values")
        if fact["dimensions"] and list(variable.dims) != fact["dimensions"]:
            missing.append("dimensions")
        return missing


def main():
    tools = {"h5py": H5py, "pandas": Pandas, "PyTables": PyTables, "netCDF4": NetCDF4, "xarray": Xarray}
    with open(sys.argv[3]) as file:
        facts = json.load(file)["datasets"]
    tool = tools[sys.argv[1]](sys.argv[2])
    missing = []
    for fact in facts:
        try:
            missing += [(fact["path"], what) for what in tool.check(fact)]
        except Exception as error:
            missing.append((fact["path"], f"{type(error).__name__}: {error}"[:200]))
    print(json.dumps({"version": tool.version, "missing": missing}))


if __name__ == "__main__":
    main()
