"""Reads result files with h5py and compares them with values computed here: read_back.py CHECK FILE."""

import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from result_tables import table

TIME = "nanoseconds since 1970-01-01"


def expected_windows(rows):
    """rows: (capture, device, window). The law is that of samples.hpp."""
    capture, device, window = np.array(rows, dtype=np.float64).T
    base = capture * 1000 + device * 100 + window
    features = np.repeat(base[:, None, None] + np.arange(4) / 8, 3, axis=1)
    return features.astype(np.float32), window / 4, (capture * 1e9 + window).astype(np.int64)


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
    assert g["silence"].dtype == np.float64
    assert x.compression == "gzip" and x.compression_opts == 4 and x.shuffle and x.chunks is not None
    assert list(x.attrs["columns"]) == ["out_packets", "out_bytes", "in_packets", "in_bytes"]
    assert list(x.attrs["units"]) == ["packets", "bytes", "packets", "bytes"]
    assert g.attrs["slots"] == 3 and g.attrs["omega"] == 0.5
    assert g["silence"].attrs["units"] == "s"
    assert list(g["captures"].asstr()[:]) == ["capture0", "capture1"]
    assert [n.decode() for n in f["devices"]["name"]] == ["device0", "device1"]
    assert list(f["devices"]["windows"]) == [4, 7]


def same_aggregates(group, rows):
    capture, device, row = np.array(rows, dtype=np.float64).T
    features = (capture * 1000 + device * 100 + row)[:, None] + np.arange(20) / 32
    np.testing.assert_array_equal(group["features"][:], features.astype(np.float32))
    np.testing.assert_array_equal(group["start"][:], (capture * 1e9 + row).astype(np.int64))
    np.testing.assert_array_equal(group["capture"][:], capture)
    np.testing.assert_array_equal(group["device"][:], device)


def check_aggregates(f):
    g = f["aggregates"]
    same_aggregates(g, [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0), (0, 1, 1), (0, 1, 2), (1, 1, 0)])
    same_aggregates(f["defended_aggregates"], [(1, 0, 0), (1, 0, 1)])
    x = g["features"]
    assert x.dtype == np.float32 and g["device"].dtype == np.uint16 and g["start"].dtype == np.int64
    assert x.compression == "gzip" and x.shuffle and x.chunks is not None
    columns = [f"{way}_{protocol}_{what}" for way in ("out", "in") for protocol in ("tcp", "udp")
               for what in ("packets", "mean_size", "min_size", "max_size", "seconds")]
    assert list(x.attrs["columns"]) == columns
    assert list(x.attrs["units"]) == ["packets", "bytes", "bytes", "bytes", "s"] * 4
    assert g.attrs["bin"] == 900 and g["start"].attrs["units"] == TIME
    assert list(g["captures"].asstr()[:]) == ["capture0", "capture1"]
    assert "windows" not in f and list(f["devices"]["windows"]) == [0, 0]


def check_many_windows(f):
    same_windows(f["windows"], [(0, 0, w) for w in range(30000)])


def same_packets(group, count):
    i, rows = np.arange(count), table(group)
    np.testing.assert_array_equal(rows["time_ns"], 1000 * i)
    np.testing.assert_array_equal(rows["size"], 7 * i)
    np.testing.assert_array_equal(rows["direction"], i % 2)
    np.testing.assert_array_equal(rows["dummy"], i % 3 == 0)


def flags(dataset):
    return dict(zip(dataset.attrs["flag_meanings"].split(), dataset.attrs["flag_values"]))


def check_packets(f):
    assert sorted(f["mixed"]) == ["day1%2Fa.pcap", "day2%2Fa.pcap"]
    hub = f["mixed/day1%2Fa.pcap/hub%2F1"]
    same_packets(hub, 50)
    same_packets(f["mixed/day2%2Fa.pcap/%2E%2E"], 5)
    same_packets(f["mixed/day2%2Fa.pcap/plug"], 0)
    same_packets(f["packets/day1%2Fa.pcap/hub%2F1"], 12)
    assert f["mixed/day1%2Fa.pcap"].attrs["original_name"] == "day1/a.pcap"
    assert hub.attrs["original_name"] == "hub/1" and "original_name" not in f["mixed/day2%2Fa.pcap/plug"].attrs
    assert [hub[n].dtype for n in ("time_ns", "size", "direction", "protocol", "dummy")] == [
        np.int64, np.uint32, np.uint8, np.uint8, np.uint8]
    assert flags(hub["direction"]) == {"out": 0, "in": 1} and flags(hub["dummy"]) == {"false": 0, "true": 1}
    assert list(hub.attrs["units"]) == [TIME, "bytes of payload", "", "", ""]
    assert hub["time_ns"].attrs["units"] == TIME and hub["size"].attrs["units"] == "bytes of payload"
    assert flags(hub["protocol"]) == {"tcp": 6, "udp": 17} and set(hub["protocol"][:]) == {6}
    assert all(column.compression == "gzip" and column.shuffle for column in hub.values())


