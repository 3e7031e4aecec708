"""Captures that went wrong, each standing for a kind: what the program makes of them, says of them, and how it ends."""

import bz2
import csv
import gzip
import lzma
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import unittest

import support

START = 1_700_000_000
CASES = support.SOURCE / "tests" / "cases" / "captures"
COMPARE = support.SOURCE / "tests" / "integration" / "compare_hdf5.py"

PIPELINE = """
schema = 1
name = "cases"
[params]
captures = { type = "path" }
output = { type = "path", default = "runs/cases" }
recordings = { type = "string", default = "file" }
[run]
output = "${params.output}"
[stages.capture]
plugin = "pcap_reader"
options = { files = "${params.captures}", recordings = "${params.recordings}" }
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.local_networks = ["192.168.0.0/16"]
[stages.csv]
plugin = "csv_writer"
inputs = "devices.packets"
options.file = "${run.output}/packets.csv"
"""
LIST = PIPELINE.replace('files = "${params.captures}"', 'files = ["${params.captures}/home.pcap1", '
                        '"${params.captures}/home.pcap2", "${params.captures}/home.pcap0"]')
WINDOWS = PIPELINE + """
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "devices.packets", "windows"]
options.file = "${run.output}/windows.h5"
"""
MIXED = PIPELINE.replace('inputs = "devices.packets"', 'inputs = "mixed.packets"') + """
[stages.mixed]
plugin = "mixer"
inputs.packets = "devices.packets"
options.defence = "netflow"
"""
WRITTEN = MIXED + """
[stages.captures]
plugin = "pcap_writer"
inputs = { packets = "mixed.packets", summary = "devices.summary" }
options.folder = "${run.output}/captures"
"""


def every(first, count, step=0.5):
    """`count` packets of 20 + i bytes from `first` seconds after START on."""
    return [(START + first + step * i, support.udp_frame(20 + i % 200)) for i in range(count)]


def capture(*parts):
    return support.pcap([packet for part in parts for packet in part])


