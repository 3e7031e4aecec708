"""chorus on captures: the pcaps that it writes carry cover for as long as the home was recorded."""

import csv
import struct

import support

PIPELINE = """schema = 1
name = "cover"

[stages.capture]
plugin = "pcap_reader"
options.files = "FOLDER/*.pcap"

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "FOLDER/devices.toml"

[stages.mixed]
plugin = "mixer"
inputs = { packets = "devices.packets", pool = "devices.packets" }
options.defence = "chorus"

[stages.captures]
plugin = "pcap_writer"
inputs = { packets = "mixed.packets", summary = "devices.summary" }
options.folder = "${run.output}/captures"
"""
DEVICES = support.DEVICES_TOML + """
[[device]]
name = "hub"
mac = "02:00:00:00:00:02"
"""
MIDNIGHT = 1_699_920_000  # 2023-11-14
DAY = 86_400


def frame_of_hub(payload):
    frame = support.udp_frame(payload).replace(bytes.fromhex("020000000001"), bytes.fromhex("020000000002"))
    return frame.replace(bytes([192, 168, 1, 10]), bytes([192, 168, 1, 11]))


class ChorusCaptures(support.WithFolder):
    """The cam is on for an hour of each of two days, the hub all the time."""

    def setUp(self):
        super().setUp()
        self.cam = [(MIDNIGHT + day * DAY + 40_000 + 600 * i, support.udp_frame(400)) for day in (0, 1) for i in range(6)]
        self.hub = [(MIDNIGHT + 300 * i, frame_of_hub(90)) for i in range(3 * DAY // 300)]
        self.write("devices.toml", DEVICES)

    def mix(self):
        pipeline = self.write("cover.toml", PIPELINE.replace("FOLDER", str(self.folder)))
        return support.ipet("run", pipeline, "--output", self.folder / "out", check=0)

    def dummies(self, capture, device):
        with open(self.folder / "out" / "captures" / f"{capture}.dummies.csv", newline="") as table:
            return [int(row["time_ns"]) / 1e9 - MIDNIGHT for row in csv.DictReader(table) if row["device"] == device]

    def check_cam(self, times):
        self.assertLess(times[0], DAY + 600)  # nothing is known on the first day
        self.assertGreaterEqual(times[0], DAY)
        self.assertGreater(times[-1], 3 * DAY - 900)
        gaps = [b - a for a, b in zip(times, times[1:])]
        self.assertLess(max(gaps), 1_000)

    def test_of_one_file_per_device_have_cover_as_long_as_any_of_them(self):
        self.write("cam.pcap", support.pcap(self.cam))
        self.write("hub.pcap", support.pcap(self.hub))
        done = self.mix()
        self.check_cam(self.dummies("cam", "cam"))
        self.assertIn("lines pass without cover until 2023-11-15T00:00:00Z, when the defence has something to learn "
                      "from: cam, hub", done.stderr)
        self.assertIn("set 1: cam (", done.stdout)
        with open(self.folder / "out" / "captures" / "cam.pcap", "rb") as file:
            file.seek(24)
            seconds, _ = struct.unpack("<II", file.read(8))
        self.assertEqual(seconds, MIDNIGHT + 40_000)

    def test_of_the_whole_home_have_cover_on_all_lines_all_the_time(self):
        self.write("home.pcap", support.pcap(sorted(self.cam + self.hub, key=lambda each: each[0])))
        self.mix()
        self.check_cam(self.dummies("home", "cam"))

    def test_name_devices_that_are_silent_in_one_of_them(self):
        later = [(time + 3 * DAY, frame) for time, frame in self.hub]
        lamp = [(time + 3 * DAY, frame.replace(bytes.fromhex("020000000001"), bytes.fromhex("020000000003")))
                for time, frame in self.cam]
        self.write("devices.toml", DEVICES + '\n[[device]]\nname = "lamp"\nmac = "02:00:00:00:00:03"\n')
        self.write("a.pcap", support.pcap(sorted(self.cam + self.hub, key=lambda each: each[0])))
        self.write("b.pcap", support.pcap(sorted(lamp + later, key=lambda each: each[0])))
        done = self.mix()
        self.assertIn("devices that say nothing in a capture have no line in it, and get no cover there: lamp in a.pcap, "
                      "cam in b.pcap", done.stderr)


if __name__ == "__main__":
    support.main()
