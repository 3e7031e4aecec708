"""What lies in the folder of a run is the user's: earlier results are kept, what ipet did not make and what was edited is
never replaced, and two runs do not write into one folder."""

import shutil
import signal
import subprocess
import time

import h5py

import support


class UsersWork(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.capture = self.write("home/a.pcap", support.small_capture())
        self.devices = self.write("devices.toml", support.DEVICES_TOML)
        self.out = self.folder / "out"
        self.result = self.out / "windows.h5"

    def arguments(self, *extra, pipeline="pipelines/ingest.toml", captures=None):
        return ["run", pipeline, "--set", f"captures={captures or self.capture}", "--set", f"devices={self.devices}",
                "--output", str(self.out), *map(str, extra)]

    def ingest(self, *extra, check=0, **keywords):
        return support.ipet(*self.arguments(*extra, **keywords), check=check)

    def windows(self, file=None):
        with h5py.File(file or self.result, "r") as opened:
            return len(opened["windows/start"])

    def names(self):
        return sorted(p.name for p in self.out.iterdir() if p.name != ".ipet-made.json")

    def test_the_same_definition_twice_replaces_the_result_and_says_nothing(self):
        self.ingest()
        again = self.ingest()
        self.assertEqual(self.names(), ["windows.h5"])
        self.assertNotIn("stays as", again.stderr)

    def test_another_definition_keeps_the_earlier_result_and_says_so(self):
        self.ingest()
        earlier, bytes_before = self.windows(), self.result.read_bytes()
        done = self.ingest("--set", "total_time=2")
        self.assertIn(f"the earlier windows.h5 is of another definition or other inputs and stays as {self.result}.1",
                      done.stderr)
        self.assertEqual((self.out / "windows.h5.1").read_bytes(), bytes_before)
        self.assertGreater(self.windows(), earlier)
        self.ingest("--set", "total_time=1")
        self.assertEqual(self.names(), ["windows.h5", "windows.h5.1", "windows.h5.2"])

    def test_two_definitions_in_turn_keep_each_result_once(self):
        for time in (4, 2, 4):
            self.ingest("--set", f"total_time={time}")
        kept = {name: (self.out / name).read_bytes() for name in ("windows.h5.1", "windows.h5.2")}
        for time, number in ((2, 1), (4, 2), (2, 1)):
            done = self.ingest("--set", f"total_time={time}")
            self.assertIn("the earlier windows.h5 is of another definition or other inputs and is kept already as "
                          f"{self.result}.{number}\n", done.stderr)
            self.assertEqual(self.names(), ["windows.h5", "windows.h5.1", "windows.h5.2"])
        self.assertEqual({name: (self.out / name).read_bytes() for name in kept}, kept)
        self.assertEqual(self.windows(), self.windows(self.out / "windows.h5.2"))

    def test_what_does_not_decide_the_result_makes_no_other_definition_of_it(self):
        self.ingest()
        (self.folder / "link").symlink_to("home")
        for extra in (("--set", "run.memory_mib=512"), ("--set", "run.threads=1"), ("-j", "1"),
                      ("--set", "total_time=4"), ("--set", "total_time=4.0")):
            self.ingest(*extra)
            self.assertEqual(self.names(), ["windows.h5"], extra)
        for captures in (self.folder / "link" / "a.pcap", f"{self.folder}/./home/../home/a.pcap"):
            self.ingest(captures=captures)
            self.assertEqual(self.names(), ["windows.h5"], captures)
        pipeline = self.write("two.toml", (support.SOURCE / "pipelines" / "ingest.toml").read_text() + """
[stages.table]
plugin = "csv_writer"
inputs = "windows"
options.file = "${run.output}/windows.csv"
options.header = false
""")
        self.ingest(pipeline=pipeline)
        pipeline.write_text(pipeline.read_text().replace("header = false", "header = true"))
        self.ingest(pipeline=pipeline)
        self.assertEqual(self.names(), ["windows.csv", "windows.csv.1", "windows.h5"])

    def test_another_capture_of_the_same_name_keeps_the_earlier_result(self):
        self.ingest()
        before = self.result.read_bytes()
        self.capture.write_bytes(support.small_capture(400))
        self.ingest()
        self.assertEqual((self.out / "windows.h5.1").read_bytes(), before)

    def refused(self, done, file, *words):
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in (str(file), "is in the way and is not replaced", "move it away, or let this run write elsewhere",
                     *words):
            self.assertIn(word, done.stderr)

    def test_an_edited_result_and_a_foreign_file_are_refused_before_any_work(self):
        self.ingest()
        with h5py.File(self.result, "r+") as file:
            file["notes"] = "mine"
        for words in ("it was changed since ipet made it", "ipet has no record of having made it"):
            before = self.result.read_bytes()
            # A capture that cannot be read: nobody gets as far.
            done = self.ingest(check=1, captures=self.folder / "none")
            self.refused(done, self.result, words)
            self.assertEqual(self.result.read_bytes(), before)
            (self.out / ".ipet-made.json").unlink(missing_ok=True)

    def test_the_pipeline_file_and_a_capture_are_no_outputs(self):
        text = (support.SOURCE / "pipelines" / "ingest.toml").read_text()
        for target in (self.folder / "mine.toml", self.capture):
            pipeline = self.write("mine.toml", text.replace("${run.output}/windows.h5", str(target)))
            before = target.read_bytes()
            self.refused(self.ingest(check=1, pipeline=pipeline), target)
            self.assertEqual(target.read_bytes(), before)

    def test_a_result_that_is_read_is_no_output(self):
        self.ingest()
        before = self.result.read_bytes()
        pipeline = self.write("again.toml", f"""schema = 1
[run]
output = "{self.out}"
[stages.read]
plugin = "hdf5_reader"
options.file = "{self.folder}/home/../out/windows.h5"
[stages.store]
plugin = "hdf5_writer"
inputs = ["read.windows"]
options.file = "${{run.output}}/windows.h5"
""")
        done = support.ipet("run", pipeline, check=1)
        self.assertIn("windows.h5: stage 'read' reads this file and stage 'store' would replace it; let this run write "
                      "elsewhere", done.stderr)
        self.assertEqual(self.result.read_bytes(), before)

    def test_one_of_two_sinks_that_fails_leaves_neither(self):
        pipeline = self.write("two.toml", (support.SOURCE / "pipelines" / "ingest.toml").read_text() + """
[stages.table]
plugin = "csv_writer"
inputs = "windows"
options.file = "${run.output}/windows.csv"
""")
        self.ingest("--set", "total_time=2", pipeline=pipeline)
        sizes = sorted((self.out / name).stat().st_size for name in ("windows.csv", "windows.h5"))
        shutil.rmtree(self.out)
        self.ingest(pipeline=pipeline)
        before = {name: (self.out / name).read_bytes() for name in self.names()}
        self.assertEqual(list(before), ["windows.csv", "windows.h5"])
        # Only the smaller of the two may be written. Python ignores the signal of such a limit, and so does its child.
        limited = subprocess.run(["prlimit", f"--fsize={sum(sizes) // 2}", support.PROGRAM,
                                  *self.arguments("--set", "total_time=2", pipeline=pipeline)],
                                 cwd=support.SOURCE, text=True, capture_output=True, restore_signals=False)
        self.assertEqual(limited.returncode, 1, limited.stderr)
        self.assertIn("File too large", limited.stderr)
        self.assertEqual({name: (self.out / name).read_bytes() for name in self.names()}, before)

    def stopped_run(self):
        """A run that has begun and is held."""
        big = self.write("big.pcap", support.small_capture(300_000))
        process = subprocess.Popen([support.PROGRAM, *self.arguments(captures=big)], cwd=support.SOURCE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        limit = time.monotonic() + 60
        while not (self.out / ".ipet-run.lock").exists() and time.monotonic() < limit:
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGSTOP)
        return process

    def test_two_runs_at_once(self):
        first = self.stopped_run()
        try:
            done = self.ingest(check=1)
            self.assertIn(f"{self.out}: another run is at work in this folder (", done.stderr)
            self.assertIn("wait for its end, or choose another folder with --output", done.stderr)
            if shutil.which("unshare"):
                apart = subprocess.run(["unshare", "--fork", "--pid", "--user", "--map-root-user", support.PROGRAM,
                                        *self.arguments()], cwd=support.SOURCE, text=True, capture_output=True)
                if "unshare" not in apart.stderr:  # not permitted here
                    self.assertEqual(apart.returncode, 1)
                    self.assertIn("another run is at work in this folder", apart.stderr)
            elsewhere = [str(self.folder / "other") if a == str(self.out) else a for a in self.arguments()]
            support.ipet(*elsewhere, check=0)
        finally:
            first.send_signal(signal.SIGCONT)
            self.assertEqual(first.wait(120), 0, first.stderr.read())
            first.stderr.close()
        self.assertEqual(self.names(), ["windows.h5"])
        self.ingest()
        self.assertEqual(self.names(), ["windows.h5", "windows.h5.1"])

    def test_captures_that_ipet_made_are_no_obstacle_and_edited_devices_are(self):
        pipeline = self.write("home.toml", f"""schema = 1
[run]
output = "{self.out}"
[stages.home]
plugin = "traffic_synthesizer"
options = {{ duration_seconds = 60, captures = 2 }}
""")
        made = ["run", pipeline]
        support.ipet(*made, check=0)
        file = self.out / "captures" / "recording-1.pcap"
        before = file.stat().st_mtime_ns, file.stat().st_ino
        support.ipet(*made, check=0)
        self.assertEqual((file.stat().st_mtime_ns, file.stat().st_ino), before)
        done = support.ipet(*made, "--set", "run.seed=21", check=0)
        self.assertIn(f"the earlier captures is of other content and stays as {self.out / 'captures'}.1", done.stderr)
        devices = self.out / "captures" / "devices.toml"
        devices.write_text(devices.read_text() + "# mine\n")
        edited = devices.read_text()
        self.refused(support.ipet(*made, check=1), devices, "it was changed since ipet made it")
        self.assertEqual(devices.read_text(), edited)


if __name__ == "__main__":
    support.main()
