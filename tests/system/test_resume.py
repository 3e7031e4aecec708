"""A run that is killed in the middle of the staged training goes on after the last complete stage, and its result is
that of an undisturbed run."""

import signal
import subprocess
import sys
import time

import support

COMPARE = support.SOURCE / "tests" / "integration" / "compare_hdf5.py"
SHORT = ["--set", "epochs=2", "--set", "max_windows=60", "--set", "training_stages=5", "--set", "num_samples=10",
         "--set", "stages.home.options.duration_seconds=300", "--set", "stages.home.options.captures=4",
         # Stage 3 takes long enough to be killed in.
         "--set", "stages.generators.options.generator_min_steps=0",
         "--set", "stages.generators.options.discriminator_min_steps=0",
         "--set", "stages.generators.options.generator_epochs=[1, 1, 12, 1]"]


class Resume(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"
        self.checkpoints = self.out / "checkpoints" / "generators"

    def files(self):
        """Names of all checkpoints, whichever key they belong to."""
        return sorted(path.name for path in self.checkpoints.glob("*/chain_*"))

    def checkpoint(self, name):
        found = list(self.checkpoints.glob(f"*/{name}"))
        return found[0] if len(found) == 1 else None

    def arguments(self, *extra):
        return support.last_of_each(["run", "pipelines/quickstart.toml", "--output", self.out, *SHORT, *extra])

    def result(self, name):
        file = self.folder / f"{name}.h5"
        (self.out / "ipet.h5").rename(file)
        return file

    def assert_same(self, one, other):
        done = subprocess.run([sys.executable, COMPARE, one, other], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def kill_when_there_is(self, name, *extra):
        process = subprocess.Popen([support.PROGRAM, *self.arguments(*extra)], cwd=support.SOURCE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            limit = time.monotonic() + 300
            while not self.checkpoint(name):
                self.assertIsNone(process.poll(), "it ended before it could be killed")
                self.assertLess(time.monotonic(), limit, "no checkpoint")
                time.sleep(0.002)
            time.sleep(0.05)  # into the stage that follows
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        self.assertEqual(process.returncode, -signal.SIGKILL)

    def test_killed_in_stage_3_of_5_goes_on_from_stage_3(self):
        self.kill_when_there_is("chain_0_stage_2.h5")
        self.assertEqual(self.files(), ["chain_0_stage_1.h5", "chain_0_stage_2.h5"])
        self.assertFalse((self.out / "ipet.h5").exists())

        # As if it had been killed once more while it wrote stage 3.
        part = self.checkpoint("chain_0_stage_2.h5").read_bytes()[:5000]
        staging = self.checkpoints / ".ipet-tmp-999999"
        staging.mkdir()
        (staging / "lock").touch()
        (staging / "0").write_bytes(part)

        resumed = support.ipet(*self.arguments(), check=0)
        self.assertIn("stage 3 of 5: going on after 2 complete stages of chain 0", resumed.stderr)
        self.assertNotIn("checkpoint", resumed.stderr)  # neither damaged nor impossible
        self.assertEqual(self.files(), [f"chain_0_stage_{s}.h5" for s in range(1, 6)])
        self.assertEqual([p.name for p in self.out.rglob(".*") if p.name != ".ipet-made.json"], [])
        resumed_file = self.result("resumed")

        undisturbed = support.ipet(*self.arguments("--fresh"), check=0)
        self.assertNotIn("going on after", undisturbed.stderr)
        self.assertNotIn("reusing", undisturbed.stderr)
        self.assert_same(resumed_file, self.result("undisturbed"))

        again = support.ipet(*self.arguments(), check=0)
        self.assertIn("all 5 stages of 1 chain were trained by an earlier run: reusing them", again.stderr)
        self.assert_same(resumed_file, self.result("again"))

    def test_two_chains_killed_on_two_threads(self):
        extra = ["--set", "chains=2", "-j", "2"]
        self.kill_when_there_is("chain_1_stage_2.h5", *extra)
        resumed = support.ipet(*self.arguments(*extra), check=0)
        self.assertIn("complete stages of chain 1", resumed.stderr)
        file = self.result("resumed")
        # Another number of threads, too.
        support.ipet(*self.arguments("--set", "chains=2", "-j", "1", "--fresh"), check=0)
        self.assert_same(file, self.result("undisturbed"))

        # Turned off: neither read nor written.
        off = ["--set", "stages.generators.options.resume=false"]
        before = {f: f.stat().st_mtime_ns for f in self.checkpoints.rglob("*")}
        done = support.ipet(*self.arguments("--set", "chains=2", *off), check=0)
        self.assertNotIn("reusing", done.stderr)
        self.assertEqual({f: f.stat().st_mtime_ns for f in self.checkpoints.rglob("*")}, before)

    def test_another_seed_or_option_trains_afresh(self):
        few = ["--set", "training_stages=1"]
        support.ipet(*self.arguments(*few), check=0)
        for change in (["--set", "run.seed=21"], ["--set", "stages.generators.options.replay=false"],
                       ["--set", "epochs=1"]):
            done = support.ipet(*self.arguments(*few, *change), check=0)
            self.assertIn("options or inputs differ from those of the earlier run: training starts afresh",
                          done.stderr, change)
            self.assertNotIn("reusing", done.stderr)
        longer = support.ipet(*self.arguments("--set", "epochs=1", "--set", "training_stages=2"), check=0)
        self.assertIn("stage 2 of 2: going on after 1 complete stage of chain 0", longer.stderr)

    def test_checkpoints_of_two_seeds_lie_side_by_side_and_both_are_used_again(self):
        few = ["--set", "training_stages=2"]
        other = [*few, "--set", "run.seed=21"]
        support.ipet(*self.arguments(*few), check=0)
        first = self.result("first")
        afresh = support.ipet(*self.arguments(*other), check=0)
        second = self.result("second")
        self.assertIn(f"checkpoints of 1 other training stay in {self.checkpoints}", afresh.stderr)
        self.assertEqual(self.files(), sorted(2 * ["chain_0_stage_1.h5", "chain_0_stage_2.h5"]))
        for arguments, result, name in ((few, first, "first again"), (other, second, "second again")):
            again = support.ipet(*self.arguments(*arguments), check=0)
            self.assertIn("all 2 stages of 1 chain were trained by an earlier run: reusing them", again.stderr)
            self.assert_same(result, self.result(name))

    def test_a_damaged_checkpoint_is_reported_and_trained_again(self):
        few = ["--set", "training_stages=2"]
        support.ipet(*self.arguments(*few), check=0)
        first = self.result("first")
        file = self.checkpoint("chain_0_stage_2.h5")
        whole = file.read_bytes()
        file.write_bytes(whole[:len(whole) // 2])
        again = support.ipet(*self.arguments(*few), check=0)
        self.assertIn(f"{file}: damaged: its checksum is not that of its content; this stage is trained again",
                      again.stderr)
        self.assertIn("stage 2 of 2: going on after 1 complete stage of chain 0", again.stderr)
        self.assert_same(first, self.result("again"))
        self.assertEqual(file.read_bytes(), whole)


if __name__ == "__main__":
    support.main()