def check_many_tables(f):
    assert len(f["mixed/c"]) == 1000
    for packets in f["mixed/c"].values():
        same_packets(packets, 30)


def check_order(f):
    same_windows(f["windows"], [(c, d, w) for c in range(5) for d in range(4) for w in range(80)])
    same_windows(f["defended_windows"], [(c, d, w) for c in range(5) for d in range(4) for w in range(24)])
    for c in range(5):
        for d in range(4):
            same_packets(f[f"mixed/capture{c}/device{d}"], 400)
    assert list(f["devices"]["packets"]) == [1 + 2 + 3 + 4 + 5] * 4


def texts(column):
    return [t.decode() for t in column]


def check_provenance(f):
    a = f.attrs
    assert a["format_version"] == 4 and a["name"] == "quick" and a["seed"] == 20
    assert a["version"] == "0.1.0"
    assert a["interrupted"].dtype == np.uint8 and a["interrupted"] == 1
    assert sorted(a) == ["format_version", "interrupted", "name", "seed", "version"]
    p = f["provenance"].attrs
    assert p["pipeline"].startswith("schema = 1\nname = \"quick\"\n") and len(p["pipeline"]) == 200_026
    assert p["created"] == "2026-01-02T03:04:05Z" and p["finished"] > p["created"] and p["finished"][-1] == "Z"
    assert p["command_line"] == "ipet run quick.toml"
    assert sorted(p) == ["command_line", "created", "finished", "pipeline"]
    plugins, inputs = table(f["provenance/plugins"]), table(f["provenance/inputs"])
    assert plugins.dtype.names == ("name", "version", "path", "checksum")
    assert [tuple(texts(row)) for row in plugins] == [("pcap_reader", "1.0", "plugins/pcap_reader.so", "00ff")]
    assert texts(inputs["path"]) == ["a.pcap", "Küche.pcap"] and list(inputs["bytes"]) == [123, 45]
    stages = table(f["provenance/stages"])
    assert stages.dtype.names == ("stage", "plugin", "seconds", "cpu_seconds", "peak_bytes", "messages", "items")
    assert [tuple(texts(row)[:2]) for row in stages[["stage", "plugin"]]] == [("capture", "pcap_reader"), ("store", "hdf5_writer")]
    assert list(stages["seconds"]) == [1.5, 0] and list(stages["cpu_seconds"]) == [2.25, 0] and list(stages["peak_bytes"]) == [4096, 0]
    assert list(stages["messages"]) == [7, 0] and list(stages["items"]) == [70, 0]
    assert len(table(f["devices"])) == 0 and "windows" not in f and "mixed" not in f


def check_devices(f):
    d = table(f["devices"])
    assert d.dtype.names == ("id", "name", "mac", "packets", "bytes", "windows", "declared", "protect")
    assert list(d["declared"]) == [True, True] and list(d["protect"]) == [True, True]
    assert list(f["captures/numbers"]) == [0, 1]
    assert list(d["id"]) == [0, 1] and texts(d["name"]) == ["zebra", "device1"]
    assert texts(d["mac"]) == ["aa:00:00:00:00:01", ""]
    assert list(d["packets"]) == [0, 14] and list(d["bytes"]) == [0, 201] and list(d["windows"]) == [0, 6]
    assert list(f["captures/names"].asstr()[:]) == ["capture0", "capture1"]
    totals = table(f["captures/totals"])
    assert list(totals["capture"]) == [0, 1] and list(totals["unknown_packets"]) == [3, 4]
    assert texts(totals["unknown"]) == ["10.0.0.9 aa:00:00:00:00:09"] * 2
    assert list(totals["counted_packets"]) == [7, 7] and list(totals["outside_packets"]) == [30, 31]
    assert [list(totals[name + "_packets"]) for name in ("multicast", "local", "empty")] == [[1, 1], [2, 2], [4, 4]]
    assert texts(totals["networks"]) == ["2001:db8:1:1::/64"] * 2
    rows = table(f["captures/devices"])
    assert list(rows["capture"]) == [0, 0, 1, 1] and list(rows["device"]) == [0, 1, 0, 1]
    assert list(rows["bytes"]) == [0, 100, 0, 101] and list(rows["last"]) == [0, 22, 0, 22]
    assert list(rows["empty_packets"]) == [0, 3, 0, 3] and list(rows["outside_packets"]) == [0, 0, 0, 0]


