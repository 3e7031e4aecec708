"""device_replay and relay_writer against a client and a server of the published record format that share no code with them."""

import csv
import socket
import struct
import subprocess
import threading
import time

import h5py

import support

# (seconds, payload, outgoing) of the device `cam`.
PACKETS = [(1_700_000_000 + 0.01 * i, 1 + (i * 37) % 1400, i % 3 != 0) for i in range(120)]

SEND = """schema = 1
name = "send"
[stages.capture]
plugin = "pcap_reader"
options.files = "FOLDER/home.pcap"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "FOLDER/devices.toml"
[stages.replay]
plugin = "device_replay"
inputs = "devices.packets"
"""
RECEIVE = """schema = 1
name = "receive"
[stages.relay]
plugin = "relay_writer"
options = { listen = ["127.0.0.1:PORT", "[::1]:PORT"], devices = ["cam", "plug"], log = "FOLDER/server.csv" }
[stages.store]
plugin = "hdf5_writer"
inputs = "relay"
options.file = "FOLDER/mixed.h5"
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def records_of(data):
    """[(kind, direction, size)] of whole records."""
    return [(chr(kind), chr(direction), size) for kind, direction, size in struct.iter_unpack("<BBH", data)]


def record(kind, direction, size):
    return struct.pack("<ccH", kind.encode(), direction.encode(), size)


class Records(support.WithFolder):
    def write_home(self):
        self.write("home.pcap", support.pcap([(time, support.udp_frame(size, out)) for time, size, out in PACKETS]))
        self.write("devices.toml", support.DEVICES_TOML)

    def pipeline(self, text, port=0, more=""):
        return self.write("pipeline.toml", text.replace("FOLDER", str(self.folder)).replace("PORT", str(port)) + more)

    def send(self, more, check=0):
        return support.ipet("run", self.pipeline(SEND, more=more), "--output", self.folder / "run", check=check)

    def receive(self, port):
        """ipet, once it listens."""
        process = subprocess.Popen([support.PROGRAM, "run", self.pipeline(RECEIVE, port), "--output", self.folder / "received"],
                                   cwd=support.SOURCE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        for _ in range(500):
            try:
                return process, self.connect(port)
            except ConnectionRefusedError:
                time.sleep(0.02)
        self.fail("it does not listen: " + process.communicate()[1])

    def connect(self, port, address="127.0.0.1"):
        made = socket.create_connection((address, port))
        self.addCleanup(made.close)
        return made

    def ended(self, process, code=0):
        output = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, output)
        return "".join(output)

    def test_a_server_gets_each_packet_of_the_capture_as_a_record_in_order(self):
        self.write_home()
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        received = bytearray()

        def serve():
            connection, _ = server.accept()
            with connection:
                while part := connection.recv(1000):
                    received.extend(part)

        thread = threading.Thread(target=serve)
        thread.start()
        done = self.send(f'options = {{ to = ["127.0.0.1:{server.getsockname()[1]}"], speed = 20 }}\n')
        thread.join()
        self.assertEqual(records_of(received), [("U", "O" if out else "I", size) for _, size, out in PACKETS])
        self.assertIn("replay: sent", done.stdout)
        self.assertRegex(done.stdout, rf"cam +120 +{sum(size for _, size, _ in PACKETS)}\n")
        self.assertRegex(done.stdout, r"late by: p50 [0-9.]+ ms, p99 [0-9.]+ ms")

    def test_datagrams_have_the_sizes_of_one_direction_and_come_from_the_given_address(self):
        self.write_home()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            server.bind(("127.0.0.1", 0))
            server.setblocking(False)
            self.send(f'options = {{ form = "datagrams", direction = "out", to = ["127.0.0.1:{server.getsockname()[1]}"], '
                      'from = ["127.0.0.5"], speed = 20 }\n')
            got = []
            while True:
                try:
                    data, sender = server.recvfrom(2000)
                except BlockingIOError:
                    break
                self.assertEqual(sender[0], "127.0.0.5")
                got.append(len(data))
        self.assertEqual(got, [size for _, size, out in PACKETS if out])

    def test_what_a_client_sends_is_logged_as_published_and_stored_as_defended_packets(self):
        port = free_port()
        process, client = self.receive(port)
        cam = [("U", "O", 17), ("C", "I", 1460), ("U", "I", 0), ("C", "O", 65527), ("X", "O", 3)]
        other = self.connect(port, "::1")
        before = time.time_ns() // 1_000_000
        for each in cam:
            client.sendall(record(*each))
        client.close()
        other.sendall(record("C", "O", 99))
        other.close()
        self.ended(process)
        after = time.time_ns() // 1_000_000
        with open(self.folder / "server.csv") as file:
            rows = list(csv.reader(file))
        expected = [("U" if kind == "X" else kind, direction, str(size)) for kind, direction, size in cam]
        mine = [tuple(row[:3]) for row in rows if row[2] != "99"]
        self.assertEqual(mine, expected)
        self.assertIn(("C", "O", "99"), [tuple(row[:3]) for row in rows])
        for row in rows:
            self.assertTrue(before - 1 <= int(row[3]) <= after, (before, row, after))
        with h5py.File(self.folder / "mixed.h5") as file:
            table = support.table(file["mixed/live/cam"])
            self.assertEqual(list(table["size"]), [size for _, _, size in cam])
            self.assertEqual(list(table["dummy"]), [kind == "C" for kind, _, _ in cam])
            self.assertEqual(list(table["direction"] != 0), [direction == "I" for _, direction, _ in cam])
            self.assertEqual(len(file["mixed/live/plug"]["size"]), 1)

    def test_one_replay_arrives_at_another_ipet_as_it_left(self):
        self.write_home()
        port = free_port()
        process, held = self.receive(port)  # it listens as long as somebody is connected
        self.connect(port, "::1").close()
        self.send(f'options = {{ to = ["127.0.0.1:{port}"], speed = 20 }}\n')
        held.close()
        self.ended(process)
        with h5py.File(self.folder / "mixed.h5") as file:
            table = support.table(file["mixed/live/cam"])
        self.assertEqual(list(table["size"]), [size for _, size, _ in PACKETS])
        self.assertEqual(list(table["direction"] == 0), [out for _, _, out in PACKETS])

    def test_a_thousand_connections_garbage_and_cut_records_are_counted_and_said_once(self):
        port = free_port()
        process, client = self.receive(port)
        other = self.connect(port, "::1")  # of the other device: behind the crowd it could be refused
        time.sleep(0.2)
        crowd = [self.connect(port) for _ in range(600)]
        for each in crowd[::50]:
            try:
                each.sendall(b"GET / HTTP/1.1\r\n\r\n")
            except OSError:
                pass  # it was refused
        client.sendall(record("U", "O", 5) + record("U", "O", 65535) + b"UO\x01")
        for each in [client, *crowd, other]:
            each.close()
        text = self.ended(process)
        self.assertRegex(text, r"\d+ connections refused: more than 256 at once")
        self.assertRegex(text, r"\d+ connections? closed: what came is not in the published format \(4 bytes: kind, I or O, size\)")
        self.assertIn("1 connection ended within a record, whose first bytes do not count", text)
        self.assertIn("1 record left out: larger than any packet (65527 bytes)", text)
        self.assertEqual(text.count("refused"), 1)
        self.assertEqual(text.count("closed:"), 1)
        self.assertEqual((self.folder / "server.csv").read_text().count("\n"), 1)

    def test_wrong_options_are_told_at_their_places(self):
        self.write_home()
        done = self.send('options = { to = ["relay:80"], from = ["cam"], begin_at = "soon" }\n', check=2)
        for text in ('option \'to\': must hold addresses with a port, such as "10.0.0.1:4800" or "[fd77::1]:4800", not "relay:80"',
                     'option \'from\': must hold addresses with or without a port, such as "10.0.0.1:4800" or "[fd77::1]:4800", not "cam"',
                     "option 'begin_at': must be a time such as 2026-03-02T16:00:00Z, or seconds since the epoch"):
            self.assertIn(text, done.stderr)
        done = self.send('options = { to = ["127.0.0.1:9"], devices = ["bulb"] }\n', check=1)
        self.assertIn("option 'devices': no device 'bulb'; there are: cam", done.stderr)
        done = self.send('options = { to = ["127.0.0.1:9", "127.0.0.1:10"] }\n', check=1)
        self.assertIn("option 'to' has 2 addresses for 1 device (cam): give one for all, or one each", done.stderr)
        done = self.send('options = { to = ["127.0.0.1:9"], wait_seconds = 0 }\n', check=1)
        self.assertIn("127.0.0.1:9 takes no records: Connection refused; start who is to listen there", done.stderr)
        listen = RECEIVE.replace('devices = ["cam", "plug"]', 'devices = ["cam"]')
        done = support.ipet("validate", self.pipeline(listen, 4800), check=2)
        self.assertIn("option 'devices': must name as many devices as 'listen' has addresses, 2: records do not say whose they are", done.stderr)


if __name__ == "__main__":
    support.main()
