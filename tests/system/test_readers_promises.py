"""A result file keeps to what all readers of HDF5 can read; readers.py shows it with those readers themselves."""

import unittest

import h5py
import numpy as np

import support

TIME = "nanoseconds since 1970-01-01"
PIPELINE = """
schema = 1
name = "promises"
[params]
output = {{ type = "path", default = "x" }}
[run]
output = "${{params.output}}"
seed = 20
[stages.capture]
plugin = "pcap_reader"
options.files = "{folder}/home.pcap"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "{folder}/devices.toml"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.aggregates]
plugin = "aggregation"
inputs = "devices.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "devices.packets", "windows", "aggregates"]
options.file = "${{run.output}}/result.h5"
"""


class Promises(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.write("home.pcap", support.small_capture())
        self.write("devices.toml", support.DEVICES_TOML)
        support.ipet("run", self.write("p.toml", PIPELINE.format(folder=self.folder)), "--output", self.folder / "out",
                     check=0)
        self.file = h5py.File(self.folder / "out" / "result.h5", "r")
        self.addCleanup(self.file.close)
        self.datasets, self.groups = {}, {"/": self.file}
        self.file.visititems(lambda name, item: (self.datasets if isinstance(item, h5py.Dataset) else
                                                 self.groups).update({"/" + name: item}))

    def test_every_dataset_is_of_numbers_or_of_texts_of_one_length(self):
        self.assertGreater(len(self.datasets), 30)
        for path, dataset in self.datasets.items():
            self.assertIn(dataset.dtype.kind, "iufS", path)
            kind = dataset.id.get_type()
            self.assertIn(kind.get_class(), (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING), path)
            if kind.get_class() == h5py.h5t.STRING:
                self.assertFalse(kind.is_variable_str(), path)
                self.assertEqual(kind.get_cset(), h5py.h5t.CSET_ASCII, path)  # the names here are
                self.assertGreater(kind.get_size(), 1, path)
                self.assertEqual(dataset.attrs["_Encoding"], "utf-8", path)

    def test_every_dimension_has_a_name(self):
        for path, dataset in self.datasets.items():
            if "CLASS" in dataset.attrs:
                self.assertEqual(dataset.attrs["CLASS"], b"DIMENSION_SCALE")
                self.assertEqual((dataset.attrs["NAME"].decode(), dataset.ndim), (path.split("/")[-1], 1))
                self.assertNotIn("REFERENCE_LIST", dataset.attrs, "which PyTables cannot read")
                continue
            self.assertEqual([len(d) for d in dataset.dims], [1] * dataset.ndim, path)
            for size, dimension in zip(dataset.shape, dataset.dims):
                self.assertEqual(dimension[0].shape, (size,), path)

    def test_dimensions_of_features_are_window_slot_and_column(self):
        features = self.file["windows/features"]
        self.assertEqual([d[0].name for d in features.dims], ["/windows/window", "/windows/slot", "/windows/column"])
        self.assertEqual(list(self.file["windows/column"].asstr()[:]), list(features.attrs["columns"]))
        self.assertEqual(list(self.file["windows/window"][:]), list(range(len(features))))
        self.assertEqual(list(self.file["aggregates/column"].asstr()[:]),
                         list(self.file["aggregates/features"].attrs["columns"]))

    def test_times_have_units_that_CF_knows(self):
        times = {path for path, dataset in self.datasets.items() if "since" in str(dataset.attrs.get("units", ""))}
        self.assertEqual({self.datasets[path].attrs["units"] for path in times}, {TIME})
        packets = "/packets/home.pcap/cam/time_ns"
        self.assertLessEqual({"/windows/start", "/aggregates/start", "/captures/devices/first", packets}, times)
        for path in times:
            self.assertEqual(self.datasets[path].dtype, np.int64)
        # The first packet of small_capture.
        self.assertEqual(self.datasets[packets][0], 1_700_000_000 * 10**9)

    def test_tables_are_groups_of_columns_of_one_length(self):
        for path in ("/devices", "/captures/devices", "/captures/totals", "/provenance/plugins", "/provenance/digests",
                     "/packets/home.pcap/cam"):
            group = self.groups[path]
            columns = list(group.attrs["columns"])
            self.assertEqual(set(group) - set(columns) - {"row"}, set(), path)
            self.assertEqual(len({len(group[name]) for name in group}), 1, path)
            for name, unit in zip(columns, group.attrs["units"]):
                self.assertEqual(group[name].attrs.get("units", ""), unit, f"{path}/{name}")

    def test_every_dataset_has_a_digest_but_those_of_the_digests(self):
        digests = support.table(self.file["provenance/digests"])
        self.assertEqual({d.decode() for d in digests["path"]},
                         {path for path in self.datasets if not path.startswith("/provenance/digests/")})

    def test_bytes_behind_the_end_do_not_disturb_and_a_change_drops_them(self):
        path = self.folder / "out" / "result.h5"
        self.assertIn(b"ipet digests 1\n", path.read_bytes())
        self.file.close()
        with h5py.File(path, "a") as file:
            file["windows/mine"] = np.arange(3)
        self.assertNotIn(b"ipet digests 1\n", path.read_bytes())


class Damage(support.WithFolder):
    """Of the whole program: what the reader says reaches the user."""

    READ = """
schema = 1
name = "read"
[run]
output = "{folder}/again"
[stages.file]
plugin = "hdf5_reader"
options.file = "{folder}/out/windows.h5"
[stages.store]
plugin = "hdf5_writer"
inputs = ["file.summary", "file.windows"]
options.file = "${{run.output}}/again.h5"
"""

    def setUp(self):
        super().setUp()
        capture = self.write("home.pcap", support.small_capture())
        devices = self.write("devices.toml", support.DEVICES_TOML)
        support.ipet("run", "pipelines/ingest.toml", "--set", f"captures={capture}", "--set", f"devices={devices}",
                     "--output", self.folder / "out", check=0)
        self.file = self.folder / "out" / "windows.h5"
        self.pipeline = self.write("read.toml", self.READ.format(folder=self.folder))

    def test_of_a_dataset_stops_the_run_with_its_name(self):
        with h5py.File(self.file) as file:
            at = file["windows/start"].id.get_chunk_info(0).byte_offset + 10
        data = bytearray(self.file.read_bytes())
        data[at] ^= 4
        self.file.write_bytes(data)
        said = support.ipet("run", self.pipeline)
        self.assertEqual(said.returncode, 1, said.stderr)
        self.assertRegex(said.stderr, f"{self.file}: /windows/start: damaged since ipet wrote it: its digest is "
                                      "[0-9a-f]{32}, not [0-9a-f]{32}; take the file from a copy, or run its pipeline again")

    def test_an_added_column_is_a_warning(self):
        with h5py.File(self.file, "a") as file:
            file["windows/mine"] = np.arange(3)
        said = support.ipet("run", self.pipeline, check=0)
        self.assertIn(f"{self.file}: has no digests of ipet behind its end: edited, damaged or made by another program; "
                      "it was looked through like any foreign file", said.stderr)

    def test_a_file_as_it_was_written_is_read_without_a_word(self):
        said = support.ipet("run", self.pipeline, check=0)
        self.assertNotIn("digest", said.stderr)
        self.assertNotIn("foreign", said.stderr)


if __name__ == "__main__":
    support.main()
