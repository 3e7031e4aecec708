"""Same file, seed and inputs give the same content for any number of threads."""

import os
import subprocess
import sys
import unittest

import support

sys.path.insert(0, str(support.SOURCE / "tests"))
import as_processor

SHORT = ["--set", "epochs=3", "--set", "max_windows=60", "--set", "training_stages=2", "--set", "chains=2",
         "--set", "num_samples=20", "--set", "stages.home.options.duration_seconds=300",
         "--set", "stages.home.options.captures=4"]
SHORTER = ["--set", "epochs=1", "--set", "training_stages=1", "--set", "chains=1", "--set",
           "stages.home.options.captures=2", "--until", "store"]
COMPARE = support.SOURCE / "tests" / "integration" / "compare_hdf5.py"


class SameBytes(support.WithFolder):
    def run_with(self, name, *extra, **environment):
        arguments = ["run", "pipelines/quickstart.toml", "--output", self.folder / "out", *SHORT, *extra]
        support.ipet(*support.last_of_each(arguments), check=0, env={**os.environ, **environment})
        file = self.folder / f"{name}.h5"
        (self.folder / "out" / "ipet.h5").rename(file)
        return file

    def compare(self, one, other):
        return subprocess.run([sys.executable, COMPARE, one, other], text=True, capture_output=True)

    def test_one_thread_and_two_give_the_same_file(self):
        one, two = self.run_with("one", "-j", "1"), self.run_with("two", "-j", "2")
        done = self.compare(one, two)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipUnless({"avx512f", "avx512dq"} <= as_processor.flags(), "this processor has no AVX-512")
    def test_avx_512_and_avx2_give_the_same_file_where_libtorch_uses_the_same(self):
        wide, narrow = (self.run_with(simd, "--fresh", *SHORTER, ATEN_CPU_CAPABILITY="avx2", IPET_SIMD=simd)
                        for simd in ("avx512", "avx2"))
        done = self.compare(wide, narrow)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_another_seed_gives_another_file(self):
        one, other = self.run_with("one"), self.run_with("other", "--set", "run.seed=21")
        self.assertEqual(self.compare(one, other).returncode, 1)


if __name__ == "__main__":
    support.main()
