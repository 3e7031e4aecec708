"""npy_writer and csv_writer beside hdf5_writer in one run: the same windows and packets, whatever the number of
threads, with the columns of the published implementation in the numpy files."""

import csv
import json

import h5py
import numpy as np

import support

PIPELINE = """schema = 1
name = "numpy"
[run]
output = "{output}"
[stages.home]
plugin = "traffic_synthesizer"
options = {{ captures = 3, duration_seconds = 200 }}
[stages.packets]
plugin = "pcap_reader"
inputs.captures = "home"
[stages.devices]
plugin = "device_splitter"
inputs = "packets"
options.devices = "{output}/captures/devices.toml"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows", "devices.packets"]
options.file = "{output}/result.h5"
[stages.numpy]
plugin = "npy_writer"
inputs = ["windows", "devices.packets"]
options.folder = "{output}/npy"
[stages.table]
plugin = "csv_writer"
inputs = "windows"
options.file = "{output}/windows.csv"
"""

STORED = """schema = 1
name = "again"
[run]
output = "{output}"
[stages.stored]
plugin = "hdf5_reader"
options.file = "{file}"
[stages.numpy]
plugin = "npy_writer"
inputs = "stored.windows"
options.folder = "{output}/npy"
"""

# One device, and seconds between its packets of which float32 would lose 3.8 ms and 2 ms: 2^16 < 100,000 < 2^17, where its
# numbers are 2^-7 s apart, and 2^15 < 40,000 < 2^16, where they are 2^-8 s apart.
LONG_SILENCES = [100_000.004, 40_000.002]


class NumpyFiles(support.WithFolder):
    def run_with(self, threads):
        output = self.folder / "out"
        support.ipet("run", self.write("numpy.toml", PIPELINE.format(output=output)), "-j", threads, check=0)
        return output.rename(self.folder / f"threads{threads}")

    def test_they_hold_what_the_hdf5_file_holds(self):
        output = self.run_with(2)
        npy = output / "npy"
        names = (npy / "devices.txt").read_text().splitlines()
        contents = json.loads((npy / "contents.json").read_text())
        with h5py.File(output / "result.h5", "r") as file:
            windows = file["windows"]
            ours = windows["features"][:]
            self.assertGreater(len(ours), 100)
            self.assertEqual(names, [row["name"].decode() for row in support.table(file["devices"])])
            published = np.load(npy / "new_features_main.npy")
            self.assertEqual(published.dtype, np.float64)
            np.testing.assert_array_equal(published, ours[:, :, [2, 3, 0, 1]])
            np.testing.assert_array_equal(np.load(npy / "new_silences.npy"), windows["silence"][:])
            np.testing.assert_array_equal(np.load(npy / "new_labels.npy"), windows["device"][:])
            traces = {name: facts for name, facts in contents["files"].items() if name.startswith("packets/")}
            self.assertEqual(len(traces), sum(len(group) for group in file["packets"].values()))
            for name, facts in traces.items():
                self.assert_trace(np.load(npy / name), facts, file["packets"])
            self.assert_table(output / "windows.csv", windows, names)

    def assert_trace(self, trace, facts, packets):
        table = support.table(packets[facts["capture"].replace("/", "%2F")][facts["device"]])
        np.testing.assert_array_equal(trace[:, 0], np.where(table["direction"] == 0, 1, -1))
        np.testing.assert_array_equal(trace[:, 1], table["dummy"])
        np.testing.assert_array_equal(trace[:, 2], table["size"])
        back = np.round(trace[:, 3] * 1e9).astype(np.int64) + facts["start_ns"]
        np.testing.assert_array_equal(back, table["time_ns"])

    def assert_table(self, path, windows, names):
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(windows["start"]))
        self.assertEqual([int(row["start_ns"]) for row in rows], windows["start"][:].tolist())
        self.assertEqual([row["device"] for row in rows], [names[i] for i in windows["device"][:]])
        np.testing.assert_array_equal(np.array([row["silence"] for row in rows]).astype(np.float64),
                                      windows["silence"][:])
        column = windows["features"][:, 39, 3]
        np.testing.assert_array_equal(np.array([row["in_bytes_39"] for row in rows]).astype(np.float32), column)

    def test_long_silences_keep_their_milliseconds_everywhere(self):
        times, trace = [0.0], "frame.time_relative,ip.src,ip.dst,ip.proto,tcp.len,udp.length,eth.src,eth.dst\n"
        for gap in LONG_SILENCES:
            times.append(round(times[-1] + gap, 3))
        for time in times:
            trace += f"{time:.3f},192.168.1.10,203.0.113.5,6,50,,02:00:00:00:00:01,02:00:00:00:00:fe\n"
        output = self.folder / "long"
        text = PIPELINE.format(output=output).replace('[stages.home]\nplugin = "traffic_synthesizer"\n'
                                                      "options = { captures = 3, duration_seconds = 200 }\n", "")
        text = text.replace('plugin = "pcap_reader"\ninputs.captures = "home"',
                            f'plugin = "csv_reader"\noptions.files = "{self.write("trace.csv", trace)}"')
        text = text.replace(f"{output}/captures/devices.toml", str(self.write("devices.toml", support.DEVICES_TOML)))
        support.ipet("run", self.write("long.toml", text), check=0)
        expected = np.array([0.0, *LONG_SILENCES])
        np.testing.assert_array_equal(np.load(output / "npy" / "new_silences.npy"), expected)
        with open(output / "windows.csv", newline="") as file:
            self.assertEqual([row["silence"] for row in csv.DictReader(file)], ["0", "100000.004", "40000.002"])
        # From the result file they come as they are, and from one of an earlier version as float32 had them.
        np.testing.assert_array_equal(self.silences_of(output / "result.h5", "again"), expected)
        with h5py.File(output / "result.h5", "r+") as file:
            self.assertEqual(file["windows/silence"].dtype, np.float64)
            silence = file["windows/silence"][:].astype(np.float32)
            del file["windows/silence"]
            file["windows"]["silence"] = silence
        np.testing.assert_array_equal(self.silences_of(output / "result.h5", "earlier"),
                                      [0, 100_000.0078125, 40_000.00390625])

    def silences_of(self, result, name):
        """What npy_writer makes of the windows of a result file."""
        output = self.folder / name
        support.ipet("run", self.write(f"{name}.toml", STORED.format(output=output, file=result)), check=0)
        return np.load(output / "npy" / "new_silences.npy")

    def test_one_thread_and_four_give_the_same_bytes(self):
        one, four = self.run_with(1), self.run_with(4)
        files = sorted(path.relative_to(one) for path in one.rglob("[!.]*")
                       if path.suffix in (".npy", ".json", ".csv", ".txt"))
        self.assertGreater(len(files), 10)
        for file in files:
            self.assertEqual((one / file).read_bytes(), (four / file).read_bytes(), file)


if __name__ == "__main__":
    support.main()
