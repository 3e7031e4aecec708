"""Names from outside (files, devices, options) are shown escaped, stored as UTF-8, and quoted in every format that has them."""

import csv
import os
import pathlib
import subprocess
import unittest

import h5py

import support

# Everything that a terminal, a shell, XML, CSV, gnuplot or HDF5 takes for something else, but no control character.
NASTY = """"lamp", 'hall' <b>&amp; \\ $(reboot) `date` %41 50%"""
CONTROLS = [chr(c) for c in [*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F),
                              *range(0x2060, 0x2070), 0x3164, 0xFEFF]]

# Windows as HDF5 and as CSV.
PIPELINE = """schema = 1
name = "names"
[params]
captures = { type = "path" }
devices = { type = "path" }
[stages.capture]
plugin = "pcap_reader"
options.files = "${params.captures}"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "${params.devices}"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows"]
options.file = "${run.output}/windows.h5"
[stages.table]
plugin = "csv_writer"
inputs = "windows"
options = { file = "${run.output}/windows.csv", labels = "always" }
"""


def toml_text(text):
    return '"' + "".join(f"\\u{ord(c):04x}" if c in '"\\' or ord(c) < 0x20 else c for c in text) + '"'


def run(*arguments, **keywords):
    """ipet with bytes in and out: what it prints need not be text."""
    return subprocess.run([support.PROGRAM, *arguments], cwd=support.SOURCE, capture_output=True, **keywords)


def text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


