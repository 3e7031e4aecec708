"""An input that is another one when a run reads it again fails the run: the parts of a result are of the same input, or
there is no result."""

import os
import pathlib
import signal
import subprocess
import time

import support

TOYS = pathlib.Path(support.PROGRAM).parent / "toys" / "system"
# The mixer needs what comes through the gate, so that captures are read in pass 1 and again in pass 3.
PIPELINE = """schema = 1
name = "twice"
[stages.capture]
plugin = "{reader}"
options.files = "{files}"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "{folder}/devices.toml"
[stages.gate]
plugin = "gate"
inputs.traces = "devices.packets"
[stages.mixed]
plugin = "mixer"
inputs = {{ packets = "devices.packets", pool = "gate" }}
options.defence = "constant"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "mixed.packets"]
options.file = "{folder}/out/result.h5"
"""


def stored(name):
    """A pipeline that starts from a stored result."""
    return """schema = 1
name = "stored"
[stages.stored]
plugin = "hdf5_reader"
options.file = "{folder}/%s"
[stages.gate]
plugin = "gate"
inputs.traces = "stored.packets"
[stages.mixed]
plugin = "mixer"
inputs = {{ packets = "stored.packets", pool = "gate" }}
options.defence = "constant"
[stages.store]
plugin = "hdf5_writer"
inputs = ["stored.summary", "mixed.packets"]
options.file = "{folder}/out/result.h5"
""" % name