def check_models(f):
    m = f["models/discriminator"]
    a = m.attrs
    assert a["model"] == "lstm" and a["options"] == "width = 8" and list(a["classes"]) == ["plug", "Küche"]
    assert a["slots"] == 40 and a["omega"] == 0.1 and a["normalisation"] == "log1p" and a["best_epoch"] == 2
    assert a["split_mode"] == "day" and a["split_seed"] == 9 and a["split_day_offset_hours"] == 6
    assert a["split_test_fraction"] == 0.3 and a["split_validation_fraction"] == 0.125
    assert a["split_validate_on_test"] == 1
    assert list(m["split_validation_days"][:]) == [18900] and list(m["split_test_days"][:]) == [18901, 18902]
    by_capture = f["models/by_capture"]
    assert by_capture.attrs["split_validate_on_test"] == 0
    assert [n.decode() for n in by_capture["split_validation_captures"][:]] == ["b.pcap"]
    assert [n.decode() for n in by_capture["split_test_captures"][:]] == ["a.pcap", "c.pcap"]
    assert by_capture.attrs["split_folds"] == 3 and by_capture.attrs["split_fold"] == 2
    assert "split_folds" not in a and "split" not in m
    rows = by_capture["split"]
    assert list(rows["start"][:]) == [5, 6, 7] and list(rows["device"][:]) == [0, 1, 0]
    assert list(rows["captures"].asstr()[:]) == ["a.pcap", "b.pcap"] and list(rows["capture"][:]) == [0, 0, 1]
    assert flags(rows["part"]) == {"training": 0, "validation": 1, "test": 2} and list(rows["part"][:]) == [2, 0, 1]
    assert rows["start"].attrs["units"] == TIME
    assert a["training_windows"] == 70 and a["validation_windows"] == 0
    np.testing.assert_array_equal(m["parameters/dense%2Fweight"][:], np.float32([[1, 2, 3], [4, 5, 6.5]]))
    np.testing.assert_array_equal(m["parameters/scale"][:], np.float32([0.25]))
    assert m["parameters/none"].shape == (0, 2)
    assert list(f["models/forest"].attrs["features"]) == ["out_tcp_packets", "in_udp_seconds"] and "features" not in a
    h = table(m["history"])
    assert list(h["epoch"]) == [1, 2] and list(h["validation_loss"]) == [2.75, 1.75]
    assert list(h["training_accuracy"]) == [0.5, 0.75] and list(h["learning_rate"]) == [1e-3, 1e-3]


def check_generators(f):
    g = f["generators"]
    assert list(g.attrs["devices"]) == ["plug", "discriminator"] and g.attrs["max_payload_per_omega"] == 100
    assert g.attrs["stage"] == "generators" and g.attrs["slots"] == 2 and g.attrs["rows"] == "free"
    assert sorted(g) == ["chain_0", "chain_1"] and len(g["chain_1"]) == 3
    for c in range(2):
        for n in range(3):
            generation = g[f"chain_{c}/generation_{n}"]
            assert sorted(generation) == ["%64iscriminator", "discriminator", "plug"]
            np.testing.assert_array_equal(generation["discriminator/w"][:], [c, n])
            for d, name in enumerate(["plug", "%64iscriminator"]):
                base = c * 1000 + n * 100 + d * 10
                weight = np.float32(base + np.arange(160) / 16).reshape(20, 8)
                np.testing.assert_array_equal(generation[name]["weight"][:], weight)
                np.testing.assert_array_equal(generation[name]["bias"][:], -base - np.arange(8.0))
                assert generation[name].attrs["windows"] == d + 5 and generation[name].attrs["first_loss"] == 1.25


