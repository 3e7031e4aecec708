"""Defences on a capture of one device: what leaves on the line, read back with h5py."""

import h5py
import numpy as np

import support

PIPELINE = """schema = 1
name = "defences"

[stages.capture]
plugin = "pcap_reader"
options.files = "CAPTURE"

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "DEVICES"

[stages.mixed]
plugin = "mixer"
inputs.packets = "devices.packets"
options.defence = DEFENCE

[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "mixed.packets"]
options.file = "${run.output}/mixed.h5"
"""
CAPTURES = """
[stages.captures]
plugin = "pcap_writer"
inputs = { packets = "mixed.packets", summary = "devices.summary" }
options.folder = "${run.output}/captures"
"""
ADD_DUMMIES = ['"netflow"', '{ name = "stp", cover_only = true }']
DELAY = ['"constant"', '"random"', '"random_plus"', '"ilp"', '"stp"', '"netshaper"',
         '{ name = "constant", published_defects = true }']


class Defences(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.packets = [(1_700_000_000 + 7 * i, 20 + i % 50, i % 3 != 0) for i in range(200)]
        self.write("home.pcap", support.pcap([(t, support.udp_frame(n, out)) for t, n, out in self.packets]))
        self.write("devices.toml", support.DEVICES_TOML)

    def run_with(self, defence, *arguments, more="", check=None):
        text = (PIPELINE + more).replace("CAPTURE", str(self.folder / "home.pcap"))
        text = text.replace("DEVICES", str(self.folder / "devices.toml")).replace("DEFENCE", defence)
        return support.ipet("run", self.write("defences.toml", text), "--output", self.folder / "out", *arguments,
                            check=check)

    def line(self):
        with h5py.File(self.folder / "out" / "mixed.h5") as file:
            (capture,) = file["mixed"].values()
            return support.table(capture["cam"])

    def test_that_add_dummies_leave_user_packets_as_they_are(self):
        for defence in ADD_DUMMIES:
            with self.subTest(defence):
                self.run_with(defence, check=0)
                line = self.line()
                user = line[~line["dummy"]]
                self.assertEqual([(t // 10**9, n, d == 0) for t, n, d in
                                  zip(user["time_ns"].tolist(), user["size"].tolist(), user["direction"].tolist())],
                                 self.packets)
                self.assertGreater(len(line), len(user))
                self.assertTrue(np.all(np.diff(line["time_ns"]) >= 0))

    def test_that_delay_carry_all_user_data_and_more(self):
        sizes = sum(n for _, n, _ in self.packets)
        for defence in DELAY:
            with self.subTest(defence):
                self.run_with(defence, check=0)
                line = self.line()
                self.assertGreaterEqual(int(line["size"][~line["dummy"]].sum()), sizes)
                self.assertTrue(np.all(np.diff(line["time_ns"]) >= 0))
                # Cells leave on a grid that does not tell when a user packet came.
                self.assertTrue(np.all(line["time_ns"] % 100_000_000 == 0))

    def test_link_padding_sends_the_same_cell_each_way_in_every_period(self):
        self.run_with('{ name = "ilp", cell = 200, period = 0.5 }', check=0)
        line = self.line()
        self.assertEqual(set(line["size"]), {200})
        for direction in (0, 1):
            times = line["time_ns"][line["direction"] == direction]
            self.assertEqual(set(np.diff(times)), {500_000_000})

    def test_a_constant_rate_is_kept_in_every_active_second(self):
        self.run_with('{ name = "constant", rate = 3000 }', check=0)
        line = self.line()
        seconds, place = np.unique(line["time_ns"] // 10**9, return_inverse=True)
        sums = np.bincount(place, weights=line["size"])
        # All but the first and the last one are whole.
        self.assertEqual(set(sums[1:-1]), {3000})

    def test_give_the_same_bytes_for_any_number_of_threads(self):
        for defence in ADD_DUMMIES + DELAY:
            with self.subTest(defence):
                self.run_with(defence, "-j", "1", check=0)
                one = self.line()
                self.run_with(defence, "-j", "4", check=0)
                self.assertTrue(np.array_equal(one, self.line()))

    def test_that_need_generators_say_so(self):
        done = self.run_with('"perturbation"', check=2)
        self.assertIn("error[unconnected-need]: stage 'mixed': the defence 'perturbation' needs the input 'perturbations' (perturbations/1), "
                      "which is not connected", done.stderr)
        self.assertIn('connect what predictor gives: inputs.perturbations = "STAGE"', done.stderr)

    def test_wrong_names_and_options_are_refused_with_their_place(self):
        done = self.run_with('"netflw"', check=2)
        self.assertIn("defences.toml:16", done.stderr)
        self.assertIn("netflow", done.stderr)
        done = self.run_with('{ name = "netflow", shortest = 9, longest = 3 }', check=2)
        self.assertIn("'longest' must not be below 'shortest'", done.stderr)

    def test_captures_cannot_be_written_of_traffic_that_was_reshaped(self):
        done = self.run_with('"ilp"', more=CAPTURES, check=1)
        self.assertIn("device 'cam': its defence delays user data", done.stderr)


if __name__ == "__main__":
    support.main()
