"""Reads result files with h5py and compares them with values computed here: read_back.py CHECK FILE."""

import sys

import h5py
import numpy as np


def expected_windows(rows):
    """rows: (capture, device, window). The law is that of samples.hpp."""
    capture, device, window = np.array(rows, dtype=np.float64).T
    base = capture * 1000 + device * 100 + window
    features = np.repeat(base[:, None, None] + np.arange(4) / 8, 3, axis=1)
    return features.astype(np.float32), (window / 4).astype(np.float32), (capture * 1e9 + window).astype(np.int64)


def same_windows(group, rows):
    features, silence, start = expected_windows(rows)
    np.testing.assert_array_equal(group["features"][:], features)
    np.testing.assert_array_equal(group["silence"][:], silence)
    np.testing.assert_array_equal(group["start"][:], start)
    np.testing.assert_array_equal(group["capture"][:], [r[0] for r in rows])
    np.testing.assert_array_equal(group["device"][:], [r[1] for r in rows])


def check_windows(f):
    g = f["windows"]
    same_windows(g, [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3), (0, 1, 0), (0, 1, 1), (0, 1, 2), (0, 1, 3),
                     (0, 1, 4), (1, 1, 0), (1, 1, 1)])
    same_windows(f["defended_windows"], [(1, 0, 0)])
    x = g["features"]
    assert x.dtype == np.float32 and g["device"].dtype == np.uint16 and g["start"].dtype == np.int64
    assert x.compression == "gzip" and x.compression_opts == 4 and x.shuffle and x.chunks is not None
    assert list(x.attrs["columns"]) == ["out_packets", "out_bytes", "in_packets", "in_bytes"]
    assert list(x.attrs["units"]) == ["packets", "bytes", "packets", "bytes"]
    assert g.attrs["slots"] == 3 and g.attrs["omega"] == 0.5
    assert g["silence"].attrs["units"] == "s"
    assert list(g["captures"].asstr()[:]) == ["capture0", "capture1"]
    assert [n.decode() for n in f["devices"]["name"]] == ["device0", "device1"]
    assert list(f["devices"]["windows"]) == [4, 7]


def check_many_windows(f):
    same_windows(f["windows"], [(0, 0, w) for w in range(30000)])


if __name__ == "__main__":
    with h5py.File(sys.argv[2], "r") as file:
        globals()["check_" + sys.argv[1]](file)
