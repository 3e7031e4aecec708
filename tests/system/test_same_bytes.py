"""Same file, seed and inputs give the same content: for any number of threads, and on every processor that has AVX2."""

import ctypes
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import h5py
import support

sys.path[:0] = [str(support.SOURCE / "tests"), str(support.SOURCE / "tests" / "integration")]
import as_processor
from compare_hdf5 import digest_of

SHORT = ["--set", "epochs=3", "--set", "max_windows=60", "--set", "training_stages=2", "--set", "chains=2",
         "--set", "num_samples=20", "--set", "stages.home.options.duration_seconds=300",
         "--set", "stages.home.options.captures=4"]
SHORTER = ["--set", "epochs=1", "--set", "training_stages=1", "--set", "chains=1", "--set",
           "stages.home.options.captures=2", "--set", "stages.home.options.duration_seconds=120", "--set", "max_windows=20",
           "--until", "store"]
COMPARE = support.SOURCE / "tests" / "integration" / "compare_hdf5.py"
# Of the quickstart with SHORT, by the libraries that have a part in it. compare_hdf5.py --digest makes them.
DIGESTS = pathlib.Path(__file__).with_name("digests.json")


def libraries():
    """LibTorch, XGBoost and the C library, with their versions: what plugins are linked to."""
    plugins = pathlib.Path(support.PROGRAM).parent / "plugins"
    linked = subprocess.run(["ldd", plugins / "lstm.so", plugins / "forest.so"], text=True, capture_output=True).stdout
    torch = re.search(r"libtorch_cpu\.so\.?([\d.]*) => ", linked)
    xgboost = ctypes.CDLL(re.search(r"libxgboost\.so\S* => (\S+)", linked)[1])
    numbers = [ctypes.c_int() for _ in range(3)]
    xgboost.XGBoostVersion(*map(ctypes.byref, numbers))
    return (f"LibTorch {torch[1]}, XGBoost {'.'.join(str(each.value) for each in numbers)}, "
            f"{' '.join(os.confstr('CS_GNU_LIBC_VERSION').split())}")


class SameBytes(support.WithFolder):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.one = cls.run_in(pathlib.Path(cls.kept.name), "one", "-j", "1")

    @staticmethod
    def run_in(folder, name, *extra, **environment):
        arguments = ["run", "pipelines/quickstart.toml", "--output", folder / "out", *SHORT, *extra]
        support.ipet(*support.last_of_each(arguments), check=0, env={**os.environ, **environment})
        file = folder / f"{name}.h5"
        (folder / "out" / "ipet.h5").rename(file)
        return file

    def run_with(self, name, *extra, **environment):
        return self.run_in(self.folder, name, *extra, **environment)

    def compare(self, one, other):
        return subprocess.run([sys.executable, COMPARE, one, other], text=True, capture_output=True)

    def test_one_thread_and_two_give_the_same_file(self):
        done = self.compare(self.one, self.run_with("two", "-j", "2"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipUnless({"avx2", "fma"} <= as_processor.flags(), "this processor has no AVX2, and other last bits")
    def test_other_machines_gave_the_same_content_with_the_same_libraries(self):
        with h5py.File(self.one, "r") as file:
            digest = digest_of(file)
        known = json.loads(DIGESTS.read_text())
        if libraries() not in known:
            self.skipTest(f"nobody has kept what these libraries give; add to {DIGESTS.name}: "
                          f'"{libraries()}": "{digest}"')
        self.assertEqual(digest, known[libraries()])

    @unittest.skipUnless({"avx2", "fma"} <= as_processor.flags(), "this processor has no AVX2")
    def test_all_instruction_sets_give_the_same_file_whether_the_environment_pins_the_libraries_or_not(self):
        sets = ["portable"] + (["avx512"] if {"avx512f", "avx512dq"} <= as_processor.flags() else [])
        environments = {name: {"IPET_SIMD": name} for name in sets} | {"pinned": as_processor.PROCESSORS["avx2"][1]}
        first = self.run_with("avx2", "--fresh", *SHORTER, IPET_SIMD="avx2")
        for name, environment in environments.items():
            done = self.compare(first, self.run_with(name, "--fresh", *SHORTER, **environment))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_another_seed_gives_another_file(self):
        self.assertEqual(self.compare(self.one, self.run_with("other", "--set", "run.seed=21")).returncode, 1)


if __name__ == "__main__":
    support.main()
