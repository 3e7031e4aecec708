"""An installed ipet, moved elsewhere: it finds what ships with it, and a plugin that `ipet new` wrote builds with it, runs in
a pipeline that ships by one changed line, and is found in the user's folder."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import h5py

import support

BUILD = pathlib.Path(support.PROGRAM).parents[1]
SHORT = ["--set", "epochs=3", "--set", "max_windows=60", "--set", "training_stages=1", "--set", "num_samples=1",
         "--set", "stages.home.options.duration_seconds=200", "--set", "stages.home.options.captures=3"]


class InstalledCopy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.home, cls.work = cls.folder / "home", cls.folder / "work"
        cls.home.mkdir()
        cls.work.mkdir()
        cls.environment = {**os.environ, "HOME": str(cls.home), "PATH": f"{cls.folder}/moved/bin:{os.environ['PATH']}"}
        cls.call("cmake", "--install", BUILD, "--prefix", cls.folder / "first")
        (cls.folder / "first").rename(cls.folder / "moved")
        cls.top = cls.folder / "moved"

    @classmethod
    def call(cls, *words, check=0):
        done = subprocess.run(list(map(str, words)), cwd=cls.work, env=cls.environment, text=True, capture_output=True)
        if done.returncode != check:
            raise AssertionError(f"exit code {done.returncode}, not {check}: {words}\n{done.stdout}\n{done.stderr}")
        return done

    def test_a_model_of_ones_own_is_made_built_and_found(self):
        self.call("ipet", "new", "model", "tiny")
        self.call("cmake", "-G", "Ninja", "-S", "tiny", "-B", "tiny/build")
        self.call("cmake", "--build", "tiny/build", "--target", "tiny")
        self.call("ctest", "--test-dir", "tiny/build", "-R", "tiny_is_taken", "--no-tests=error")
        self.assertIn("Total Tests: 2\n", self.call("ctest", "--test-dir", "tiny/build", "-N").stdout, "and its own")
        self.assertIn("One hidden layer", self.call("ipet", "inspect", "tiny", "--plugins", "tiny/build").stdout)
        self.call("ipet", "validate", "pipelines/quickstart.toml", "--set", "model=tiny", check=2)
        self.call("cmake", "--install", "tiny/build")
        self.assertTrue((self.home / ".local/lib/ipet/tiny.so").is_file())
        # The one changed line; the width comes with it.
        self.call("ipet", "run", "pipelines/quickstart.toml", *SHORT, "--set",
                  'stages.discriminator.options.model={ name = "tiny", width = 16 }')
        with h5py.File(self.work / "runs" / "quickstart" / "ipet.h5", "r") as file:
            model = file["models/discriminator"]
            self.assertEqual(model.attrs["model"], "tiny")
            self.assertEqual(model["parameters/hidden"].shape, (161, 16))

    def test_what_a_header_includes_is_installed_with_it(self):
        top = self.top / "include" / "ipet"
        headers = list(top.rglob("*.hpp"))
        self.assertGreater(len(headers), 150)
        self.assertIn(top / "pipeline" / "sdk" / "plugin.hpp", headers)
        for header in headers:
            for included in re.findall(r'^#include "([^"]+)"', header.read_text(), flags=re.MULTILINE):
                self.assertTrue((top / included).is_file(), f"{header} includes {included}")

    def test_it_has_all_plugins_and_what_they_need_beside_them(self):
        folder = self.top / "lib" / "ipet" / "plugins"
        self.assertEqual({file.name for file in folder.glob("*.so")}, {file.name for file in (BUILD / "bin" / "plugins").glob("*.so")})
        said = self.call("ipet", "doctor").stdout
        self.assertIn(f"{folder}  installed", said)
        self.assertIn(f"  {self.top}/share/ipet\n", said)
        self.assertNotIn("Refused", said)

    def test_nothing_is_looked_for_in_the_working_folder(self):
        shutil.copy(BUILD / "bin" / "toys" / "good" / "toys.so", self.work / "doubler.so")
        said = self.call("ipet", "inspect", "doubler", check=2).stderr
        self.assertIn("there is no 'doubler'", said)
        self.assertNotIn(str(self.work), said)


if __name__ == "__main__":
    support.main()
