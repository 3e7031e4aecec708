"""Loads with numpy what npy_writer wrote and compares with values computed here, from the rules of samples.hpp:
window w of device d in capture c has features c*1000 + d*100 + w + column/8 in every slot, silence w/4, start
c*1e9 + w; packet i has time 1000*i ns, size 7*i, comes in when i is odd and is a dummy when i is a multiple of 3."""

import json
import pathlib
import sys

import numpy as np

SLOTS = 3


def load(folder, name):
    array = np.load(folder / name, allow_pickle=False)
    assert array.dtype == np.float64, (name, array.dtype)
    assert array.flags["C_CONTIGUOUS"], name
    contents = json.loads((folder / "contents.json").read_text())
    assert contents["files"][name]["shape"] == list(array.shape), name
    return array


def check_windows(folder, prefix, expected):
    """`expected`: (capture, device, label, number of windows) in the order of the file."""
    features, silence, labels = (load(folder, prefix + name) for name in
                                 ("new_features_main.npy", "new_silences.npy", "new_labels.npy"))
    total = sum(count for *_, count in expected)
    assert features.shape == (total, SLOTS, 4), features.shape
    assert silence.shape == (total,) and labels.shape == (total,)
    at = 0
    for capture, device, label, count in expected:
        for window in range(count):
            base = capture * 1000 + device * 100 + window
            # Ours are out_packets, out_bytes, in_packets, in_bytes: columns 0 to 3. In comes first here.
            np.testing.assert_array_equal(features[at], np.tile([base + 2 / 8, base + 3 / 8, base, base + 1 / 8],
                                                                (SLOTS, 1)))
            assert silence[at] == window / 4
            assert labels[at] == label
            at += 1


def windows(folder):
    check_windows(folder, "", [(0, 1, 0, 2), (0, 7, 2, 5), (1, 1, 0, 3), (2, 1, 0, 4), (2, 3, 1, 1)])
    assert (folder / "devices.txt").read_text() == "device1\ndevice3\ndevice7\n"
    contents = json.loads((folder / "contents.json").read_text())
    assert contents["devices"] == ["device1", "device3", "device7"]
    entry = contents["files"]["new_features_main.npy"]
    assert entry["columns"] == ["in_packets", "in_bytes", "out_packets", "out_bytes"] and entry["omega"] == 0.5


def defended(folder):
    check_windows(folder, "", [(0, 1, 0, 2)])
    check_windows(folder, "defended/", [(0, 1, 0, 6)])


def long_silence(folder):
    assert load(folder, "new_silences.npy").tolist() == [0, 100_000.004]


def perturbations(folder):
    # Every slot of the generator is out 4 packets of 100 bytes, in 2 packets of 50 bytes.
    for name in ("plug_ensemble.npy",):
        array = load(folder, name)
        assert array.shape == (5 * 40, 4), array.shape
        np.testing.assert_array_equal(array, np.tile([2, 50, 4, 100], (200, 1)))


def trace(array, first, last, origin):
    index = np.arange(first, last)
    np.testing.assert_array_equal(array[:, 0], np.where(index % 2 == 1, -1, 1))
    np.testing.assert_array_equal(array[:, 1], index % 3 == 0)
    np.testing.assert_array_equal(array[:, 2], 7 * index)
    np.testing.assert_array_equal(array[:, 3], (1000 * index - origin) / 1e9)
    np.testing.assert_array_equal(np.round(array[:, 3] * 1e9).astype(np.int64) + origin, 1000 * index)


def traces(folder):
    files = json.loads((folder / "contents.json").read_text())["files"]
    expected = {"mixed/day1%2Fa.pcap/cam.npy": (10, 60), "mixed/day1%2Fa.pcap/plug %C3%BC.npy".replace("%C3%BC", "ü"): (4, 9),
                "mixed/b.pcap/cam.npy": (100, 103), "packets/day1%2Fa.pcap/cam.npy": (3, 8)}
    assert set(files) == set(expected), set(files)
    for name, (first, last) in expected.items():
        array = load(folder, name)
        assert array.shape == (last - first, 4), (name, array.shape)
        # Times of a capture count from its first packet, as captured or defended, of any device.
        origin = 100_000 if "b.pcap" in name else 3000
        assert files[name]["start_ns"] == origin, files[name]
        assert files[name]["columns"] == ["direction", "dummy", "size", "time"]
        trace(array, first, last, origin)
    assert files["mixed/day1%2Fa.pcap/cam.npy"]["capture"] == "day1/a.pcap"


def empty(folder):
    assert json.loads((folder / "contents.json").read_text()) == {}


if __name__ == "__main__":
    globals()[sys.argv[1]](pathlib.Path(sys.argv[2]))
