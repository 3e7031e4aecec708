"""Bad peers of a live gateway and relay: garbage to every port, datagrams that are nearly right, replays, a thousand
connections, slow readers, packets of devices that are none.

    IPET_PROGRAM=build/sanitize/bin/ipet tests/live/garbage.py --minutes 60 [--seed 1]

By hand, with a build under the address sanitizer; needs root. Of the time a third goes to the gateway with this program in the
relay's place, a third to the relay with it in the gateway's, a third to both at work with users, of whom is printed what is missing.
It fails where an end dies, grows, keeps descriptors, floods its log or does not show its counters any more, and where what
users get is not what was sent, in its order. It uses the namespaces of live-demo, and netflow, unison and constant.
"""

import argparse
import collections
import contextlib
import os
import pathlib
import random
import select
import socket
import struct
import sys
import threading
import time
import traceback

import ends
import network

PORT, METRICS = 4790, ("127.0.0.1", 9477)
HELLO, DUMMY, USER, CELL, ANSWER, CONTROL = range(1, 7)
NO_FIRST = 0xFFFF
CROWD = 1000
LINES_A_MINUTE = 140  # sixty of events, and as many that tell how many were not shown
GROWTH = 64 << 20     # bytes of memory
os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")  # else the sanitizer keeps 256 MB of what was freed


def datagram(kind, content=b"", size=0, line=0, session=0, number=0, first=NO_FIRST, version=1, length=None):
    head = struct.pack(">HBBHHIHIH", 0x6950, version, kind, line, len(content) if length is None else length, session,
                       number >> 32, number & 0xFFFFFFFF, first)
    return (head + content).ljust(size, b"\0")


class FalseEnd:
    """This program in the place of one end of a line: shakes hands, then sends what it likes."""

    def __init__(self, net, place, line, draw):
        other = "relay" if place == "gateway" else "gateway"
        self.socket = net.socket(place, address=net.inner(place, line), port=PORT)
        self.socket.setblocking(False)
        self.to, self.line, self.draw = (net.inner(other, line), PORT), line, draw
        self.session, self.other, self.number, self.past = draw.randrange(1, 1 << 32), 0, 0, collections.deque(maxlen=500)

    def hear(self):
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                got = self.socket.recv(65536)
                if len(got) >= 24 and got[3] == HELLO:
                    self.other = struct.unpack_from(">I", got, 8)[0]
                    self.send(datagram(HELLO, struct.pack(">IB", self.other, 1), 96, self.line, self.session, self.next()))

    def next(self):
        self.number += 1
        return self.number

    def send(self, data):
        self.past.append(data)
        with contextlib.suppress(OSError):
            self.socket.sendto(data, self.to)

    def nearly_right(self):
        draw = self.draw
        content = draw.randbytes(draw.choice((0, 1, 3, 4, 7, 8, 16, 20, 40, 160, 700, 1340)))
        if draw.random() < 0.5:
            content = packet(draw)
        elif draw.random() < 0.3:
            content = b"".join(struct.pack(">II", draw.choice((0, 1000, 1 << 31)), draw.randrange(1 << 24) << 8 | draw.choice((6, 17, 0)))
                               for _ in range(draw.randrange(30)))
        made = bytearray(datagram(
            draw.randrange(0, 9), content, draw.choice((0, 0, 200, 1372, 1400)), self.line if draw.random() < 0.9 else draw.randrange(65536),
            self.session if draw.random() < 0.9 else draw.randrange(1 << 32),
            self.next() if draw.random() < 0.8 else draw.randrange(1 << 48),
            draw.choice((NO_FIRST, 0, 1, len(content), draw.randrange(65536))), 1 if draw.random() < 0.95 else draw.randrange(256),
            None if draw.random() < 0.9 else draw.randrange(65536)))
        for _ in range(draw.choice((0, 0, 0, 1, 5))):
            made[draw.randrange(len(made))] = draw.randrange(256)
        return bytes(made[:draw.randrange(len(made) + 1)] if draw.random() < 0.05 else made)

    def step(self):
        self.hear()
        for _ in range(20):
            if self.draw.random() < 0.1 and self.past:
                with contextlib.suppress(OSError):
                    self.socket.sendto(self.draw.choice(self.past), self.to)
            else:
                self.send(self.nearly_right())
        if self.draw.random() < 0.002:  # a new life
            self.session, self.number = self.draw.randrange(1, 1 << 32), 0


