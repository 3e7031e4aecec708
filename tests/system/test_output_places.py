"""Places where no result can go: each gets one error that names place, reason and next step, and nothing else changes."""

import ctypes
import os
import subprocess

import support

ELSEWHERE = "let this run write elsewhere (--output, or the stage's option)"
ANOTHER = "choose another folder with --output"


def obey_modes():
    """In the child: root may write everywhere, but not without these capabilities (PR_CAPBSET_DROP of CAP_DAC_OVERRIDE
    and CAP_DAC_READ_SEARCH)."""
    if os.geteuid() == 0:
        for capability in (1, 2):
            if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0) != 0:
                os._exit(99)


class OutputPlaces(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.capture = self.write("home/a.pcap", support.small_capture())
        self.devices = self.write("devices.toml", support.DEVICES_TOML)

    def refused(self, output, code, error, **keywords):
        """Everything that the run prints is this one line."""
        done = support.ipet("run", "pipelines/ingest.toml", "--set", f"captures={self.capture}", "--set",
                            f"devices={self.devices}", "--output", output, **keywords)
        lines = [line for line in done.stderr.splitlines() if " info " not in line]
        self.assertEqual((done.returncode, lines), (code, [f"error: {error}"]))
        self.assertEqual(done.stdout, "")

    def test_an_output_that_can_be_no_folder(self):
        at = self.folder
        self.write("file", "")
        os.symlink("nowhere", at / "dangling")
        os.symlink("circle", at / "circle")
        for name, reason in {"file": "file is a file, not a folder",
                             "file/below": "file is a file, not a folder",
                             "dangling": "dangling is a link that leads nowhere (to nowhere)",
                             "dangling/below": "dangling is a link that leads nowhere (to nowhere)",
                             "circle": "circle is a link that leads in a circle",
                             "x" * 300: "x" * 300 + ": File name too long"}.items():
            with self.subTest(name[:20]):
                self.refused(at / name, 2, f"{at / name}: cannot be the folder for the results: {at}/{reason}; {ANOTHER}")
        self.assertEqual(sorted(os.listdir(at)), ["circle", "dangling", "devices.toml", "file", "home"])

    def test_a_folder_among_what_is_the_systems_own(self):
        for output, place in (("/proc", "/proc"), ("/proc/x", "/proc"), ("/proc/self/ipet/below", "/proc/self"),
                              ("/sys/x", "/sys")):
            with self.subTest(output):
                self.refused(output, 2, f"{output}: cannot be the folder for the results: {place} is of the system's own, "
                             f"which keeps no files; {ANOTHER}")

    def test_a_path_that_is_longer_than_the_system_takes(self):
        output = f"{self.folder}/deep" + "/d" * 3000
        self.refused(output, 2, f"{output[:200]} ... {output[-100:]}: cannot be the folder for the results: its path has "
                     f"{len(output)} bytes, and the system takes 4095 with the names of the results; {ANOTHER}")
        self.assertFalse((self.folder / "deep").exists())

    def test_missing_folders_above_the_output_are_made(self):
        output = self.folder / "missing" / "parents" / ".." / "of" / ("long" * 60) / "out"
        support.ipet("run", "pipelines/ingest.toml", "--set", f"captures={self.capture}", "--set", f"devices={self.devices}",
                     "--output", output, check=0)
        self.assertTrue((self.folder / "missing" / "of" / ("long" * 60) / "out" / "windows.h5").exists())
        self.assertFalse((self.folder / "missing" / "parents").exists())  # made for the way only

    def test_a_folder_that_is_read_only(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        for out, what in ((locked, f"cannot write in {locked}"),
                          (locked / "new", f"cannot create folder {locked / 'new'}")):
            self.refused(out, 1, f"stage 'store' (plugin hdf5_writer): {out / 'windows.h5'}: {what}: Permission denied; "
                         f"{ELSEWHERE}", preexec_fn=obey_modes)

    def test_a_folder_below_one_that_may_not_be_searched(self):
        closed = self.folder / "closed"
        closed.mkdir(mode=0)
        for out in (closed / "new", closed / "new" / "newer"):
            self.refused(out, 1, f"stage 'store' (plugin hdf5_writer): {out / 'windows.h5'}: cannot create folder {out}: "
                         f"Permission denied; {ELSEWHERE}", preexec_fn=obey_modes)

    def test_a_folder_that_stands_where_the_result_should_go(self):
        (self.folder / "out" / "windows.h5").mkdir(parents=True)
        self.refused(self.folder / "out", 1, f"stage 'store' (plugin hdf5_writer): {self.folder}/out/windows.h5: a folder "
                     f"of this name is in the way; move it away, or {ELSEWHERE}")

    def test_something_else_under_the_name_of_a_lock(self):
        for name in (".ipet-run.lock", ".ipet-made.lock"):
            for what, make in (("link", lambda path: os.symlink(self.folder / "target", path)), ("folder", os.mkdir)):
                out = self.folder / f"{what}{name}"
                out.mkdir()
                make(out / name)
                begin = "" if name == ".ipet-run.lock" else "publishing the results: "
                self.refused(out, 1, f"{begin}{out / name}: is a {what}, and ipet keeps a lock of this name; remove it and "
                             "run again")
                self.assertEqual(os.listdir(out), [name])
        self.assertFalse((self.folder / "target").exists())

    def test_a_lock_that_another_user_left(self):
        lock = self.write("out/.ipet-run.lock", "")
        lock.chmod(0)
        self.refused(lock.parent, 1, f"{lock}: the lock of a run of another user cannot be opened (Permission denied); wait "
                     "for that run's end, or remove the file when there is none", preexec_fn=obey_modes)

    def test_the_helper_of_these_tests_takes_roots_rights(self):
        self.write("secret", "").chmod(0)
        done = subprocess.run(["cat", self.folder / "secret"], capture_output=True, preexec_fn=obey_modes)
        self.assertEqual(done.returncode, 1, done.stderr)


if __name__ == "__main__":
    support.main()
