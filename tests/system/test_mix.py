"""pipelines/mix.toml: stored generators, captures in, defended captures out, read back by hand and by tshark."""

import csv
import gzip
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

import support

TRAINING = ["--set", "epochs=2", "--set", "max_windows=60", "--set", "training_stages=2", "--set", "chains=1",
            "--set", "num_samples=10", "--set", "stages.home.options.duration_seconds=300",
            "--set", "stages.home.options.captures=3"]


frames_of = support.frames_of


def table_of(pcap):
    with open(pcap.with_suffix(".dummies.csv"), newline="") as file:
        return list(csv.DictReader(file))


class Mix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-mix-"))
        cls.trained = support.ipet("run", "pipelines/quickstart.toml", "--output", cls.folder / "train", *TRAINING,
                                   check=0)
        cls.captures = cls.folder / "train" / "captures"
        cls.done = {s: cls.mix(cls.folder / s, "--set", f"schedule={s}", check=0) for s in ("ticks", "continuous")}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def mix(cls, output, *extra, captures=None, check=None):
        arguments = ["run", "pipelines/mix.toml", "--set", f"captures={captures or cls.captures}",
                     "--set", f"devices={cls.captures / 'devices.toml'}",
                     "--set", f"generators={cls.folder / 'train' / 'ipet.h5'}", "--output", output, *extra]
        return support.ipet(*support.last_of_each(arguments), check=check)

    def outputs(self, schedule):
        originals = sorted(self.captures.glob("*.pcap"))
        self.assertEqual(len(originals), 3)
        return [(original, self.folder / schedule / "captures" / original.name) for original in originals]

    def test_all_original_frames_are_there_byte_for_byte(self):
        for schedule in self.done:
            for original, written in self.outputs(schedule):
                dummies = {int(row["frame_number"]) for row in table_of(written)}
                self.assertGreater(len(dummies), 1000)
                kept = [f for i, f in enumerate(frames_of(written), 1) if i not in dummies]
                self.assertEqual(kept, frames_of(original))

    def test_frames_are_in_time_order(self):
        for schedule in self.done:
            for _, written in self.outputs(schedule):
                times = [time for time, _, _ in frames_of(written)]
                self.assertEqual(times, sorted(times))

    def test_the_tables_list_the_dummies_of_the_result_file(self):
        for schedule in self.done:
            with h5py.File(self.folder / schedule / "mixed.h5") as file:
                for original, written in self.outputs(schedule):
                    group = next(g for name, g in file["mixed"].items()
                                 if g.attrs.get("original_name", name) == original.name)
                    stored = []
                    for device, packets in group.items():
                        rows = support.table(packets)
                        self.assertTrue(np.all(np.diff(rows["time_ns"]) >= 0))
                        stored += [(int(r["time_ns"]), device, ("out", "in")[r["direction"]], int(r["size"]))
                                   for r in rows[rows["dummy"]]]
                    listed = [(int(r["time_ns"]), r["device"], r["direction"], int(r["size"])) for r in table_of(written)]
                    self.assertEqual(sorted(listed), sorted(stored))

    def test_user_packets_are_all_there(self):
        with h5py.File(self.folder / "train" / "ipet.h5") as file:
            devices = {row["name"].decode(): int(row["packets"]) for row in support.table(file["devices"])}
        for schedule in self.done:
            with h5py.File(self.folder / schedule / "mixed.h5") as file:
                found = dict.fromkeys(devices, 0)
                for group in file["mixed"].values():
                    for device, packets in group.items():
                        found[device] += int(np.sum(packets["dummy"][:] == 0))
                self.assertEqual(found, devices)

    def test_the_run_ends_with_what_the_cover_costs(self):
        for schedule, done in self.done.items():
            seconds, cover, payload, packets, user = {}, {}, {}, {}, 0
            with h5py.File(self.folder / schedule / "mixed.h5") as file:
                for group in file["mixed"].values():
                    for device, stored in group.items():
                        rows = support.table(stored)
                        wire = rows["size"].astype(int) + np.where(rows["protocol"] == 6, 54, 42)
                        dummy = rows["dummy"].astype(bool)
                        user += int(wire[~dummy].sum())
                        time = rows["time_ns"].astype(np.int64)
                        for sums, one in ((seconds, (time[-1] - time[0]) / 1e9), (cover, wire[dummy].sum()),
                                          (payload, rows["size"][dummy].astype(int).sum()), (packets, dummy.sum())):
                            sums[device] = sums.get(device, 0) + one
            rate = [np.mean([sums[d] / seconds[d] for d in seconds]) for sums in (packets, cover, payload)]
            self.assertIn(
                f"\nmixed: what the defence perturbation costs\n  cover traffic per device (mean of {len(seconds)}): {rate[0]:.2f} "
                f"dummy packets/s, {rate[1]:.1f} bytes/s on the wire with headers ({rate[2]:.1f} payload)\n  all dummies "
                f"together: {100 * sum(cover.values()) / user:.1f} % of the original bytes on the wire\n", done.stdout)
            self.assertRegex(done.stderr, rf"mix: done in [0-9a-z. ]+: [0-9]+ devices, {sum(packets.values())} dummy packets; ")

    def test_costs_are_told_once(self):
        # Where an evaluation has them, its table does.
        self.assertEqual(self.trained.stdout.count("cover traffic per device"), 1)
        self.assertNotIn("what the defence perturbation costs", self.trained.stdout)

    @unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
    def test_tshark_finds_the_dummies_as_a_flow_with_good_checksums(self):
        for schedule in self.done:
            _, written = self.outputs(schedule)[0]
            rows = {row["frame_number"]: row for row in table_of(written)}
            seen = subprocess.run(
                ["tshark", "-r", written, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y",
                 "udp.port == 9 && (ip.addr == 192.0.2.1 || ipv6.addr == 2001:db8::1)", "-T", "fields", "-e",
                 "frame.number", "-e", "udp.checksum.status", "-e", "udp.length", "-e", "udp.dstport"],
                text=True, capture_output=True, check=True).stdout.splitlines()
            self.assertEqual(len(seen), len(rows))
            for line in seen:
                number, good, length, port = line.split("\t")
                row = rows[number]
                self.assertEqual((good, int(length) - 8, port == "9"), ("1", int(row["size"]), row["direction"] == "out"))

    def test_compressed_captures_give_the_same(self):
        packed = self.folder / "packed"
        packed.mkdir()
        for original, _ in self.outputs("ticks"):
            (packed / (original.name + ".gz")).write_bytes(gzip.compress(original.read_bytes(), 1))
        self.mix(self.folder / "from-packed", "--set", "schedule=ticks", captures=packed, check=0)
        for original, written in self.outputs("ticks"):
            other = self.folder / "from-packed" / "captures" / original.name
            self.assertEqual(frames_of(other), frames_of(written))

    def test_one_thread_and_two_write_the_same_bytes(self):
        self.mix(self.folder / "alone", "--set", "schedule=ticks", "-j", "1", check=0)
        for _, written in self.outputs("ticks"):
            other = self.folder / "alone" / "captures" / written.name
            self.assertEqual(other.read_bytes(), written.read_bytes())
        pictures = [{p.name: p.read_bytes() for p in (self.folder / run / "plots").glob("*")} for run in ("alone", "ticks")]
        self.assertEqual(*pictures)

    def test_published_defects_are_reported(self):
        done = self.mix(self.folder / "published", "--set", "schedule=ticks", "--set", "published_defects=true", check=0)
        self.assertIn("the last packet of each trace is lost", done.stderr)

    def test_one_line_is_drawn_before_and_after(self):
        (picture,) = (self.folder / "ticks" / "plots").glob("*.svg")
        device = picture.stem.removeprefix("line-").removesuffix("-perturbation")
        svg = picture.read_text()
        self.assertIn(f">{device}, as it is", svg)
        self.assertIn(">the same line under perturbation", svg)
        self.assertIn("bytes of payload", svg)
        self.assertEqual(len(re.findall(r">user data \([1-9][0-9]* packets\)<", svg)), 2)
        self.assertRegex(svg, r">dummies \([1-9][0-9]* packets\)<")
        self.assertRegex(svg, r">minutes since 2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z<")

    def test_generators_of_another_home_are_refused_naming_both(self):
        devices = self.folder / "other.toml"
        text = (self.captures / "devices.toml").read_text()
        devices.write_text(text.replace('name = "', 'name = "other-'))
        done = self.mix(self.folder / "refused", "--set", f"devices={devices}", check=1)
        self.assertIn("no device has a trained generator: the devices file declares other-", done.stderr)
        self.assertIn("generators exist for", done.stderr)
        self.assertEqual(list((self.folder / "refused").rglob("*.pcap")), [])

    def test_a_folder_among_the_originals_is_refused(self):
        done = self.mix(self.folder / "among", "--set", f"stages.captures.options.folder={self.captures}", check=1)
        self.assertIn("the captures would be written among their originals", done.stderr)


if __name__ == "__main__":
    support.main()
