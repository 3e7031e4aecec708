"""The README's first command, and what its result file holds."""

import os
import pathlib
import shutil
import tempfile
import time
import unittest

import h5py
import numpy as np

import support


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-quickstart-"))
        start = time.monotonic()
        cls.done = support.ipet("run", "pipelines/quickstart.toml", "--output", cls.folder, check=0)
        print(f"quickstart took {time.monotonic() - start:.0f} s")
        cls.file = h5py.File(cls.folder / "ipet.h5", "r")

    @classmethod
    def tearDownClass(cls):
        cls.file.close()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_prints_the_table_on_standard_output(self):
        for words in ("static", "retrained", "macro F1", "accuracy", "majority"):
            self.assertIn(words, self.done.stdout)

    def test_draws_the_attackers_one_line_and_the_training(self):
        pictures = {p.name for p in (self.folder / "plots").glob("*.svg")}
        (line,) = (name for name in pictures if name.startswith("line-"))
        self.assertEqual(pictures - {line}, {"confusion-perturbation.svg", "training-lstm.svg", "generations.svg"})
        scores = support.table(self.file["evaluation/scores"])
        svg = (self.folder / "plots" / "confusion-perturbation.svg").read_text()
        for score in (scores[0], max(scores[1:], key=lambda s: s["macro_f1"])):
            self.assertIn(f": macro F1 {score['macro_f1']:.2f} ({score['macro_f1_low']:.2f} to "
                          f"{score['macro_f1_high']:.2f}), n = {score['windows']}<", svg)

    def test_without_gnuplot_all_but_the_pictures_is_there(self):
        with tempfile.TemporaryDirectory() as empty:
            out = pathlib.Path(empty) / "out"
            done = support.ipet("run", "pipelines/quickstart.toml", "--output", out, "--set", "epochs=1", "--set", "training_stages=1",
                                "--set", "stages.home.options.captures=3", "--set", "stages.home.options.duration_seconds=200",
                                check=0, env={**os.environ, "PATH": empty})
            told = "gnuplot draws the plots and is not on the PATH; install it (Debian: apt-get install gnuplot-nox)"
            self.assertIn(f"warning plots: no pictures will be drawn: {told}\n", done.stderr)
            self.assertIn(f"warning plots: nothing was drawn: {told}, and run again\n", done.stderr)
            self.assertTrue((out / "ipet.h5").is_file())
            self.assertFalse((out / "plots").exists())

    def test_says_on_its_last_line_what_was_made(self):
        devices = support.table(self.file["devices"])
        windows = len(self.file["windows/start"])
        self.assertIn(f": {sum(devices['packets'] > 0)} devices, {windows} windows, ", self.done.stderr)
        self.assertRegex(self.done.stderr, r"quickstart: done in [0-9a-z. ]+: .* [0-9]+ dummy packets, [0-9]+ defended "
                                           r"windows, [0-9]+ perturbations; results in ")

    def test_says_what_it_was_made_from(self):
        attributes = self.file.attrs
        self.assertEqual(sorted(attributes), ["format_version", "interrupted", "name", "seed", "version"])
        provenance = self.file["provenance"].attrs
        self.assertEqual(sorted(provenance), ["command_line", "created", "finished", "pipeline"])
        self.assertEqual(attributes["name"], "quickstart")
        self.assertEqual(attributes["seed"], 20)
        self.assertIn("traffic_synthesizer", provenance["pipeline"])
        self.assertNotIn("${", provenance["pipeline"])

    def test_holds_every_group_that_applies(self):
        for group in ("devices", "windows", "models/discriminator", "generators/chain_0/generation_0", "perturbations",
                      "mixed", "evaluation"):
            self.assertIn(group, self.file)

    def test_windows_have_columns_and_units(self):
        windows = self.file["windows"]
        features = windows["features"]
        self.assertEqual(features.dtype, np.float32)
        self.assertEqual(features.shape[1:], (40, 4))
        self.assertEqual([str(c) for c in features.attrs["columns"]],
                         ["out_packets", "out_bytes", "in_packets", "in_bytes"])
        self.assertIn("units", features.attrs)
        for name in ("silence", "device", "capture", "start"):
            self.assertEqual(len(windows[name]), len(features))

    def test_every_window_begins_with_a_packet(self):
        first_slot = self.file["windows/features"][:, 0, :]
        self.assertTrue(np.all(first_slot[:, 0] + first_slot[:, 2] >= 1))

    def test_device_table_agrees_with_the_windows(self):
        devices = support.table(self.file["devices"])
        self.assertGreaterEqual(len(devices), 10)
        counted = np.bincount(self.file["windows/device"][:], minlength=len(devices))
        self.assertEqual(list(devices["windows"]), list(counted))

    def test_perturbations_keep_the_budget(self):
        for name in self.file["perturbations"].attrs["devices"]:
            samples = self.file["perturbations"][name]
            self.assertEqual(samples.dtype, np.uint16, name)
            data = samples[:]
            self.assertLessEqual(data[:, :, [0, 2]].max(), 4, name)
            self.assertLessEqual(data[:, :, [1, 3]].max(), 100, name)
            self.assertTrue(np.array_equal(data[:, :, 0] == 0, data[:, :, 1] == 0), name)

    def test_mixed_traffic_holds_the_user_packets_untouched(self):
        devices = support.table(self.file["devices"])
        names = [n.decode() if isinstance(n, bytes) else n for n in devices["name"]]
        packets = dict.fromkeys(names, 0)
        size = dict.fromkeys(names, 0)
        for capture in self.file["mixed"].values():
            for name, packets_of in capture.items():
                rows = support.table(packets_of)
                self.assertTrue(np.all(np.diff(rows["time_ns"].astype(np.int64)) >= 0))
                user = rows[~rows["dummy"].astype(bool)]
                packets[name] += len(user)
                size[name] += int(user["size"].sum())
        self.assertEqual([packets[n] for n in names], list(devices["packets"]))
        self.assertEqual([size[n] for n in names], list(devices["bytes"]))

    def test_the_attacks_were_scored(self):
        scores = support.table(self.file["evaluation/scores"])
        self.assertEqual(len(scores), 3)
        clean, static, retrained = scores["macro_f1"]
        majority = scores["majority"][0]
        self.assertGreater(clean, 0.5, "the discriminator did not learn the synthetic home")
        self.assertGreater(scores["accuracy"][0], majority)
        self.assertLess(static, clean, "the defence does nothing to the attacker it was trained against")
        print(f"macro F1: clean {clean:.3f}, static {static:.3f}, retrained {retrained:.3f}")

    def test_no_temporary_files_are_left(self):
        self.assertEqual({p.name for p in self.folder.rglob(".*")}, {".ipet-made.json"})


if __name__ == "__main__":
    support.main()
