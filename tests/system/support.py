"""What the whole-program tests share: running ipet, temporary folders, synthetic and repeated captures."""

import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from result_tables import table  # noqa: F401, for the tests

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("IPET_PROGRAM", str(SOURCE / "build" / "release" / "bin" / "ipet"))
REAL = SOURCE.parent / "shared" / "data"

DEVICES_TOML = """local_networks = ["192.168.0.0/16"]

[[device]]
name = "cam"
mac = "02:00:00:00:00:01"
"""


def home_pipeline(name, captures, seconds):
    """The head of a pipeline: the synthetic home on so many days, so long on each, written to captures/ of the run."""
    return f"""schema = 1
name = "{name}"

[stages.home]
plugin = "traffic_synthesizer"
options = {{ home = "datasets/synthetic-home/home.toml", captures = {captures}, duration_seconds = {seconds}, interval_seconds = 86400, start = "2026-03-02T18:00:00Z" }}

[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "${{run.output}}/captures/devices.toml"
"""


def ipet(*arguments, check=None, **keywords):
    """Runs ipet from the project's folder; `check` is the exit code it must have."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=SOURCE, text=True, capture_output=True, **keywords)
    if check is not None and done.returncode != check:
        raise AssertionError(f"exit code {done.returncode}, not {check}: {arguments}\n{done.stdout}\n{done.stderr}")
    return done


def last_of_each(arguments):
    """The arguments without those settings that later ones replace: ipet takes one value for a name."""
    pairs, rest = [], []
    words = list(map(str, arguments))
    while words:
        if words[0] == "--set":
            pairs.append(words[1])
            words = words[2:]
        else:
            rest.append(words.pop(0))
    last = {pair.split("=", 1)[0].removeprefix("params."): pair for pair in pairs}
    return [*rest, *(word for pair in last.values() for word in ("--set", pair))]


def ipet_peak_memory(*arguments):
    """Runs ipet and returns (completed process, peak resident memory in MiB)."""
    # In a process of its own, so that earlier children do not count.
    script = ("import resource, subprocess, sys; r = subprocess.run(sys.argv[1:]); "
              "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); "
              "sys.exit(r.returncode)")
    done = subprocess.run([sys.executable, "-c", script, PROGRAM, *map(str, arguments)], cwd=SOURCE, text=True,
                          capture_output=True)
    peak = int(done.stderr.rsplit("PEAK", 1)[1].split()[0]) / 1024
    return done, peak


def needs_real(name):
    """Decorator: skips, with a message, where a real data set is absent."""
    return unittest.skipUnless((REAL / name).is_dir(), f"../shared/data/{name} is not here")


class WithFolder(unittest.TestCase):
    """A temporary folder per test."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)
        return path


def udp_frame(payload, outgoing=True, source_port=40000):
    """An Ethernet frame of the device `cam` (02:00:00:00:00:01, 192.168.1.10) to or from 203.0.113.5, by hand."""
    device, gateway = bytes.fromhex("020000000001"), bytes.fromhex("0200000000fe")
    local, remote = bytes([192, 168, 1, 10]), bytes([203, 0, 113, 5])
    macs = gateway + device if outgoing else device + gateway
    addresses = local + remote if outgoing else remote + local
    ports = (source_port, 443) if outgoing else (443, source_port)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 28 + payload, 1, 0, 64, 17, 0) + addresses
    return macs + b"\x08\x00" + ip + struct.pack(">HHHH", *ports, 8 + payload, 0) + bytes(payload)


def pcap(packets):
    """Classic pcap, microseconds, of (time in seconds, frame)."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for time, frame in packets:
        micros = round(time * 1e6)
        parts.append(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)) + frame)
    return b"".join(parts)


def frames_of(path):
    """(time in ns, length on the wire, bytes) of each frame of a classic little-endian pcap."""
    data = pathlib.Path(path).read_bytes()
    scale = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[struct.unpack_from("<I", data)[0]]
    frames, at = [], 24
    while at < len(data):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", data, at)
        frames.append((seconds * 1_000_000_000 + fraction * scale, original, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return frames


def small_capture(packets=200):
    """A device that sends every 0.7 s; about one window per six packets."""
    return pcap([(1_700_000_000 + 0.7 * i, udp_frame(20 + i % 50, i % 3 != 0)) for i in range(packets)])


def main():
    """unittest.main, with ctest's code for "skipped" when nothing but skips happened."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun == len(result.skipped) else 0)