class ChangedInputs(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.capture = self.write("home/a.pcap", support.small_capture(300))
        self.write("home/b.pcap", support.small_capture(200))
        self.devices = self.write("devices.toml", support.DEVICES_TOML)
        self.result = self.folder / "out" / "result.h5"

    def run_with(self, change, text=PIPELINE, reader="pcap_reader", files=None):
        """Runs the pipeline and calls `change` between its two readings."""
        pipeline = self.write("p.toml", text.format(folder=self.folder, reader=reader,
                                                    files=files or self.folder / "home"))
        for name in ("waiting", "go"):
            (self.folder / "out" / name).unlink(missing_ok=True)
        with subprocess.Popen([support.PROGRAM, "run", pipeline, "--output", self.folder / "out", "--plugins", TOYS],
                              cwd=support.SOURCE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            limit = time.monotonic() + 60
            while not (self.folder / "out" / "waiting").exists():
                if process.poll() is not None:
                    self.fail("it ended before the second reading: " + process.communicate()[1])
                self.assertLess(time.monotonic(), limit)
                time.sleep(0.002)
            self.process = process
            try:
                change()
            finally:
                self.write("out/go", "")
            error = process.communicate(timeout=60)[1]
        return process.returncode, error

    def kill(self):
        self.process.kill()
        self.process.wait()

    def refused(self, change, path, what, **keywords):
        code, error = self.run_with(change, **keywords)
        self.assertEqual(code, 1, error)
        self.assertIn(f"{path}: {what}", error)
        self.assertIn("nothing is published", error)
        self.assertIn("run again when nothing changes the inputs any more, or on a copy of them", error)
        left = [name for name in os.listdir(self.folder / "out") if name not in ("go", "waiting")]
        self.assertEqual([name for name in left if name.startswith("result") or "tmp" in name], [])

    def test_that_stays_as_it_is_gives_a_result(self):
        code, error = self.run_with(lambda: None)
        self.assertEqual(code, 0, error)
        self.assertTrue(self.result.exists())
        self.assertNotIn("changed", error)

    def test_a_capture_that_grows(self):
        size = self.capture.stat().st_size
        more = support.pcap([(1_700_001_000, support.udp_frame(20))])[24:]  # a record without the file's header

        def grow():
            with open(self.capture, "ab") as file:
                file.write(more)
        self.refused(grow, self.capture, "changed while this run was reading it: "
                     f"it had {size} bytes at first and has {size + len(more)} bytes now")

    def test_a_capture_that_shrinks(self):
        size = self.capture.stat().st_size
        self.refused(lambda: os.truncate(self.capture, 1000), self.capture,
                     f"changed while this run was reading it: it had {size} bytes at first and has 1000 bytes now")

    def test_a_capture_with_other_bytes(self):
        content = bytearray(self.capture.read_bytes())
        content[24 + 16 + 50] ^= 1  # in the first frame's payload, which decides nothing
        self.refused(lambda: self.capture.write_bytes(content), self.capture,
                     f"changed while this run was reading it: it has {len(content)} bytes as at first, but others")

    def test_a_capture_that_vanishes(self):
        self.refused(self.capture.unlink, self.capture,
                     f"was read at first ({self.capture.stat().st_size} bytes), and in the next reading it was gone")

    def test_a_capture_that_appears(self):
        self.refused(lambda: self.write("home/c.pcap", support.small_capture(100)), self.folder / "home/c.pcap",
                     "was not there when this run read its inputs first, and is now")

    def test_a_devices_file_that_is_edited(self):
        size = self.devices.stat().st_size
        self.refused(lambda: self.devices.write_text(support.DEVICES_TOML + "\n"), self.devices,
                     f"changed while this run was reading it: it had {size} bytes at first and has {size + 1} bytes now")

    def test_a_csv_trace_that_grows(self):
        header = "frame.time_epoch,eth.src,eth.dst,ip.src,ip.dst,ip.proto,tcp.len,udp.length\n"
        rows = "".join(f"{1_700_000_000 + i},02:00:00:00:00:01,02:00:00:00:00:fe,192.168.1.10,203.0.113.5,17,,"
                       f"{28 + i % 9}\n" for i in range(100))
        trace = self.write("traces/a.csv", header + rows)
        size = trace.stat().st_size
        self.refused(lambda: trace.write_text(header + rows + rows), trace, "changed while this run was reading it: "
                     f"it had {size} bytes at first and has {size + len(rows)} bytes now",
                     reader="csv_reader", files=self.folder / "traces")

    def test_a_result_file_that_is_replaced(self):
        packets = PIPELINE.replace('"mixed.packets"', '"devices.packets"')
        self.assertEqual(self.run_with(lambda: None, text=packets)[0], 0)
        first = self.folder / "first.h5"
        self.result.rename(first)
        os.truncate(self.capture, 2000)
        self.assertEqual(self.run_with(lambda: None, text=packets)[0], 0)
        other = self.folder / "other.h5"
        self.result.rename(other)
        size = first.stat().st_size
        self.refused(lambda: other.rename(first), first,
                     f"changed while this run was reading it: it had {size} bytes at first", text=stored("first.h5"))

    # Devices that were found get their file with the results.

    FOUND = PIPELINE.replace('options.devices = "{folder}/devices.toml"\n', "")

    def names(self):
        return sorted(name for name in os.listdir(self.folder / "out")
                      if name.startswith("devices") or "tmp" in name)

    def test_a_run_that_fails_leaves_no_file_of_found_devices(self):
        def truncate():
            self.assertEqual({name[:10] for name in self.names()}, {".ipet-tmp-"})  # found, and not named yet
            os.truncate(self.capture, 1000)
        self.refused(truncate, self.capture, "changed while this run was reading it", text=self.FOUND)
        self.assertEqual(self.names(), [])
        code, error = self.run_with(lambda: None, text=self.FOUND)
        self.assertEqual(code, 0, error)
        self.assertEqual(self.names(), ["devices.toml"])
        self.assertIn("no devices file: found 1 device, see " + str(self.folder / "out" / "devices.toml"), error)

    def test_what_a_killed_run_found_is_removed_by_the_next_one(self):
        self.assertEqual(self.run_with(self.kill, text=self.FOUND)[0], -signal.SIGKILL)
        self.assertEqual({name[:10] for name in self.names()}, {".ipet-tmp-"})
        self.run_with(lambda: None, text=self.FOUND)
        self.assertEqual(self.names(), ["devices.toml"])

    def test_two_splitters_of_a_run_write_two_files(self):
        text = self.FOUND + """[stages.others]
plugin = "pcap_reader"
options.files = "{folder}/other.pcap"
[stages.other_devices]
plugin = "device_splitter"
inputs = "others"
[stages.other_store]
plugin = "csv_writer"
inputs = "other_devices.packets"
options.file = "{folder}/out/other.csv"
"""
        self.write("other.pcap", support.pcap([(1_700_000_000 + i, support.udp_frame(20).replace(
            bytes.fromhex("020000000001"), bytes.fromhex("020000000002"))) for i in range(20)]))
        self.assertEqual(self.run_with(lambda: None, text=text)[0], 0)
        self.assertEqual(self.names(), ["devices.found.toml", "devices.toml"])


if __name__ == "__main__":
    support.main()
