"""`ipet validate` sees whether the inputs that a pipeline names are there, and with --environment what else is wanting."""

import os
import pathlib
import pwd
import socket
import subprocess
import unittest

import support

TOYS = pathlib.Path(support.PROGRAM).parent / "toys" / "good"


class WithInputs(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.devices = self.write("devices.toml", support.DEVICES_TOML)
        self.captures = self.write("captures/home.pcap", support.small_capture())

    def validate(self, *more, captures=None, devices=None, check=2, **keywords):
        done = support.ipet("validate", "pipelines/ingest.toml", "--set", f"captures={captures or self.captures}", "--set",
                            f"devices={devices or self.devices}", "--output", self.folder / "out", *more, check=check, **keywords)
        self.assertFalse((self.folder / "out").exists())
        return done.stdout if check == 0 else done.stderr


class Inputs(WithInputs):
    def place(self, needle):
        """file:line:column of the text in ingest.toml, counted here."""
        lines = (support.SOURCE / "pipelines" / "ingest.toml").read_text().splitlines()
        line = next(i for i, text in enumerate(lines) if needle in text)
        return f"pipelines/ingest.toml:{line + 1}:{lines[line].index(needle) + 1}"

    def test_what_is_there_is_good(self):
        for captures in (self.captures, self.captures.parent, f"{self.captures.parent}/*.pcap", f"{self.folder}/**/*.pcap", "-"):
            self.assertEqual(self.validate(captures=captures, check=0), "pipelines/ingest.toml: good, 4 stages in 1 pass\n")

    def test_a_capture_that_is_not_there(self):
        error = self.validate(captures=f"{self.folder}/captures/hmoe.pcap")
        self.assertTrue(error.startswith(
            f"{self.place(chr(34) + '${params.captures}')}: error[input]: stage 'capture': option 'files': "
            f"'{self.folder}/captures/hmoe.pcap' does not exist\n"), error)
        self.assertTrue(error.endswith(" did you mean 'home.pcap'?\n"), error)

    def test_a_folder_on_the_way_that_is_not_there(self):
        error = self.validate(captures=f"{self.folder}/nowhere/days/home.pcap")
        self.assertIn(f"'{self.folder}/nowhere/days/home.pcap' does not exist: there is no {self.folder}/nowhere\n", error)
        self.assertIn(f"'{self.folder}/nowhere/*.pcap' matches nothing: there is no folder {self.folder}/nowhere\n",
                      self.validate(captures=f"{self.folder}/nowhere/*.pcap"))

    def test_a_pattern_that_matches_nothing(self):
        self.assertIn(f"option 'files': '{self.folder}/captures/*.cap' matches nothing\n",
                      self.validate(captures=f"{self.folder}/captures/*.cap"))

    def test_a_relative_path_is_shown_as_resolved(self):
        error = self.validate(captures="no-such-folder/x")
        self.assertIn(f"'{support.SOURCE}/no-such-folder/x' does not exist: there is no {support.SOURCE}/no-such-folder\n", error)
        self.assertTrue(error.endswith(f" relative paths begin at {support.SOURCE}\n"), error)

    def test_a_folder_where_one_file_is_wanted(self):
        error = self.validate(devices=self.folder)
        self.assertTrue(error.startswith(f"{self.place(chr(34) + '${params.devices}')}: error[input]: stage 'devices': option "
                                         f"'devices': '{self.folder}' is a folder, not a file\n"), error)

    def test_a_link_to_nothing_and_a_socket(self):
        (self.folder / "link").symlink_to("gone")
        self.assertIn(f"'{self.folder}/link' is a link to gone, which is not there\n", self.validate(captures=self.folder / "link"))
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(str(self.folder / "socket"))
            self.assertIn(f"'{self.folder}/socket' is a socket or a disk, not a file\n",
                          self.validate(captures=self.folder / "socket"))

    def test_nothing_is_no_input(self):
        for verb in ("validate", "run"):
            done = support.ipet(verb, "pipelines/ingest.toml", "--set", "captures=", "--output", self.folder / "out", check=2)
            self.assertEqual(done.stderr, "--set captures=: error[param-value]: parameter 'captures' is an empty path\n"
                                          "      | give it a file or a folder\n")
            done = support.ipet(verb, "pipelines/ingest.toml", "--set", f"captures={self.captures}", "--set",
                                f'stages.capture.options.files=["{self.captures}", ""]', "--output", self.folder / "out", check=2)
            self.assertIn("error[option-value]: stage 'capture': option 'files' is an empty path, and names what is to be read\n",
                          done.stderr)
            done = support.ipet(verb, "pipelines/predict.toml", "--set", f"generators={self.captures}", "--set",
                                "stages.trained.options.file=", "--output", self.folder / "out", check=2)
            self.assertIn("--set stages.trained.options.file=: error[option-value]: stage 'trained': option 'file' is an empty path, and "
                          "names what is to be read\n", done.stderr)
            self.assertFalse((self.folder / "out").exists())
        # "" is the default of devices: they are discovered.
        done = support.ipet("validate", "pipelines/ingest.toml", "--set", f"captures={self.captures}", "--set", "devices=", check=0)
        self.assertEqual(done.stdout, "pipelines/ingest.toml: good, 4 stages in 1 pass\n")

    def test_a_device_is_no_file(self):
        self.assertIn("option 'devices': '/dev/null' is a device, not a file\n", self.validate(devices="/dev/null"))
        self.assertIn("option 'files': '/dev/null' is a device, not a file\n", self.validate(captures="/dev/null"))

    def test_another_users_home(self):
        why = ("'~no.such.user' stands for the home folder of the user 'no.such.user', whom this machine does not know; a name that "
               "begins with ~ is written ./~NAME\n")
        self.assertIn(f"--set captures=~no.such.user/x: error[param-value]: parameter 'captures': {why}",
                      self.validate(captures="~no.such.user/x"))
        error = self.validate("--set", "stages.capture.options.files=~no.such.user/x")
        self.assertIn(f"error[option-value]: stage 'capture': option 'files': {why}", error)
        error = self.validate(captures="~root/no.such.folder")
        self.assertIn(f"'{pwd.getpwnam('root').pw_dir}/no.such.folder' does not exist\n", error)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become another user")
    def test_a_file_that_may_not_be_read(self):
        self.captures.chmod(0o600)
        self.folder.chmod(0o755)
        if subprocess.run(["test", "-x", support.PROGRAM], user=65534).returncode != 0:
            self.skipTest("another user cannot reach the program here")
        self.assertIn(f"'{self.captures}' cannot be read: Permission denied\n", self.validate(user=65534, group=65534))

    def test_every_missing_input_is_told_at_once(self):
        error = self.validate(captures=f"{self.folder}/a", devices=f"{self.folder}/b")
        self.assertEqual(error.count("error[input]"), 2, error)
        self.assertEqual(self.validate("--environment", captures=f"{self.folder}/a", devices=f"{self.folder}/b"), error)

    def test_a_run_that_lacks_an_input_says_where_it_was_named(self):
        done = support.ipet("run", "pipelines/ingest.toml", "--set", f"captures={self.captures}", "--set",
                            f"devices={self.folder}/device.toml", "--output", self.folder / "out", check=1)
        self.assertRegex(done.stderr, r"\nerror: stage 'devices' \(plugin device_splitter\): ")
        self.assertTrue(done.stderr.endswith(" did you mean 'devices.toml'?\n"), done.stderr)
        self.assertIn(f"\n{self.place(chr(34) + '${params.devices}')}: note[input]: stage 'devices': option 'devices': "
                      f"'{self.folder}/device.toml' does not exist\n", done.stderr)

    def test_every_point_of_a_sweep_is_looked_at(self):
        error = self.validate("--set", "sweep.omega=[0.1]", "--set",
                              f'sweep.stages.capture.options.files=["{self.captures}", "{self.folder}/second.pcap"]')
        self.assertEqual(error.count("error["), 1, error)
        self.assertIn(f"error[input]: stage 'capture': option 'files': '{self.folder}/second.pcap' does not exist\n", error)

    def test_a_sweep_over_captures_names_the_run_that_lacks_them(self):
        words = ("pipelines/ingest.toml", "--set", f"devices={self.devices}", "--set",
                 f"sweep.captures=[{self.captures}, {self.folder}/second.pcap]")
        error = support.ipet("validate", *words, check=2).stderr
        self.assertEqual(error.count("error["), 1, error)
        self.assertTrue(error.startswith(f"{self.place(chr(34) + '${params.captures}')}: error[input]: stage 'capture': option 'files': "
                                         f"'{self.folder}/second.pcap' does not exist\n"), error)
        self.assertTrue(error.endswith(f"in run 'captures={str(self.folder).replace('/', '-')}-second.pcap' of the sweep (--set {words[-1]})"
                                       "\n"), error)
        (self.folder / "second.pcap").write_bytes(support.small_capture())
        self.assertEqual(support.ipet("validate", *words, check=0).stderr, "")

    def test_what_a_stage_of_the_run_makes_need_not_be_there(self):
        support.ipet("validate", "pipelines/quickstart.toml", "--output", self.folder / "out", check=0)
        done = support.ipet("validate", "pipelines/quickstart.toml", "--output", self.folder / "out", "--set",
                            f"stages.devices.options.devices={self.folder}/devices.toml.gone", check=2)
        self.assertIn("devices.toml.gone' does not exist\n", done.stderr)

    def test_a_default_is_told_at_its_stage(self):
        done = support.ipet("validate", "pipelines/predict.toml", "--set", "generators=gone.h5", check=2)
        self.assertRegex(done.stderr, r"^pipelines/predict\.toml:\d+:\d+: error\[input\]: stage '\w+': option 'file': '.*/gone\.h5' "
                                      "does not exist\n")


class Environment(WithInputs):
    def validate(self, *more, **keywords):
        return super().validate("--environment", *more, **keywords)

    def test_what_is_there_is_good(self):
        self.assertEqual(self.validate(check=0), "pipelines/ingest.toml: good, 4 stages in 1 pass\n")

    def test_a_file_that_is_no_capture(self):
        notes = self.write("notes.pcap", "my notes\n" * 20)
        self.assertRegex(self.validate(captures=notes), r"error\[captures\]: stage 'capture': .*notes\.pcap")

    def test_an_output_folder_that_cannot_be_made(self):
        blocked = self.write("out-file", "a file")
        done = support.ipet("validate", "pipelines/ingest.toml", "--set", f"captures={self.captures}", "--environment", "--output",
                            blocked / "below", check=2)
        self.assertEqual(done.stderr.count("error["), 1, done.stderr)
        self.assertIn(f"{blocked} is not a folder", done.stderr)

    def test_the_runs_folder_is_looked_at_where_no_stage_does(self):
        pipeline = self.write("p.toml", 'schema = 1\n[stages.n]\nplugin = "counter"\n[stages.keep]\nplugin = "store"\ninputs = ["n"]\n'
                                        f'[run]\noutput = "{self.devices}/out"\n')
        done = support.ipet("validate", pipeline, "--environment", "--plugins", TOYS, check=2)
        self.assertEqual(done.stderr, f"{pipeline}:8:10: error[output]: run.output '{self.devices}/out': {self.devices} is not a folder\n"
                                      f"    8 | output = \"{self.devices}/out\"\n      |          "
                                      f"{'^' * (len(str(self.devices)) + 6)} choose another folder with --output DIR\n")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small disk")
    def test_a_small_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "ipet-test", disk], capture_output=True).returncode != 0:
            self.skipTest("mounting a tmpfs is not allowed here")
        self.addCleanup(subprocess.run, ["umount", disk])
        done = support.ipet("validate", "pipelines/ingest.toml", "--set", f"captures={self.captures}", "--environment", "--output",
                            disk / "out", check=2)
        self.assertRegex(done.stderr, r"error\[output\]: .*only [01].* free in " + str(disk))

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small disk")
    def test_less_space_than_the_inputs_have_is_a_warning(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "ipet-test", disk], capture_output=True).returncode != 0:
            self.skipTest("mounting a tmpfs is not allowed here")
        self.addCleanup(subprocess.run, ["umount", disk])
        with open(self.folder / "captures" / "beside.txt", "wb") as file:
            file.truncate(200 << 20)  # no capture, but in the folder
        done = support.ipet("validate", "pipelines/ingest.toml", "--set", f"captures={self.captures.parent}", "--environment",
                            "--output", disk / "out", check=0)
        self.assertRegex(done.stderr, rf"--output {disk}/out: warning\[space\]: the inputs have 200\.0 MiB, and \d+\.\d MiB are free in "
                                      rf"{disk}\n")

    def test_a_plugin_that_cannot_be_loaded_is_a_warning(self):
        broken = self.write("plugins/broken.so", "no library")
        done = support.ipet("validate", "pipelines/ingest.toml", "--set", f"captures={self.captures}", "--environment", "--plugins",
                            broken.parent, check=0)
        self.assertIn(f"{broken}: warning[plugin-damaged]: this plugin cannot be used: ", done.stderr)

    def test_gnuplot_that_plots_need(self):
        done = support.ipet("validate", "pipelines/budget-curve.toml", "--set", f"captures={self.captures}", "--set",
                            f"devices={self.devices}", "--environment", check=2, env={**os.environ, "PATH": str(self.folder)})
        self.assertRegex(done.stderr, r"error\[program\]: stage 'plots': .*gnuplot")


if __name__ == "__main__":
    support.main()