def check_perturbations(f):
    g = f["perturbations"]
    assert sorted(g) == ["column", "discriminator", "plug", "sample", "slot"] and g.attrs["seed"] == 7 and g.attrs["ensemble"]
    for d in (g["discriminator"], g["plug"]):
        assert d.shape == (1000, 2, 4) and d.dtype == np.uint16
        assert list(d.attrs["columns"]) == ["out_packets", "out_bytes", "in_packets", "in_bytes"]
    with open(f.filename.replace(".h5", ".csv")) as rows:
        for row in rows:
            name, index, *values = row.split(",")
            np.testing.assert_array_equal(g[name][int(index)], np.uint16(values).reshape(2, 4))


def check_evaluation(f):
    g = f["evaluation"]
    s = table(g["scores"])
    assert s.dtype.names == ("stage", "defence", "variant", "level", "attacker", "view", "seconds", "windows", "accuracy",
                             "accuracy_low", "accuracy_high", "macro_f1", "macro_f1_low", "macro_f1_high",
                             "macro_f1_deviation", "interval_over", "balanced_accuracy", "highest_recall_device",
                             "highest_recall", "majority",
                             "chance", "seeds")
    assert texts(s["level"]) == ["", ""] and np.isnan(s["macro_f1_low"]).all(), "no comparison"
    assert texts(s["interval_over"]) == ["", ""] and np.isnan(s["accuracy_high"]).all()
    assert texts(s["stage"]) == ["evaluation"] * 2
    assert texts(s["defence"]) == ["none", "ipet"] and texts(s["attacker"]) == ["static lstm", "retrained lstm"]
    assert list(s["windows"]) == [8, 4] and list(s["accuracy"]) == [0.75, 0.25]
    assert list(s["macro_f1"]) == [0.7, 0.2] and list(s["majority"]) == [0.5, 1.0]
    np.testing.assert_array_equal(g["recall"][:], [[0.5, 1.0], [0.25, np.nan]])
    np.testing.assert_array_equal(g["confusion"][:], [[[2, 2], [0, 4]], [[1, 3], [0, 0]]])
    assert list(g.attrs["devices"]) == ["plug", "bulb"] and list(g.attrs["stages"]) == ["evaluation"]
    assert "costs" not in g and "notes" not in g
    row = table(g["overhead"])[0]
    assert row["defence"] == b"ipet" and row["variant"] == b""
    assert row["stage"] == b"evaluation" and row["device"] == b"plug" and row["seconds"] == 60
    assert [row[f"{w}_{d}_packets"] for w in ("user", "dummy") for d in ("out", "in")] == [1, 2, 3, 4]
    assert [row[f"{w}_{d}_payload_bytes"] for w in ("user", "dummy") for d in ("out", "in")] == [10, 20, 30, 40]
    assert [row[f"{w}_{d}_wire_bytes"] for w in ("user", "dummy") for d in ("out", "in")] == [64, 128, 192, 256]


def check_predictions(f):
    g = f["evaluation"]
    assert list(g.attrs["devices"]) == ["cam", "plug", "bulb"]
    devices = np.array(list(g.attrs["devices"]))
    rows, p = g["test_rows"], g["predictions"]
    assert list(rows["views"].asstr()[:]) == ["counts of 5 min", "windows"]
    assert list(rows["captures"].asstr()[:]) == ["b.pcap", "a.pcap"]
    assert list(rows["view"][:]) == [0, 0, 0, 1, 1, 1] and list(rows["capture"][:]) == [0, 1, 1] * 2
    assert list(rows["start"][:]) == [10, 20, 30] * 2 and list(rows["day"][:]) == [-5, -5, 25] * 2
    assert list(devices[rows["device"][:]]) == ["plug", "plug", "bulb", "bulb", "bulb", "cam"]
    # Stages by name: between (one score), first (two), second (two).
    assert list(p["score"][:]) == [2] * 3 + [1] * 2 + [4] * 3 + [3] * 2
    assert list(p["seed"][:]) == [3, 3, 3, 0, 0] * 2 and list(p["row"][:]) == [0, 1, 2, 1, 2, 3, 4, 5, 4, 5]
    assert list(devices[p["truth"][:]]) == ["plug", "plug", "bulb", "bulb", "bulb"] + ["bulb", "bulb", "cam", "cam", "cam"]
    assert list(devices[p["predicted"][:]]) == ["plug", "bulb", "bulb", "plug", "bulb"] + ["bulb", "cam", "cam", "bulb", "cam"]
    x = p["probabilities"]
    assert x.dtype == np.float32 and x.shape == (10, 3) and list(x.attrs["dimensions"]) == ["prediction", "device"]
    given = np.float32([[0.75, 0.25], [0.375, 0.625], [0, 1]])
    for first, names in ((0, ["plug", "bulb"]), (5, ["bulb", "cam"])):
        columns = [list(devices).index(n) for n in names]
        np.testing.assert_array_equal(x[first:first + 3][:, columns], given)
        np.testing.assert_array_equal(x[first:first + 3].sum(axis=1), [1, 1, 1])  # nothing for the third device
        assert np.isnan(x[first + 3:first + 5]).all()  # votes have none


