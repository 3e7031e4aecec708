"""Ctrl-C and a closed output in a run of ipet.toml: a sample of what interruption.py does in every part of the long
pipelines."""

import pathlib
import signal
import subprocess
import tempfile

import interruption
import support


class Interruption(support.WithFolder):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="ipet-test-")
        folder = pathlib.Path(cls.scratch.name)
        cls.campaign = interruption.Campaign("ipet", interruption.make_home(folder, captures=3, seconds=300), folder)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def part(self, name):
        return next(part for part in self.campaign.parts if part.name == name)

    def test_ctrl_c_in_each_kind_of_part_and_the_same_command_again(self):
        for name, action in (("ingest", "int"), ("discriminator", "hup"), ("generators", "int-int")):
            with self.subTest(part=name, action=action):
                # Two seconds are promised.
                self.assertLess(self.campaign.case(self.part(name), action), 5)

    def test_ctrl_c_between_stages_of_a_training_says_where_it_goes_on(self):
        out = self.folder / "out"
        run = interruption.Run([*self.campaign.arguments, "--output", out])
        run.read_output()
        self.assertIsNotNone(run.wait_for(self.part("generators").line))
        # checkpoints/STAGE/KEY/
        while not list((out / "checkpoints" / "generators").glob("*/chain_0_stage_1.h5")):
            self.assertIsNone(run.process.poll())
        run.send(signal.SIGINT)
        code, error = run.end()
        self.assertEqual(code, 130, error)
        self.assertRegex(error, r"to go on, run the same command again: generators: the training goes on from stage "
                         r"[23] of 3\n")
        again = support.ipet("run", *self.campaign.arguments, "--output", out, check=0)
        self.assertRegex(again.stderr, r"generators: stage [23] of 3: going on after [12] complete stages? of chain 0")
        self.assertEqual(interruption.differences(self.campaign.undisturbed, out), [])

    def test_results_are_the_same_whatever_is_closed_or_breaks(self):
        out = self.folder / "out"
        command = " ".join([support.PROGRAM, "run", *(f"'{argument}'" for argument in self.campaign.arguments), "--output",
                            str(out), "<&-", ">&-", "2>&-"])
        self.assertEqual(subprocess.run(["sh", "-c", command], cwd=support.SOURCE).returncode, 0)
        self.assertEqual(interruption.differences(self.campaign.undisturbed, out), [])
        self.campaign.case(self.part("evaluation"), "closed-output")


if __name__ == "__main__":
    support.main()
