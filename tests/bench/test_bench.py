"""bench.py with parts made for these tests: one that fails takes no others along."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parent / "bench.py"
GOOD = "from bench import Row\ndef rows(bench):\n    yield Row('{name} row', 'items/s', 1234.0)\n"
FAILS = {
    "half": "raise KeyError('lost')",
    "command": "bench.run(['false'])",
    "stops": "raise KeyboardInterrupt",
}


class Parts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-bench-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copy(BENCH, self.folder / "bench.py")

    def part(self, name, text=None):
        (self.folder / name).mkdir()
        text = GOOD.format(name=name) + (f"    {FAILS[name]}\n" if name in FAILS else "") if text is None else text
        (self.folder / name / "part.py").write_text(text, encoding="utf-8")

    def bench(self, *words):
        return subprocess.run([sys.executable, "-B", self.folder / "bench.py", "--build", self.folder, *words],
                              capture_output=True, text=True, cwd=self.folder)

    def test_prints_the_rows_of_all_parts(self):
        self.part("a")
        self.part("z")
        done = self.bench()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("| a row | items/s | 1.23 k |", done.stdout)
        self.assertIn("| z row | items/s | 1.23 k |", done.stdout)

    def test_keeps_what_others_measured_and_names_the_part_that_failed(self):
        for name in ("a", "command", "half", "z"):
            self.part(name)
        done = self.bench("--json", "figures.json")
        self.assertEqual(done.returncode, 1)
        written = json.loads((self.folder / "figures.json").read_text())
        for name in ("a", "command", "half", "z"):
            self.assertIn(f"{name} row", done.stdout)
        self.assertEqual([row["part"] for row in written["rows"]], ["a row", "command row", "half row", "z row"])
        self.assertEqual(written["failed"], ["command: false: exit code 1\n", "half: KeyError: 'lost'"])
        self.assertIn("bench: FAILED: half: KeyError: 'lost'", done.stderr)

    def test_says_what_cannot_be_loaded_before_anything_is_measured(self):
        self.part("a")
        self.part("missing", "import no_such_module\n")
        done = self.bench()
        self.assertEqual(done.returncode, 1)
        self.assertIn("a row", done.stdout)
        said = "bench: missing: ModuleNotFoundError: No module named 'no_such_module'; the other parts are measured"
        self.assertLess(done.stderr.index(said), done.stderr.index("bench: a, "))
        self.assertTrue(done.stderr.endswith(
            "bench: FAILED: missing: ModuleNotFoundError: No module named 'no_such_module'\n"), done.stderr)

    def test_prints_what_was_measured_before_ctrl_c(self):
        for name in ("a", "stops", "z"):
            self.part(name)
        done = self.bench()
        self.assertEqual(done.returncode, 130)
        self.assertIn("a row", done.stdout)
        self.assertIn("stops row", done.stdout)
        self.assertNotIn("z row", done.stdout)
        self.assertIn("stops: interrupted; parts after it were not measured", done.stderr)

    def test_refuses_a_file_that_cannot_be_written_before_it_measures(self):
        self.part("a")
        done = self.bench("--json", "no/such/folder.json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "bench: --json no/such/folder.json: No such file or directory; name a file that can "
                                      "be written\n")


if __name__ == "__main__":
    unittest.main()