def packet(draw):
    """An IP packet, or nearly one."""
    body = draw.randbytes(draw.randrange(0, 100))
    if draw.random() < 0.5:
        made = bytearray(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, draw.choice((1, 6, 17, 47, 255)), 0,
                                     bytes((192, 168, 77, draw.randrange(256))), bytes((198, 51, 100, 2))) + body)
    else:
        made = bytearray(struct.pack(">IHBB", 6 << 28, len(body), draw.choice((0, 6, 17, 43, 44, 58)), 64) + draw.randbytes(32) + body)
    for _ in range(draw.choice((0, 0, 1, 4))):
        made[draw.randrange(len(made))] = draw.randrange(256)
    return bytes(made)


def strangers(net, place, draw):
    """Garbage to an end's ports, from addresses and ports of nobody."""
    other = "relay" if place == "gateway" else "gateway"
    sender = net.socket(other)
    while True:
        for _ in range(20):
            with contextlib.suppress(OSError):
                sender.sendto(draw.randbytes(draw.choice((0, 1, 19, 20, 100, 1400))), (net.inner(place, draw.randrange(net.lines)), PORT))
        yield


def askers(net, place, draw):
    """Of the counters: garbage, halves, a crowd that stays, readers that do not read."""
    good = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
    crowd = collections.deque()
    while True:
        while len(crowd) > CROWD:
            crowd.popleft().close()
        asker = socket_in(net, place)
        asker.setblocking(False)
        with contextlib.suppress(OSError):
            asker.connect_ex(METRICS)
            waiting = select.poll()  # descriptors are beyond what select() takes
            waiting.register(asker, select.POLLOUT)
            waiting.poll(100)
            made = bytearray(draw.choice((good, draw.randbytes(draw.randrange(1, 9000)), good[:draw.randrange(1, len(good))], good * 400)))
            for _ in range(draw.choice((0, 1, 5))):
                made[draw.randrange(len(made))] = draw.randrange(256)
            asker.send(made)
            if draw.random() < 0.2:
                asker.shutdown(socket.SHUT_WR)
        crowd.append(asker)
        yield


def socket_in(net, place):
    with network.inside(net.namespace(place)):
        return socket.socket()


def devices(net, draw):
    """Packets of devices, and of none, that are nearly right."""
    with network.inside(net.namespace("home")):
        sender = net.closers.enter_context(contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)))
    while True:
        for _ in range(5):
            with contextlib.suppress(OSError):
                sender.sendto(packet(draw), (network.SERVER, 0))
        yield


def page(net, place):
    with contextlib.closing(socket_in(net, place)) as asker:
        asker.settimeout(20)
        asker.connect(METRICS)
        asker.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        asker.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: asker.recv(1 << 20), b"")).decode()


class Watchman:
    """What must hold of an end's process."""

    def __init__(self, both, place):
        self.both, self.place, self.process = both, place, both.processes[place]
        self.began, self.lines, self.memory = time.monotonic(), both.log(place).count("\n"), None

    def pid(self):
        """Of ipet itself, which `ip netns exec` becomes."""
        return self.process.pid

    def look(self):
        assert self.process.poll() is None, f"{self.place} ended with {self.process.returncode}\n{self.both.log(self.place)[-6000:]}"
        status = pathlib.Path(f"/proc/{self.pid()}/status").read_text()
        memory = int(status.split("VmRSS:")[1].split()[0]) << 10
        if time.monotonic() - self.began < 15:
            self.memory = memory
        assert self.memory is None or memory < self.memory + GROWTH, f"{self.place} grew from {self.memory} to {memory} bytes"
        descriptors = len(os.listdir(f"/proc/{self.pid()}/fd"))
        assert descriptors < 200, f"{self.place} has {descriptors} descriptors"
        lines = self.both.log(self.place).count("\n") - self.lines
        assert lines < LINES_A_MINUTE * (1 + (time.monotonic() - self.began) / 60), f"{self.place} wrote {lines} lines"
        assert "ipet_refused_total" in page(self.both.net, self.place), f"{self.place} shows no counters"
        return memory, descriptors, lines


