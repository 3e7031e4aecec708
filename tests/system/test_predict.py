"""Perturbations drawn by another process from the file of a training run, against an independent computation."""

import csv
import subprocess
import sys

import h5py
import numpy as np

import support

COMPARE = support.SOURCE / "tests" / "integration" / "compare_hdf5.py"
TINY = ["--set", "epochs=1", "--set", "max_windows=40", "--set", "training_stages=2", "--set", "chains=2", "--set",
        "num_samples=10", "--set", "stages.home.options.duration_seconds=300", "--set",
        "stages.home.options.captures=4"]
COPY = """
schema = 1
name = "copy"
[params]
file = { type = "path" }
output = { type = "path", default = "runs/copy" }
[run]
output = "${params.output}"
[stages.file]
plugin = "hdf5_reader"
options.file = "${params.file}"
[stages.store]
plugin = "hdf5_writer"
inputs = ["file.summary", "file.windows", "file.defended_windows", "file.packets", "file.mixed", "file.discriminator",
          "file.generators", "file.perturbations"]
options.file = "${run.output}/copy.h5"
"""
TRAIN = """
schema = 1
name = "again"
[params]
file = { type = "path" }
output = { type = "path", default = "runs/again" }
[run]
output = "${params.output}"
seed = 20
[stages.file]
plugin = "hdf5_reader"
options.file = "${params.file}"
[stages.discriminator]
plugin = "discriminator_training"
inputs.windows = "file.windows"
options = { model = "lstm", split = "auto", max_epochs = 1, max_windows_per_device = 40 }
[stages.generators]
plugin = "generator_training"
inputs = { windows = "file.windows", discriminator = "file.discriminator" }
options.training_stages = 2
options.chains = 2
options.max_packets_per_omega = 4.0
options.max_payload_per_omega = 100.0
options.max_windows_per_device = 40
[stages.mixed]
plugin = "mixer"
inputs = { packets = "file.packets", perturbations = "file.perturbations" }
[stages.store]
plugin = "hdf5_writer"
inputs = ["file.summary", "file.windows", "discriminator", "generators", "mixed.packets"]
options.file = "${run.output}/again.h5"
"""
STORE = ["devices.summary", "windows", "defended_windows", "devices.packets", "mixed.packets", "discriminator", "generators",
         "perturbations"]


