"""Large captures for benchmarks: a small home repeated in time, in one file or in several.

The home is real where the data folder is there, synthetic else.
"""

import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import repeat_captures  # noqa: E402

REAL = ("iot-sentinel", "cset21-home")

SYNTHETIC = """schema = 1
name = "home"
[run]
output = "{folder}"
seed = 20
[stages.home]
plugin = "traffic_synthesizer"
options = {{ home = "{home}", captures = 1, duration_seconds = {seconds} }}
[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary"]
options.file = "{folder}/summary.h5"
"""


class Home:
    """Merged frames of a home, to be repeated, and its devices file."""

    def __init__(self, name, merged, devices):
        self.name, self.merged, self.devices = name, merged, devices
        self.bytes, self.frames = len(merged[1]), len(merged[2])

    def repetitions(self, mebibytes):
        return max(1, round(mebibytes * 2**20 / self.bytes))

    def one(self, path, mebibytes):
        """One file of about that size; returns its frames."""
        count = self.repetitions(mebibytes)
        repeat_captures.write(path, self.merged, range(count))
        return count * self.frames

    def many(self, folder, mebibytes, files):
        """So many files of about that size in all, which share their content on the disk; returns the frames."""
        folder.mkdir()
        each = self.one(folder / "part-000.pcap", mebibytes / files)
        for i in range(1, files):
            os.link(folder / "part-000.pcap", folder / f"part-{i:03}.pcap")
        return files * each


def homes(bench, names=REAL):
    """The homes of these names, or the synthetic one when none of them is here."""
    found = [real(bench, name) for name in names if bench.data and (bench.data / name).is_dir()]
    return found or [synthetic(bench)]


def real(bench, name):
    folder = bench.data / name
    return Home(name, repeat_captures.merged(folder), without_globs(bench, name, (folder / "devices.toml").read_text()))


def synthetic(bench):
    folder = bench.folder / "synthetic-home"
    if not folder.is_dir():
        folder.mkdir()
        (folder / "home.toml").write_text(SYNTHETIC.format(
            folder=folder, home=bench.source / "datasets/synthetic-home/home.toml", seconds=600 if bench.quick else 7200))
        bench.run([bench.ipet, "run", folder / "home.toml"])
    captures = folder / "captures"
    return Home("synthetic", repeat_captures.merged(captures),
                without_globs(bench, "synthetic", (captures / "devices.toml").read_text()))


def without_globs(bench, name, text):
    """The devices file for repeated captures: without capture globs, and of two devices of one MAC the first."""
    head, *devices = re.split(r"^\[\[device\]\]\n", text, flags=re.M)
    kept, seen = [head], set()
    for device in devices:
        mac = re.search(r'^mac = .*$', device, flags=re.M)
        if mac and mac.group() in seen:
            continue
        seen.add(mac.group() if mac else None)
        kept.append("[[device]]\n" + re.sub(r'^captures = .*\n', "", device, flags=re.M))
    path = bench.folder / f"{name}.toml"
    path.write_text("".join(kept))
    return path