def torment(both, places, makers, seconds):
    """Runs the steps of all generators in a thread each, and looks at the ends meanwhile."""
    ended, failures = threading.Event(), []

    def work(steps):
        try:
            for _ in steps:
                if ended.is_set():
                    return
                time.sleep(0.002)
        except Exception:
            failures.append(traceback.format_exc())

    threads = [threading.Thread(target=work, args=(each,), daemon=True) for each in makers]
    watchmen = [Watchman(both, place) for place in places]
    for each in threads:
        each.start()
    end, seen = time.monotonic() + seconds, {}
    try:
        while time.monotonic() < end:
            time.sleep(min(2, max(0, end - time.monotonic())))
            seen = {each.place: each.look() for each in watchmen}
            assert not failures, failures[0]
    finally:
        ended.set()
        for each in threads:
            each.join(10)
    for place, (memory, descriptors, lines) in seen.items():
        counts = [line for line in page(both.net, place).splitlines() if line.startswith(("ipet_refused", "ipet_dropped", "ipet_line_up")) and not line.endswith(" 0")]
        print(f"  {place}: {memory >> 20} MiB, {descriptors} descriptors, {lines} lines of log; " + ", ".join(counts), flush=True)


def forever(step):
    while True:
        step()
        yield


def run(defence, mode, seconds, seed):
    draws = iter(random.Random(f"{seed} {mode} {i}") for i in range(1000))
    with network.Network(devices=3, lines=3, mode=mode) as net:
        both = ends.Ends(net, defence, more=f'metrics = "{METRICS[0]}:{METRICS[1]}"')
        for place, other in (("gateway", "relay"), ("relay", "gateway")):
            print(f"{mode}: {place} with a false {other}", flush=True)
            both.start(place)
            false = [FalseEnd(net, other, line, next(draws)) for line in range(3)]
            torment(both, [place], [*(forever(each.step) for each in false), strangers(net, place, next(draws)),
                                    askers(net, place, next(draws)), devices(net, next(draws))], seconds / 3)
            for each in false:
                each.socket.close()
            assert both.stop(place) == [0], both.log(place)[-6000:]
        print(f"{mode}: both, with users", flush=True)
        both.start()
        both.await_lines()
        users = ends.Users(net)
        torment(both, ["gateway", "relay"],
                [strangers(net, place, next(draws)) for place in ("gateway", "relay")] +
                [askers(net, place, next(draws)) for place in ("gateway", "relay")] +
                [forever(lambda n=iter(range(10**9)): users.send(20, 0.5, seed=next(n))), forever(users.collect_once)], seconds / 3)
        users.collect()
        assert users.in_order(), "what users sent arrived in another order, or changed"
        print(f"  users: {sum(map(len, users.sent.values()))} sent, missing {users.missing() or 'none'}", flush=True)
        assert both.stop() == [0, 0], both.log("gateway")[-6000:] + both.log("relay")[-6000:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    reason = network.lacking()
    if reason:
        print("skipped:", reason)
        return 77
    for defence, mode in (('{ name = "netflow", shortest = 0.02, longest = 0.06 }', "beside"), ('{ name = "unison" }', "path"), ('{ name = "constant" }', "path")):
        run(defence, mode, chosen.minutes * 60 / 3, chosen.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
