"""What a user meets in results: pictures, tables with intervals, points of a sweep, and the last line of a run."""

import csv
import io
import pathlib
import re
import shutil
import tempfile
import time
import unittest

import h5py

import support

HOME = """schema = 1
name = "home"

[stages.home]
plugin = "traffic_synthesizer"
options = { home = "datasets/synthetic-home/home.toml", captures = 4, duration_seconds = 420 }
"""


def scores_of(folder):
    with open(folder / "scores.csv", newline="") as rows:
        return list(csv.DictReader(rows))


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-test-"))
        (cls.folder / "home.toml").write_text(HOME)
        support.ipet("run", cls.folder / "home.toml", "--output", cls.folder, check=0)
        cls.home = ["--set", f"captures={cls.folder}/captures", "--set", f"devices={cls.folder}/captures/devices.toml"]
        # As it is, but with fewer models.
        text = (support.SOURCE / "pipelines" / "compare-models.toml").read_text()
        sweep = re.sub(r"\nmodel = \[.*\]\n", '\ntotal_time = [4.0]\nmodel = ["mlp", "cnn"]\nomega = [0.1]\n', text)
        assert sweep != text
        (cls.folder / "models.toml").write_text(sweep)
        cls.done = support.ipet("run", cls.folder / "models.toml", "--sweep", "--output", cls.folder / "models",
                                "--set", "epochs=3", "--set", "max_windows=120", *cls.home, check=0)
        cls.alone = support.ipet("run", cls.folder / "models.toml", "--output", cls.folder / "alone", "--set", "epochs=1",
                                 "--set", "model=mlp", "--set", "max_windows=40", *cls.home, check=0)
        cls.points = [cls.folder / "models" / f"total_time=4,model={m},omega=0.1" for m in ("mlp", "cnn")]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_rows_of_a_sweep_say_which_point_they_are_of(self):
        rows = [row for p in self.points for row in scores_of(p)]
        self.assertEqual(list(rows[0])[:4], ["sweep_total_time", "sweep_model", "sweep_omega", "stage"])
        self.assertEqual([tuple(r.values())[:3] for r in rows], [("4", "mlp", "0.1"), ("4", "cnn", "0.1")])
        for point, model in zip(self.points, ("mlp", "cnn")):
            with h5py.File(point / "models.h5") as file:
                scores = support.table(file["evaluation/scores"])
                self.assertEqual([(r["sweep_model"].decode(), r["sweep_omega"]) for r in scores], [(model, 0.1)])
                pipeline = file["provenance"].attrs["pipeline"]
            self.assertIn(f'[sweep]\ntotal_time = [4.0]\nmodel = ["{model}"]\nomega = [0.1]\n', pipeline)
            # Axes in one order with one spelling: of the folder, the heading and the columns.
            self.assertIn(f"where total_time = 4, model = {model}, omega = 0.1:\n", self.done.stdout)

    def test_a_sweep_ends_with_a_table_of_its_points_that_is_a_file_beside_them(self):
        text = (self.folder / "models" / "sweep.csv").read_text()
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(rows), 2)
        lines = ["== sweep over total_time, model, omega: 2 of 2 runs"]
        for row, point in zip(rows, self.points):
            (scores,) = scores_of(point)
            shared = [name for name in row if name in scores]
            self.assertLessEqual({"sweep_total_time", "sweep_model", "sweep_omega", "defence", "attacker", "windows",
                                  "macro_f1", "macro_f1_low", "macro_f1_high", "accuracy", "majority",
                                  "interval_over"}, set(shared))
            self.assertEqual({name: row[name] for name in shared}, {name: scores[name] for name in shared})
            self.assertEqual((row["split"], row["rows"]), ("capture", "windows"))
            f1, low, high, accuracy, majority = (float(row[n]) for n in ("macro_f1", "macro_f1_low", "macro_f1_high",
                                                                         "accuracy", "majority"))
            lines.append(f"4 {row['sweep_model']} 0.1 none static {row['sweep_model']} {f1:.3f} ({low:.2f}..{high:.2f}) "
                         f"{accuracy:.3f} {majority:.3f} {row['windows']} windows capture")
        lines.insert(1, "total_time model omega defence attacker macro F1 (95 %) accuracy majority tested on split by")
        shown = self.done.stdout[self.done.stdout.index("\n== sweep over"):]
        self.assertEqual([" ".join(line.split()) for line in shown.strip().splitlines()], lines)
        self.assertTrue(self.done.stderr.endswith(f"the table of all runs is in {self.folder}/models/sweep.csv\n"))

    def test_a_sweep_without_scores_says_what_its_runs_made(self):
        done = support.ipet("run", "pipelines/ingest.toml", "--sweep", "--set", "sweep.total_time=[2.0, 4]", "--output",
                            self.folder / "ingest", *self.home, check=0)
        with open(self.folder / "ingest" / "sweep.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        for row, length in zip(rows, ("2", "4")):
            with h5py.File(self.folder / "ingest" / f"total_time={length}" / "windows.h5") as file:
                devices, windows = int(sum(file["devices/packets"][:] > 0)), len(file["windows/start"])
            self.assertEqual(row, {"sweep_total_time": length, "devices": str(devices), "windows": str(windows)})
            self.assertRegex(done.stdout, rf"\n +{length} +{devices} +{windows}\n")

    def test_a_run_alone_has_no_such_columns(self):
        self.assertEqual(list(scores_of(self.folder / "alone")[0])[0], "stage")

    def test_scores_have_intervals_and_say_over_what(self):
        row = scores_of(self.points[0])[0]
        # Four captures, one of them for testing: pieces of 5 minutes of 7, on a grid of the clock.
        self.assertEqual(row["interval_over"], "pieces of 5 min")
        for name in ("accuracy", "macro_f1"):
            self.assertLess(float(row[name + "_low"]), float(row[name + "_high"]))
        self.assertGreaterEqual(float(row["accuracy"]), float(row["accuracy_low"]) - 0.05)
        self.assertLessEqual(float(row["accuracy"]), float(row["accuracy_high"]) + 0.05)
        low, high = (f"{float(row[n]):.2f}" for n in ("accuracy_low", "accuracy_high"))
        self.assertIn(f"{float(row['accuracy']):8.3f}  {low}..{high} ", self.done.stdout)
        self.assertIn("  95 %: bootstrap over each device's pieces of 5 min (Rao and Wu 1988), not over rows, which are "
                      "alike;\n", self.done.stdout)

    def test_devices_with_few_test_rows_are_named(self):
        with h5py.File(self.folder / "alone" / "models.h5") as file:
            names = list(file["evaluation"].attrs["devices"])
            rows = file["evaluation/confusion"][0].sum(axis=1)
            note = file["evaluation/notes/note"][0].decode()
        few = [f"{name} {n}" for name, n in zip(names, rows) if n < 10]
        self.assertTrue(few, "this home has none")
        few = ", ".join(few[:5]) + (f" and {len(few) - 5} more" if len(few) > 5 else "")
        said = f"fewer than 10 test windows, so that scores of these devices say little: {few}; record for longer"
        self.assertTrue(note.startswith(said), note)
        # In lines that a terminal shows whole.
        for text in (self.alone.stdout, self.alone.stderr):
            lines = text.splitlines()
            at = next(i for i, line in enumerate(lines) if "fewer than 10 test windows" in line)
            self.assertLess(max(map(len, lines[at:at + 2])), 130)
            joined = " ".join(line.strip() for line in lines[at:at + 4])
            self.assertIn(said, joined)
        self.assertRegex(self.alone.stderr, "warning evaluation: fewer than 10 test windows")

    def test_the_attacker_alone_has_a_confusion_matrix_with_row_counts(self):
        for point, model in zip(self.points, ("mlp", "cnn")):
            self.assertEqual({p.name for p in (point / "plots").glob("*.svg")},
                             {"confusion-none.svg", f"training-{model}.svg"})
            svg = (point / "plots" / "confusion-none.svg").read_text()
            with h5py.File(point / "models.h5") as file:
                names = list(file["evaluation"].attrs["devices"])
                rows, n = file["evaluation/confusion"][0].sum(axis=1), file["evaluation/scores/windows"][0]
            for name, count in zip(names, rows):
                if count:
                    self.assertIn(f">{name} ({count})<", svg)
            self.assertIn("<title>Whom the attacker takes for whom: without a defence</title>", svg)
            self.assertIn(">In brackets: the 95 % interval of macro F1, by bootstrap over pieces of 5 min.<", svg)
            curve = (point / "plots" / f"training-{model}.svg").read_text()
            self.assertIn(f"<title>Training of {model}, epoch ", curve)
            numbers = re.findall(r"<text> ?([0-9.]+)</text>", curve)
            self.assertEqual(numbers[-3:], ["1", "2", "3"], "whole epochs: the axis below comes last")
            self.assertRegex(svg, rf">static {model}: macro F1 [0-9.]+ \([0-9.]+ to [0-9.]+\), n = {n}<")

    def test_the_last_line_says_what_was_made(self):
        with h5py.File(self.points[0] / "models.h5") as file:
            packets = file["devices/packets"][:]
        devices = sum(packets > 0)
        self.assertRegex(self.done.stderr, rf"compare-models: done in [0-9a-z. ]+: {devices} devices, [0-9]+ windows; "
                                           r"results in .*/total_time=4,model=mlp,omega=0\.1\n")
        made = int(re.search(r"devices, ([0-9]+) windows; results", self.done.stderr).group(1))
        table = re.search(r"\n  all +[0-9]+ +[0-9]+ +[0-9]+ +([0-9]+) +[0-9]+\n", self.done.stdout)
        self.assertEqual(made, int(table.group(1)))

    def test_comparing_defences_on_one_day_fails_before_training_and_says_what_to_do(self):
        begin = time.monotonic()
        done = support.ipet("run", "pipelines/compare-defences.toml", "--output", self.folder / "defences", *self.home,
                            check=1)
        self.assertIn("error: stage 'discriminator' (plugin discriminator_training): the captures are of 1 day, and what "
                      "is compared by day needs 3: one or more that defences learn from, and others to train and test "
                      "attackers; split by captures instead (--set split=capture), or record more days", done.stderr)
        self.assertNotIn("generators", done.stderr)
        self.assertLess(time.monotonic() - begin, 20)

    def test_numbers_in_names_are_as_short_as_they_can_be(self):
        options = 'defences=["netflow", {{ name = "netshaper", epsilon = 0.1 }}, {{ name = "netshaper", epsilon = 16 }}]'
        done = support.ipet("validate", "pipelines/chorus.toml", *self.home, "--set",
                            "stages.comparison.options." + options.replace("{{", "{").replace("}}", "}"), "--set",
                            "stages.comparison.options.matched_to=x", check=2)
        self.assertIn("there are 'netflow', 'netshaper epsilon=0.1', 'netshaper epsilon=16'", done.stderr)


if __name__ == "__main__":
    support.main()