class Cases(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def run_cases(self, captures, *extra, pipeline=PIPELINE, **keywords):
        file = self.write("cases.toml", pipeline)
        shutil.rmtree(self.out, ignore_errors=True)
        return support.ipet("run", file, "--set", f"captures={captures}", "--output", self.out, *extra, **keywords)

    def rows(self):
        if not (self.out / "packets.csv").exists():  # without packets there is no file, and a warning says so
            return []
        with open(self.out / "packets.csv", newline="") as file:
            return list(csv.DictReader(file))

    def times(self, of=None, dummies=False):
        """Seconds after START, in the order of the file, of one capture or of all."""
        return [(int(row["time_ns"]) - START * 10**9) / 1e9 for row in self.rows()
                if of in (None, row["capture"]) and row["dummy"] == str(int(dummies))]

    def captures(self):
        return sorted({row["capture"] for row in self.rows()})

    def assert_read(self, captures, packets, *extra, **keywords):
        done = self.run_cases(captures, *extra, check=0, **keywords)
        self.assertEqual(len(self.rows()), packets, done.stderr)
        if packets == 0:
            self.assertIn(f"there is nothing to write: no {self.out}/packets.csv", done.stderr)
        return done.stderr


class LeftOut(Cases):
    def test_rotated_files_are_one_recording_in_the_order_of_their_first_packets(self):
        for names, starts in ((["home.pcap", "home.pcap1", "home.pcap2"], [0, 100, 200]),
                              (["home.pcap0", "home.pcap1", "home.pcap2"], [200, 0, 100])):
            folder = self.folder / names[0]
            for name, start in zip(names, starts):
                self.write(f"{names[0]}/{name}", capture(every(start, 20)))
            self.assert_read(folder, 60, "--set", "recordings=joined")
            self.assertEqual(self.times(), [t + 0.5 * i for t in (0, 100, 200) for i in range(20)])
            self.assertEqual(self.captures(), [names[0]])

    def test_a_list_is_joined_in_the_order_of_the_first_packets(self):
        for name, start in (("home.pcap0", 200), ("home.pcap1", 0), ("home.pcap2", 100)):
            self.write(f"ring/{name}", capture(every(start, 20)))
        self.assert_read(self.folder / "ring", 60, "--set", "recordings=joined", pipeline=LIST)
        self.assertEqual(self.times(), [t + 0.5 * i for t in (0, 100, 200) for i in range(20)])

    def test_endings_in_capitals_are_taken_and_what_is_left_out_is_named(self):
        folder = self.folder / "home"
        self.write("home/a.pcap", capture(every(0, 20)))
        self.write("home/B.PCAP", capture(every(100, 20)))
        self.write("home/C.Pcap.GZ", gzip.compress(capture(every(200, 20))))
        self.write("home/dump", capture(every(300, 20)))
        self.write("home/old.bak", gzip.compress(capture(every(300, 20))))
        self.write("home/notes.txt", "nothing")
        (folder / "gone.pcap").symlink_to("nowhere")
        said = self.assert_read(folder, 60)
        for name, reason in (("dump", "begins like a capture"), ("old.bak", "begins like a capture"),
                             ("gone.pcap", "a link to nowhere, which is not there")):
            self.assertIn(f"left out: {folder / name}: {reason}", said)
        self.assertNotIn("notes.txt", said)


class BadFiles(Cases):
    def put(self):
        self.write("home/a.pcap", capture(every(0, 40)))
        self.write("home/empty.pcap", b"")
        self.write("home/notes.pcap", "these are notes")
        zigbee = bytearray(capture(every(0, 1)))
        zigbee[20:24] = struct.pack("<I", 195)
        self.write("home/zigbee.pcap", bytes(zigbee))
        return self.folder / "home"

    REASONS = {"empty.pcap": "empty file, not a capture", "notes.pcap": "not a capture (neither pcap nor pcapng)",
               "zigbee.pcap": "link type 195 cannot be decoded"}

    def test_are_named_and_skipped_and_counted(self):
        folder = self.put()
        said = self.assert_read(folder, 40)
        for name, reason in self.REASONS.items():
            self.assertIn(f"left out: {folder / name}: {reason}", said)
        self.assertIn("3 files left out that could not be read", said)

    def test_stop_the_run_before_it_begins_when_asked_to_and_all_are_named(self):
        folder = self.put()
        (folder / "gone.pcap").symlink_to("nowhere")
        self.write("home/dump", capture(every(0, 40)))
        done = self.run_cases(folder, "--set", "stages.capture.options.on_bad_file=stop", check=1)
        self.assertIn("5 of 6 captures cannot be read:", done.stderr)
        self.assertIn(f"{folder}/gone.pcap: a link to nowhere, which is not there", done.stderr)
        self.assertIn(f"{folder}/dump: begins like a capture, but has no name of one", done.stderr)
        for name, reason in self.REASONS.items():
            self.assertIn(f"{folder / name}: {reason}", done.stderr)
        self.assertFalse((self.out / "packets.csv").exists())

    def test_alone_fail_the_run(self):
        folder = self.put()
        (folder / "a.pcap").unlink()
        done = self.run_cases(folder, check=1)
        self.assertIn("3 of 3 captures cannot be read:", done.stderr)

    def test_of_link_types_within_pcapng_alone_fail_the_run(self):
        section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
        interface = struct.pack("<IIHHII", 1, 20, 195, 0, 0, 20)
        packet = struct.pack("<IIIIIII", 6, 36, 0, 0, 1, 4, 4) + b"abcd" + struct.pack("<I", 36)
        done = self.run_cases(self.write("zigbee.pcapng", section + interface + packet * 3), check=1)
        self.assertIn("nothing in the captures could be read: all 3 frames are of link types that cannot be decoded",
                      done.stderr)

    def test_a_read_error_fails_the_run_with_the_name_of_the_file(self):
        path = self.write("broken.pcap", capture(every(0, 20_000)))
        source = self.write("broken.c", """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
ssize_t read(int file, void* to, size_t size) {
  static ssize_t (*next)(int, void*, size_t);
  if (!next) next = (ssize_t (*)(int, void*, size_t))dlsym(RTLD_NEXT, "read");
  char link[64], name[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length > 0) {
    name[length] = 0;
    if (strstr(name, "/broken.pcap") && lseek(file, 0, SEEK_CUR) >= 500000) {
      errno = EIO;
      return -1;
    }
  }
  return next(file, to, size);
}
""")
        shim = self.folder / "broken.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
        done = self.run_cases(path, env=os.environ | {"LD_PRELOAD": str(shim)}, check=1)
        self.assertRegex(done.stderr, f"{path}: cannot be read further than byte \\d+: Input/output error")
        self.assertFalse((self.out / "packets.csv").exists())


class Pipes(Cases):
    def test_a_named_pipe_is_read_once_to_its_end(self):
        pipe = self.folder / "home.pcap"
        os.mkfifo(pipe)
        content = self.write("content", capture(every(0, 5000)))
        writer = subprocess.Popen(["cp", content, pipe])
        self.addCleanup(writer.kill)
        self.assertNotIn("has changed", self.assert_read(pipe, 5000, timeout=60))
        self.assertEqual(writer.wait(10), 0)

    def test_a_dash_is_standard_input(self):
        content = capture(every(0, 40))
        self.write("plain.pcap", content)
        with open(self.folder / "plain.pcap", "rb") as file:
            said = self.assert_read("-", 40, stdin=file, timeout=60)
        self.assertNotIn("has changed", said)  # what came through is gone, and that is no change
        self.assertEqual(self.captures(), ["standard-input"])
        packed = subprocess.Popen(["cat", self.write("x.gz", gzip.compress(content))], stdout=subprocess.PIPE)
        self.assert_read("-", 40, stdin=packed.stdout, timeout=60)
        packed.stdout.close()
        packed.wait()

    def test_a_pipeline_that_reads_twice_refuses_a_pipe_before_it_opens_it(self):
        pipe = self.folder / "home.pcap"
        os.mkfifo(pipe)  # nobody writes: opening it would wait for ever
        done = self.run_cases(pipe, pipeline=WRITTEN, timeout=60, check=1)
        self.assertIn(f"{pipe}: a pipe can be read once, but this pipeline reads its captures 2 times; save what comes "
                      "through it in a file first", done.stderr)

    def test_a_file_on_standard_input_is_read_as_often_as_needed(self):
        content = self.write("plain.pcap", capture(every(0, 40)))
        with open(content, "rb") as file:
            self.run_cases("-", pipeline=WRITTEN, stdin=file, timeout=60, check=0)
        written = self.out / "captures" / "standard-input.pcap"
        cover = len(written.with_suffix(".dummies.csv").read_text().splitlines()) - 1
        self.assertEqual(len(support.frames_of(written)) - cover, 40)

    def test_two_stages_cannot_read_one_pipe(self):
        os.mkfifo(self.folder / "home.pcap")
        content = self.write("content", capture(every(0, 40)))
        again = PIPELINE.split("[stages.capture]")[1].replace("devices", "devices2").replace("[stages.csv]", "[stages.csv2]")
        again = "\n[stages.capture2]" + again.replace('inputs = "capture"', 'inputs = "capture2"').replace(
            "packets.csv", "packets2.csv")
        writer = subprocess.Popen(["cp", content, self.folder / "home.pcap"], stderr=subprocess.DEVNULL)
        self.addCleanup(writer.kill)
        done = self.run_cases(self.folder / "home.pcap", pipeline=PIPELINE + again, timeout=60, check=1)
        self.assertIn(f"{self.folder}/home.pcap: a pipe can be read once, and this run has read it before", done.stderr)

    def test_an_interrupt_ends_the_wait_for_a_pipe_that_nobody_writes_to(self):
        os.mkfifo(self.folder / "home.pcap")
        file = self.write("cases.toml", PIPELINE)
        with subprocess.Popen([support.PROGRAM, "run", file, "--set", f"captures={self.folder / 'home.pcap'}", "--output",
                               self.out], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
            self.addCleanup(run.kill)
            for line in run.stderr:
                if "pass 1 of 1" in line:
                    break
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(30), 130)


class Empty(Cases):
    def test_what_names_no_capture_is_one_error_with_the_next_step(self):
        (self.folder / "empty").mkdir()
        (self.folder / "gone.pcap").symlink_to("nowhere")
        for captures, text in (
                (self.folder / "empty", f"no captures in {self.folder}/empty: looked for *.pcap, *.pcapng and *.cap, also "
                 "packed (.gz, .zst, .xz, .bz2, .lz4), in it and below; give the folder that holds them"),
                (self.folder / "gone.pcap", f"{self.folder}/gone.pcap: a link to nowhere, which is not there; mend the link, "
                 "or give the file that it stands for"),
                (self.folder / "none.pcap", f"{self.folder}/none.pcap: no such file or folder; give a capture, a folder that "
                 "holds some, or a glob")):
            with self.subTest(text):
                done = self.run_cases(captures, check=1)
                errors = [line for line in done.stderr.splitlines() if "error" in line]
                self.assertEqual(errors, [f"error: stage 'capture' (plugin pcap_reader): {text}"])
        self.assertEqual(self.run_cases("", check=2).stderr, "--set captures=: error[param-value]: parameter 'captures' is an empty "
                         "path\n      | give it a file or a folder\n")


class Clocks(Cases):
    def test_a_future_packet_leaves_the_order_of_the_others_alone(self):
        skewed = [(START + 1 + 0.05 * i - 0.3 * (i % 3 == 2), support.udp_frame(20 + i)) for i in range(200)]
        self.assert_read(self.write("skew.pcap", support.pcap(skewed)), 200)
        alone = [(row["time_ns"], row["size"]) for row in self.rows()]
        future = (START + 400 * 86_400, support.udp_frame(1000))
        said = self.assert_read(self.write("after.pcap", support.pcap([future] + skewed)), 201)
        self.assertEqual([(row["time_ns"], row["size"]) for row in self.rows() if row["size"] != "1000"], alone)
        self.assertIn("1 packet of a wrong clock", said)

    def test_a_wrong_time_between_two_files_is_named_and_they_are_joined(self):
        self.write("home/day1.pcap", capture(every(0, 20), every(365 * 86_400, 1)))
        self.write("home/day2.pcap", capture(every(20, 20)))
        said = self.assert_read(self.folder / "home", 41, "--set", "recordings=joined")
        self.assertEqual(self.captures(), ["day1.pcap"])
        self.assertLess(max(self.times()), 31)
        self.assertIn("a packet at 2024-11-13T22:13:20Z was taken for one at 2023-11-14T22:13:29.5Z", said)

    def test_a_clock_set_back_begins_another_recording_or_is_moved(self):
        path = self.write("home.pcap", capture(every(0, 200), every(-3500, 2000)))
        said = self.assert_read(path, 2200)
        self.assertEqual(self.captures(), ["home.pcap", "home.pcap#2"])
        self.assertEqual(self.times("home.pcap#2"), [-3500 + 0.5 * i for i in range(2000)])
        self.assertIn("home.pcap: the clock steps back by 3599.5 s", said)
        self.assert_read(path, 2200, "--set", "stages.capture.options.clock_steps=move")
        self.assertEqual(self.captures(), ["home.pcap"])
        self.assertEqual(len(set(self.times())), 2199)  # the first after the step has the time of the last before it

    def test_no_cover_fills_the_years_before_a_clock_was_set(self):
        path = self.write("home.pcap", capture(every(5 - START, 100), every(0, 100)))
        self.run_cases(path, pipeline=WRITTEN, check=0)
        self.assertEqual(self.captures(), ["home.pcap", "home.pcap#2"])
        dummies = self.times(dummies=True)
        self.assertGreater(len(dummies), 0)
        self.assertLess(len(dummies), 2000)  # two lines of 50 s
        # Each part is written as a capture with its own frames.
        for name, count in (("home.pcap", 100), ("home.pcap#2.pcap", 100)):
            file = self.out / "captures" / name
            cover = len(file.with_suffix(".dummies.csv").read_text().splitlines()) - 1
            self.assertEqual(len(support.frames_of(file)) - cover, count)
            self.assertGreater(cover, 0)


class Encapsulations(Cases):
    def frame(self, ether_type, before, payload=30):
        whole = support.udp_frame(payload)
        return whole[:12] + struct.pack(">H", ether_type) + before + whole[14:]

    def read_one(self, frame, packets, *extra, link=1):
        content = bytearray(support.pcap([(START + i, frame) for i in range(3)]))
        content[20:24] = struct.pack("<I", link)
        return self.assert_read(self.write("one.pcap", bytes(content)), 3 * packets, *extra)

    def test_pppoe_and_mpls_are_seen_through(self):
        self.read_one(self.frame(0x8864, struct.pack(">BBHHH", 0x11, 0, 7, 60, 0x21)), 1)
        self.read_one(self.frame(0x8847, struct.pack(">I", 7 << 12 | 1 << 8 | 64)), 1)
        self.assertEqual({row["size"] for row in self.rows()}, {"30"})

    def test_open_frames_of_802_11_are_read_and_encrypted_ones_counted(self):
        plain = struct.pack("<BBHI", 0, 0, 8, 0)
        # With the time (8 bytes) and flags: a frame check sequence stands at the end.
        timed = struct.pack("<BBHIQBB", 0, 0, 18, 3, 7, 0x10, 0)
        station, gateway, point = (bytes.fromhex(mac) for mac in ("020000000001", "0200000000fe", "0200000000aa"))
        snap = bytes.fromhex("aaaa03000000")

        def frame(front, control, addresses, outgoing, behind=b""):
            return front + bytes.fromhex(control) + bytes(2) + b"".join(addresses) + bytes(2) + behind + snap + \
                support.udp_frame(30, outgoing)[12:]

        to_point, from_point = (point, station, gateway), (station, point, gateway)
        for one, direction in ((frame(plain, "0801", to_point, True), "out"),
                               (frame(plain, "0802", from_point, False), "in"),
                               (frame(plain, "8801", to_point, True, bytes(2)), "out"),  # with quality of service
                               (frame(timed, "0802", from_point, False) + bytes(4), "in")):
            self.read_one(one, 1, link=127)
            self.assertEqual({(row["size"], row["direction"]) for row in self.rows()}, {("30", direction)})
        said = self.read_one(frame(plain, "0841", to_point, True), 0, link=127)
        self.assertIn("3 frames of encrypted 802.11 data left out", said)
        # No header of what is inside: as the frames of a capture filled with zeros.
        said = self.read_one(plain + bytes.fromhex("0800") + bytes(40), 0, link=127)
        self.assertRegex(said, r"3 frames: 0 TCP/UDP, (3 other|0 other, 3 undecodable)")

    def test_tunnels_are_taken_as_the_option_says_and_named(self):
        inner = support.udp_frame(30)
        gre = struct.pack(">HH", 0, 0x0800) + inner[14:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(gre), 1, 0, 64, 47, 0) + bytes([203, 0, 113, 7, 203, 0, 113, 8])
        frame = inner[:14] + ip + gre
        said = self.read_one(frame, 0)
        self.assertIn("more than half of the frames (3 of 3) hold neither TCP nor UDP, most of them GRE (IP protocol 47)",
                      said)
        self.assertIn('tunnels = "inner"', said)
        self.read_one(frame, 1, "--set", "stages.capture.options.tunnels=inner")

    def test_lengths_beyond_the_frame_are_contradictory(self):
        frame = bytearray(support.udp_frame(30))
        frame[38:40] = struct.pack(">H", 9000)
        self.assertIn("3 frames not decodable: headers not captured or contradictory", self.read_one(bytes(frame), 0))


class Packings(Cases):
    def test_all_that_distributions_have_are_read(self):
        content = capture(every(0, 40))
        self.write("home/a.pcap.gz", gzip.compress(content) + bytes(512))  # padded with zeros
        self.write("home/b.pcap.bz2", bz2.compress(content))
        self.write("home/c.pcap.xz", lzma.compress(content))
        shutil.copy(CASES / "home.pcap.lz4", self.folder / "home")
        shutil.copy(CASES / "pzstd.pcap.zst", self.folder / "home")
        done = self.run_cases(self.folder / "home", check=0)
        self.assertEqual(len(self.rows()), 3 * 40 + 2 * 40, done.stderr)
        self.assertEqual(len(self.captures()), 5)
        self.assertNotIn("damaged", done.stderr)

    def test_a_modified_pcap_of_old_routers_is_read(self):
        content = struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 1)
        for time, frame in every(0, 20):
            content += struct.pack("<IIIIIHBB", int(time), 0, len(frame), len(frame), 2, 0x0800, 0, 0) + frame
        self.assert_read(self.write("router.pcap", content), 20)


