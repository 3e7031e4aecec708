"""unison and one tunnel through the whole program, on the synthetic home: lines of a set compared packet by packet."""

import pathlib
import tempfile
import tomllib

import h5py
import numpy as np

import support

PIPELINE = support.home_pipeline("unison", 2, 900) + """
[stages.mixed]
plugin = "mixer"
inputs = { packets = "devices.packets" }
options.defence = "unison"

[stages.tunnel]
plugin = "mixer"
inputs = { packets = "devices.packets" }
options = { defence = "none", lines = "home" }

[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "devices.packets", "mixed.packets"]
options.file = "${run.output}/lines.h5"

[stages.store_tunnel]
plugin = "hdf5_writer"
inputs = ["devices.summary", "tunnel.packets"]
options.file = "${run.output}/tunnel.h5"
"""
MILLISECOND = 1_000_000


def tables(file, group):
    """{capture: {device: rows}}"""
    return {capture: {device: support.table(rows) for device, rows in devices.items()}
            for capture, devices in file[group].items()}


class Unison(support.WithFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ipet-test-"))
        pipeline = pathlib.Path(cls.kept) / "unison.toml"
        pipeline.write_text(PIPELINE)
        cls.done = support.ipet("run", pipeline, "--output", cls.kept, check=0)
        with h5py.File(pathlib.Path(cls.kept) / "lines.h5") as file:
            cls.clean, cls.lines = tables(file, "packets"), tables(file, "mixed")
        with open(pathlib.Path(cls.kept) / "captures" / "devices.toml", "rb") as file:
            cls.protected = [device["name"] for device in tomllib.load(file)["device"] if device.get("protect", True)]
        with h5py.File(pathlib.Path(cls.kept) / "tunnel.h5") as file:
            cls.tunnel = tables(file, "mixed")

    def events(self, capture):
        """The packets of all members in order of time; at equal times by device, as the devices file has them."""
        rows = np.concatenate([self.clean[capture][device] for device in self.protected if device in self.clean[capture]])
        return rows[np.argsort(rows["time_ns"], kind="stable")]

    def test_the_lines_of_a_set_are_the_same_packet_by_packet(self):
        for capture, lines in self.lines.items():
            events = self.events(capture)
            self.assertGreater(len(events), 1_000)
            self.assertEqual(set(lines) & set(self.protected), set(self.protected))
            first = lines[self.protected[0]]
            for device in self.protected:
                line = lines[device]
                self.assertEqual(len(line), len(events))
                for column in ("size", "direction", "protocol"):
                    self.assertTrue(np.array_equal(line[column], first[column]), f"{capture}, {device}: {column}")
                self.assertLessEqual(np.abs(line["time_ns"] - first["time_ns"]).max(), MILLISECOND)
                self.assertTrue(np.all(np.diff(line["time_ns"]) >= 0))

    def test_the_lines_carry_what_all_members_send_and_user_data_is_marked(self):
        for capture, lines in self.lines.items():
            events = self.events(capture)
            for device in self.protected:
                line = lines[device]
                self.assertEqual(int(line["size"].sum()), int(events["size"].sum()))
                own = self.clean[capture].get(device)
                user = line[~line["dummy"]]
                self.assertEqual(len(user), 0 if own is None else len(own))
                if own is None:
                    continue
                for column in ("size", "direction", "protocol"):
                    self.assertTrue(np.array_equal(user[column], own[column]))
                delay = user["time_ns"] - own["time_ns"]
                self.assertGreaterEqual(delay.min(), 0)
                self.assertLessEqual(delay.max(), MILLISECOND)

    def test_costs_are_told(self):
        self.assertIn("mixed: what the defence unison does", self.done.stdout)
        self.assertIn("all devices form one set", self.done.stdout)
        self.assertIn("mixed: what the defence unison costs", self.done.stdout)
        self.assertIn("delay of user packets: p50", self.done.stdout)

    def test_one_tunnel_carries_all_packets_of_protected_devices_in_order_of_time(self):
        for capture, lines in self.tunnel.items():
            events = self.events(capture)
            home = lines["home"]
            self.assertEqual(len(home), len(events))
            for column in ("time_ns", "size", "direction", "protocol"):
                order = np.lexsort((home["protocol"], home["direction"], home["size"], home["time_ns"]))
                expected = np.lexsort((events["protocol"], events["direction"], events["size"], events["time_ns"]))
                self.assertTrue(np.array_equal(home[column][order], events[column][expected]), column)
            self.assertTrue(np.all(np.diff(home["time_ns"]) >= 0))
            self.assertEqual(set(lines) & set(self.protected), set())

    def test_does_not_depend_on_the_number_of_threads(self):
        support.ipet("run", pathlib.Path(self.kept) / "unison.toml", "--output", self.folder, "-j", "1", check=0)
        with h5py.File(self.folder / "lines.h5") as file:
            for capture, lines in tables(file, "mixed").items():
                for device, line in lines.items():
                    self.assertTrue(np.array_equal(line, self.lines[capture][device]))


if __name__ == "__main__":
    support.main()
