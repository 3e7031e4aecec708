"""A trace that tshark makes from a capture and the capture itself give the same windows: csv_reader against
pcap_reader, and devices.csv against devices.toml."""

import gzip
import shutil
import subprocess
import tomllib
import unittest

import h5py
import numpy as np

import support

FIELDS = ["frame.number", "frame.time_relative", "ip.src", "ip.dst", "ip.proto", "tcp.len", "tcp.stream",
          "udp.length", "eth.src", "eth.dst"]
IPV6 = ["ipv6.src", "ipv6.dst", "ipv6.nxt"]

PIPELINE = """schema = 1
name = "traces"
[run]
output = "{output}"
{source}
[stages.devices]
plugin = "device_splitter"
inputs = "packets"
options = {{ devices = "{devices}", local_networks = {networks}, count_empty = true }}
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows"]
options.file = "{output}/windows.h5"
"""
READER = '[stages.packets]\nplugin = "{}"\noptions.files = "{}"\n'


def tshark(capture, fields, *extra):
    """The trace that tshark makes of a capture; fragments as they are, as csv_reader's documentation says."""
    command = ["tshark", "-r", capture, "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-T", "fields",
               "-E", "header=y", *extra]
    for field in fields:
        command += ["-e", field]
    return subprocess.run(command, check=True, capture_output=True).stdout


def first_time(capture):
    return tshark(capture, ["frame.time_epoch"], "-c", "1").split()[1].decode()


@unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
class Traces(support.WithFolder):
    def windows(self, name, source, devices, networks):
        output = self.folder / name
        text = PIPELINE.format(output=output, source=source, devices=devices, networks=networks)
        support.ipet("run", self.write(f"{name}.toml", text), check=0)
        with h5py.File(output / "windows.h5", "r") as file:
            result = {key: file["windows"][key][:] for key in ("features", "silence", "start", "device", "capture")}
            result["devices"] = [row["name"].decode() for row in support.table(file["devices"])]
            result["totals"] = support.table(file["devices"])[["packets", "bytes", "windows"]]
            result["unknown"] = support.table(file["captures/totals"])["unknown_packets"]
            return result

    def devices_csv(self, toml, path):
        """The same devices as published: addresses joined by "::"."""
        described = tomllib.loads(toml.read_text())
        rows = ["Device\tMAC ADDRESS\tIPs\tHostname"]
        for device in described["device"]:
            rows.append("\t".join([device["name"], device.get("mac", ""), "::".join(device.get("ip", [])), "host"]))
        path.write_text("\n".join(rows) + "\n")
        return described["local_networks"]

    def assert_same(self, trace, capture):
        self.assertEqual(trace["devices"], capture["devices"])
        self.assertGreater(len(capture["features"]), 0)
        for column in range(4):  # both directions, packets and bytes
            self.assertGreater(capture["features"][:, :, column].sum(), 0)
        for key in ("features", "silence", "device", "capture", "totals", "unknown"):
            np.testing.assert_array_equal(trace[key], capture[key], err_msg=key)

    def from_captures(self, name, captures, devices, networks):
        return self.windows(name, READER.format("pcap_reader", captures), devices, networks)

    def from_traces(self, name, traces, devices, networks, start=None):
        source = READER.format("csv_reader", traces) + (f"options.start = {start}\n" if start else "")
        return self.windows(name, source, devices, networks)

    def compare(self, captures, toml, fields, with_devices_csv):
        """Every capture below a folder against its trace, one trace a capture, in the same order."""
        traces = self.folder / "traces"
        start = []
        for capture in captures:
            path = traces / capture.relative_to(toml.parent)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".csv").write_bytes(tshark(capture, fields, "-E", "separator=/t"))
            start.append(first_time(capture))
        networks = self.devices_csv(toml, traces / "devices.csv")
        capture = self.from_captures("capture", toml.parent, toml, networks)
        devices = traces / "devices.csv" if with_devices_csv else self.retarget(toml, traces)
        trace = self.from_traces("trace", traces, devices, networks, start)
        self.assert_same(trace, capture)
        np.testing.assert_array_equal(trace["start"], capture["start"])
        return trace

    def retarget(self, toml, traces):
        """devices.toml whose globs name traces."""
        path = traces / "devices.toml"
        path.write_text(toml.read_text().replace(".pcapng", ".csv").replace(".pcap", ".csv"))
        return path

    @support.needs_real("cset21-home")
    def test_the_seven_device_home_gives_the_same_windows_from_traces(self):
        # Its captures keep 18 to 58 bytes of a packet; lengths come from the headers in both readers.
        home = support.REAL / "cset21-home"
        result = self.compare(sorted(home.glob("*.pcap")), home / "devices.toml", FIELDS, True)
        self.assertEqual(len(result["devices"]), 7)
        self.assertTrue(np.all(result["totals"]["windows"] > 0))

    @support.needs_real("iot-sentinel")
    def test_thirty_one_devices_with_ipv6_give_the_same_windows_from_traces(self):
        # Of each device its first capture: tshark takes a while to start.
        real, home = support.REAL / "iot-sentinel", self.folder / "home"
        home.mkdir()
        shutil.copy(real / "devices.toml", home)
        for device in sorted(path for path in real.iterdir() if path.is_dir()):
            (home / device.name).mkdir()
            shutil.copy(sorted(device.glob("*.pcap"))[0], home / device.name)
        result = self.compare(sorted(home.rglob("*.pcap")), home / "devices.toml", FIELDS + IPV6, False)
        self.assertEqual(len(result["devices"]), 31)

    def synthetic(self):
        source = ('[stages.home]\nplugin = "traffic_synthesizer"\noptions = { captures = 2, duration_seconds = 300 }\n'
                  '[stages.packets]\nplugin = "pcap_reader"\ninputs.captures = "home"\n')
        output = self.folder / "made"
        text = f'schema = 1\nname = "made"\n[run]\noutput = "{output}"\n{source}' + \
            '[stages.store]\nplugin = "device_splitter"\ninputs = "packets"\n'
        support.ipet("run", self.write("made.toml", text), check=0)
        return output / "captures"

    def test_a_synthetic_home_gives_the_same_windows_from_traces(self):
        home = self.synthetic()
        captures = sorted(home.glob("*.pcap"))
        self.assertEqual(len(captures), 2)
        self.compare(captures, home / "devices.toml", FIELDS + IPV6, True)

    def test_every_way_to_write_a_trace_gives_the_same_windows(self):
        home = self.synthetic()
        capture = sorted(home.glob("*.pcap"))[0]
        devices = self.folder / "devices.csv"
        networks = self.devices_csv(home / "devices.toml", devices)
        expected = self.from_captures("capture", capture, devices, networks)
        plain = tshark(capture, FIELDS + IPV6, "-E", "separator=/t")
        shuffled = tshark(capture, ["tcp.port"] + IPV6 + FIELDS[::-1], "-E", "separator=/t")
        files = {"comma.csv": tshark(capture, FIELDS + IPV6, "-E", "separator=,", "-E", "quote=d"),
                 "shuffled.csv": shuffled, "windows.tsv": b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"),
                 "packed.csv.gz": gzip.compress(plain), "open_end.csv": plain.rstrip(b"\n")}
        for name, content in files.items():
            with self.subTest(name):
                # frame.time_relative counts from 0, so do the windows.
                trace = self.from_traces(name.replace(".", "-"), self.write(name, content), devices, networks)
                self.assert_same(trace, expected)
                origin = int(first_time(capture).replace(".", ""))  # nine decimals
                np.testing.assert_array_equal(trace["start"] + origin, expected["start"])


if __name__ == "__main__":
    support.main()
