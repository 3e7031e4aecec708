"""Traces of tests/cases: what other programs write is read, or named for what it is."""

import os
import shutil

import h5py

import support

CASES = support.SOURCE / "tests" / "cases" / "csv"
# Of every trace in tests/cases/csv: a packet each half second, 100 bytes, out and in by turns.
START = 1_700_000_000
PIPELINE = """schema = 1
name = "t"
[params]
traces = { type = "path" }
on_bad_file = { type = "string", default = "skip" }
[run]
output = "runs/x"
[stages.traces]
plugin = "csv_reader"
options = { files = "${params.traces}", start = "1700000000", on_bad_file = "${params.on_bad_file}" }
[stages.devices]
plugin = "device_splitter"
inputs = "traces"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows"]
options.file = "${run.output}/windows.h5"
"""


class Traces(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.pipeline = self.write("p.toml", PIPELINE)

    def run_ipet(self, traces, check=0, output="out", extra=()):
        done = support.ipet("run", self.pipeline, "--set", f"traces={traces}", "--output", self.folder / output, *extra,
                            check=check)
        return done.stdout + done.stderr

    def counted(self, output="out"):
        with h5py.File(self.folder / output / "windows.h5") as file:
            return support.table(file["captures/devices"])

    def test_a_trace_that_pandas_saved_is_read(self):
        self.run_ipet(CASES / "pandas.csv")
        rows = self.counted()
        self.assertEqual((int(rows["packets"][0]), int(rows["bytes"][0])), (40, 4000))
        self.assertEqual(int(rows["first"][0]), START * 10**9)
        self.assertEqual(int(rows["last"][0]), START * 10**9 + 19_500_000_000)

    def test_times_in_iso_8601_are_read(self):
        self.run_ipet(CASES / "iso-epoch.csv")
        rows = self.counted()
        self.assertEqual(int(rows["packets"][0]), 40)
        # date -u -d 2023-11-14T22:13:20Z +%s is 1700000000; the first line has half a second more.
        self.assertEqual(int(rows["first"][0]), START * 10**9 + 500_000_000)

    def test_a_trace_without_a_good_row_fails_and_says_what_it_holds(self):
        expected = {"hex-proto.csv": "ip.proto: '0x06' is not a protocol number: hexadecimal; write it in decimal digits",
                    "decimal-comma.csv": "frame.time_relative: '0,000000000' is not a number of seconds: a decimal "
                                         "comma; write decimals with a point"}
        for name, problem in expected.items():
            with self.subTest(name):
                text = self.run_ipet(CASES / name, check=1, output=name)
                self.assertIn(f"{CASES / name}: none of its 40 rows is a good TCP or UDP row: 40 bad, the first one "
                              f"{CASES / name}:2: {problem}", text)
                self.assertFalse((self.folder / name / "windows.h5").exists())

    def traces(self):
        folder = self.folder / "traces"
        folder.mkdir(exist_ok=True)
        for name in ("pandas.csv", "iso-epoch.csv", "hex-proto.csv"):
            shutil.copy(CASES / name, folder / name)
        (folder / "notes.csv").write_text("shopping,list\n")
        return folder

    def test_bad_traces_among_good_ones_are_named_skipped_and_counted(self):
        folder = self.traces()
        text = self.run_ipet(folder)
        self.assertEqual(sorted(map(int, self.counted()["packets"])), [40, 40])
        self.assertIn(f"left out: {folder / 'notes.csv'}: no column frame.time_relative", text)
        self.assertIn(f"left out: {folder / 'hex-proto.csv'}: none of its 40 rows is a good TCP or UDP row", text)
        self.assertIn("2 of 4 traces left out, the others are used; on_bad_file = \"stop\" ends the run instead", text)

    def test_bad_traces_end_the_run_when_they_are_to(self):
        folder = self.traces()
        (folder / "more.csv").write_text("a,b\n")
        text = self.run_ipet(folder, check=1, extra=("--set", "on_bad_file=stop"))
        self.assertIn("3 of 5 traces cannot be read:", text)
        for name in ("notes.csv", "more.csv"):
            self.assertIn(f"{folder / name}: no column frame.time_relative", text)
        self.assertIn(f"{folder / 'hex-proto.csv'}: none of its 40 rows is a good TCP or UDP row", text)
        self.assertFalse((self.folder / "out" / "windows.h5").exists())

    def test_a_trace_from_a_pipe_is_refused_without_waiting_for_it(self):
        pipe = self.folder / "trace.csv"
        os.mkfifo(pipe)  # nobody writes: opening it would wait for ever
        for given, name in ((pipe, pipe), ("-", "standard input")):
            text = self.run_ipet(given, check=1)
            self.assertIn(f"{name}: a trace cannot come through a pipe, since its columns are looked at before it is read; "
                          "save it in a file first", text)

    def test_a_run_without_any_good_trace_fails(self):
        folder = self.traces()
        for name in ("pandas.csv", "iso-epoch.csv"):
            (folder / name).unlink()
        text = self.run_ipet(folder, check=1)
        for name in ("notes.csv", "hex-proto.csv"):
            self.assertIn(str(folder / name), text)


if __name__ == "__main__":
    support.main()
