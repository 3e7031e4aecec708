#!/usr/bin/env python3
"""By hand: installs readers of HDF5 and shows that each opens all of a result file, with names, units and times.

    readers.py [--file RESULT] [--environment FOLDER]

Without a file the quickstart is run, with little training. The Python packages go to a temporary environment
(python3 -m venv; a network is needed), or to FOLDER, which is kept. GNU Octave and R's hdf5r are used where they are installed; as root, what is
missing is installed with apt-get (packages octave and r-cran-hdf5r). Prints a table of tools and groups; exit status
1 when a tool that is there misses something that it is able to read, 0 else.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
PROGRAM = os.environ.get("IPET_PROGRAM", str(SOURCE / "build" / "release" / "bin" / "ipet"))
PACKAGES = ["h5py==3.16.0", "pandas==3.1.1", "tables==3.11.1", "netCDF4==1.7.5.1.post1", "xarray==2026.9.0",
            "h5netcdf==1.8.2"]
PYTHON_TOOLS = ("h5py", "pandas", "PyTables", "netCDF4", "xarray")
SHORT = ["--set", "epochs=2", "--set", "training_stages=1", "--set", "num_samples=50"]
# What a tool is not able to, whoever wrote the file.
UNABLE = {"PyTables": {"dimensions"}, "hdf5r": {"dimensions"}, "pandas": {"dimensions"},
          "Octave": {"dimensions", "units"}}


def facts_of(name, dataset):
    """What a tool must find: by h5py, and HDF5's own attributes."""
    first = dataset[(0,) * dataset.ndim] if dataset.size else None
    units = dataset.attrs.get("units", "")
    is_text = dataset.dtype.kind == "S"
    return {"path": "/" + name, "shape": list(dataset.shape), "units": units if isinstance(units, str) else "",
            "text": is_text, "time": isinstance(units, str) and units.startswith("nanoseconds since"),
            "bool": dataset.attrs.get("dtype") == "bool",
            "first": None if first is None else first.decode() if is_text else first.item(),
            "dimensions": [[s.name for s in d.values()] for d in dataset.dims]
            if "DIMENSION_LIST" in dataset.attrs else ["/" + name] if "CLASS" in dataset.attrs else []}


def expected(path):
    facts, groups = [], {"/"}
    with h5py.File(path) as file:
        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                facts.append(facts_of(name, item))
            else:
                groups.add("/" + name)
        file.visititems(visit)
    for fact in facts:
        fact["dimensions"] = [(d[0] if isinstance(d, list) else d).split("/")[-1] for d in fact["dimensions"]]
    return {"groups": sorted(groups), "datasets": facts}


def install_debian(program, packages):
    """Whether the program is there, installed if it can be."""
    if shutil.which(program) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", "-q", *command], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                           stdout=subprocess.DEVNULL)
    return shutil.which(program) is not None


def run_tool(command, folder):
    """A dictionary {"version": ..., "missing": [[path, what], ...]}, or what went wrong as a text."""
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return f"exit code {done.returncode}: " + (done.stderr or done.stdout)[-300:]
    return json.loads(lines[-1])


def rows_for_others(facts, path):
    """The same as tab-separated lines, for Octave and R: path, elements, kind, first value, units."""
    with open(path, "w") as out:
        for fact in facts["datasets"]:
            kind = "text" if fact["text"] else "number"
            first = "" if fact["first"] is None else fact["first"]
            first = "NaN" if isinstance(first, float) and np.isnan(first) else first
            first = int(first) if isinstance(first, bool) else first
            out.write("\t".join([fact["path"], str(int(np.prod(fact["shape"]))), kind, str(first), fact["units"]]) + "\n")


def python_with_packages(environment):
    """The Python of an environment that has the packages, made where it is not there."""
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
    return python


def answers(file, folder, environment):
    facts = expected(file)
    (folder / "expected.json").write_text(json.dumps(facts))
    rows_for_others(facts, folder / "expected.tsv")
    python = python_with_packages(environment)
    said = {tool: run_tool([python, HERE / "python_readers.py", tool, file, folder / "expected.json"], folder)
            for tool in PYTHON_TOOLS}
    has_r = install_debian("Rscript", ["r-cran-hdf5r"])
    said["hdf5r"] = run_tool(["Rscript", HERE / "hdf5r_reader.R", file, folder / "expected.tsv"], folder) \
        if has_r else "not installed"
    has_octave = install_debian("octave-cli", ["octave"])
    said["Octave"] = run_tool(["octave-cli", "--quiet", "--no-init-file", HERE / "octave_reader.m", file,
                               folder / "expected.tsv"], folder) if has_octave else "not installed"
    return facts, said


def top(path):
    return "/" + path.split("/")[1]


def print_table(facts, said):
    """One row for each tool; False when one missed what it is able to."""
    tops = sorted({top(fact["path"]) for fact in facts["datasets"]})
    count = {t: sum(top(f["path"]) == t for f in facts["datasets"]) for t in tops}
    cells, good = [["datasets of", *tops, "units", "times", "dimensions"]], True
    cells.append(["all", *[str(count[t]) for t in tops], "", "", ""])
    for tool, answer in said.items():
        if isinstance(answer, str):
            print(f"{tool}: {answer}", file=sys.stderr)
            good = good and answer == "not installed"
            cells.append([tool, *["-"] * (len(tops) + 3)])
            continue
        unable = UNABLE.get(tool, set())
        missing = [(path, what) for path, what in answer["missing"] if what not in unable]
        good = good and not missing
        for path, what in missing[:10]:
            print(f"{tool}: {path}: {what}", file=sys.stderr)
        of = {t: len({p for p, what in missing if top(p) == t and what not in ("units", "times", "dimensions")})
              for t in tops}
        row = [f"{tool} {answer['version']}", *[str(count[t] - of[t]) for t in tops]]
        for what in ("units", "times", "dimensions"):
            row.append("unable" if what in unable else "missed" if any(w == what for _, w in missing) else "yes")
        cells.append(row)
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=pathlib.Path)
    parser.add_argument("--environment", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ipet-readers-") as folder:
        folder = pathlib.Path(folder)
        file = options.file and options.file.resolve()
        if file is None:
            subprocess.run([PROGRAM, "run", "pipelines/quickstart.toml", "--output", folder / "run", *SHORT], cwd=SOURCE,
                           check=True, stdout=subprocess.DEVNULL)
            file = folder / "run" / "ipet.h5"
        return 0 if print_table(*answers(file, folder, (options.environment or folder / "venv").resolve())) else 1


if __name__ == "__main__":
    sys.exit(main())
