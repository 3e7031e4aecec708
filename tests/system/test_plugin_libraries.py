"""Which plugins load LibTorch and HDF5. LibTorch alone takes seconds, so only those may that train or run networks."""

import pathlib
import re
import shutil
import subprocess
import unittest

import support

PLUGINS = pathlib.Path(support.PROGRAM).parent / "plugins"

# What few may load, and who.
ALLOWED = {
    r"lib(torch|c10)": {"cnn", "df", "discriminator_training", "evaluation", "generation_evaluation", "generator_training",
                        "gru", "lstm", "mlp", "window_attacker"},
    r"libhdf5": {"generator_training", "hdf5_reader", "hdf5_writer"},
}


@unittest.skipUnless(shutil.which("readelf"), "readelf is not installed")
class PluginLibraries(unittest.TestCase):
    def test_only_those_load_a_heavy_library_that_need_it(self):
        needed = {}
        for plugin in PLUGINS.glob("*.so"):
            done = subprocess.run(["readelf", "-d", plugin], text=True, capture_output=True, check=True)
            needed[plugin.stem] = re.findall(r"\(NEEDED\).*\[(.*)\]", done.stdout)
        self.assertGreater(len(needed), 40)
        for library, plugins in ALLOWED.items():
            loading = {name for name, all_of in needed.items() if any(re.match(library, one) for one in all_of)}
            self.assertEqual(loading, plugins, library)


if __name__ == "__main__":
    support.main()