class Predict(support.WithFolder):
    """One tiny training run for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.trained = support.pathlib.Path(support.tempfile.mkdtemp(prefix="ipet-test-"))
        cls.addClassCleanup(support.shutil.rmtree, cls.trained, ignore_errors=True)
        inputs = ", ".join(f'"{name}"' for name in STORE)
        support.ipet("run", "pipelines/quickstart.toml", "--output", cls.trained, *TINY, "--set",
                     f"stages.store.inputs=[{inputs}]", check=0)
        cls.file = cls.trained / "ipet.h5"
        with h5py.File(cls.file, "r") as file:
            cls.devices = list(file["generators"].attrs["devices"])

    def predict(self, *settings, file=None, folder="out", **keywords):
        arguments = support.last_of_each(a for s in settings for a in ("--set", s))
        return support.ipet("run", "pipelines/predict.toml", "--set", f"generators={file or self.file}", "--output",
                            self.folder / folder, *arguments, **keywords)

    def samples(self, device, folder="out"):
        with h5py.File(self.folder / folder / "perturbations.h5", "r") as file:
            return file["perturbations"][device][:]

    def test_one_device_of_one_generation_equals_numpy_on_the_stored_weights(self):
        device, count = self.devices[0], 20000
        self.predict(f"device={device}", f"num_samples={count}", "chain=1", "generation=1", check=0)
        with h5py.File(self.folder / "out" / "perturbations.h5", "r") as file:
            self.assertEqual(list(file["perturbations"].attrs["devices"]), [device])
        rows = self.samples(device)
        self.assertEqual((rows.shape, rows.dtype), ((count, 40, 4), np.dtype("uint16")))
        with h5py.File(self.file, "r") as file:
            group = file["generators"]
            limits = [group.attrs["max_packets_per_omega"], group.attrs["max_payload_per_omega"]]
            size = int(group.attrs["minimum_size"])
            self.assertEqual(group.attrs["rows"], "feasible")
            weight, bias = (group[f"chain_1/generation_1/{device}/{name}"][:] for name in ("weight", "bias"))
        self.assert_feasible(rows, limits, size)

        # z of our own, ten times as many as the samples: the means agree within five standard errors of both.
        seed = 4711
        z = np.random.default_rng(seed).standard_normal((10 * count, 20)).astype(np.float32)
        packets, sizes = [], []
        for part in np.array_split(z, 50):
            share = 1 / (1 + np.exp(-(part @ weight + bias)))
            exact = (share * np.tile(limits, 80)).reshape(-1, 40, 4)
            whole = np.rint(exact)
            p, b = whole[..., 0::2], whole[..., 1::2]
            p, b = np.where(b > 0, p, 0), np.where(p > 0, b, 0)
            p = np.minimum(p, np.floor(limits[1] / size))
            packets.append(p)
            sizes.append(np.maximum(b, p * size))
        expected = np.stack([np.concatenate(packets), np.concatenate(sizes)], axis=-1).reshape(-1, 160)
        drawn = rows.reshape(count, 160).astype(float)
        error = np.sqrt(drawn.var(axis=0) / count + expected.var(axis=0) / len(expected)) + 1e-9
        away = np.abs(drawn.mean(axis=0) - expected.mean(axis=0)) / error
        self.assertGreater(drawn.std(axis=0).max(), 0.1, "the samples do not vary at all")
        self.assertLess(away.max(), 5, f"seed {seed}, column {away.argmax()}")
        # The spread too: equal means could come from fewer, wider or narrower z.
        spread = np.sqrt(expected.var(axis=0).mean())
        self.assertAlmostEqual(np.sqrt(drawn.var(axis=0).mean()) / spread, 1, delta=0.03)

    def assert_feasible(self, rows, limits, size):
        packets, sizes = rows[..., 0::2].astype(int), rows[..., 1::2].astype(int)
        self.assertLessEqual(packets.max(), limits[0])
        self.assertLessEqual(sizes.max(), limits[1])
        np.testing.assert_array_equal(packets == 0, sizes == 0)
        self.assertTrue((sizes >= packets * size).all())

    def test_the_three_formats_hold_the_same_samples(self):
        device = self.devices[-1]
        done = self.predict(f"device={device}", "num_samples=50", "generation=0", check=0)
        # Three writers store the same ones.
        self.assertRegex(done.stderr, r"predict: done in [0-9a-z. ]+: 1 device, 50 perturbations; results in ")
        rows = self.samples(device).reshape(-1, 4)
        with open(self.folder / "out" / "perturbations.csv", newline="") as file:
            lines = list(csv.reader(file))
        self.assertEqual(lines[0], ["out_packets", "out_bytes", "in_packets", "in_bytes"])
        np.testing.assert_array_equal(np.array(lines[1:], dtype=int), rows)
        [array] = (self.folder / "out" / "npy").glob("*_0.npy")
        np.testing.assert_array_equal(np.load(array)[:, [2, 3, 0, 1]], rows)  # that format has in before out

    def test_the_same_seed_repeats_the_samples_and_another_does_not(self):
        device = self.devices[0]
        for folder, settings in (("a", []), ("b", []), ("more", ["num_samples=80"]), ("other", ["seed=21"])):
            done = self.predict("num_samples=60", *settings, folder=folder, check=0)
            made = int(next((s.split("=")[1] for s in settings if "num_samples" in s), 60)) * len(self.devices)
            self.assertRegex(done.stderr, rf"done in [0-9a-z. ]+: {len(self.devices)} devices, {made} perturbations; ")
        first = self.samples(device, "a")
        np.testing.assert_array_equal(first, self.samples(device, "b"))
        np.testing.assert_array_equal(first, self.samples(device, "more")[:60])
        self.assertTrue((first != self.samples(device, "other")).any())
        with h5py.File(self.folder / "a" / "perturbations.h5", "r") as file:
            self.assertEqual(sorted(set(file["perturbations"]) - {"sample", "slot", "column"}), sorted(self.devices))

    def assert_fails(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(str(word), done.stderr)
        self.assertFalse((self.folder / "out" / "perturbations.h5").exists())

    def test_what_does_not_exist_is_named_with_what_does(self):
        self.assert_fails(self.predict("device=toaster"), "no generator for device 'toaster'", *self.devices)
        near = self.devices[0] + "x"
        self.assert_fails(self.predict(f"device={near}"), f"no generator for device '{near}': did you mean '{self.devices[0]}'?  "
                          "there are generators for: ")
        self.assert_fails(self.predict("chain=2"), "no chain 2; 0 to 1 exist")
        self.assert_fails(self.predict("chain=0", "generation=9"), "no generation 9 in chain 0; 0 to 1 exist")

    def test_a_file_without_generators_is_named_with_what_it_has(self):
        file = self.folder / "perturbations-only.h5"
        self.predict("num_samples=3", folder="first", check=0)
        (self.folder / "first" / "perturbations.h5").rename(file)
        self.assert_fails(self.predict(file=file), f"{file}: /generators: missing; the file has: perturbations")

    def test_a_file_that_is_none(self):
        notes = self.write("notes.h5", "these are my notes")
        self.assert_fails(self.predict(file=notes), f"{notes}: not an HDF5 file")
        self.assert_fails(self.predict(file=self.folder / "nothing.h5"), "No such file")

    def test_training_and_mixing_from_the_file_go_as_from_the_captures(self):
        # Windows and packets come back in the same order with the same labels, so model and generators are the same;
        # user packets stay untouched, with cover from the stored samples.
        pipeline = self.write("again.toml", TRAIN)
        support.ipet("run", pipeline, "--set", f"file={self.file}", "--output", self.folder / "again", check=0)
        with h5py.File(self.file, "r") as a, h5py.File(self.folder / "again" / "again.h5", "r") as b:
            for name in ("models/discriminator", "generators"):
                compared = []
                a[name].visititems(lambda path, item: compared.append(path) if isinstance(item, h5py.Dataset) else None)
                self.assertGreater(len(compared), 5)
                for path in compared:
                    self.assertEqual(repr(a[name][path][()].tolist()), repr(b[name][path][()].tolist()), path)
            dummies = 0
            for capture in a["packets"]:
                for device in a["packets"][capture]:
                    mixed = support.table(b["mixed"][capture][device])
                    packets = support.table(a["packets"][capture][device])
                    self.assertEqual(mixed[~mixed["dummy"]].tobytes(), packets.tobytes())
                    dummies += int(mixed["dummy"].sum())
            self.assertGreater(dummies, 1000)

    def test_a_copy_through_reader_and_writer_equals_its_original(self):
        pipeline = self.write("copy.toml", COPY)
        run = support.ipet("run", pipeline, "--set", f"file={self.file}", "--output", self.folder / "copy", check=0)
        copy = self.folder / "copy" / "copy.h5"
        with h5py.File(self.file) as file:
            rows = [len(file[name + "/start"]) for name in ("windows", "defended_windows")]
            rows += [sum(len(d["size"]) for c in file[name].values() for d in c.values()) for name in ("packets", "mixed")]
            devices = int(sum(file["devices/packets"][:] > 0))
        self.assertIn(" s: {} devices, {} windows, {} defended windows, {} packets, {} defended packets, {} perturbations; "
                      "results in ".format(devices, *rows, 10 * len(self.devices)), run.stderr)
        done = subprocess.run([sys.executable, COMPARE, self.file, copy], text=True, capture_output=True)
        different = [line for line in done.stdout.splitlines()
                     if not line.startswith(("/: attribute 'name'", "/: attribute 'pipeline'", "/provenance/"))
                     and not line.endswith(" differences")]
        self.assertEqual(different, [], done.stdout + done.stderr)


if __name__ == "__main__":
    support.main()
