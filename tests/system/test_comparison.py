"""The comparison of defences in small form, on days of the synthetic home: everything that the full table of a real
home consists of, in a minute."""

import csv
import math
import shutil
import tempfile
import pathlib
import unittest

import h5py
import numpy as np

import support

HOME = support.home_pipeline("home", 5, 1200) + """
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
        # Who names all rows rightly on every day has no interval.
        scattered = [row for row in rows if row["interval_over"]]
        for row in rows:
            none = all(math.isnan(float(row[name] or "nan")) for name in ("macro_f1_low", "accuracy_low"))
            self.assertEqual(row["interval_over"] == "", none, row)
        # Aggregates have rows of every device on every test day; windows have none of a device that is silent.
        self.assertEqual({r["interval_over"] for r in scattered if r["view"].startswith("aggregates")}, {"days"})
        for row in scattered:
            self.assertRegex(row["interval_over"], r"^days(, of which [0-9]+ of [0-9]+ devices ha(s|ve) one alone, which "
                                                   r"adds no width)?$")
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
            notes = [n.decode() if isinstance(n, bytes) else n for n in support.table(file["evaluation/notes"])["note"]]
            costs = support.table(file["evaluation/costs"])
        camera = [n for n in notes if "camera" in n or "cam" in n]
        self.assertTrue(any("recognisable" in n for n in camera), notes)
        worst = [c["highest_payload_bytes_per_second"] for c in costs if c["defence"] == b"chorus"]
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

    def test_keeps_what_gives_every_score_and_vote_again(self):
        _, rows = self.compare('options.defences = ["netflow"]\noptions.levels = ["T0", "T2", "T3", "T4", "T5"]\n'
                               'options.filters = ["dummy_filter"]\noptions.seeds = 2\noptions.most_test_rows = 30')
        with h5py.File(self.folder / "out" / "comparison.h5") as file:
            group = file["evaluation"]
            scores, confusion = support.table(group["scores"]), group["confusion"][:]
            kept = {name: group["predictions"][name][:] for name in group["predictions"]}
            test_rows = {name: group["test_rows"][name][:] for name in ("device", "start", "day", "view")}
            devices, lines = list(group.attrs["devices"]), support.table(group["lines"])
        self.assertEqual(len(scores), len(rows))
        for i, score in enumerate(scores):
            of = kept["score"] == i
            truth, predicted, seed = kept["truth"][of], kept["predicted"][of], kept["seed"][of]
            counted = np.zeros((2, len(devices), len(devices)))
            np.add.at(counted, (seed, truth, predicted), 1)
            self.assertTrue(np.array_equal(counted.sum(axis=0), confusion[i]), score)
            f1 = [np.mean((2 * np.diag(c) / np.maximum(c.sum(0) + c.sum(1), 1))[c.sum(1) > 0]) for c in counted]
            self.assertAlmostEqual(np.mean(f1), score["macro_f1"], places=12)
        self.check_votes(scores, kept, test_rows)
        # Two test days of fourteen devices, and what each line was for.
        self.assertEqual([list(lines["role"]).count(r) for r in (b"warm_up", b"training", b"test")], [14, 28, 28])
        tested = {(l["device"].decode(), l["day"]) for l in lines if l["role"] == b"test"}
        named = {(devices[d], day) for d, day in zip(test_rows["device"], test_rows["day"])}
        self.assertLessEqual(named, tested)

    def check_votes(self, scores, kept, rows):
        """Log-probabilities of five minutes added up, for each attacker of T2 and T3, and named as T4 names them."""
        votes = 0
        for i, score in enumerate(scores):
            if score["level"] not in (b"T2", b"T3"):
                continue
            wanted = (score["defence"], score["variant"], score["attacker"] + b", vote 5 min")
            found = [j for j, s in enumerate(scores) if (s["defence"], s["variant"], s["attacker"]) == wanted]
            self.assertEqual(len(found), 1, wanted)
            of, vote = kept["score"] == i, kept["score"] == found[0]
            sums = {}

            def stretch(seed, row):
                begin = rows["day"][row]
                return seed, rows["device"][row], begin, (rows["start"][row] - begin) // (300 * 10**9)

            for seed, row, p in zip(kept["seed"][of], kept["row"][of], kept["probabilities"][of]):
                key = stretch(seed, row)
                sums[key] = sums.get(key, 0) + np.log(np.maximum(p.astype(float), 1e-6))
            self.assertEqual(len(sums), vote.sum())
            for seed, row, named in zip(kept["seed"][vote], kept["row"][vote], kept["predicted"][vote]):
                self.assertEqual(sums[stretch(seed, row)].argmax(), named)
                votes += 1
            self.assertTrue(np.isnan(kept["probabilities"][vote]).all())
        self.assertGreater(votes, 100)

    def test_takes_none_among_its_defences_as_its_table_names_it(self):
        options = 'options.levels = ["T0", "T2"]\noptions.defences = '
        _, with_none = self.compare(options + '["none", "netflow"]')
        _, without = self.compare(options + '["netflow"]')
        self.assertEqual(with_none, without)
        self.assertEqual([r["defence"] for r in with_none[:4]], ["none"] * 4)
        _, named = self.compare(options + '["netflow", "none"]\noptions.names = ["padding", "none"]')
        self.assertEqual({r["defence"] for r in named}, {"none", "padding"})
        _, alone = self.compare(options + '"none"')
        self.assertEqual(alone, with_none[:4])

    def test_names_what_is_wrong_in_its_options(self):
        for option, message in (
                ('options.matched_to = "chorus"', "option 'matched_to': there is no defence 'chorus' to compare; there are 'netflow'"),
                ('options.example_defence = "none"', "option 'example_defence': there is no defence 'none' to compare"),
                ('options.names = ["a", "b"]', "option 'names': 2 names for 1 defence: give one for each, or none"),
                ('options.names = ["none"]', "option 'names': 'none' is the name of two; 'none' stands for no defence")):
            done, _ = self.compare('options.defences = ["netflow"]\n' + option, check=2)
            self.assertRegex(done.stderr, r"small\.toml:24:\d+: error\[option-value\]: stage 'comparison': ")
            self.assertIn(message, done.stderr)
        for options, message in (
                ('options.defences = ["none", "none"]', "option 'defences': 'none' is the name of two"),
                ('options.defences = ["none"]\noptions.names = ["nothing"]',
                 "option 'names': no defence is called 'none', not 'nothing'"),
                ('options.folds = 2\noptions.fold = 2', "option 'fold': there is no fold 2: 2 folds are 0 to 1"),
                ('options.folds = 2\noptions.test_days = [2]',
                 "option 'test_days': the fold says which days are for testing; give one of the two"),
                ('options.intensities = [0.5, 2, 0.5]', "option 'intensities': 0.5 is there twice"),
                ('options.levels = ["T2", "T7"]', "option 'levels' is \"T7\"")):
            done, _ = self.compare(options, check=2)
            self.assertIn(message, done.stderr)
        done, _ = self.compare('options.defences = ["netflow"]\noptions.folds = 5', check=1)
        self.assertIn("a split by day needs 1 for warming up and at least 5 for training and testing in 5 folds; take "
                      "fewer folds or more days", done.stderr)
        done, _ = self.compare('options.defences = ["netflow"]\noptions.off = ["door"]', check=1)
        self.assertIn("'off': there is no device 'door' with packets", done.stderr)
        done, _ = self.compare('options.defences = ["perturbation"]', check=2)
        self.assertIn("stage 'comparison': the defence 'perturbation' needs the input 'perturbations'", done.stderr)
        done, _ = self.compare('options.defences = ["netflow"]\noptions.warm_up_days = 4', check=1)
        self.assertIn("a split by day needs 4 for warming up and at least 2", done.stderr)


if __name__ == "__main__":
    unittest.main()
