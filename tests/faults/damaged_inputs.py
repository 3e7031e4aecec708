#!/usr/bin/env python3
"""By hand: changes one byte of an input at random, runs the whole program on it and counts what happens.

    damaged_inputs.py [capture] [result] [plugin] [pipeline] [--runs 200] [--seed N]

A capture is read and stored, a result file is read and stored again, a plugin is loaded and run, a pipeline file is run.
"As undamaged": the result has the same datasets and attributes. A changed byte of a capture or a pipeline file is often
another capture or another definition, which no program can tell. Prints the seed and a table; fails when ipet is ended by
a signal, does not end, or stops without a message; but a plugin's damaged code may do anything. Nothing that it makes
is kept.
"""

import argparse
import collections
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(SOURCE / "tests" / "integration"), str(SOURCE / "tests" / "fuzz"), str(SOURCE / "tests" / "storage")]

import h5py  # noqa: E402

import compare_hdf5  # noqa: E402
import flip_bytes  # noqa: E402
import make_corpus  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("IPET_PROGRAM", SOURCE / "build" / "release" / "bin" / "ipet"))
HANG = 120  # a child that looks at foreign files may take 30 s of processor time
INGEST = """schema = 1
name = "ingest"

[params]
captures = { type = "path", default = "home.pcap" }
total_time = { type = "float", default = 1.0, min = 0.001, help = "Length of a window in seconds" }

[run]
output = "out"
memory_mib = 64

[stages.capture]
plugin = "pcap_reader"
options = { files = "${params.captures}", recordings = "file" }

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.local_networks = ["192.168.0.0/16"]

[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
options = { total_time = "${params.total_time}", omega = 0.1 }

[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "devices.packets", "windows"]
options = { file = "${run.output}/result.h5", compression = 0 }
"""


def warnings_in(text):
    """Without the time of day before them."""
    return {line[line.index("warning"):] for line in text.splitlines() if "warning" in line}


class Input:
    """One kind of input: the undamaged bytes, the file that takes the damaged ones, and the run that reads it."""

    def __init__(self, folder, kind):
        self.kind, self.folder = kind, folder / kind
        self.folder.mkdir()
        self.program, self.output = PROGRAM, self.folder / "out" / "result.h5"
        (self.folder / "ingest.toml").write_text(INGEST)
        frames = [frame for frame in make_corpus.ETHERNET.values() for _ in range(10)]
        (self.folder / "home.pcap").write_bytes(make_corpus.pcap(frames))
        self.pipeline, self.settings = self.folder / "ingest.toml", []
        self.file = getattr(self, kind)()
        self.whole = self.file.read_bytes()
        self.reference = folder / f"{kind}.h5"
        code, text = self.run()
        if code != 0:
            sys.exit(f"the undamaged {kind} cannot be read:\n{text}")
        self.warnings = warnings_in(text)
        shutil.copy(self.output, self.reference)

    def capture(self):
        return self.folder / "home.pcap"

    def pipeline_file(self):
        return self.pipeline

    def result(self):
        self.run()
        file = self.folder / "damaged.h5"
        shutil.move(self.output, file)
        ports = '"file.summary", "file.packets", "file.windows"'
        self.pipeline = self.folder / "copy.toml"
        self.pipeline.write_text(flip_bytes.PIPELINE.replace("INPUTS", ports).replace("copy.h5", "result.h5"))
        self.settings = ["--set", f"file={file}"]
        return file

    def plugin(self):
        """A program of its own beside plugins of its own, of which one is damaged."""
        place = self.folder / "bin"
        (place / "plugins").mkdir(parents=True)
        for name in ("ipet", "ipet-walk-hdf5", "libipet_process.so"):
            shutil.copy(PROGRAM.parent / name, place / name)
        for name in ("pcap_reader", "device_splitter", "windowing", "hdf5_writer"):
            shutil.copy(PROGRAM.parent / "plugins" / f"{name}.so", place / "plugins")
        self.program = place / "ipet"
        return place / "plugins" / "windowing.so"

    def run(self):
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        command = [self.program, "run", self.pipeline, *self.settings, "--output", self.folder / "out"]
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=HANG)
        return done.returncode, done.stdout.decode(errors="replace")

    def is_as_undamaged(self):
        if not self.output.is_file():
            return False
        with h5py.File(self.reference, "r") as a, h5py.File(self.output, "r") as b:
            return not any(compare_hdf5.compare(a, b))

    def outcome(self, at, byte):
        damaged = bytearray(self.whole)
        damaged[at] ^= byte
        self.file.write_bytes(damaged)
        try:
            code, text = self.run()
        except subprocess.TimeoutExpired:
            return "HANG"
        finally:
            self.file.write_bytes(self.whole)
        if code < 0 or code > 128:
            return f"CRASH, {'signal ' + str(-code) if code < 0 else 'exit code ' + str(code)}"
        if code != 0:
            error = [line for line in text.splitlines() if "error" in line]
            return f"error with exit code {code}" if error else f"NO MESSAGE, exit code {code}"
        warned = "warned of" if warnings_in(text) - self.warnings else "without a word"
        return f"{'as undamaged' if self.is_as_undamaged() else 'another result'}, {warned}"


# The method that makes the file of a kind has the kind's name, which `pipeline` has not.
KINDS = {"capture": "capture", "result": "result", "plugin": "plugin", "pipeline": "pipeline_file"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--runs", type=int, default=200, help="of each kind")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    if set(options.kinds) - set(KINDS):
        parser.error(f"kinds are {', '.join(KINDS)}")
    print(f"seed {options.seed}", flush=True)
    bad = False
    with tempfile.TemporaryDirectory(prefix="ipet-damaged-") as folder:
        for kind in options.kinds or KINDS:
            chance = random.Random(f"{options.seed} {kind}")
            given, counts, longest = Input(pathlib.Path(folder), KINDS[kind]), collections.Counter(), 0.0
            for _ in range(options.runs):
                begin = time.monotonic()
                what = given.outcome(chance.randrange(len(given.whole)), chance.randrange(1, 256))
                longest = max(longest, time.monotonic() - begin)
                counts[what] += 1
                bad = bad or what.startswith(("HANG", "NO MESSAGE")) or (what.startswith("CRASH") and kind != "plugin")
            for what, count in sorted(counts.items()):
                print(f"{kind:<9} {count:5}  {what}")
            print(f"{kind:<9} {len(given.whole)} bytes, {options.runs} runs, the longest took {longest:.1f} s", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