class UntrustedNames(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.pipeline = self.write("names.toml", PIPELINE)
        self.out = self.folder / "out"
        self.devices_named("cam")

    def devices_named(self, name, raw=None):
        self.devices = self.write("devices.toml", support.DEVICES_TOML.replace('"cam"', raw or toml_text(name)))

    def arguments(self, captures, *more):
        return ["run", str(self.pipeline), "--set", b"captures=" + os.fsencode(captures), "--set",
                f"devices={self.devices}", "--output", str(self.out), *more]

    def assert_printable(self, done):
        for stream in (done.stdout, done.stderr):
            shown = stream.decode("utf-8")  # and no other bytes
            self.assertEqual([c for c in CONTROLS if c in shown], [], shown)

    def capture(self, name):
        path = os.path.join(os.fsencode(self.folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pathlib.Path(os.fsdecode(path)).write_bytes(support.small_capture())
        return path

    def result(self):
        return h5py.File(self.out / "windows.h5", "r")

    def rows(self):
        with open(self.out / "windows.csv", newline="", encoding="utf-8") as file:
            return list(csv.reader(file, strict=True))

    def captures_named(self, names):
        with self.result() as file:
            self.assertEqual([text(name) for name in file["captures/names"]], names)
            for path in file["provenance/inputs"]["path"] if "inputs" in file["provenance"] else []:
                path.decode("utf-8")

    def test_a_devices_name_goes_unchanged_into_every_format(self):
        self.devices_named(NASTY)
        done = run(*self.arguments(self.capture(b"day.pcap")))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_printable(done)
        self.assertIn(NASTY, done.stdout.decode())
        rows = self.rows()
        self.assertEqual(len({len(row) for row in rows}), 1)
        self.assertEqual({row[rows[0].index("device")] for row in rows[1:]}, {NASTY})
        with self.result() as file:
            self.assertIn(NASTY.encode(), [bytes(value) if isinstance(value, bytes) else str(value).encode()
                                           for value in file["devices"]["name"]])

    def test_names_of_files_that_are_no_utf8_are_escaped_and_come_back(self):
        for name, stored in [(b"caf\xe9.pcap", "caf%E9.pcap"), (b"caf\xc3\xa9.pcap", "caf\u00e9.pcap"),
                             (b"a%41.pcap", "a%2541.pcap"), (b"50%.pcap", "50%.pcap")]:
            with self.subTest(name=name):
                done = run(*self.arguments(self.capture(name)))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assert_printable(done)
                self.captures_named([stored])

    def test_names_of_files_cannot_write_on_the_terminal(self):
        forged = b"x\n12:00:00 info run: all is well\x1b[2J\xc2\x9b31m\xe2\x80\xae.pcap"
        self.capture(b"folder/" + forged)
        self.capture(b"folder/" + forged.replace(b"x", b"y"))
        cut = self.folder / os.fsdecode(b"folder/" + forged)
        cut.write_bytes(cut.read_bytes()[:-5])  # so that something is said about it
        done = run(*self.arguments(self.folder / "folder"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_printable(done)
        # Further lines of a message are indented.
        self.assertIn(b"x\n    12:00:00 info run: all is well\\x1b[2J\\u009b31m\\u202e.pcap: cut short", done.stderr)
        self.captures_named([x + "%0A12:00:00 info run: all is well%1B[2J%C2%9B31m%E2%80%AE.pcap" for x in "xy"])
        self.assertFalse([line for line in done.stderr.splitlines() if line.startswith(b"12:00:00 info run: all")])
        # As an error: the whole file is bad.
        cut.write_bytes(b"")
        (self.folder / os.fsdecode(b"folder/" + forged.replace(b"x", b"y"))).unlink()
        done = run(*self.arguments(self.folder / "folder"))
        self.assertEqual(done.returncode, 1)
        self.assert_printable(done)
        self.assertFalse([line for line in done.stderr.splitlines() if line.startswith(b"12:00:00 info run: all")])

    def test_the_stored_command_can_be_pasted(self):
        capture = self.capture(b"caf\xe9 'it' $(x)\x1b.pcap")
        given = [os.fsencode(argument) for argument in self.arguments(capture)]
        self.assertEqual(run(*given).returncode, 0)
        with self.result() as file:
            command = text(file["provenance"].attrs["command_line"])
        self.assertNotIn("\x1b", command)
        # What bash makes of it, with another program in ipet's place.
        program, rest = command.split(" ", 1)
        self.assertEqual(program, support.PROGRAM)
        script = self.write("again.sh", "printf '%s\\0' " + rest)
        printed = subprocess.run(["bash", script], capture_output=True, check=True).stdout
        self.assertEqual(printed.split(b"\0")[:-1], given)

    def test_a_name_that_is_none_is_an_error_with_its_place(self):
        rule = ("cannot name a device: no '/', '.', '..', control characters, blanks alone or nothing; UTF-8, "
                "at most 200 bytes")
        for raw, shown in [('"  "', "  "), ('"a\\u001b[2J"', "a\\x1b[2J"), ('"a\\nb"', "a\\nb"),
                           ('"a\\u202eb"', "a\\u202eb"), ('"cam\\u200b"', "cam\\u200b"), ('"\\u2060cam"', "\\u2060cam"), ('""', "")]:
            with self.subTest(raw=raw):
                self.devices_named(None, raw)
                done = run(*self.arguments(self.capture(b"day.pcap")))
                self.assertEqual(done.returncode, 1)
                self.assert_printable(done)
                self.assertIn(f"{self.devices}:4:8: error[devices-file]: '{shown}' {rule}\n".encode(), done.stderr)
                self.assertIn(f"    4 | name = {raw}\n".encode(), done.stderr)
                self.assertFalse(self.out.exists() and [p for p in self.out.rglob("*")])

    def test_a_devices_file_in_latin_1_is_named_for_what_it_is(self):
        self.devices.write_bytes(support.DEVICES_TOML.encode().replace(b'"cam"', b'"caf\xe9"'))
        done = run(*self.arguments(self.capture(b"day.pcap")))
        self.assertEqual(done.returncode, 1)
        self.assert_printable(done)
        self.assertIn(f"{self.devices}:4:12: error[not-text]: a byte that is no UTF-8, as TOML must be".encode(),
                      done.stderr)
        self.assertIn(b"iconv -f latin1 -t utf-8", done.stderr)

    def test_a_devices_file_of_too_many_levels_is_an_error_and_no_crash(self):
        self.devices.write_text("a." * 200_000 + "a = 1\n")
        done = run(*self.arguments(self.capture(b"day.pcap")))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.devices}:1:402: error[too-deep]: keys and values more than 200 levels deep".encode(),
                      done.stderr)
        self.assertLess(len(done.stderr), 1000)

    def test_a_devices_file_that_is_a_pipe_is_not_waited_for(self):
        for name in ("pipe.toml", "pipe.csv"):
            self.devices = self.folder / name
            os.mkfifo(self.devices)
            done = run(*self.arguments(self.capture(b"day.pcap")), timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{self.devices}: error[cannot-read]: cannot be read: it is a pipe".encode(), done.stderr)

    def test_options_and_paths_of_the_command_line_are_shown_escaped(self):
        done = run("validate", "pipelines/ingest.toml", "--set", b"no\x1b[2J\xe9=1")
        self.assertEqual(done.returncode, 2)
        self.assert_printable(done)
        self.assertIn(b"no parameter 'no\\x1b[2J\\xe9'", done.stderr)
        done = run("validate", b"none\x1b[2J\n.toml")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.splitlines()[0],
                         b"none\\x1b[2J\\n.toml: error[cannot-read]: cannot be read: No such file or directory")
        done = run(b"val\x1bidate")
        self.assertEqual(done.returncode, 2)
        self.assert_printable(done)

    def test_names_of_no_width_are_shown_escaped(self):
        for text, said in ((PIPELINE.replace('"names"', '"na\u200bmes"'), "error[name]: 'na\\u200bmes' is no name"),
                           (PIPELINE.replace("[stages.store]", '[stages."st\u2060ore"]'), "error[stage-id]: 'st\\u2060ore' is no stage id"),
                           (PIPELINE.replace("devices = {", '"devi\ufeffces" = {'),
                            "error[param-name]: 'devi\\ufeffces' is no name of a parameter"),
                           (PIPELINE.replace('plugin = "windowing"', 'plugin = "window\u200ding"'),
                            "error[unknown-plugin]: no plugin 'window\\u200ding'"),
                           (PIPELINE.replace("labels =", '"la\u00adbels" ='), "no option 'la\\u00adbels'")):
            self.pipeline = self.write("names.toml", text)
            done = run("plan", *self.arguments(self.capture(b"day.pcap"))[1:])
            self.assertEqual(done.returncode, 2)
            self.assert_printable(done)
            self.assertIn(said, done.stderr.decode())
        self.pipeline = self.write("names.toml", PIPELINE)
        done = run(*self.arguments(self.capture("d\u200bay.pcap".encode())))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_printable(done)
        self.captures_named(["d%E2%80%8Bay.pcap"])

    def test_the_tilde_is_the_home_folder(self):
        self.capture(b"home/day.pcap")
        environment = dict(os.environ, HOME=str(self.folder / "home"))
        done = run(*self.arguments("~/day.pcap"), env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.captures_named(["day.pcap"])
        del environment["HOME"]
        done = run(*self.arguments("~/day.pcap"), env=environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"--set captures=~/day.pcap: error[param-value]: parameter 'captures': '~' stands for the folder "
                      b"in the environment variable HOME, which is not set\n", done.stderr)


if __name__ == "__main__":
    support.main()
