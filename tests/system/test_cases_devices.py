"""Networks and devices of tests/cases: which packets count, whose they are, and what a run says of the others."""

import h5py
import numpy as np
import shutil
import struct
import support

CASES = support.SOURCE / "tests" / "cases"
PIPELINE = CASES / "captures" / "small-pipeline.toml"
# As tests/cases/captures/small-pipeline.toml has them.
NETWORKS = "192.168.0.0/16, 10.0.0.0/8, 172.16.0.0/12, fe80::/10, fc00::/7"


def frame(source, destination, source_mac=0x0A, destination_mac=0x01, size=10):
    """An Ethernet frame with a UDP datagram between two IPv4 addresses; MACs are 02:00:00:00:00:XX."""
    def mac(last):
        return bytes([2, 0, 0, 0, 0, last])
    addresses = bytes(map(int, source.split("."))) + bytes(map(int, destination.split(".")))
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 28 + size, 1, 0, 64, 17, 0) + addresses
    udp = struct.pack(">HHHH", 4000, 443, 8 + size, 0)
    return mac(destination_mac) + mac(source_mac) + b"\x08\x00" + ip + udp + bytes(size)


class Devices(support.WithFolder):
    def run_ipet(self, captures, devices="", check=0, output="out", extra=()):
        done = support.ipet("run", PIPELINE, "--set", f"captures={captures}", "--set", f"devices={devices}", "--output",
                            self.folder / output, *extra, check=check)
        return done.stdout + done.stderr

    def case(self, name, devices="", **keywords):
        if devices:
            devices = CASES / devices
        return self.run_ipet(CASES / "captures" / name, devices, **keywords)

    def totals(self, output="out"):
        with h5py.File(self.folder / output / "windows.h5") as file:
            table = file["captures/totals"][:]
            return {name: int(table[name].sum()) for name in table.dtype.names if name.endswith("_packets")}

    def devices(self, output="out"):
        with h5py.File(self.folder / output / "windows.h5") as file:
            table = file["devices"][:]
            return {row["name"].decode(): int(row["packets"]) for row in table}

    def assert_totals(self, output="out", **expected):
        names = ("counted", "unknown", "empty", "local", "outside", "multicast")
        self.assertEqual(self.totals(output), {f"{name}_packets": expected.get(name, 0) for name in names})

    # Networks.

    def test_native_ipv6_counts_though_no_local_network_names_it(self):
        for devices in ("", "devices/gua.toml", "devices/gua-right.toml"):
            with self.subTest(devices):
                text = self.case("native-ipv6.pcap", devices)
                self.assert_totals(counted=40)
                found = "IPv6 networks of the home, found by the MAC addresses of devices and routers: 2001:db8:1:1::/64"
                self.assertEqual(found in text, devices != "devices/gua-right.toml", text)
                self.assertEqual(list(self.devices().values()), [40])

    def test_native_ipv6_is_never_left_out_in_silence(self):
        pipeline = self.write("p.toml", PIPELINE.read_text().replace(
            "options.count_empty", "options.find_networks = false\noptions.count_empty"))
        done = support.ipet("run", pipeline, "--set", f"captures={CASES / 'captures/native-ipv6.pcap'}", "--output",
                            self.folder / "out", check=0)
        self.assert_totals(counted=20, outside=20)
        self.assertIn(f"20 of 40 packets left out: neither end is in local_networks ({NETWORKS}, option "
                      "'local_networks'): 2001:db8:1:1::10 (20 packets), 2001:db8:ffff::5 (20 packets); if one of them "
                      "is the home's, add its network there", done.stdout + done.stderr)

    def test_a_found_network_stands_in_the_devices_file_that_is_written(self):
        self.case("native-ipv6.pcap")
        self.assertIn('"fc00::/7", "2001:db8:1:1::/64"]', (self.folder / "out" / "devices.toml").read_text())

    def test_a_capture_of_the_lan_only_says_so_with_the_number_of_packets(self):
        text = self.case("lan-only.pcap")
        self.assert_totals(local=40)
        self.assertIn(f"no packet counts, of 40: 40 stay within the local networks ({NETWORKS}, option "
                      "'local_networks'): only what crosses the gateway counts; record where the traffic to the "
                      "internet passes, or narrow local_networks if one end is remote", text)
        self.assertIn("no windows: no packets came", text)

    def test_ipv4_link_local_traffic_to_a_neighbour_does_not_cross_the_gateway(self):
        text = self.case("ipv4-link-local.pcap")
        self.assert_totals(local=10)
        self.assertIn("no packet counts, of 10: 10 stay within the local networks", text)

    def test_a_wrong_local_network_names_the_addresses_that_were_seen(self):
        packets = [(1_700_000_000 + i, frame("10.10.10.123", "203.0.113.5")) for i in range(40)]
        capture = self.write("x.pcap", support.pcap(packets))
        devices = self.write("devices.toml", 'local_networks = ["192.168.0.0/16"]\n[[device]]\nname = "cam"\n'
                                             'mac = "02:00:00:00:00:0a"\n')
        text = self.run_ipet(capture, devices)
        self.assert_totals(outside=40)
        self.assertIn("no packet counts, of 40: 40 have no end in the local networks: none of the addresses seen "
                      "(10.10.10.123 (40 packets), 203.0.113.5 (40 packets)) is in local_networks (192.168.0.0/16, of "
                      f"{devices}); add the network of the devices there", text)
        self.assertIn("devices without any counted packet: cam", text)

    def test_noise_of_the_loopback_device_is_told_apart(self):
        packets = [(1_700_000_000 + i, frame("127.0.0.1", "127.0.0.1")) for i in range(3)]
        packets += [(1_700_000_010 + i, frame("192.168.1.10", "203.0.113.5")) for i in range(2)]
        self.run_ipet(self.write("x.pcap", support.pcap(packets)))
        self.assert_totals(counted=2, local=3)

    def test_the_end_of_a_run_accounts_for_every_packet_by_device(self):
        packets = [frame("192.168.1.10", "203.0.113.5")] * 6 + [frame("192.168.1.10", "203.0.113.5", size=0)] * 2
        packets += [frame("192.168.1.10", "239.1.2.3")] * 3 + [frame("192.168.1.10", "192.168.1.1")] * 4
        packets += [frame("192.168.1.20", "203.0.113.5", source_mac=0x14)] * 5
        packets += [frame("9.9.9.9", "203.0.113.5", source_mac=0x14)]
        capture = self.write("x.pcap", support.pcap([(1_700_000_000 + i, f) for i, f in enumerate(packets)]))
        devices = self.write("devices.toml", 'local_networks = ["192.168.0.0/16"]\n[[device]]\nname = "cam"\n'
                                             'mac = "02:00:00:00:00:0a"\n[[device]]\nname = "off"\nmac = "2:0:0:0:0:b"\n')
        text = self.run_ipet(capture, devices)
        # 6 packets a second apart are windows of 4 s: the first 4 and the last 2.
        lines = [line.split() for line in text.splitlines()]
        for line in ("cam 15 6 2 4 0 3 0", "off 0 0 0 0 0 0 0", "(no device) 6 0 0 0 1 0 5", "all 21 6 2 4 1 3 5",
                     "cam 6 6 0 2 0", "all 6 6 0 2 0"):
            self.assertIn(line.split(), lines, text)
        self.assert_totals(counted=6, unknown=5, empty=2, local=4, outside=1, multicast=3)
        with h5py.File(self.folder / "out" / "windows.h5") as file:
            rows = file["captures/devices"][:]
        self.assertEqual([int(rows[n][0]) for n in ("packets", "empty_packets", "local_packets", "outside_packets",
                                                    "multicast_packets")], [6, 2, 4, 0, 3])
        self.assertIn("devices without any counted packet: off", text)

    # Devices.

    def test_a_cooked_capture_gives_a_device_with_a_mac_both_directions(self):
        self.case("cooked-any.pcap", "captures/cooked-devices.toml")
        self.assert_totals(counted=40)
        rows = (self.folder / "out" / "packets.csv").read_text().splitlines()
        self.assertEqual(sum(",in," in row for row in rows), 20)
        self.assertEqual(sum(",out," in row for row in rows), 20)

    def test_a_cooked_capture_that_cannot_tell_whose_packets_are_says_what_is_needed(self):
        content = (CASES / "captures/cooked-any.pcap").read_bytes()
        header, records, at = content[:24], [], 24
        while at < len(content):
            length = struct.unpack_from("<I", content, at + 8)[0]
            records.append(content[at:at + 16 + length])
            at += 16 + length
        incoming = [record for record in records if record[16:].find(bytes([203, 0, 113, 5, 192, 168])) > 0]
        self.assertEqual(len(incoming), 20)
        text = self.run_ipet(self.write("in.pcap", header + b"".join(incoming)), CASES / "captures/cooked-devices.toml")
        self.assert_totals(unknown=20)
        self.assertIn("20 packets of 1 unknown device: 192.168.1.10; these captures do not tell the MAC of every local "
                      "end (Linux cooked captures have the sender's only, raw IP none): give such devices 'ip' in the "
                      "devices file", text)

    def test_a_device_is_not_named_after_the_gateway(self):
        self.case("gateway-mac-first-in.pcap")
        self.assertEqual(self.devices(), {"020000-00000a": 10})

    def test_one_device_may_have_two_macs(self):
        packets = [(1_700_000_000 + i, frame("192.168.1.10", "203.0.113.5", 0x0A + i % 2)) for i in range(10)]
        capture = self.write("x.pcap", support.pcap(packets))
        self.run_ipet(capture, CASES / "devices/two-macs.toml")
        self.assertEqual(self.devices(), {"c": 10})
        text = self.run_ipet(capture, CASES / "devices/same-name.toml", check=1)
        self.assertIn("same-name.toml:5:1: error[devices-file]: device 'c' was declared before, at", text)
        self.assertIn('one device with several MAC addresses is one [[device]] with mac = ["02:00:00:00:00:0a", '
                      '"02:00:00:00:00:0b"]', text)

    def test_macs_are_read_as_routers_print_them_and_a_list_without_addresses_is_enough(self):
        for name in ("cisco-mac.csv", "bare-mac.csv", "unsw.csv"):
            with self.subTest(name):
                self.case("native-ipv6.pcap", f"devices/{name}", output=name)
                self.assertEqual(self.devices(name), {"Cam": 40})

    def globs(self, folder):
        return self.write(f"{folder}/devices.toml", support.DEVICES_TOML + 'captures = "day1/*.pcap"\n')

    def test_globs_that_match_no_file_name_glob_folder_and_first_file(self):
        devices = self.globs("home")
        capture = self.write("moved/day1/x.pcap", support.small_capture(10))
        text = self.run_ipet(self.folder / "moved", devices)
        self.assertIn("captures globs that match none of 1 file read: 'day1/*.pcap' of cam; they are resolved against "
                      f"{self.folder / 'home'} (the folder of devices.toml), and the first file read is {capture}", text)
        self.assertIn("10 cross the gateway, but of no device in the devices file", text)

    def test_a_link_to_the_folder_of_the_captures_is_the_folder(self):
        devices = self.globs("home")
        self.write("home/day1/x.pcap", support.small_capture(10))
        (self.folder / "link").symlink_to(self.folder / "home")
        text = self.run_ipet(self.folder / "link", devices)
        self.assertEqual(self.devices(), {"cam": 10})
        self.assertNotIn("globs that match", text)
        # And the globs go through a link.
        (self.folder / "elsewhere").mkdir()
        shutil.move(self.folder / "home/day1", self.folder / "elsewhere/day1")
        (self.folder / "home/day1").symlink_to(self.folder / "elsewhere/day1")
        self.run_ipet(self.folder / "elsewhere", devices, output="through")
        self.assertEqual(self.devices("through"), {"cam": 10})

    # Discovered devices.

    def test_an_edited_devices_file_is_never_overwritten(self):
        capture = self.write("x.pcap", support.small_capture(10))
        self.run_ipet(capture, output="out")
        found = self.folder / "out" / "devices.toml"
        written = found.read_text()
        self.assertIn('mac = "02:00:00:00:00:01"', written)
        edited = written.replace("020000-000001", "front door")
        found.write_text(edited)
        text = self.run_ipet(capture, output="out")
        self.assertEqual(found.read_text(), edited)
        self.assertEqual((self.folder / "out" / "devices.found.toml").read_text(), written)
        self.assertIn("no devices file: found 1 device, see ", text)
        self.assertIn("devices.found.toml", text)
        # The same once more needs no third file; other devices do.
        self.run_ipet(capture, output="out")
        self.run_ipet(CASES / "captures/native-ipv6.pcap", output="out")
        names = sorted(path.name for path in (self.folder / "out").glob("devices*"))
        self.assertEqual(names, ["devices.found.2.toml", "devices.found.toml", "devices.toml"])
        self.assertEqual((self.folder / "out" / "devices.found.toml").read_text(), written)

    def test_threads_change_nothing(self):
        (self.folder / "x").mkdir()
        for name in ("native-ipv6.pcap", "gateway-mac-first-in.pcap", "cooked-any.pcap"):
            shutil.copy(CASES / "captures" / name, self.folder / "x")
        results = []
        for threads in (1, 4):
            output = f"t{threads}"
            self.run_ipet(self.folder / "x", output=output, extra=("--threads", threads))
            with h5py.File(self.folder / output / "windows.h5") as file:
                results.append((file["captures/totals"][:], file["captures/devices"][:], file["windows/features"][:]))
        for a, b in zip(*results):
            np.testing.assert_array_equal(a, b)


if __name__ == "__main__":
    support.main()
