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
            self.assertEqual(names, [row["name"].decode() for row in file["devices"][:]])
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
        table = packets[facts["capture"].replace("/", "%2F")][facts["device"]][:]
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
        np.testing.assert_array_equal(np.array([row["silence"] for row in rows]).astype(np.float32),
                                      windows["silence"][:])
        column = windows["features"][:, 39, 3]
        np.testing.assert_array_equal(np.array([row["in_bytes_39"] for row in rows]).astype(np.float32), column)

    def test_one_thread_and_four_give_the_same_bytes(self):
        one, four = self.run_with(1), self.run_with(4)
        files = sorted(path.relative_to(one) for path in one.rglob("[!.]*")
                       if path.suffix in (".npy", ".json", ".csv", ".txt"))
        self.assertGreater(len(files), 10)
        for file in files:
            self.assertEqual((one / file).read_bytes(), (four / file).read_bytes(), file)


if __name__ == "__main__":
    support.main()
