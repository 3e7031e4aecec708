"""A sample of tests/faults/faults.py: kills and failing calls leave the earlier result or the new one, whole."""

import pathlib
import random
import sys
import unittest

import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
import faults  # noqa: E402


class Faults(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.seed = random.SystemRandom().randrange(2**31)
        print("seed", self.seed)
        self.random = random.Random(self.seed)
        self.ingest = faults.Ingest(self.folder, packets=400).prepare()

    def test_a_few_kills(self):
        found = faults.kills(self.ingest, 5, self.random)
        self.assertEqual(sum(found.values()) - found.get("end", 0), 5)

    def test_the_first_calls_of_each_kind_fail_one_by_one(self):
        for call in faults.CALLS:
            # The ingest renames three times, and calls the others more often.
            numbers = sorted({self.random.randint(1, 3), self.random.randint(1, 6)})
            good, bad = faults.campaign(self.ingest, call, numbers, kill=False)
            self.assertGreater(good, 0, call)
            self.assertEqual(bad, 0, call)

    def test_a_failing_rename_between_two_results_takes_the_first_back(self):
        # Renames: the record, windows.csv, windows.h5.
        self.assertTrue(self.ingest.fail("rename", 3))

    def test_the_judge_sees_a_result_of_neither_run(self):
        self.ingest.reset()
        (self.ingest.out / "windows.csv").write_text("half a tab")
        with self.assertRaises(faults.Failed):
            self.ingest.judge(-9, "")


if __name__ == "__main__":
    support.main()
