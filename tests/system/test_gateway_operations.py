"""A gateway at work as a service: what systemd, Prometheus and the pool get to see of it."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

import support

DEVICES = """local_networks = ["192.168.77.0/24"]

[[device]]
name = "cam"
ip = "192.168.77.10"

[[device]]
name = "phone"
ip = "192.168.77.11"
protect = false
"""

# A tunnel that swallows what it gets, and the device behind the gateway.
NETWORK = """set -e
ip link set lo up; ip address add 192.168.77.10/24 dev lo
ip link add wg0 type veth peer name wire; ip link set wire up
ip address add 10.77.0.1/30 dev wg0; ip link set wg0 arp off mtu 1420 up; ip route add default dev wg0
"""

SEND = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('192.168.77.10', 0)); " \
       "[s.sendto(bytes(100 + i), ('198.51.100.2', 9)) for i in range(5)]"

PIPELINE = """schema = 1
[stages.gateway]
plugin = "gateway"
[stages.gateway.options]
defence = "netflow"
devices = "{folder}/devices.toml"
tunnels = ["wg0"]
relay = "10.77.0.2:4790"
metrics = "{folder}/metrics.sock"
pool = "{folder}/pool"
"""


def lacking():
    if os.geteuid() != 0:
        return "namespaces need root"
    tried = subprocess.run(["unshare", "-n", "sh", "-c", NETWORK], capture_output=True, text=True)
    return "no namespaces: " + tried.stderr.strip() if tried.returncode else ""


REASON = lacking()


@unittest.skipIf(REASON, REASON)
class Operations(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)
        (self.folder / "devices.toml").write_text(DEVICES)
        (self.folder / "gateway.toml").write_text(PIPELINE.format(folder=self.folder))
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.systemd.close)
        self.systemd.bind(str(self.folder / "notify"))
        self.systemd.settimeout(20)

    def told(self, state):
        """Waits for what systemd is told next but signs of life."""
        while (message := self.systemd.recv(4096).decode()).startswith("WATCHDOG=1"):
            pass
        self.assertTrue(message.startswith(state), message)

    def page(self, path="/metrics"):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as asker:
            asker.connect(str(self.folder / "metrics.sock"))
            asker.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            return b"".join(iter(lambda: asker.recv(1 << 20), b"")).decode()

    def await_page(self, line):
        end = time.monotonic() + 20
        while line not in (page := self.page()):
            self.assertLess(time.monotonic(), end, page)
            time.sleep(0.05)

    def test_a_gateway_shows_counts_records_reloads_and_ends(self):
        log = open(self.folder / "log", "w+")
        self.addCleanup(log.close)
        gateway = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", NETWORK + f"exec {support.PROGRAM} gateway {self.folder}/gateway.toml"], cwd=support.SOURCE,
            env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")}, stdout=log, stderr=log)
        self.addCleanup(gateway.wait)
        self.addCleanup(gateway.kill)
        self.told("READY=1\nSTATUS=at work for 0 s, 0 of 1 line up")
        subprocess.run(["nsenter", "-n", "-t", str(gateway.pid), "python3", "-c", SEND], check=True)
        self.await_page('ipet_line_packets_total{line="cam",direction="out",traffic="user"} 5\n')
        self.await_page("ipet_pool_days 1\n")
        page = self.page()
        for line in ('ipet_line_bytes_total{line="cam",direction="out",traffic="user"} 650\n',  # 100 to 104, and 28 of headers each
                     'ipet_line_up{line="cam"} 0\n', "ipet_pool_short_devices 1\n", "ipet_devices_unprotected 0\n"):
            self.assertIn(line, page)
        self.assertTrue(page.startswith("HTTP/1.1 200 OK\r\n"), page)
        self.assertTrue(self.page("/etc/passwd").startswith("HTTP/1.1 404 Not Found\r\n"))
        gateway.send_signal(signal.SIGHUP)
        self.told("RELOADING=1\nMONOTONIC_USEC=")
        self.told("READY=1\n")
        gateway.send_signal(signal.SIGTERM)
        self.told("STOPPING=1")
        self.assertEqual(gateway.wait(timeout=20), 0)
        self.check_pool()
        log.seek(0)
        text = log.read()
        self.assertIn("pool: 1 device cannot be protected by what was recorded yet, for want of 1 past day: cam\n", text)
        self.assertIn("warning gateway: no_tunnel: the interface 'wg0' is no tunnel: unless something else encrypts what leaves there, all "
                      "of it can be read, cover too\n", text)
        self.assertEqual(len(re.findall("begin: gateway of 1 line, beside the path", text)), 2, text)
        self.assertFalse((self.folder / "metrics.sock").exists())

    def check_pool(self):
        """Of the five packets, the sizes and whose they are; nothing of where they went."""
        files = [each for each in (self.folder / "pool").iterdir() if each.suffix == ".pcap"]
        self.assertEqual(len(files), 1)
        content, frames = files[0].read_bytes(), []
        at = 24
        while at < len(content):
            _, _, captured, original = struct.unpack_from("<IIII", content, at)
            frames.append((original - 42, content[at + 16:at + 16 + captured]))
            at += 16 + captured
        self.assertEqual([size for size, _ in frames], [100, 101, 102, 103, 104])
        for _, frame in frames:
            self.assertEqual(len(frame), 42)
            self.assertEqual(socket.inet_ntoa(frame[26:30]), "192.168.77.10")
            self.assertEqual(socket.inet_ntoa(frame[30:34]), "192.0.2.1")


if __name__ == "__main__":
    unittest.main()