class TwoLinkTypes(Cases):
    def test_in_one_pcapng_are_written_as_pcapng(self):
        def block(kind, body):
            body += bytes(-len(body) % 4)
            return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

        content = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        content += block(1, struct.pack("<HHI", 1, 0, 0)) + block(1, struct.pack("<HHI", 101, 0, 0))
        for i in range(40):
            frame = support.udp_frame(20 + i)[14 * (i % 2):]
            ticks = (START * 10 + 5 * i) * 100_000
            content += block(6, struct.pack("<IIIII", i % 2, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame)
        self.run_cases(self.write("home.pcapng", content), pipeline=WRITTEN, check=0)
        written = self.out / "captures" / "home.pcapng"
        cover = len(written.with_suffix(".dummies.csv").read_text().splitlines()) - 1
        self.assertGreater(cover, 0)
        # Read again, it has the same packets and the dummies.
        before = len(self.rows())
        self.assertEqual(before, 40 + cover)
        shutil.copy(written, self.folder / "again.pcapng")
        self.assert_read(self.folder / "again.pcapng", before)


class SameBytes(Cases):
    def test_wherever_the_captures_lie_and_however_their_path_is_written(self):
        for i in range(2):
            self.write(f"y/home/day{i}/a.pcap", capture(every(100 * i, 40)))
        self.write("y/home/b.pcap", capture(every(300, 40)))
        home = self.folder / "y" / "home"
        shutil.copytree(home, self.folder / "elsewhere" / "deep" / "copy")
        (self.folder / "link").symlink_to(home)
        file = self.write("cases.toml", WINDOWS)
        results = []
        spellings = ["y/home", "./y/home", str(home), "y/home/", "link", "y/../y/home", "elsewhere/deep/copy"]
        for i, spelling in enumerate(spellings):
            out = self.folder / f"out{i}"
            done = subprocess.run([support.PROGRAM, "run", file, "--set", f"captures={spelling}", "--output", out],
                                  cwd=self.folder, text=True, capture_output=True,
                                  env=os.environ | {"PWD": str(self.folder)})
            self.assertEqual(done.returncode, 0, done.stderr)
            results.append(out)
        for other in results[1:]:
            self.assertEqual((other / "packets.csv").read_bytes(), (results[0] / "packets.csv").read_bytes())
            done = subprocess.run([sys.executable, COMPARE, results[0] / "windows.h5", other / "windows.h5", "--ignore",
                                   "pipeline"], text=True, capture_output=True)
            self.assertEqual(done.stderr, "")
            different = [line for line in done.stdout.splitlines()
                         if not line.startswith("/provenance") and "differences" not in line and line != "equal"]
            self.assertEqual(different, [])
        self.assertIn("day0/a.pcap", (results[0] / "packets.csv").read_text())


if __name__ == "__main__":
    support.main()