def check_lines(f):
    lines = table(f["evaluation/lines"])
    assert lines.dtype.names == ("stage", "device", "capture", "day", "begin", "end", "role")
    assert [tuple(r) for r in lines[:]] == [(b"comparison", b"bulb", b"", 100, 150, 190, b"warm_up"),
                                            (b"comparison", b"bulb", b"", 200, 250, 290, b"test")]
    assert "predictions" not in f["evaluation"]


def check_evaluations(f):
    g, nan = f["evaluation"], np.nan
    s = table(g["scores"])
    assert texts(s["stage"]) == ["forest", "lstm", "lstm", "other"]
    assert texts(s["attacker"]) == ["static forest", "static lstm", "retrained lstm", "static gru"]
    assert list(g.attrs["stages"]) == ["empty", "forest", "lstm", "other"]
    # First the forest's, as it knows them, then those that only others know.
    assert list(g.attrs["devices"]) == ["cam", "bulb", "plug"]
    np.testing.assert_array_equal(g["recall"][:], [[0.5, 1, nan], [nan, 0.25, 0.5], [nan, nan, 1], [1, nan, nan]])
    confusion = np.zeros((4, 3, 3), np.uint64)
    confusion[0, :2, :2] = [[1, 2], [3, 4]]          # cam, bulb
    confusion[1][np.ix_([2, 1], [2, 1])] = [[5, 6], [7, 8]]  # plug, bulb
    confusion[2][np.ix_([2, 1], [2, 1])] = [[9, 0], [0, 0]]
    confusion[3, 0, 0] = 2
    np.testing.assert_array_equal(g["confusion"][:], confusion)
    o = table(g["overhead"])
    assert texts(o["stage"]) == ["lstm", "lstm", "other"] and texts(o["device"]) == ["bulb", "plug", "cam"]
    assert list(o["seconds"]) == [10, 20, 30] and texts(o["defence"]) == ["ipet", "ipet", ""]


