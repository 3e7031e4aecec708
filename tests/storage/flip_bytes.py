#!/usr/bin/env python3
"""By hand: damages a result file at random places, reads it with hdf5_reader and counts what happens.

    flip_bytes.py [--runs 600] [--seed N] [--file RESULT] [--keep-digests]

Each run changes one to eight bytes; half of the runs outside the raw data of datasets, where HDF5's own structures
are. Without --keep-digests every other file first loses the block of digests behind its end, as a file that another
program has written to. Prints the seed and a table of outcomes; fails when ipet is ended by a signal or does not end.
Nothing that it makes is kept: such files can crash or hang HDF5 itself.
"""

import argparse
import collections
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("IPET_PROGRAM", str(SOURCE / "build" / "release" / "bin" / "ipet"))
HANG = 120  # a child may take 30 s
PIPELINE = """
schema = 1
name = "copy"
[params]
file = { type = "path" }
output = { type = "path", default = "runs/copy" }
[run]
output = "${params.output}"
[stages.file]
plugin = "hdf5_reader"
options.file = "${params.file}"
[stages.store]
plugin = "hdf5_writer"
inputs = [INPUTS]
options.file = "${run.output}/copy.h5"
options.compression = 0
"""
SMALL = ["--set", "epochs=1", "--set", "training_stages=1", "--set", "num_samples=20",
         "--set", "stages.home.options.captures=3", "--set", "stages.home.options.duration_seconds=150"]
PORTS = ("summary", "windows", "mixed", "discriminator", "generators", "perturbations")


def block_of(data):
    """Where the digests begin, and the ranges of raw data."""
    at = data.rindex(b"ipet digests 1\n")
    raw = [tuple(map(int, line.split()[1:])) for line in data[at:].splitlines() if line.startswith(b"raw ")]
    return at, raw


def damaged(data, chance, cut):
    end, raw = block_of(data)
    changed = bytearray(data[:end] if cut else data)
    outside = chance.random() < 0.5
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        while True:
            at = chance.randrange(len(changed))
            if not outside or not any(first <= at < first + size for first, size in raw):
                break
        changed[at] ^= chance.randrange(1, 256)
    return changed, outside


def outcome(code, text):
    if code < 0:
        return f"CRASH, signal {-code}"
    if re.search(r"this file is damaged: HDF5 (crashed|did not|asks)", text):
        return "error: " + re.search(r"this file is damaged: (HDF5 (?:crashed|did not finish|asks for))", text)[1]
    if code != 0:
        if "damaged since ipet wrote it" in text:
            return "error that names the damaged dataset"
        return "another error" if "error" in text else f"NO MESSAGE, exit code {code}"
    if "edited or damaged since" in text:
        return "read, with a warning that names the dataset"
    if "is not as ipet wrote it" in text or "has no digests" in text:
        return "read, with a warning about the file"
    return "read without a word"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--file", type=pathlib.Path)
    parser.add_argument("--keep-digests", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    counts, longest = collections.Counter(), 0.0
    with tempfile.TemporaryDirectory(prefix="ipet-flip-") as folder:
        folder = pathlib.Path(folder)
        if options.file is None:
            subprocess.run([PROGRAM, "run", "pipelines/quickstart.toml", "--output", folder / "run", *SMALL], cwd=SOURCE,
                           check=True, capture_output=True)
            options.file = folder / "run" / "ipet.h5"
        data = options.file.read_bytes()
        pipeline, file = folder / "copy.toml", folder / "damaged.h5"
        pipeline.write_text(PIPELINE.replace("INPUTS", ", ".join(f'"file.{port}"' for port in PORTS)))
        command = [PROGRAM, "run", pipeline, "--set", f"file={file}", "--output", folder / "out"]
        for i in range(options.runs):
            cut = not options.keep_digests and i % 2 == 1
            changed, outside = damaged(data, chance, cut)
            file.write_bytes(changed)
            begin = time.monotonic()
            try:
                done = subprocess.run(command, cwd=SOURCE, capture_output=True, timeout=HANG)
                what = outcome(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))
            except subprocess.TimeoutExpired:
                what = "HANG"
            longest = max(longest, time.monotonic() - begin)
            counts[("no digests" if cut else "digests", "structures" if outside else "anywhere", what)] += 1
            if i % 50 == 49:
                print(f"{i + 1} files", file=sys.stderr, flush=True)
    for (kind, place, what), count in sorted(counts.items()):
        print(f"{kind:<11} {place:<11} {count:5}  {what}")
    print(f"{options.runs} files, the longest took {longest:.1f} s")
    return 1 if any(re.match("CRASH|HANG|NO MESSAGE|read without a word", what) and not
                    (what == "read without a word" and place == "anywhere") for _, place, what in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
