"""Gradient boosting through the whole program: trained with early stopping, stored, read again, and scored the same."""

import h5py

import support
from test_forest import HEAD, home

TRAINED = """[stages.boosted]
plugin = "discriminator_training"
inputs.aggregates = "aggregates"
options = {{ model = {{ name = "gradient_boosting", rounds = 200, learning_rate = 0.5, patience = 5 }}, split = "random" }}
[stages.attack]
plugin = "evaluation"
inputs = {{ aggregates = "aggregates", discriminator = "{discriminator}" }}
[stages.store]
plugin = "hdf5_writer"
inputs = ["aggregates", "boosted", "attack"]
options.file = "${{run.output}}/result.h5"
"""

READ = """[stages.stored]
plugin = "hdf5_reader"
options.file = "{folder}/first/result.h5"
"""


class GradientBoosting(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.write("home/a.pcap", home(3000))  # 35 minutes
        self.write("home/devices.toml", support.DEVICES_TOML + '\n[[device]]\nname = "plug"\nmac = "02:00:00:00:00:02"\n')

    def run_pipeline(self, name, text, **values):
        text = (HEAD + text).format(output=self.folder / name, home=self.folder / "home", minutes="1.0",
                                    folder=self.folder, **values)
        support.ipet("run", self.write(name + ".toml", text), check=0)
        return h5py.File(self.folder / name / "result.h5")

    def test_is_the_same_model_after_it_was_stored(self):
        with self.run_pipeline("first", TRAINED, discriminator="boosted") as first:
            model = first["models/boosted"]
            self.assertEqual(model.attrs["model"], "gradient_boosting")
            self.assertIn("rounds = 200", model.attrs["options"])
            history = support.table(model["history"])
            self.assertLess(len(history), 200)
            self.assertEqual(list(history["epoch"]), list(range(1, len(history) + 1)))
            # Of two devices one tree a round, up to the round with the lowest validation loss.
            best = int(history["validation_loss"].argmin()) + 1
            self.assertEqual(len(model["parameters/tree_nodes"]), best)
            scores = support.table(first["evaluation/scores"])
            self.assertGreaterEqual(scores["accuracy"][0], 0.9)
        read = TRAINED.split("[stages.attack]")
        with self.run_pipeline("second", READ + read[0] + "[stages.attack]" + read[1],
                               discriminator="stored.discriminator") as second:
            again = support.table(second["evaluation/scores"])
        for column in ("windows", "accuracy", "macro_f1"):
            self.assertEqual(again[column][0], scores[column][0])


if __name__ == "__main__":
    support.main()
