"""compare_hdf5.py and describe_hdf5.py on small files made here."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare_hdf5
import describe_hdf5


def make(path, change=lambda f: None):
    with h5py.File(path, "w") as f:
        provenance = f.create_group("provenance")  # differs always
        provenance.attrs["command_line"] = path
        provenance["inputs"] = np.arange(len(path) + os.path.basename(path).count("a"))
        f.attrs["seed"] = 20
        g = f.create_group("windows")
        x = g.create_dataset("features", data=np.arange(24, dtype=np.float32).reshape(2, 3, 4), compression=4)
        x.attrs["columns"] = ["a", "b", "c", "d"]
        x.attrs["units"] = ["packets", "bytes", "packets", "bytes"]
        g["silence"] = np.array([0.0, np.nan])
        g["flag"] = np.array([True, False])
        g["names"] = ["x", "y"]
        rows = f.create_group("rows")
        rows.attrs["columns"], rows.attrs["units"] = ["name", "size", "last"], ["", "bytes", ""]
        for i, name in enumerate(("size", "row", "name", "last", "first")):
            rows[name] = np.arange(4, dtype=np.uint8)
        rows["row"].make_scale("row")
        for name in ("size", "name", "last"):
            rows[name].dims[0].attach_scale(rows["row"])
        rows["size"].attrs["units"] = "bytes"
        rows["last"].attrs["flag_meanings"] = "no yes"
        rows["name"].attrs["dtype"] = "bool"
        f["table"] = np.array([(1, b"ab"), (2, b"c")], dtype=[("id", "u2"), ("name", "S2")])
        for i in range(9):
            f[f"packets/device{i}"] = np.zeros(i)
        change(f)


def replaced(name, value):
    def change(f):
        del f[name]
        f[name] = value
    return change


class Compare(unittest.TestCase):
    def output(self, change, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            a, b = os.path.join(folder, "a.h5"), os.path.join(folder, "b.h5")
            make(a)
            make(b, change)
            text = io.StringIO()
            with contextlib.redirect_stdout(text):
                status = compare_hdf5.main([a, b, *arguments])
        return status, text.getvalue().splitlines()

    def test_files_that_differ_in_provenance_only_are_equal(self):
        self.assertEqual(self.output(lambda f: None), (0, ["equal"]))

        def without(f):
            del f["provenance"]
        self.assertEqual(self.output(without), (0, ["equal"]))

    def test_only_that_one_group_is_left_out(self):
        def times(f):
            f.attrs["created"] = "2026-01-01T00:00:00Z"
        self.check(times, "/: attribute 'created' only in B")

        def deeper(f):
            f["windows"].create_group("provenance")
        self.check(deeper, "/windows/provenance: only in B")

        def attribute(f):
            f["windows"].attrs["duration"] = 1
        self.check(attribute, "/windows: attribute 'duration' only in B")

    def check(self, change, expected):
        self.assertEqual(self.output(change), (1, [expected, "1 differences"]))

    def test_a_value_is_found_with_its_row(self):
        def change(f):
            f["windows/flag"][1] = True
        self.check(change, "/windows/flag: 1 of 2 rows differ, first at row 1: False and True")

    def test_negative_zero_is_a_difference(self):
        self.check(replaced("windows/silence", np.array([-0.0, np.nan])),
                   "/windows/silence: 1 of 2 rows differ, first at row 0: 0.0 and -0.0")

    def test_a_text_is_found(self):
        self.check(replaced("windows/names", ["x", "z"]),
                   "/windows/names: 1 of 2 rows differ, first at row 1: b'y' and b'z'")

    def test_a_type_is_found_though_the_values_are_equal(self):
        self.check(replaced("windows/flag", np.array([1, 0], dtype=np.int8)),
                   "/windows/flag: type bool and int8")

    def test_a_shape_is_found(self):
        self.check(replaced("windows/flag", np.array([True])), "/windows/flag: shape (2,) and (1,)")

    def test_an_attribute_is_found_and_can_be_ignored(self):
        def change(f):
            f.attrs["seed"] = 21
        self.check(change, "/: attribute 'seed': 20 and 21")
        self.assertEqual(self.output(change, "--ignore", "seed"), (0, ["equal"]))

    def test_another_scale_is_found_though_references_are_places_in_the_file(self):
        def change(f):
            f["rows/first"].make_scale("first")
            f["rows/size"].dims[0].detach_scale(f["rows/row"])
            f["rows/size"].dims[0].attach_scale(f["rows/first"])
        status, lines = self.output(change, "--ignore", "REFERENCE_LIST", "--ignore", "CLASS", "--ignore", "NAME")
        self.assertEqual((status, lines), (1, ["/rows/size: dimensions [['/rows/row']] and [['/rows/first']]",
                                               "1 differences"]))

    def test_a_missing_attribute_is_found(self):
        def change(f):
            del f["windows/features"].attrs["units"]
        self.check(change, "/windows/features: attribute 'units' only in A")

    def test_a_missing_and_a_new_dataset_are_found(self):
        def change(f):
            del f["table"]
            f["other"] = 1
        self.assertEqual(self.output(change), (1, ["/other: only in B", "/table: only in A", "2 differences"]))

    def test_a_file_that_is_not_hdf5_gives_status_2(self):
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(compare_hdf5.main([__file__, __file__]), 2)


class Describe(unittest.TestCase):
    def lines(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.h5")
            make(path)
            text = io.StringIO()
            with contextlib.redirect_stdout(text):
                self.assertEqual(describe_hdf5.main([path, *arguments]), 0)
        return text.getvalue().splitlines()

    def test_shapes_types_columns_and_units_are_shown(self):
        lines = self.lines()
        for expected in ["/", "  seed = 20", "  windows/", "    features  float32 [2, 3, 4]", "      - b [bytes]",
                         "    flag  bool [2]", "    names  text [2]", "  table  table [2]", "    - id uint16",
                         "    - name text"]:
            self.assertIn(expected, lines)

    def test_a_table_shows_all_its_columns_in_their_order(self):
        lines = self.lines()
        at = lines.index("  rows/")
        self.assertEqual(lines[at + 1:at + 6], ["    name  bool [4] (row)", "    size  uint8 [4] (row) [bytes]",
                                               "    last  (no|yes) [4] (row)", "    first  uint8 [4]",
                                               "    row  uint8 [4] (row)"])

    def test_of_many_alike_the_first_is_shown(self):
        self.assertIn("    ... and 8 more like device0", self.lines())
        self.assertNotIn("    device8  float64 [8]", self.lines())
        self.assertIn("    device8  float64 [8]", self.lines("--all"))


if __name__ == "__main__":
    unittest.main()
