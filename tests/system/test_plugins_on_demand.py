"""A program beside which not all of its plugins are built."""

import os
import pathlib
import shutil
import subprocess
import unittest

import support

BUILT = pathlib.Path(support.PROGRAM).parent / "plugins"
# A home whose packets get cover traffic of a defence that only an option names.
PIPELINE = """schema = 1
name = "demand"
[run]
output = "out"
[stages.home]
plugin = "traffic_synthesizer"
options = {{ home = "{home}", captures = 2, duration_seconds = 60 }}
[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"
[stages.packets]
plugin = "{splitter}"
inputs = "capture"
options.devices = "${{run.output}}/captures/devices.toml"
[stages.training]
plugin = "mixer"
inputs.packets = "packets.packets"
options.defence = {defence}
[stages.store]
plugin = "csv_writer"
inputs = "training.packets"
options.file = "${{run.output}}/packets.csv"
"""
# Takes the plugin from the real build, and notes that it was asked.
LAUNCHER = """#!/bin/sh
echo "$*" >>{folder}/asked
shift
for name; do
  [ "$name" != broken ] || exit 1
  cp {built}/"$name".so {folder}/bin/plugins/
done
"""


class PluginsOnDemand(support.WithFolder):
    def setUp(self):
        super().setUp()
        plugins = self.folder / "bin" / "plugins"
        plugins.mkdir(parents=True)
        for file in (support.PROGRAM, BUILT.parent / "libipet_process.so"):
            shutil.copy(file, self.folder / "bin")
        known = (BUILT / "known.tsv").read_text()
        (plugins / "known.tsv").write_text(known + "broken\tstage (map)\tCannot be built.\n")
        self.plugins = plugins
        self.have("traffic_synthesizer", "pcap_reader", "csv_writer")
        self.launcher = self.write("launcher", LAUNCHER.format(folder=self.folder, built=BUILT))
        self.launcher.chmod(0o755)

    def have(self, *names):
        for name in names:
            shutil.copy(BUILT / f"{name}.so", self.plugins)

    def ipet(self, *words, launcher=True, check=0):
        environment = {**os.environ, "IPET_LAUNCHER": str(self.launcher)}
        if not launcher:
            del environment["IPET_LAUNCHER"]
        done = subprocess.run([self.folder / "bin" / "ipet", *words], cwd=self.folder, text=True, capture_output=True, env=environment)
        self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done

    def pipeline(self, splitter="device_splitter", defence='"constant"'):
        home = support.SOURCE / "datasets" / "synthetic-home" / "home.toml"
        return self.write("a.toml", PIPELINE.format(home=home, splitter=splitter, defence=defence))

    def asked(self):
        try:
            return (self.folder / "asked").read_text().splitlines()
        except FileNotFoundError:
            return []

    def test_a_run_has_those_built_that_it_lacks_also_those_that_only_options_name(self):
        self.ipet("run", self.pipeline())
        self.assertEqual(self.asked(), ["build constant device_splitter mixer"], "at once")
        self.assertGreater(len((self.folder / "out" / "packets.csv").read_text().splitlines()), 100)

    def test_what_set_or_a_sweep_replaces_is_not_asked_for(self):
        file = self.write("b.toml", 'schema = 1\ninclude = ["a.toml"]\n[params]\ndefence = { type = "string", default = "front" }\n'
                                    '[stages.training]\noptions.defence = "${params.defence}"\n[sweep]\ndefence = ["none", "constant"]\n')
        self.pipeline()
        self.have("device_splitter", "mixer")
        self.ipet("run", file, "--sweep")
        self.assertEqual(self.asked(), ["build constant none"])
        self.ipet("plan", file, "--set", "defence=random")
        self.assertEqual(self.asked()[1:], ["build random"])

    def test_one_of_the_users_own_folder_is_not_built_as_well(self):
        self.have("device_splitter", "mixer")
        (self.folder / "own").mkdir()
        shutil.copy(BUILT / "constant.so", self.folder / "own")
        self.ipet("plan", self.pipeline(), "--plugins", self.folder / "own")
        self.assertEqual(self.asked(), [])

    def test_without_the_launcher_it_says_what_is_not_built_and_how_to_build_it(self):
        said = self.ipet("validate", self.pipeline(), launcher=False, check=3).stderr
        self.assertIn("a.toml:12:10: error[plugin-not-built]: plugin 'device_splitter' cannot be used: "
                      f"{self.plugins}/device_splitter.so: it is not built; to build it: ./ipet build device_splitter\n", said)
        self.have("device_splitter", "mixer")
        said = self.ipet("validate", self.pipeline(), launcher=False, check=3).stderr
        self.assertIn("error[plugin-not-built]: plugin 'constant' cannot be used: ", said)
        self.assertIn("to build it: ./ipet build constant\n", said)

    def test_one_that_cannot_be_built_is_an_error_at_its_place_and_asked_for_once(self):
        said = self.ipet("validate", self.pipeline(splitter="broken"), check=3).stderr
        self.assertIn("a.toml:12:10: error[plugin-not-built]: plugin 'broken' cannot be used: "
                      f"{self.plugins}/broken.so: building it failed; what went wrong stands above\n", said)
        self.assertEqual([call for call in self.asked() if "broken" in call], ["build broken constant mixer"])

    def test_one_that_lacks_a_library_is_named_with_it_and_not_asked_for(self):
        known = self.plugins / "known.tsv"
        known.write_text(known.read_text() + "deep\tdefence\tMany layers.\tneeds LibTorch (libtorch-dev)\n")
        self.have("device_splitter", "mixer")
        reason = (f"plugin 'deep' cannot be used: {self.plugins}/deep.so: not built: needs LibTorch (libtorch-dev); install that and "
                  "build ipet again\n")
        self.assertIn(f"a.toml:18:19: error[plugin-not-built]: {reason}", self.ipet("validate", self.pipeline(defence='"deep"'), check=3).stderr)
        self.assertIn(f"error[plugin-not-built]: {reason}", self.ipet("inspect", "deep", check=3).stderr)
        listed = self.ipet("list")
        self.assertRegex(listed.stdout, r"(?m)^deep +defence +Many layers\. \(not built: needs LibTorch \(libtorch-dev\)\)$")
        self.assertEqual(listed.stdout.count("\n") - 1 - 5, int(listed.stderr.split()[1]), "neither the five that are built nor this one")
        self.assertIn(", but for those that lack a library: see ipet list\n", self.ipet("inspect", "--all").stderr)
        self.assertEqual(self.asked(), [])

    def test_a_launcher_that_builds_nothing_is_told(self):
        self.write("launcher", "#!/bin/sh\n")
        said = self.ipet("inspect", "mixer", check=3).stderr
        self.assertIn(f"{self.plugins}/mixer.so: it was to be built, which went well, but is not there\n", said)

    def test_a_launcher_that_is_not_there_is_told(self):
        self.launcher.unlink()
        said = self.ipet("inspect", "mixer", check=3).stderr
        self.assertIn(f"it is not built, and IPET_LAUNCHER ({self.launcher}) cannot be run: No such file or directory\n", said)

    def test_one_that_is_damaged_is_built_again_as_the_message_says(self):
        (self.plugins / "mixer.so").write_bytes((BUILT / "mixer.so").read_bytes()[:5000])
        said = self.ipet("inspect", "mixer", check=3).stderr
        self.assertRegex(said, rf"error\[plugin-damaged\]: .*{self.plugins}/mixer\.so: .* truncated or damaged; to build it again: "
                               r"\./ipet build mixer\n")
        self.assertEqual(self.asked(), [])

    def test_a_misspelt_name_is_answered_with_the_nearest_of_all(self):
        said = self.ipet("validate", self.pipeline(splitter="device_spliter"), check=2).stderr
        self.assertIn("no plugin 'device_spliter'", said)
        self.assertIn("did you mean 'device_splitter'?", said)
        self.assertNotIn("build device_spliter", self.asked())
        self.have("device_splitter", "mixer")
        said = self.ipet("validate", self.pipeline(defence='"constent"'), check=2).stderr
        self.assertIn("did you mean 'constant'?", said)
        self.assertIn("did you mean 'windowing'?", self.ipet("inspect", "windwing", check=2).stderr)

    def test_the_list_has_all_in_one_order_and_says_how_many_are_not_built(self):
        everything = support.ipet("list", check=0).stdout
        done = self.ipet("list")
        lines = [line for line in done.stdout.splitlines() if not line.startswith("broken ")]
        self.assertEqual([line.split() for line in lines], [line.split() for line in everything.splitlines()])
        self.assertEqual(done.stderr, f"note: {len(lines) + 1 - 3} of these are not built yet: a pipeline that names them has them "
                                      "built, and ./ipet build builds all\n")
        self.assertEqual(self.asked(), [])

    def test_inspect_has_the_one_built_and_says_of_all_which_are_left_out(self):
        self.assertIn("stage (keyed)", self.ipet("inspect", "windowing").stdout)
        self.assertEqual(self.asked(), ["build windowing"])
        self.assertRegex(self.ipet("inspect", "--all").stderr,
                         r"^warning: \d+ plugins are not built and left out; \./ipet build( in the folder of the sources)? builds them\n$")


if __name__ == "__main__":
    unittest.main()
