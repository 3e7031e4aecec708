"""A model plugin outside the tree is built against the headers alone and used by changing one line of a pipeline."""

import os
import subprocess

import h5py

import support

SHORT = ["--set", "epochs=3", "--set", "max_windows=60", "--set", "training_stages=1", "--set", "num_samples=1",
         "--set", "stages.home.options.duration_seconds=200", "--set", "stages.home.options.captures=3"]


class OutsideModel(support.WithFolder):
    def setUp(self):
        super().setUp()
        source = support.SOURCE / "tests" / "system" / "outside_model"
        for command in (["cmake", "-G", "Ninja", "-S", source, "-B", self.folder / "build", f"-DIPET_SOURCE={support.SOURCE}",
                         "-DCMAKE_BUILD_TYPE=Release"], ["cmake", "--build", self.folder / "build"]):
            done = subprocess.run([str(word) for word in command], text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_is_found_trained_and_stored(self):
        environment = dict(os.environ, IPET_PLUGIN_PATH=str(self.folder / "build"))
        shown = support.ipet("inspect", "tiny", check=0, env=environment).stdout
        self.assertIn("One hidden layer", shown)
        self.assertIn("width", shown)

        before = (support.SOURCE / "pipelines" / "quickstart.toml").read_text()
        after = before.replace('"parts/', f'"{support.SOURCE}/pipelines/parts/')
        after += '\n[stages.discriminator]\noptions.model = { name = "tiny", width = 16 }\n'  # the one changed line
        pipeline = self.write("quickstart.toml", after)
        support.ipet("run", pipeline, "--output", self.folder / "out", *SHORT, check=0, env=environment)
        with h5py.File(self.folder / "out" / "ipet.h5", "r") as file:
            model = file["models/discriminator"]
            self.assertEqual(model.attrs["model"], "tiny")
            self.assertIn("width = 16", model.attrs["options"])
            self.assertEqual(model["parameters/hidden"].shape, (161, 16))

    def test_without_its_folder_the_error_says_where_it_was_looked_for(self):
        done = support.ipet("validate", "pipelines/quickstart.toml", "--set", "model=tiny", check=2)
        self.assertIn("tiny", done.stderr)
        self.assertIn("lstm", done.stderr)


if __name__ == "__main__":
    support.main()
