"""Gateway and relay of ipet in a Network, and users whose bytes are compared at both ends."""

import contextlib
import os
import pathlib
import random
import signal
import socket
import struct
import tempfile
import threading
import time

import network
from network import SERVER, SERVER6

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("IPET_PROGRAM", str(SOURCE / "build" / "release" / "bin" / "ipet"))

END = """schema = 1
name = "{place}"
[run]
seed = {seed}
output = "{folder}/run-{place}"
[stages.{place}]
plugin = "{place}"
[stages.{place}.options]
defence = {defence}
lines = "{lines}"
devices = "{folder}/devices.toml"
tunnels = [{tunnels}]
{other} = "{far}:4790"
{more}
"""


class Ends:
    """Both ends at work: `defence` as in a pipeline file, `more`: further options of both."""

    def __init__(self, net, defence, more="", seed=20, protected=None):
        self.net, self.defence, self.more, self.seed = net, defence, more, seed
        self.protected = net.devices if protected is None else protected
        self.folder = pathlib.Path(net.closers.enter_context(tempfile.TemporaryDirectory(prefix="ipet-live-")))
        (self.folder / "devices.toml").write_text('local_networks = ["192.168.72.0/21", "fd77::/64"]\n' + "".join(
            f'\n[[device]]\nname = "device-{i}"\nip = ["{net.device(i)}", "{net.device6(i)}"]\n' for i in range(self.protected)))
        self.processes = {}

    def file(self, place):
        other, end = ("relay", 2) if place == "gateway" else ("gateway", 1)
        path = self.folder / f"{place}.toml"
        path.write_text(END.format(
            place=place, other=other, far=f"[fd78:{{line}}::{end}]" if self.net.stub else f"10.77.{{line}}.{end}", folder=self.folder, seed=self.seed, defence=self.defence, more=self.more,
            lines="device" if self.net.lines > 1 else "home",
            tunnels=", ".join(f'"{name}"' for name in self.net.tunnels(place)[:self.protected])))
        return path

    def start(self, *places):
        begun = {}
        for place in places or ("relay", "gateway"):
            with open(self.folder / f"{place}.log", "a") as log:
                begun[place] = self.log(place).count("the path")
                self.processes[place] = self.net.spawn(place, PROGRAM, place, self.file(place), cwd=SOURCE, stdout=log, stderr=log)
        for place in places or ("relay", "gateway"):
            network.await_that(lambda: self.log(place).count("the path") > begun[place] or self.processes[place].poll() is not None, place + " says nothing", 20)
            if self.processes[place].poll() is not None:
                raise RuntimeError(f"{place} ended with exit code {self.processes[place].returncode}\n{self.log(place)}")
        return self

    def log(self, place):
        return (self.folder / f"{place}.log").read_text()

    def stop(self, *places, number=signal.SIGTERM):
        """Exit codes."""
        chosen = places or ("gateway", "relay")
        for place in chosen:
            self.processes[place].send_signal(number)
        return [self.processes[place].wait(timeout=20) for place in chosen]

    def await_lines(self):
        """Until packets of each device pass both ways."""
        for device in range(self.net.devices):
            for _ in range(50):
                try:
                    network.echo(self.net, device, socket.AF_INET, patience=0.4)
                    break
                except TimeoutError:
                    pass
            else:
                raise RuntimeError(f"nothing of device {device} passes\n{self.log('gateway')}{self.log('relay')}")


class Users:
    """UDP of each device to the server and back, at times of a seed: what was sent and what arrived, by device and direction."""

    def __init__(self, net, family=socket.AF_INET, port=9000, largest=1200):
        self.net, self.largest = net, largest
        server = SERVER if family == socket.AF_INET else SERVER6
        self.pairs = []
        for i in range(net.devices):
            address = net.device(i) if family == socket.AF_INET else net.device6(i)
            near = net.socket("home", family=family, address=address, port=port)
            far = net.socket("server", family=family, address=server, port=port + i)
            for each in (near, far):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                each.setblocking(False)
            near.connect((server, port + i))
            far.connect((address, port))
            self.pairs.append((near, far))
        self.sent = {(i, way): [] for i in range(net.devices) for way in ("out", "in")}
        self.arrived = {key: [] for key in self.sent}

    def send(self, count, seconds, seed=1):
        """So many datagrams in all; sizes, devices, directions and times at random."""
        draw = random.Random(seed)
        times = sorted(draw.uniform(0, seconds) for _ in range(count))
        began = time.monotonic()
        for at in times:
            time.sleep(max(0, began + at - time.monotonic()))
            i, way = draw.randrange(len(self.pairs)), draw.choice(("out", "in"))
            data = draw.randbytes(draw.randint(1, self.largest))
            self.pairs[i][way == "in"].send(data)
            self.sent[i, way].append(data)

    def collect(self, wait=2.0):
        """Until all has arrived, or nothing more does for so long."""
        quiet = time.monotonic()
        while self.arrived != self.sent and time.monotonic() - quiet < wait:
            if self.collect_once():
                quiet = time.monotonic()
            time.sleep(0.01)
        return self.arrived == self.sent

    def collect_once(self):
        """Whether anything has come."""
        before = sum(map(len, self.arrived.values()))
        for i, pair in enumerate(self.pairs):
            for way, end in (("out", pair[1]), ("in", pair[0])):
                with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                    while True:
                        self.arrived[i, way].append(end.recv(65536))
        return sum(map(len, self.arrived.values())) > before

    def in_order(self):
        """What has arrived was sent, in this order."""
        for key, arrived in self.arrived.items():
            sent = iter(self.sent[key])
            if not all(any(each == other for other in sent) for each in arrived):
                return False
        return True

    def missing(self):
        return {key: len(sent) - len(self.arrived[key]) for key, sent in self.sent.items() if len(self.arrived[key]) != len(sent)}


class Inside:
    """What enters a line's tunnel at an end, in order: ("user", a packet of a device or a cell with parts of some, or else the
    kind of our datagram; size on the wire)."""

    KINDS = {1: "hello", 2: "dummy", 3: "user", 4: "cell", 5: "answer", 6: "control"}  # stages/gateway/datagram.hpp

    def __init__(self, net, place, line):
        with network.inside(net.namespace(place)):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((net.tunnel(place, line), 0))
        self.socket.settimeout(0.1)
        self.packets, self.ended = [], False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while not self.ended:
            try:
                packet, address = self.socket.recvfrom(64)
            except TimeoutError:
                continue
            if address[2] == socket.PACKET_OUTGOING:
                ours = packet[0] >> 4 == 4 and packet[9] == 17 and packet[28:30] == b"iP"
                kind = self.KINDS.get(packet[31], "?") if ours else "user"
                full = kind == "cell" and struct.unpack_from(">H", packet, 34)[0] > 0
                length = struct.unpack_from(">H", packet, 2)[0] if packet[0] >> 4 == 4 else 40 + struct.unpack_from(">H", packet, 4)[0]
                on_wire = 32 + min(-(-length // 16) * 16, network.TUNNEL_MTU)
                self.packets.append(("user" if full else kind, on_wire))

    def end(self):
        self.ended = True
        self.thread.join()
        self.socket.close()
        return self.packets
