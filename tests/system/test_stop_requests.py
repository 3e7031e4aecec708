"""Ctrl-C where a run waits or reads: it is heard at once, what is said of it is true, and no empty folder is left."""

import fcntl
import gzip
import os
import re
import signal
import subprocess
import threading
import time

import h5py

import support
from interruption import usual_signals

PIPELINE = """schema = 1
name = "stops"
[stages.capture]
plugin = "pcap_reader"
options.files = {captures}
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "{folder}/devices.toml"
[stages.table]
plugin = "csv_writer"
inputs = "devices.packets"
options.file = "${{run.output}}/tables/deep/packets.csv"
[stages.arrays]
plugin = "npy_writer"
inputs = "devices.packets"
options.folder = "${{run.output}}/npy"
"""

# Reading stops at a place, and the walker of foreign HDF5 files when it begins, until there is a file "go".
HOLD = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void hold(void) {
  char name[4096];
  snprintf(name, sizeof name, "%s/held", getenv("HOLD"));
  int file = open(name, O_WRONLY | O_CREAT, 0600);
  dprintf(file, "%d", (int)getpid());
  close(file);
  snprintf(name, sizeof name, "%s/go", getenv("HOLD"));
  while (access(name, F_OK) != 0) usleep(2000);
}
ssize_t read(int file, void* to, size_t size) {
  static ssize_t (*next)(int, void*, size_t);
  if (!next) next = (ssize_t (*)(int, void*, size_t))dlsym(RTLD_NEXT, "read");
  char link[64], name[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length > 0) {
    name[length] = 0;
    if (strstr(name, "/held.pcap") && lseek(file, 0, SEEK_CUR) >= 6000000) hold();
  }
  return next(file, to, size);
}
int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  static int (*next)(int, unsigned long, unsigned long, unsigned long, unsigned long);
  if (!next) next = (int (*)(int, unsigned long, unsigned long, unsigned long, unsigned long))dlsym(RTLD_NEXT, "prctl");
  int answer = next(option, a, b, c, d);
  if (strstr(program_invocation_short_name, "ipet-walk")) hold();
  return answer;
}
"""


class StopRequests(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.write("devices.toml", support.DEVICES_TOML)
        self.out = self.folder / "out"

    def start(self, *captures, text=PIPELINE, held=False, extra=()):
        listed = "[" + ", ".join(f'"{path}"' for path in captures) + "]"
        pipeline = self.write("p.toml", text.format(folder=self.folder, captures=listed))
        environment = dict(os.environ)
        if held:
            library = self.folder / "hold.so"
            source = self.write("hold.c", HOLD)
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
            environment |= {"LD_PRELOAD": str(library), "HOLD": str(self.folder)}
        self.run_ = subprocess.Popen([support.PROGRAM, "run", pipeline, "--output", self.out, *extra], cwd=support.SOURCE,
                                     text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                                     preexec_fn=usual_signals)
        self.addCleanup(self.run_.stdout.close)
        self.addCleanup(self.run_.stderr.close)
        self.addCleanup(self.run_.kill)

    def wait_for_line(self, text):
        watchdog = threading.Timer(60, self.run_.kill)
        watchdog.start()
        try:
            for line in self.run_.stderr:
                if text in line:
                    return line
        finally:
            watchdog.cancel()
        self.fail(f"no line with '{text}'")

    def wait_until(self, condition):
        limit = time.monotonic() + 60
        while not condition():
            self.assertIsNone(self.run_.poll())
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.01)

    def end(self, seconds=10):
        """(exit code, standard output, standard error)"""
        out, error = self.run_.communicate(timeout=seconds)
        return self.run_.returncode, out, error

    def test_a_pipe_that_nobody_writes_to_is_named_and_ctrl_c_ends_the_wait(self):
        pipe = self.folder / "home.pcap"
        os.mkfifo(pipe)
        begin = time.monotonic()
        self.start(pipe)
        said = self.wait_for_line("nothing has come")
        self.assertGreater(time.monotonic() - begin, 1.9)
        self.assertIn(f"info capture: {pipe}: nothing has come through this pipe for 2 s; waiting for a program that writes "
                      "to it (Ctrl-C ends the wait)", said.replace("[", "").replace("]", ""))
        self.run_.send_signal(signal.SIGINT)
        code, _, error = self.end()
        self.assertEqual(code, 130, error)
        self.assertNotIn("nothing has come", error)  # once
        self.assertFalse(self.out.exists(), list(self.out.rglob("*")) if self.out.exists() else "")

    def test_a_pipe_whose_writer_comes_late_is_read_whole(self):
        pipe = self.folder / "home.pcap"
        os.mkfifo(pipe)
        self.start(pipe)
        self.wait_for_line("nothing has come")
        pipe.write_bytes(support.small_capture(50))
        code, _, error = self.end(60)
        self.assertEqual(code, 0, error)
        self.assertEqual(len((self.out / "tables/deep/packets.csv").read_text().splitlines()), 51)

    def test_what_was_read_in_part_counts_and_is_said(self):
        self.write("a.pcap", support.small_capture(40))
        self.write("held.pcap", support.small_capture(150_000))
        self.start(self.folder / "a.pcap", self.folder / "held.pcap", held=True, extra=("-j", "1"))
        self.wait_until((self.folder / "held").exists)
        self.run_.send_signal(signal.SIGINT)
        time.sleep(0.4)
        self.write("go", "")
        code, out, error = self.end(60)
        self.assertEqual(code, 130, error)
        said = re.search(r"capture: (\d) files?, (\d+) frames: .*; interrupted: 1 of 2 recordings read in part\n", error)
        self.assertIsNotNone(said, error)
        self.assertGreater(int(said[2]), 10_000)
        # One thread may have begun with either.
        self.assertRegex(out, rf"TCP and UDP packets of {said[1]} recordings?\n")
        self.assertIn("run: interrupted: reading stops, and what was read is finished. Ctrl-C once more cancels at once, a "
                      "third time ends the process", error)
        self.assertIn("stops: to go on, run the same command again: it begins anew\n", error)

    def test_the_wait_for_the_walker_of_a_foreign_file_ends_with_it(self):
        foreign = self.folder / "foreign.h5"
        with h5py.File(foreign, "w") as file:
            file.attrs["format_version"] = 4
        text = """schema = 1
