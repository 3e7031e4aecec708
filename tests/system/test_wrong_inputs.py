"""Wrong inputs: one clear message that names the place, the right exit code, nothing under the final name."""

import os
import pathlib
import subprocess
import unittest

import h5py

import support


class WrongInputs(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.devices = self.write("devices.toml", support.DEVICES_TOML)
        self.out = self.folder / "out"

    def ingest(self, captures, **keywords):
        return support.ipet("run", "pipelines/ingest.toml", "--set", f"captures={captures}", "--set",
                            f"devices={self.devices}", "--output", self.out, **keywords)

    def assert_fails(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(str(word), done.stderr)
        leftovers = [str(p) for p in self.out.rglob("*")] if self.out.is_dir() else []
        self.assertEqual(leftovers, [], "something was left behind")

    def windows(self):
        with h5py.File(self.out / "windows.h5", "r") as file:
            return len(file["windows/start"])

    def test_a_good_capture_passes(self):
        done = self.ingest(self.write("good.pcap", support.small_capture()))
        self.assertEqual(done.returncode, 0, done.stderr)
        # Packets 0.7 s apart: a 4 s window holds packets at 0, 0.7 .. 3.5, which is six.
        self.assertEqual(self.windows(), 34)

    def test_no_capture_matches(self):
        self.assert_fails(self.ingest(self.folder / "nothing" / "*.pcap"), self.folder / "nothing", "capture")

    def test_a_folder_without_captures(self):
        (self.folder / "empty").mkdir()
        self.assert_fails(self.ingest(self.folder / "empty"), self.folder / "empty")

    def test_not_a_capture(self):
        path = self.write("notes.pcap", "these are my notes, not packets\n" * 10)
        self.assert_fails(self.ingest(path), path, "not a capture")

    def test_an_empty_file(self):
        path = self.write("empty.pcap", b"")
        self.assert_fails(self.ingest(path), path, "empty")

    def test_a_capture_without_packets_is_normal(self):
        done = self.ingest(self.write("quiet.pcap", support.pcap([])))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cam", done.stderr)

    def test_a_capture_cut_in_the_middle_of_a_packet(self):
        whole = support.small_capture()
        done = self.ingest(self.write("cut.pcap", whole[:-5]))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cut.pcap", done.stderr)
        self.assertRegex(done.stderr, "truncated|cut")
        self.assertEqual(self.windows(), 34)  # only the last of 200 packets is lost, and window 34 has others

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become another user")
    def test_an_unreadable_capture(self):
        path = self.write("secret.pcap", support.small_capture())
        path.chmod(0o600)
        self.folder.chmod(0o755)
        self.out.mkdir()
        self.out.chmod(0o777)
        if subprocess.run(["test", "-x", support.PROGRAM], user=65534).returncode != 0:
            self.skipTest("another user cannot reach the program here")
        done = self.ingest(path, user=65534, group=65534)
        self.assert_fails(done, path, "Permission denied")

    def test_a_missing_devices_file(self):
        self.devices = self.folder / "nowhere.toml"
        self.assert_fails(self.ingest(self.write("good.pcap", support.small_capture())), self.devices)

    def test_a_wrong_devices_file_names_the_place(self):
        self.devices.write_text(support.DEVICES_TOML + 'colour = "red"\n')
        done = self.ingest(self.write("good.pcap", support.small_capture()))
        self.assert_fails(done, f"{self.devices}:6:1", "colour")

    def test_an_output_folder_that_cannot_be_made(self):
        self.write("out", "a file where the folder should be")
        done = self.ingest(self.write("good.pcap", support.small_capture()))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(str(self.out), done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small disk")
    def test_a_read_only_output_folder(self):
        self.mount("ro")
        done = self.ingest(self.write("good.pcap", support.small_capture()))
        self.assert_fails(done, self.out / "windows.h5", "Read-only file system")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small disk")
    def test_a_full_disk_leaves_no_half_written_result(self):
        self.mount("size=256k")
        done = self.ingest(self.write("good.pcap", support.small_capture(60_000)))
        self.assert_fails(done, self.out / "windows.h5", "No space left on device")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small disk")
    def test_an_earlier_result_survives_a_full_disk(self):
        self.mount("size=1m")
        self.assertEqual(self.ingest(self.write("good.pcap", support.small_capture())).returncode, 0)
        before = (self.out / "windows.h5").read_bytes()
        done = self.ingest(self.write("large.pcap", support.small_capture(120_000)))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual((self.out / "windows.h5").read_bytes(), before)
        self.assertEqual(sorted(p.name for p in self.out.iterdir()), [".ipet-made.json", "windows.h5"])

    def mount(self, options):
        self.out.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "ipet-test", self.out], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting a tmpfs is not allowed here: " + mounted.stderr.decode())
        self.addCleanup(subprocess.run, ["umount", self.out])


class TruncatedAnywhere(support.WithFolder):
    def test_whole_packets_survive_at_every_length(self):
        """One run over 60 captures cut at 60 lengths; the number of packets is known by hand for each."""
        devices = self.write("devices.toml", support.DEVICES_TOML)
        packets = [(1_700_000_000 + i, support.udp_frame(10)) for i in range(5)]
        whole = support.pcap(packets)
        record = 16 + len(packets[0][1])
        expected = 0
        for length in range(24, len(whole) + 1, 5):
            self.write(f"cut/{length:04d}.pcap", whole[:length])
            expected += (length - 24) // record
        out = self.folder / "out"
        done = support.ipet("run", "pipelines/ingest.toml", "--set", f"captures={self.folder / 'cut'}", "--set",
                            f"devices={devices}", "--output", out, check=0)
        self.assertRegex(done.stderr, "truncated|cut")
        with h5py.File(pathlib.Path(out) / "windows.h5", "r") as file:
            self.assertEqual(int(support.table(file["devices"])["packets"].sum()), expected)


if __name__ == "__main__":
    support.main()
