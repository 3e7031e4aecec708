"""What components need becomes inputs of their stages: a stranger's defence of one source, toys/curfew.cpp, with a need
of its own type, in the mixer and in a comparison; and pipelines wired for one defence, run with another."""

import csv
import os
import pathlib
import shutil
import tempfile
import unittest

import h5py
import numpy as np

import support

TOYS = pathlib.Path(support.PROGRAM).parent / "toys" / "system"

HOME = support.home_pipeline("home", 4, 600) + """
[stages.store]
plugin = "hdf5_writer"
inputs = "devices.summary"
options.file = "${run.output}/home.h5"
"""

TRAFFIC = """schema = 1
name = "curfew"

[stages.capture]
plugin = "pcap_reader"
options.files = "HOME/captures/*.pcap"

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "HOME/captures/devices.toml"

[stages.rota]
plugin = "rota"
options = { every = 30, size = 777 }
"""

MIX = TRAFFIC + """
[stages.mixed]
plugin = "mixer"
inputs = { packets = "devices.packets", rota = "rota" }
options.defence = "curfew"

[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "mixed.packets"]
options.file = "${run.output}/mixed.h5"
"""

COMPARISON = TRAFFIC + """
[stages.comparison]
plugin = "comparison"
inputs = { traces = "devices.packets", rota = "rota" }
options.split = "day"
options.repeats = 1
options.levels = ["T0"]
options.attackers = [{ name = "aggregate_attacker", model = { name = "gradient_boosting", rounds = 2 }, minutes = 1 }]
options.defences = ["netflow", "curfew"]

[stages.scores]
plugin = "csv_writer"
inputs = "comparison.report"
options.file = "${run.output}/scores.csv"
"""


class Needs(unittest.TestCase):
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

    def ipet(self, verb, text, *arguments, check):
        file = self.folder / "pipeline.toml"
        file.write_text(text.replace("HOME", str(self.home)))
        output = ("--output", self.folder / "out") if verb == "run" else ()
        return support.ipet(verb, file, *output, *arguments, check=check,
                            env=dict(os.environ, IPET_PLUGIN_PATH=str(TOYS)))

    def test_a_strangers_defence_runs_in_the_mixer(self):
        self.ipet("run", MIX, check=0)
        lines = 0
        with h5py.File(self.folder / "out" / "mixed.h5") as file:
            for group in file["mixed"].values():
                for packets in group.values():
                    rows = support.table(packets)
                    dummies = rows[rows["dummy"].astype(bool)]
                    lines += len(dummies) > 0
                    self.assertEqual(set(dummies["size"].tolist()) - {777}, set())
                    self.assertEqual(set(np.diff(dummies["time_ns"].astype(np.int64)).tolist()) - {30_000_000_000}, set())
        self.assertGreater(lines, 20)

    def test_it_can_be_compared(self):
        self.ipet("run", COMPARISON, check=0)
        with open(self.folder / "out" / "scores.csv", newline="") as scores:
            cost = {row["defence"]: float(row["payload_bytes_per_second"]) for row in csv.DictReader(scores)}
        self.assertEqual(set(cost), {"none", "netflow", "curfew"})
        self.assertAlmostEqual(cost["curfew"], 777 / 30, delta=777 / 30 * 0.06)  # one more where a line begins

    def test_what_it_needs_and_is_not_connected_is_named(self):
        for text in (MIX, COMPARISON):
            done = self.ipet("validate", text.replace(', rota = "rota"', ""), check=2)
            self.assertRegex(done.stderr, r"error\[unconnected-need\].*: stage '(mixed|comparison)': the defence 'curfew' needs "
                                          r"the input 'rota' \(rota/1\), which is not connected")
            self.assertIn('connect what the stage rota makes: inputs.rota = "rota.rota"', done.stderr)


class OtherDefence(unittest.TestCase):
    """pipelines/mix.toml is wired for trained generators."""

    MIX = ["pipelines/mix.toml", "--set", "captures=tests/system", "--set", "devices=tests/system/support.py"]

    def test_that_needs_no_generators_runs_without_them(self):
        done = support.ipet("plan", *self.MIX, "--set", "stages.mixed.options.defence=netflow", check=0)
        self.assertNotIn("predictor", done.stdout)
        self.assertNotIn("hdf5_reader", done.stdout)
        self.assertIn("mixer", done.stdout)
        self.assertIn("stage 'mixed': nothing takes the input 'perturbations'", done.stderr)
        self.assertIn("the defence 'netflow' does not need it; not run, since nothing else takes what they make: "
                      "'stored' and 'perturbations'", done.stderr)

    def test_that_needs_them_asks_for_them(self):
        done = support.ipet("plan", *self.MIX, check=2)
        self.assertIn("parameter 'generators' has no value", done.stderr)

    def test_by_its_former_name_is_understood_with_a_warning(self):
        done = support.ipet("plan", *self.MIX, "--set", "generators=tests/system/support.py", "--set",
                            "stages.mixed.options.defence=ipet", check=0)
        self.assertIn("stage 'mixed': the defence 'ipet' is called 'perturbation' now", done.stderr)

    def test_that_leaves_a_stage_idle_says_so_when_that_stage_is_asked_for(self):
        done = support.ipet("run", *self.MIX, "--set", "stages.mixed.options.defence=netflow", "--until", "perturbations", check=2)
        self.assertIn("--until perturbations: error[idle-stage]: stage 'perturbations' does not run: nothing takes what it makes",
                      done.stderr)

    def test_of_another_input_asks_for_that_one(self):
        done = support.ipet("plan", *self.MIX, "--set", "stages.mixed.options.defence=chorus", check=2)
        self.assertIn("the defence 'chorus' needs the input 'pool'", done.stderr)
        self.assertIn("""connect recordings of this home's past: inputs.pool = "devices.packets\"""", done.stderr)
        self.assertNotIn("generators", done.stderr)


if __name__ == "__main__":
    support.main()