name = "stops"
[stages.stored]
plugin = "hdf5_reader"
options.file = "{folder}/foreign.h5"
[stages.store]
plugin = "csv_writer"
inputs = "stored.windows"
options.file = "${{run.output}}/windows.csv"
"""
        for signals in ([signal.SIGINT], [signal.SIGTERM, signal.SIGTERM], [signal.SIGINT] * 3):
            with self.subTest(signals):
                for name in ("held", "go"):
                    (self.folder / name).unlink(missing_ok=True)
                self.start(text=text, held=True)
                self.wait_until(lambda: (self.folder / "held").exists() and (self.folder / "held").read_text())
                child = int((self.folder / "held").read_text())
                for one in signals:
                    self.run_.send_signal(one)
                    time.sleep(0.02)
                code, _, error = self.end()
                self.assertEqual(code, 130, error)
                for _ in range(200):  # a killed process stays until somebody has looked after it
                    if not os.path.exists(f"/proc/{child}") or " Z " in open(f"/proc/{child}/stat").read():
                        break
                    time.sleep(0.01)
                else:
                    self.fail("the walker lives on")
                if len(signals) < 3:
                    self.assertIn("stops: interrupted after ", error)
                    self.assertIn(f"nothing new in {self.out}\n", error)
                    self.assertFalse(self.out.exists())

    def test_while_results_get_their_names_a_second_ctrl_c_changes_nothing_and_says_so(self):
        self.write("a.pcap", support.small_capture(40))
        self.out.mkdir()
        with open(self.out / ".ipet-made.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.start(self.folder / "a.pcap")
            self.wait_for_line("writing the results")
            time.sleep(1)  # the files are complete
            self.run_.send_signal(signal.SIGINT)
            self.assertTrue(self.wait_for_line("run: interrupted: ").rstrip().endswith(
                "run: interrupted: the results are complete and get their names, which is finished first"))
            self.run_.send_signal(signal.SIGINT)
            self.assertTrue(self.wait_for_line("run: interrupted: ").rstrip().endswith(
                "the results are complete and get their names, which is finished first. Ctrl-C once more ends the process"))
        code, _, error = self.end(30)
        self.assertEqual(code, 0, error)
        self.assertIn("stops: done in ", error)
        self.assertTrue((self.out / "tables/deep/packets.csv").exists())

    def test_runs_that_fail_or_are_cancelled_leave_no_empty_folder_of_theirs(self):
        (self.out / "mine").mkdir(parents=True)
        self.write("cut.pcap.gz", gzip.compress(b"no capture"))
        self.start(self.folder / "cut.pcap.gz")
        code, _, error = self.end(60)
        self.assertEqual(code, 1, error)
        self.assertEqual([path.name for path in self.out.rglob("*")], ["mine"])
        os.mkfifo(self.folder / "home.pcap")
        self.start(self.folder / "home.pcap")
        self.wait_for_line("nothing has come")
        for name in ("npy", "tables/deep"):
            self.assertTrue((self.out / name).exists(), name)
        for _ in range(2):
            self.run_.send_signal(signal.SIGINT)
            time.sleep(0.05)
        code, _, error = self.end()
        self.assertEqual(code, 130, error)
        self.assertEqual([path.name for path in self.out.rglob("*")], ["mine"])


if __name__ == "__main__":
    support.main()
