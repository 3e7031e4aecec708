"""Training and evaluation on windows that do not fit into the memory they may use: features stay in the result file."""

import pathlib
import shutil
import subprocess
import tempfile
import time

import h5py
import numpy as np

import stored_windows
import support

EVALUATION = """
[stages.evaluation]
plugin = "evaluation"
inputs = { windows = "file.windows", discriminator = "discriminator" }
"""
WINDOWS = 300_000  # of 640 bytes: 183 MiB


class TrainingFromDisk(support.WithFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="ipet-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.small = stored_windows.small_home(lambda *a: support.ipet(*a, check=0), support.SOURCE, cls.shared)
        cls.large = cls.shared / "large.h5"
        shutil.copyfile(cls.small, cls.large)
        stored_windows.enlarge(cls.large, WINDOWS)
        stored_windows.enlarge(cls.small, 3000)

    def setUp(self):
        super().setUp()
        self.pipeline = self.write("train.toml", stored_windows.training(
            more=EVALUATION, stored='["discriminator", "evaluation"]'))

    def arguments(self, file, name, features="file", *more):
        return ["run", self.pipeline, "--set", f"file={file}", "--set", f"features={features}", "--output",
                self.folder / name, *more]

    def train(self, file, name, features="file", *more):
        done, peak = support.ipet_peak_memory(*self.arguments(file, name, features, *more))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / name / "model.h5", peak

    def assert_same(self, one, other):
        with h5py.File(one, "r") as a, h5py.File(other, "r") as b:
            parameters = a["models/discriminator/parameters"]
            self.assertGreater(len(parameters), 5)
            for name in parameters:
                self.assertTrue(np.array_equal(parameters[name][()], b["models/discriminator/parameters"][name][()]), name)
            self.assertTrue(np.array_equal(support.table(a["models/discriminator/history"]), support.table(b["models/discriminator/history"])))
            self.assertTrue(np.array_equal(a["evaluation/confusion"][:], b["evaluation/confusion"][:]))
            return int(a["models/discriminator"].attrs["training_windows"])

    def test_needs_neither_the_memory_of_the_windows_nor_gives_other_bits_than_in_memory(self):
        size = self.large.stat().st_size / 2**20
        self.assertGreater(size, 5 * 32, "the budget of the run is 32 MiB")
        _, baseline = self.train(self.small, "small")
        from_file, peak = self.train(self.large, "file")
        in_memory, all_of_it = self.train(self.large, "memory", "memory")
        print(f"file {size:.0f} MiB; peak: 3,000 windows {baseline:.0f} MiB, {WINDOWS:,} from file {peak:.0f} MiB, "
              f"in memory {all_of_it:.0f} MiB")
        # The budget of payload in flight, the shuffle buffer (10 MiB), two blocks, and 60 bytes a window.
        bound = baseline + 32 + 10 + 2 + WINDOWS * 60 / 2**20
        self.assertLess(peak, bound)
        self.assertGreater(all_of_it, bound, "the windows in memory would have met the bound too")
        self.assertGreater(self.assert_same(from_file, in_memory), 16384, "the set is larger than the buffer")

    def test_gives_the_same_bits_for_one_thread_and_two(self):
        one, _ = self.train(self.large, "one", "file", "-j", "1")
        two, _ = self.train(self.large, "two", "file", "-j", "2")
        self.assert_same(one, two)

    def test_sets_that_fit_the_buffer_give_the_same_bits_from_both(self):
        one, _ = self.train(self.small, "one", "file", "--set", "epochs=3")
        other, _ = self.train(self.small, "other", "memory", "--set", "epochs=3")
        self.assert_same(one, other)

    def test_says_that_the_file_changed_under_it(self):
        file = self.folder / "cut.h5"
        shutil.copyfile(self.large, file)
        log = self.folder / "log"
        with open(log, "w") as output:
            run = subprocess.Popen([support.PROGRAM, *map(str, self.arguments(file, "cut", "file", "--set",
                                                                              "epochs=1000"))],
                                   cwd=support.SOURCE, stdout=output, stderr=output)
        self.addCleanup(run.kill)
        while "split by random" not in log.read_text() and run.poll() is None:
            time.sleep(0.05)
        with open(file, "r+b") as handle:
            handle.truncate(1_000_000)
        self.assertNotEqual(run.wait(120), 0)
        text = log.read_text()
        self.assertIn(f"{file}: changed while it was being read: {self.large.stat().st_size} bytes became 1000000", text)
        self.assertEqual(text.count("error"), 1, text)


if __name__ == "__main__":
    support.main()
