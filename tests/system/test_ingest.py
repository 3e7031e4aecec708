"""Ingest of synthetic captures: memory within its bound, and the same file for any number of threads, of files and of
decoding blocks."""

import re
import subprocess
import sys

import repeat_captures
import support

COMPARE = support.SOURCE / "tests" / "integration" / "compare_hdf5.py"
HEAD = 'local_networks = ["192.168.0.0/16"]\n'
DEVICE = '[[device]]\nname = "d{0}"\nmac = "02:00:00:00:01:{0:02x}"\n'
DEVICES = 12


def home_block(path, packets):
    """A capture of a few minutes in which twelve devices send packets of up to 1400 bytes."""
    frames = []
    for i in range(packets):
        frame = bytearray(support.udp_frame(i * 37 % 1400, i % 3 != 0, 40000 + i % 7))
        frame[(6 if i % 3 != 0 else 0):(12 if i % 3 != 0 else 6)] = bytes.fromhex(f"0200000001{i * 7 % DEVICES:02x}")
        frames.append((1_700_000_000 + 0.013 * i, bytes(frame)))
    path.write_bytes(support.pcap(frames))


class Ingest(support.WithFolder):
    def setUp(self):
        super().setUp()
        (self.folder / "home").mkdir()
        home_block(self.folder / "home" / "block.pcap", 20_000)
        self.merged = repeat_captures.merged(self.folder / "home")
        self.devices = self.write("devices.toml", HEAD + "".join(DEVICE.format(i) for i in range(DEVICES)))

    def arguments(self, captures, *extra):
        return ["run", "pipelines/ingest.toml", "--set", f"captures={captures}", "--set", f"devices={self.devices}",
                "--output", self.folder / "out", *extra]

    def peak(self, captures, memory_mib):
        done, peak = support.ipet_peak_memory(*self.arguments(captures, "--set", f"memory_mib={memory_mib}"))
        self.assertEqual(done.returncode, 0, done.stderr)
        in_flight, unit = re.search(r"at most ([0-9.]+) (B|KiB|MiB|GiB) in flight", done.stderr).groups()
        self.assertLess(float(in_flight) * 1024.0 ** ("B", "KiB", "MiB", "GiB").index(unit), memory_mib * 2**20)
        return peak

    def test_memory_stays_within_memory_mib_and_200_mib(self):
        one, many = self.folder / "one.pcap", self.folder / "many"
        many.mkdir()
        repeat_captures.write(one, self.merged, range(14))  # 200 MiB
        for i in range(14):
            repeat_captures.write(many / f"{i:02}.pcap", self.merged, range(i, i + 1))
        self.assertGreater(one.stat().st_size, 190 * 2**20)
        for captures in (one, many):
            for memory_mib in (16, 64):
                peak = self.peak(captures, memory_mib)
                print(f"{captures.name}, memory_mib = {memory_mib}: peak {peak:.0f} MiB")
                self.assertLess(peak, memory_mib + 200)

    def test_one_thread_and_several_give_the_same_file(self):
        capture = self.folder / "home"
        repeat_captures.write(capture / "block.pcap", self.merged, range(3))  # one file: its blocks in parallel
        results = []
        for threads in (1, 2, 3):
            support.ipet(*self.arguments(capture, "-j", threads), check=0)
            results.append(self.folder / f"{threads}.h5")
            (self.folder / "out" / "windows.h5").rename(results[-1])
        for other in results[1:]:
            done = subprocess.run([sys.executable, "-B", COMPARE, results[0], other], text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    support.main()
