#!/bin/sh
# PyTables cannot read a dataset that is a dimension scale in use: the list of
# its users, an attribute that HDF5's own library writes, is a KeyError. One
# such dataset ends a walk over the whole file.
#
# Version: PyTables 3.11.1 (its HDF5 1.14.6), file written by h5py 3.16.0,
# numpy 2.4.6, Python 3.11.
#
# Guessed, before running it: "PyTables reads every dataset of an ordinary type
# and warns of attributes that it does not know; dimension scales are 1-D
# arrays to it".
#
# Behaviour: a file with the arrays `time` (a dimension scale) and `values`.
#   scale without users            read
#   `time` attached to `values`    get_node("/time") raises KeyError 'Reference';
#                                  `values` itself is read (DIMENSION_LIST is
#                                  a warning); walk_nodes raises too
#   REFERENCE_LIST deleted again   all is read
# REFERENCE_LIST is an array of (object reference, dimension). PyTables makes a
# description of that compound, and has no column class for references; the
# error comes while it falls back to an UnImplemented node, so nothing catches
# it. The name of a dimension still follows from DIMENSION_LIST on the other
# side, which is what h5py, netCDF and h5netcdf go by.
#
# Consequence: coordinate variables of netCDF-4 files, and of all that h5netcdf
# and xarray write, are closed to PyTables. Whoever writes HDF5 for all readers
# attaches the scales and takes REFERENCE_LIST off again.
#
# Output seen:
#   tables 3.11.1 h5py 3.16.0
#   no users        time: [0 1 2]                 values: [5 6 7]  walk: ok
#   attached        time: KeyError: 'Reference'   values: [5 6 7]  walk: KeyError: 'Reference'
#   without list    time: [0 1 2]                 values: [5 6 7]  walk: ok
#   without list    h5py still finds: ['time']
#
# Needs python3.11 with venv, and a network. Fails if any of this changes.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

python3.11 -m venv "$dir/venv"
# Every pin by hand: left to itself pip also fetches packages that are not needed here.
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  --no-compile --no-deps --only-binary :all: --timeout 120 \
  tables==3.11.1 h5py==3.16.0 numpy==2.4.6 numexpr==2.14.2 \
  packaging==26.4 py-cpuinfo==9.0.0 blosc2==4.14.1 ndindex==1.10.1 \
  msgpack==1.2.4 threadpoolctl==3.8.0 typing_extensions==4.16.0 \
  pydantic==2.14.4 pydantic_core==2.50.5 annotated-types==0.8.0 \
  typing-inspection==0.4.5 rich==15.0.0 markdown-it-py==4.3.0 mdurl==0.1.2 \
  Pygments==2.21.0 httpx==0.28.1 httpcore==1.0.9 h11==0.16.0 h2==4.4.1 \
  hpack==4.2.0 hyperframe==6.1.0 anyio==4.16.0 idna==3.20 \
  certifi==2026.10.19.post1

cat >"$dir/check.py" <<'END'
import sys
import warnings

import h5py
import tables

warnings.simplefilter("ignore")
print("tables", tables.__version__, "h5py", h5py.__version__)
path = sys.argv[1]
failed = False


def attempt(action):
    try:
        return str(action())
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)


def walk(file):
    for node in file.walk_nodes("/"):
        pass
    return "ok"


def look(what, wanted):
    global failed
    with tables.open_file(path) as file:
        seen = [attempt(lambda: file.get_node("/" + name).read()) for name in ("time", "values")]
    with tables.open_file(path) as file:
        seen.append(attempt(lambda: walk(file)))
    print("%-15s time: %-23s values: %-8s walk: %s" % (what, *seen))
    if seen != wanted:
        failed = True
        print("CHANGED:", what, wanted)


with h5py.File(path, "w") as file:
    file["time"], file["values"] = [0, 1, 2], [5, 6, 7]
    file["time"].make_scale("time")
good = ["[0 1 2]", "[5 6 7]", "ok"]
look("no users", good)

with h5py.File(path, "a") as file:
    file["values"].dims[0].attach_scale(file["time"])
look("attached", ["KeyError: 'Reference'", "[5 6 7]", "KeyError: 'Reference'"])

with h5py.File(path, "a") as file:
    del file["time"].attrs["REFERENCE_LIST"]
look("without list", good)
with h5py.File(path) as file:
    names = [scale.name.strip("/") for scale in file["values"].dims[0].values()]
print("without list    h5py still finds:", names)
sys.exit(1 if failed or names != ["time"] else 0)
END
"$dir/venv/bin/python" "$dir/check.py" "$dir/scale.h5"
