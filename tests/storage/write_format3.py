"""Writes a small result file of format 3, as ipet wrote them: write_format3.py FILE."""

import sys

import h5py
import numpy as np

TEXT, BOOL = h5py.string_dtype(), h5py.enum_dtype({"FALSE": 0, "TRUE": 1}, basetype="i1")
DIRECTION = h5py.enum_dtype({"out": 0, "in": 1}, basetype="u1")
PROTOCOL = h5py.enum_dtype({"tcp": 6, "udp": 17}, basetype="u1")
PART = h5py.enum_dtype({"training": 0, "validation": 1, "test": 2}, basetype="u1")
FIXED = h5py.string_dtype("utf-8", 6)

with h5py.File(sys.argv[1], "w") as f:
    f.attrs["format_version"] = np.int64(3)
    f["devices"] = np.array(
        [(0, b"slot", b"", 3, 60, 2, 1, 1), (1, b"b\xc3\xa4", b"aa", 0, 0, 0, 0, 0)],
        dtype=[("id", "u2"), ("name", FIXED), ("mac", FIXED), ("packets", "u8"), ("bytes", "u8"),
               ("windows", "u8"), ("declared", BOOL), ("protect", BOOL)])
    f.create_dataset("captures/names", data=["a/ä.pcap"], dtype=TEXT)
    f["captures/numbers"] = np.array([4], "u4")
    windows = f.create_group("windows")
    windows.attrs["slots"], windows.attrs["omega"] = np.uint32(2), 0.5
    windows.create_dataset("captures", data=["a/ä.pcap"], dtype=TEXT)
    windows["features"] = np.arange(16, dtype="f4").reshape(2, 2, 4)
    windows["silence"], windows["start"] = np.array([0.5, 1.5]), np.array([10, 20])
    windows["device"], windows["capture"] = np.zeros(2, "u2"), np.zeros(2, "u4")
    capture = f.create_group("mixed/a%2Fä.pcap")
    capture.attrs["capture"] = np.uint32(0)
    capture["slot"] = np.array(
        [(5, 10, 0, 6, 0), (6, 20, 1, 17, 1)],
        dtype=[("time_ns", "i8"), ("size", "u4"), ("direction", DIRECTION), ("protocol", PROTOCOL), ("dummy", BOOL)])
    perturbations = f.create_group("perturbations")
    perturbations.attrs.update({"stage": "p", "seed": np.uint64(3), "ensemble": np.array(True, BOOL),
                                "chain": np.int64(-1), "generation": np.int64(-1), "omega": 0.5})
    perturbations.attrs.create("devices", ["slot"], dtype=TEXT)
    perturbations["slot"] = np.zeros((4, 2, 4), "u2")  # a name that format 4 keeps for a dimension
    model = f.create_group("models/d")
    model.attrs.update({"model": "lstm", "options": "", "slots": np.uint32(2), "omega": 0.5, "normalisation": "log1p",
                        "batch": np.uint32(8), "learning_rate": 0.5, "best_epoch": np.uint32(1),
                        "split_mode": "random", "split_seed": np.uint64(1), "split_day_offset_hours": 0.0,
                        "split_test_fraction": 0.5, "split_validation_fraction": 0.25,
                        "split_validate_on_test": np.array(True, BOOL), "training_windows": np.uint64(1),
                        "validation_windows": np.uint64(1), "test_windows": np.uint64(1)})
    model.attrs.create("classes", ["slot"], dtype=TEXT)
    model["history"] = np.array([(1, 0.5, 2.0, 0.1, 3.0, 0.2)], dtype=[
        ("epoch", "u4"), ("learning_rate", "f8"), ("training_loss", "f8"), ("training_accuracy", "f8"),
        ("validation_loss", "f8"), ("validation_accuracy", "f8")])
    model.create_group("parameters").attrs.create("order", ["w"], dtype=TEXT)
    model["parameters/w"] = np.array([1, 2], "f4")
    split = model.create_group("split")
    split["start"], split["device"], split["capture"] = np.array([10]), np.zeros(1, "u2"), np.zeros(1, "u4")
    split["part"] = np.array([2], "u1").astype(PART)
    split.create_dataset("captures", data=["a/ä.pcap"], dtype=TEXT)