def check_comparison(f):
    g = f["evaluation"]
    s = table(g["scores"])
    assert list(zip(texts(s["defence"]), texts(s["variant"]), texts(s["level"]), texts(s["attacker"]))) == [
        ("none", "own", "T0", "boost 15 min"), ("none", "own", "T2", "lstm"), ("none", "own", "T2", "boost 15 min"),
        ("chorus", "own", "T0", "lstm"), ("chorus", "own", "T2", "lstm"), ("chorus", "own", "T2", "boost 15 min"),
        ("chorus", "x0.5", "T2", "lstm"), ("padding", "own", "T2", "lstm"), ("chorus", "zero budget", "T2", "lstm")]
    row = s[4]
    assert row["view"] == b"aggregates of 15 min" and row["seconds"] == 3600 and row["windows"] == 400
    assert np.allclose([row[n] for n in ("macro_f1", "macro_f1_low", "macro_f1_high", "balanced_accuracy", "accuracy",
                                         "majority", "chance", "highest_recall")],
                       [0.36, 0.31, 0.4, 0.37, 0.38, 0.5, 1 / 3, 0.9], rtol=1e-12)
    assert row["highest_recall_device"] == b"front_door-cam" and row["seeds"] == 2
    assert g["recall"].shape == (9, 4) and g["confusion"].shape == (9, 4, 4)
    np.testing.assert_array_equal(g["confusion"][4], [[90, 5, 5, 0], [60, 40, 100, 0], [30, 45, 25, 0], [0] * 4])
    assert g["scores"].attrs["units"][6] == "s"

    c = table(g["costs"])
    assert texts(c["defence"]) == ["none", "chorus", "chorus", "padding", "chorus"]
    assert texts(c["variant"]) == ["own", "own", "x0.5", "own", "zero budget"]
    assert list(c["intensity"]) == [1, 1, 0.5, 1, 0] and list(c["over_budget"]) == [0, 1, 0, 0, 0]
    assert list(c["payload_bytes_per_second"]) == [0, 80, 40, 2000, 0]
    np.testing.assert_allclose(c["wire_bytes_per_second"], [0, 113.6, 56.8, 2840, 0], rtol=1e-12)
    assert list(c["highest_payload_bytes_per_second"]) == [0, 120, 60, 3000, 0]
    assert list(c["peak_second"]) == [12345] * 5 and c["percent"][0] == 0
    assert list(c["unsent_bytes"]) == [0, 0, 0, 77, 0] and c["delay_most"][3] == 0.25 and c["delay_p50"][1] == 0

    o = table(g["overhead"])
    assert texts(o["device"]) == ["bulb", "front_door-cam"] * 5
    assert texts(o["defence"]) == [d for d in texts(c["defence"]) for _ in range(2)]
    assert texts(o["variant"]) == [v for v in texts(c["variant"]) for _ in range(2)]
    assert list(o["dummy_out_packets"]) == [0, 0, 80, 80, 40, 40, 2000, 2000, 0, 0]
    assert list(o["exposed_minutes"]) == [0] * 10
    assert list(o["delay_most"]) == [0] * 6 + [0.25] + [0] * 3 and list(o["unsent_bytes"]) == [0] * 6 + [77] + [0] * 3
    (note,) = table(g["notes"])
    assert note["stage"] == b"comparison" and note["note"] == b"set 1: bulb, front_door-cam; a blind guess within it: 1/2"


def check_game(f):
    g, nan = f["detection"], np.nan
    assert list(g.attrs["stages"]) == ["minutes"] and "evaluation" not in f
    s = table(g["scores"])
    assert texts(s["stage"]) == ["minutes"] * 5 and texts(s["game"]) == ["activity"] * 5
    assert texts(s["defence"]) == ["none"] * 2 + ["decoys"] * 3 and texts(s["level"]) == ["T0"] * 3 + ["T2"] * 2
    assert texts(s["target"]) == ["cam", "lock", "cam", "cam", "lock"] and list(s["judged"]) == [1, 0, 1, 1, 0]
    assert list(s["moments"]) == [2880] * 5 and list(s["positives"]) == [18, 2, 18, 18, 2] and list(s["draws"]) == [20] * 5
    np.testing.assert_allclose(s["base_rate"], [18 / 2880, 2 / 2880] + [18 / 2880] * 2 + [2 / 2880], rtol=1e-12)
    row = s[3]
    names = ("", "_low", "_high", "_lowest_day", "_highest_day")
    np.testing.assert_array_equal([row["average_precision" + n] for n in names], [0.25, 0.125, 0.25, 0.0625, 0.25])
    np.testing.assert_array_equal([row["area_under_curve" + n] for n in names], [0.75, nan, nan, nan, nan])
    c = table(g["costs"])
    assert texts(c["defence"]) == ["none", "decoys"] and list(c["payload_bytes_per_second"]) == [0, 80]
    assert texts(table(g["overhead"])["device"]) == ["bulb", "front_door-cam"] * 2
    assert texts(table(g["notes"])["note"]) == ["cam: rarely"]


def check_plugin(f):
    assert sorted(f["models"]) == ["clean", "retrained"]
    features, silence, start = expected_windows([(0, 0, w) for w in range(4)])
    np.testing.assert_array_equal(f["windows/features"][:], features)
    np.testing.assert_array_equal(f["windows/device"][:], [1] * 4)
    assert texts(f["devices"]["name"]) == ["plug", "device0", "bulb"]
    a = f.attrs
    assert a["name"] == "quick" and a["interrupted"] and f["provenance"].attrs["pipeline"] == "schema = 1\n"
    assert texts(f["provenance/plugins"]["name"]) == ["p"]


if __name__ == "__main__":
    with h5py.File(sys.argv[2], "r") as file:
        globals()["check_" + sys.argv[1]](file)
