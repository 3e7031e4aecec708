"""The presets of both published releases, training alone, and the comparison of models, each on a small synthetic home."""

import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

import support

SHORT = ["--set", "epochs=2", "--set", "max_windows=60"]
STAGED = ["--set", "training_stages=2", "--set", "chains=1"]


def reached_rate(history, best_epoch, first_rate):
    """The learning rate after the best epoch, by the rules of Keras' ReduceLROnPlateau with the published factor 0.7,
    patience 5, min_delta 0.0001 and cooldown 3; the model is saved after it has looked at the epoch."""
    rate, best, wait, cooldown = first_rate, float("inf"), 0, 0
    for loss in history["validation_loss"][:best_epoch]:
        if cooldown:
            cooldown, wait = cooldown - 1, 0
        if loss < best - 1e-4:
            best, wait = loss, 0
        elif not cooldown:
            wait += 1
            if wait >= 5:
                rate, cooldown, wait = max(0.7 * rate, 1e-9), 3, 0
    return rate


class Presets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-presets-"))
        support.ipet("run", "pipelines/quickstart.toml", "--until", "home", "--output", cls.folder / "home",
                     "--set", "stages.home.options.duration_seconds=300", "--set", "stages.home.options.captures=3",
                     check=0)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def run_preset(self, name, *extra, output=None):
        captures = self.folder / "home" / "captures"
        return support.ipet("run", f"pipelines/{name}.toml", "--set", f"captures={captures}", "--set",
                            f"devices={captures / 'devices.toml'}", "--output", self.folder / (output or name), *SHORT,
                            *extra, check=0)

    def retraining_steps(self, name):
        """Of the discriminator's optimiser after each stage, as the checkpoints have it."""
        steps = []
        for stage in (1, 2):
            (file,) = (self.folder / name).rglob(f"chain_0_stage_{stage}.h5")
            with h5py.File(file, "r") as checkpoint:
                steps.append(int(checkpoint["optimiser"].attrs["steps"]))
        return steps

    def test_published_is_the_newer_release_and_its_weaknesses_are_measured(self):
        said = self.run_preset("published", *STAGED, "--set", "generation=1", "--set", "num_samples=10")
        result = self.folder / "published" / "ipet.h5"
        with h5py.File(result, "r") as file:
            model = file["models/discriminator"].attrs
            self.assertEqual((model["split_mode"], model["normalisation"]), ("shuffled", "none"))
            self.assertTrue(model["split_validate_on_test"])
            self.assertEqual(model["validation_windows"], model["test_windows"])
            self.assertEqual((file["generators"].attrs["rows"], file["perturbations"].attrs["generation"]), ("free", 1))
            # Ticks: every dummy is on the grid of 50 ms after some user packet of the active period, so that far
            # apart user packets see none; the release also sends empty ones.
            tables = [support.table(t) for c in file["mixed"].values() for t in c.values()]
            dummies = np.concatenate([t[t["dummy"]] for t in tables])
            self.assertGreater(len(dummies), 1000)
            self.assertLessEqual(dummies["size"].max(), 100)
            stages = {row["stage"].decode() for row in support.table(file["evaluation/scores"])}
            self.assertEqual(stages, {"evaluation", "generations"})
            # Retraining: no batch size is given, so Keras' 32; over all windows (60 of a device at most, see SHORT),
            # those of the test part too; two epochs a stage; at the learning rate that the first training reached.
            of_device = np.bincount(file["windows/device"][:])
            windows = int(np.minimum(of_device, 60).sum())
            self.assertGreater(windows, model["training_windows"])
            a_stage = 2 * math.ceil(windows / 32)
            self.assertEqual(self.retraining_steps("published"), [a_stage, 2 * a_stage])
            rate = reached_rate(support.table(file["models/discriminator/history"]), model["best_epoch"], model["learning_rate"])
            self.assertIn(f"the learning rate that its training had reached: {rate:g}", said.stdout + said.stderr)
        script = support.SOURCE / "tests" / "integration" / "published_weaknesses.py"
        said = subprocess.run([sys.executable, script, result], text=True, capture_output=True, check=True).stdout
        caught, lost = (float(text) for text in re.findall(r"([\d.]+)% of \d+", said))
        self.assertGreater(caught, 99)  # 99.98 and 100.00 in stages/comparison/RESULTS.md
        self.assertLess(lost, 2)
        self.assertRegex(said, r"Silence alone, /windows: accuracy 0\.\d\d")

    def test_the_published_retraining_stands_still_where_the_first_training_had_come_to_a_standstill(self):
        self.run_preset("published", *STAGED, "--set", "stages.discriminator.options.learning_rate=0.0",
                        "--set", "generation=1", "--set", "num_samples=10", output="standstill")
        with h5py.File(self.folder / "standstill" / "ipet.h5", "r") as file:
            before = file["models/discriminator/parameters"]
            after = file["generators/chain_0/generation_1/discriminator"]
            self.assertEqual(set(before), set(after))
            for name in before:
                np.testing.assert_array_equal(after[name][:], before[name][:], name)

    def test_preprint_is_the_older_release(self):
        self.run_preset("preprint", *STAGED, "--set", "generation=1", "--set", "num_samples=10")
        with h5py.File(self.folder / "preprint" / "ipet.h5", "r") as file:
            kernels = [name for name in file["models/discriminator/parameters"] if "recurrent" in name]
            self.assertEqual({file["models/discriminator/parameters"][k].shape for k in kernels}, {(64, 256)})
            # Silence follows its window, so the last window of a device in a capture has none and is dropped.
            first = {}
            for start, silence, place in zip(file["windows/start"][:], file["windows/silence"][:],
                                             zip(file["windows/capture"][:], file["windows/device"][:])):
                first.setdefault(place, silence)
            self.assertTrue(all(silence > 0 for silence in first.values()))

    def test_training_alone_scores_every_generation(self):
        said = self.run_preset("train", *STAGED).stdout
        for text in ("perturbation generation 0", "perturbation generation 1", "own lstm", "retrained lstm"):
            self.assertIn(text, said)

    def test_the_sweep_compares_five_models(self):
        said = self.run_preset("compare-models", "--sweep", "--set", "agg_minutes=1").stdout
        for model in ("lstm", "gru", "cnn", "mlp", "forest"):
            self.assertIn(f"== model={model} (", said)
            with h5py.File(self.folder / "compare-models" / f"model={model}" / "models.h5", "r") as file:
                self.assertEqual(file["models/discriminator"].attrs["model"], model)
                (row,) = support.table(file["evaluation/scores"])
                self.assertEqual(row["attacker"].decode(), f"static {model}")


if __name__ == "__main__":
    support.main()
