"""A capture of over 1 GB in 64 MiB of payload: same windows as without a bound, and no growth with the capture."""

import re

import h5py
import numpy as np

import repeat_captures
import support


@support.needs_real("iot-sentinel")
class BoundedMemory(support.WithFolder):
    def devices_by_mac(self):
        """The data set's devices without their capture globs; of two devices with one MAC, the first."""
        text = (support.REAL / "iot-sentinel" / "devices.toml").read_text()
        seen, lines = set(), ['local_networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]']
        for name, mac in re.findall(r'name = "(.+)"\nmac = "(.+)"', text):
            if mac not in seen:
                lines.append(f'[[device]]\nname = "{name}"\nmac = "{mac}"')
                seen.add(mac)
        return self.write("devices.toml", "\n".join(lines))

    def ingest(self, capture, devices, memory_mib):
        out = self.folder / f"out-{capture.stem}-{memory_mib}"
        done, peak = support.ipet_peak_memory(
            "run", "pipelines/ingest.toml", "--set", f"captures={capture}", "--set", f"devices={devices}",
            "--set", f"memory_mib={memory_mib}", "--output", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        number, unit = re.search(r"at most ([0-9.]+) (B|KiB|MiB|GiB) in flight", done.stderr).groups()
        return out / "windows.h5", peak, float(number) * 1024.0 ** ("B", "KiB", "MiB", "GiB").index(unit) / 2**20

    def test_large_captures_stay_within_the_budget(self):
        devices = self.devices_by_mac()
        small, large = self.folder / "small.pcap", self.folder / "large.pcap"
        repeat_captures.repeat(small, 256, support.REAL / "iot-sentinel")
        repeat_captures.repeat(large, 1100, support.REAL / "iot-sentinel")
        self.assertGreater(large.stat().st_size, 1e9)

        _, small_peak, _ = self.ingest(small, devices, 64)
        bounded, large_peak, in_flight = self.ingest(large, devices, 64)
        print(f"payload in flight {in_flight:.1f} MiB; process: 256 MiB capture {small_peak:.0f} MiB, "
              f"1100 MiB capture {large_peak:.0f} MiB")
        self.assertLess(in_flight, 64)
        self.assertLess(large_peak, small_peak * 1.1 + 16)

        unbounded, _, _ = self.ingest(large, devices, 100_000)
        with h5py.File(bounded, "r") as one, h5py.File(unbounded, "r") as other:
            self.assertGreater(len(one["windows/features"]), 50_000)
            for name in ("features", "silence", "device", "capture", "start"):
                self.assertTrue(np.array_equal(one["windows"][name][:], other["windows"][name][:]), name)


if __name__ == "__main__":
    support.main()
