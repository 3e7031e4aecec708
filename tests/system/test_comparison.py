"""The comparison of defences in small form, on days of the synthetic home: everything that the full table of a real
home consists of, in a minute."""

import csv
import shutil
import tempfile
import pathlib
import unittest

import h5py

import support

HOME = """schema = 1
name = "home"

[stages.home]
plugin = "traffic_synthesizer"
options = { home = "datasets/synthetic-home/home.toml", captures = 5, duration_seconds = 1200, interval_seconds = 86400, start = "2026-03-02T18:00:00Z" }

[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "${run.output}/captures/devices.toml"

[stages.store]
plugin = "hdf5_writer"
inputs = "devices.summary"
options.file = "${run.output}/home.h5"
"""

COMPARISON = """schema = 1
name = "small"

[stages.capture]
plugin = "pcap_reader"
options.files = "HOME/captures/*.pcap"

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "HOME/captures/devices.toml"

[stages.comparison]
plugin = "comparison"
inputs.traces = "devices.packets"
options.split = "day"
options.repeats = 3
options.vote_minutes = [5]
options.attackers = [
  { name = "aggregate_attacker", model = { name = "gradient_boosting", rounds = 30 }, minutes = 1 },
  { name = "window_attacker", model = "mlp", most_rows = 40, max_epochs = 4 },
]
OPTIONS

[stages.scores]
plugin = "csv_writer"
inputs = "comparison.report"
options.file = "${run.output}/scores.csv"

[stages.store]
plugin = "hdf5_writer"
inputs = "comparison.report"
options.file = "${run.output}/comparison.h5"
"""


class Comparison(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="ipet-test-"))
        (cls.home / "home.toml").write_text(HOME)
        support.ipet("run", cls.home / "home.toml", "--output", cls.home, check=0)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.home, ignore_errors=True)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def compare(self, options, *arguments, check=0):
        """Runs a comparison and returns (completed process, rows of its scores)."""
        file = self.folder / "small.toml"
        file.write_text(COMPARISON.replace("HOME", str(self.home)).replace("OPTIONS", options))
        done = support.ipet("run", file, "--output", self.folder / "out", *arguments, check=check)
        if check != 0:
            return done, []
        with open(self.folder / "out" / "scores.csv", newline="") as scores:
            return done, list(csv.DictReader(scores))

    @staticmethod
    def best(rows, **wanted):
        """The highest macro F1 among the rows that are as wanted."""
        chosen = [float(r["macro_f1"]) for r in rows if all(r[k] == v for k, v in wanted.items())]
        assert chosen, f"no row {wanted}"
        return max(chosen)

    def test_has_negative_controls_that_hold(self):
        _, rows = self.compare('options.defences = ["netflow", "ilp"]\noptions.levels = ["T0", "T2"]\n'
                               "options.controls = true")
        clean = self.best(rows, defence="none", variant="own", level="T2")
        chance = float(rows[0]["chance"])
        self.assertGreater(clean, 0.6)
        self.assertLess(self.best(rows, defence="none", variant="permuted labels", level="T2"), chance + 0.1)
        self.assertAlmostEqual(self.best(rows, defence="netflow", variant="zero budget", level="T2"), clean, places=12)
        self.assertAlmostEqual(self.best(rows, defence="netflow", variant="dummies removed", level="T2"), clean,
                               places=12)
        # All lines of a day carry the same cells.
        self.assertLess(self.best(rows, defence="ilp", variant="own", level="T2"), chance + 0.01)

    def test_of_chorus_within_a_budget_leaves_the_camera_out_and_says_what_it_loses(self):
        done, rows = self.compare('options.defences = [{ name = "chorus", budget = 400.0 }]\n'
                                  'options.levels = ["T2", "T3"]\noptions.filters = ["dummy_filter"]\n'
                                  "options.budget = 400.0")
        with h5py.File(self.folder / "out" / "comparison.h5") as file:
            notes = [n.decode() if isinstance(n, bytes) else n for n in file["evaluation/notes"][:]["note"]]
            costs = file["evaluation/costs"][:]
        camera = [n for n in notes if "camera" in n or "cam" in n]
        self.assertTrue(any("recognisable" in n for n in camera), notes)
        worst = [c["worst_payload_bytes_per_second"] for c in costs if c["defence"] == b"chorus"]
        self.assertTrue(worst)
        # The plan is for the mean of past days; a day may be busier.
        self.assertLess(max(worst), 1.5 * 400)
        clean = self.best(rows, defence="none", level="T2")
        self.assertLess(self.best(rows, defence="chorus", level="T2"), clean)
        self.assertIn("chorus", done.stdout)

    def test_of_chorus_without_a_budget_comes_near_chance(self):
        _, rows = self.compare('options.defences = [{ name = "chorus" }, { name = "chorus", imitator = "renewal" }]\n'
                               'options.levels = ["T0", "T1", "T2", "T4"]')
        self.assertGreater(self.best(rows, defence="none", level="T2"), 0.6)
        for imitator in ("replay", "renewal"):
            for level in ("T2", "T4"):
                defended = self.best(rows, defence=f"chorus imitator={imitator}", level=level)
                self.assertLess(defended, float(rows[0]["chance"]) + 0.12)

    def test_gives_the_same_scores_for_any_number_of_threads(self):
        options = ('options.defences = [{ name = "chorus" }, "netflow"]\noptions.levels = ["T2", "T3"]\n'
                   'options.filters = ["dummy_filter"]')
        _, rows = self.compare(options, "-j", "1")
        self.assertEqual(self.compare(options, "-j", "2")[1], rows)

    def test_names_what_is_wrong_in_its_options(self):
        for option, message in (
                ('options.matched_to = "chorus"', "option 'matched_to': there is no defence 'chorus' to compare; there are 'netflow'"),
                ('options.example_defence = "none"', "option 'example_defence': there is no defence 'none' to compare"),
                ('options.names = ["a", "b"]', "option 'names': 2 names for 1 defences"),
                ('options.names = ["none"]', "option 'names': 'none' is the name of two; 'none' stands for no defence")):
            done, _ = self.compare('options.defences = ["netflow"]\n' + option, check=2)
            self.assertRegex(done.stderr, r"small\.toml:24:\d+: error\[option-value\]: stage 'comparison': ")
            self.assertIn(message, done.stderr)
        done, _ = self.compare('options.defences = ["netflow"]\noptions.off = ["door"]', check=1)
        self.assertIn("'off': there is no device 'door' with packets", done.stderr)
        done, _ = self.compare('options.defences = ["ipet"]', check=1)
        self.assertIn("needs trained generators", done.stderr)
        done, _ = self.compare('options.defences = ["netflow"]\noptions.warm_up_days = 4', check=1)
        self.assertIn("a split by day needs 4 for warming up and at least 2", done.stderr)


if __name__ == "__main__":
    unittest.main()
