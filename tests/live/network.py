"""A home on live lines: devices, gateway, a watched wire, relay and server, as network namespaces of this machine.

    home --- gateway === middle === relay --- server

Between gateway and relay run WireGuard tunnels (wireguard-go), one for all devices or one for each; every tunnel has outer
addresses of its own, so that who watches the wire can tell lines apart. Needs root. Standard library only.

    with Network(devices=3, lines=3, mode="beside") as network:
        sender = network.socket("home", address=network.device(0))

Namespaces are called ipet-PID-PLACE; what an earlier process left that is no more is swept away at the next start. Run as a
program, it checks itself without ipet: UDP and TCP both ways, IPv4 and IPv6, with and without NAT.
"""

import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

PLACES = ("home", "gateway", "middle", "relay", "server")
FOLDER = pathlib.Path("/run/netns")
SOCKETS = pathlib.Path("/var/run/wireguard")
TOOLS = {"ip": "iproute2", "wg": "wireguard-tools", "wireguard-go": "wireguard-go", "nft": "nftables"}
SERVER, SERVER6 = "198.51.100.2", "2001:db8:51::2"
TUN = "ipet0"           # into which user packets are routed where the defence is in their path
TUNNEL_MTU = 1420
WIREGUARD_PORT = 51820
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


def lacking(tools=TOOLS):
    """Why there can be no network here, or nothing."""
    if os.geteuid() != 0:
        return "namespaces need root"
    missing = [f"{tool} ({package})" for tool, package in tools.items() if shutil.which(tool) is None]
    if missing:
        return "missing: " + ", ".join(missing)
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    probe = f"ipet-{os.getpid()}-probe"
    tried = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "delete", probe], capture_output=True)
    return "no namespaces: " + tried.stderr.strip() if tried.returncode else ""


def sweep():
    """Removes what processes left that are no more."""
    for found in FOLDER.glob("ipet-*-*") if FOLDER.is_dir() else ():
        matched = re.fullmatch(r"ipet-(\d+)-[a-z]+", found.name)
        if matched and not pathlib.Path("/proc", matched[1]).exists():
            remove(found.name, matched[1])


def remove(namespace, owner):
    for _ in range(50):
        pids = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True).stdout.split()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if not pids:
            break
        time.sleep(0.02)
    subprocess.run(["ip", "netns", "delete", namespace], capture_output=True)
    for left in SOCKETS.glob(f"i{owner}[gr]*.sock"):
        left.unlink(missing_ok=True)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def inside(namespace):
    """This thread's sockets are made there."""
    with open("/proc/thread-self/ns/net", "rb") as home, open(FOLDER / namespace, "rb") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + namespace)
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


class Network:
    """`mode`: "beside" routes devices into their tunnels, "path" into the TUN device of gateway and relay, which then
    are to send through the tunnels. `nat`: the relay hides devices from the server behind its own address. `stub`: lines are plain links between gateway and
    relay, of which there can be 500, instead of tunnels over the wire."""

    def __init__(self, devices=3, lines=1, mode="beside", nat=False, tun_mtu=1340, stub=False):
        assert mode in ("beside", "path") and lines in (1, devices) and devices <= (500 if stub else 200)
        self.devices, self.lines, self.mode, self.nat, self.tun_mtu, self.stub = devices, lines, mode, nat, tun_mtu, stub
        self.owner = os.getpid()
        self.children = []
        self.closers = contextlib.ExitStack()

    # What is where.

    def namespace(self, place):
        return f"ipet-{self.owner}-{place}"

    def device(self, i):
        return f"192.168.{72 + (10 + i) // 256}.{(10 + i) % 256}"

    def device6(self, i):
        return f"fd77::{10 + i:x}"

    def line(self, device):
        return device if self.lines > 1 else 0

    def tunnel(self, place, line=0):
        return f"i{self.owner}{place[0]}{line}"

    def tunnels(self, place):
        return [self.tunnel(place, line) for line in range(self.lines)]

    def inner(self, place, line=0):
        """An end's address inside the tunnel."""
        return f"fd78:{line}::{1 if place == 'gateway' else 2}" if self.stub else f"10.77.{line}.{1 if place == 'gateway' else 2}"

    def outer(self, place, line=0):
        """An end's address on the wire."""
        return f"10.91.{1 if place == 'gateway' else 2}.{10 + line}"

    # What is done there.

    def command(self, place, *words):
        return ["ip", "netns", "exec", self.namespace(place), *map(str, words)]

    def run(self, place, *words, check=True, **keywords):
        done = subprocess.run(self.command(place, *words), capture_output=True, text=True, **keywords)
        if check and done.returncode:
            raise RuntimeError(f"{place}: {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done

    def spawn(self, place, *words, **keywords):
        """A process there, which ends with the network, or with this process."""
        child = subprocess.Popen(self.command(place, *words), preexec_fn=die_with_parent, **keywords)
        self.children.append(child)
        return child

    def socket(self, place, kind=socket.SOCK_DGRAM, family=socket.AF_INET, address=None, port=0):
        with inside(self.namespace(place)):
            made = socket.socket(family, kind)
            if kind == socket.SOCK_STREAM:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if address is not None:
                made.bind((address, port))
            return self.closers.enter_context(contextlib.closing(made))

    def batch(self, place, lines):
        done = subprocess.run(["ip", "-n", self.namespace(place), "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                              capture_output=True)
        if done.returncode:
            raise RuntimeError(f"{place}: ip: {done.stderr}")

    def wire(self, up):
        """Cuts the wire between gateway and relay, or mends it."""
        self.batch("middle", [f"link set to_{place} {'up' if up else 'down'}" for place in ("gateway", "relay")])
        if up:  # routes go with an interface
            self.batch("middle", ["address replace 10.91.1.254/24 dev to_gateway", "address replace 10.91.2.254/24 dev to_relay"])

    # Making and unmaking.

    def __enter__(self):
        sweep()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                self.closers.callback(signal.signal, number, signal.signal(number, lambda *_: sys.exit(143)))
        try:
            self.make()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for number in (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ():
            signal.signal(number, signal.SIG_IGN)  # once: cleaning is short
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        for place in PLACES:
            if (FOLDER / self.namespace(place)).exists():
                remove(self.namespace(place), self.owner)
        self.closers.close()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def make(self):
        for place in PLACES:
            subprocess.run(["ip", "netns", "add", self.namespace(place)], check=True)
            sysctls = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0",
                       "net.ipv4.conf.default.rp_filter=0", "net.ipv6.conf.default.accept_dad=0",
                       "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.default.send_redirects=0"]
            self.run(place, "sysctl", "-q", "-w", *sysctls)
            self.batch(place, ["link set lo up"])
        for one, other in zip(PLACES, PLACES[1:]):
            subprocess.run(["ip", "link", "add", f"to_{other}", "netns", self.namespace(one), "type", "veth", "peer", "name",
                            f"to_{one}", "netns", self.namespace(other)], check=True)
        devices, lines = range(self.devices), range(self.lines)
        self.batch("home", [f"address add {self.device(i)}/21 dev to_gateway" for i in devices] +
                   [f"address add {self.device6(i)}/64 dev to_gateway" for i in devices] +
                   ["link set to_gateway up", "route add default via 192.168.72.1", "route add default via fd77::1"])
        self.batch("middle", ["address add 10.91.1.254/24 dev to_gateway", "address add 10.91.2.254/24 dev to_relay",
                              "link set to_gateway up", "link set to_relay up"])
        self.batch("gateway", ["address add 192.168.72.1/21 dev to_home", "address add fd77::1/64 dev to_home", "link set to_home up"])
        self.batch("relay", ["address add 198.51.100.1/24 dev to_server", "address add 2001:db8:51::1/64 dev to_server",
                             "link set to_server up"])
        self.batch("server", [f"address add {SERVER}/24 dev to_relay", f"address add {SERVER6}/64 dev to_relay",
                              "link set to_relay up", "route add 192.168.72.0/21 via 198.51.100.1",
                              "route add fd77::/64 via 2001:db8:51::1"])
        for place, other, net, far in (("gateway", "relay", 1, 2), ("relay", "gateway", 2, 1)) if not self.stub else ():
            self.batch(place, [f"address add {self.outer(place, line)}/24 dev to_middle" for line in lines] + ["link set to_middle up"] +
                       [f"route add {self.outer(other, line)}/32 via 10.91.{net}.254 src {self.outer(place, line)}" for line in lines])
        self.tables()  # before there are tunnels
        self.make_links() if self.stub else self.make_tunnels()
        self.make_routes()
        if not self.stub:
            self.shake_hands()

    def make_links(self):
        """Stubs of tunnels: pairs of interfaces that do not ask for addresses, so that both ends have the same one."""
        made = "\n".join(f"link add {self.tunnel('gateway', line)} address 02:00:00:00:{line // 256:02x}:{line % 256:02x} netns "
                         f"{self.namespace('gateway')} type veth peer name {self.tunnel('relay', line)} address "
                         f"02:00:00:00:{line // 256:02x}:{line % 256:02x} netns {self.namespace('relay')}" for line in range(self.lines))
        subprocess.run(["ip", "-batch", "-"], input=made + "\n", text=True, check=True)
        for place in ("gateway", "relay"):
            self.batch(place, [command for line in range(self.lines) for command in (
                f"link set {self.tunnel(place, line)} mtu {TUNNEL_MTU} up arp off",
                f"address add {self.inner(place, line)}/64 dev {self.tunnel(place, line)} nodad")])

    def make_tunnels(self):
        keys = {}
        for place in ("gateway", "relay"):
            for line in range(self.lines):
                private = subprocess.run(["wg", "genkey"], capture_output=True, text=True, check=True).stdout
                keys[place, line] = (private, subprocess.run(["wg", "pubkey"], input=private, capture_output=True, text=True, check=True).stdout.strip())
                self.spawn(place, "wireguard-go", "-f", self.tunnel(place, line), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        for place, other in (("gateway", "relay"), ("relay", "gateway")):
            for line in range(self.lines):
                name = self.tunnel(place, line)
                await_that(lambda: (SOCKETS / f"{name}.sock").exists(), f"wireguard-go made no {name}")
                port = WIREGUARD_PORT + line
                self.run(place, "wg", "set", name, "listen-port", port, "private-key", "/dev/stdin", "peer", keys[other, line][1],
                         "allowed-ips", "0.0.0.0/0,::/0", "endpoint", f"{self.outer(other, line)}:{port}", input=keys[place, line][0])
            self.batch(place, [command for line in range(self.lines) for command in (
                f"address add {self.inner(place, line)}/24 dev {self.tunnel(place, line)}",
                f"link set {self.tunnel(place, line)} mtu {TUNNEL_MTU} up")])

    def shake_hands(self):
        """Where both ends begin at once, WireGuard may need another try, 5 s later: here the gateway begins."""
        pairs = [[self.socket(place, address=self.inner(place, line), port=9) for place in ("gateway", "relay")]
                 for line in range(self.lines)]
        for line, (near, _) in enumerate(pairs):
            near.sendto(b"", (self.inner("relay", line), 9))
        for near, far in pairs:
            far.settimeout(15)
            far.recvfrom(16)
            near.close()
            far.close()

    def make_routes(self):
        for place in ("gateway", "relay") if self.mode == "path" else ():
            self.batch(place, [f"tuntap add dev {TUN} mode tun", f"link set {TUN} mtu {self.tun_mtu} up"])
        gateway, relay = [], []
        for version, local in (("-4", "192.168.72.0/21"), ("-6", "fd77::/64")):
            gateway.append(f"{version} rule add to {local} lookup main pref 100")
        for device in range(self.devices):
            line = self.line(device)
            into = {place: TUN if self.mode == "path" else self.tunnel(place, line) for place in ("gateway", "relay")}
            gateway += [f"rule add from {self.device(device)} lookup {1000 + line} pref 200",
                        f"-6 rule add from {self.device6(device)} lookup {1000 + line} pref 200",
                        f"route replace default dev {into['gateway']} table {1000 + line}",
                        f"-6 route replace default dev {into['gateway']} table {1000 + line}"]
            relay += [f"route add {self.device(device)}/32 dev {into['relay']}", f"-6 route add {self.device6(device)}/128 dev {into['relay']}"]
        for place, commands in (("gateway", gateway), ("relay", relay)):
            for version in ("-4", "-6"):
                chosen = [each.removeprefix("-6 ").removeprefix("-4 ") for each in commands if each.startswith("-6 ") == (version == "-6")]
                done = subprocess.run(["ip", version, "-n", self.namespace(place), "-batch", "-"], input="\n".join(chosen) + "\n",
                                      text=True, capture_output=True)
                if done.returncode:
                    raise RuntimeError(f"{place}: ip {version}: {done.stderr}")

    def tables(self):
        """TCP is told what fits; no multicast of the kernel's own (MLD, router solicitations) enters a tunnel; with NAT, devices
        leave with the relay's address."""
        clamp = ("table inet clamp { chain forward { type filter hook forward priority mangle; "
                 "tcp flags syn tcp option maxseg size set rt mtu; }; "
                 f"chain own {{ type filter hook output priority 0; oifname {{ i{self.owner}*, {TUN} }} ip6 daddr ff00::/8 drop; }}; }}")
        hide = "; table inet hide { chain leave { type nat hook postrouting priority srcnat; oifname to_server masquerade; }; }"
        for place in ("gateway", "relay"):
            self.run(place, "nft", clamp + (hide if self.nat and place == "relay" else ""))


class Watch:
    """What an eavesdropper sees on the wire: (time in ns, source, destination, UDP payload) of each IPv4 datagram, in order."""

    SO_TIMESTAMPNS = 35
    ETH_P_ALL, ETH_P_IP = 3, 0x0800

    def __init__(self, network, place="middle", interface="to_gateway"):
        with inside(network.namespace(place)):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(self.ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, self.SO_TIMESTAMPNS, 1)
        self.socket.bind((interface, 0))
        self.socket.settimeout(0.1)
        self.packets, self.ended = [], False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while not self.ended:
            try:
                frame, more, _, _ = self.socket.recvmsg(64, 64, socket.MSG_TRUNC)
            except TimeoutError:
                continue
            if len(frame) < 42 or struct.unpack_from(">H", frame, 12)[0] != self.ETH_P_IP or frame[23] != 17:
                continue
            seconds, nanoseconds = struct.unpack("qq", more[0][2])
            self.packets.append((seconds * 1_000_000_000 + nanoseconds, socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34]),
                                 struct.unpack_from(">H", frame, 38)[0] - 8))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()
        self.socket.close()

    def line(self, network, line):
        """(time, "out" or "in", size) of one tunnel's datagrams."""
        ends = (network.outer("gateway", line), network.outer("relay", line))
        return [(time, "out" if source == ends[0] else "in", size) for time, source, destination, size in self.packets
                if {source, destination} == set(ends)]


def await_that(condition, failure, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(failure)
        time.sleep(0.005)


def datagrams(network, place):
    """(sent, arrived) there over UDP; what reached a socket counts once it is read, or where there was no room for it."""
    lines = [line.split() for line in network.run(place, "cat", "/proc/net/snmp").stdout.splitlines() if line.startswith("Udp:")]
    counts = dict(zip(lines[0][1:], map(int, lines[1][1:])))
    return counts["OutDatagrams"], counts["InDatagrams"] + counts["RcvbufErrors"]


def drain(sink):
    sink.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            sink.recv(1)


def echo(network, device, family, payload=b"who is there", patience=5):
    """A datagram to the server and back."""
    address, server = (network.device(device), SERVER) if family == socket.AF_INET else (network.device6(device), SERVER6)
    asked = network.socket("server", family=family, address=server, port=7)
    asks = network.socket("home", family=family, address=address)
    try:
        for each in (asked, asks):
            each.settimeout(patience)
        asks.sendto(payload, (server, 7))
        heard, sender = asked.recvfrom(2048)
        asked.sendto(heard[::-1], sender)
        assert asks.recv(2048) == payload[::-1]
        return sender[0]
    finally:
        asked.close()
        asks.close()


def transfer(network, device, family, count, upwards, pace=0):
    """So many bytes over TCP, which must arrive as they are; returns how long it took. `pace`: s of rest after each 2,000."""
    address, server = (network.device(device), SERVER) if family == socket.AF_INET else (network.device6(device), SERVER6)
    listener = network.socket("server", socket.SOCK_STREAM, family, server, 8080)
    listener.listen(1)
    client = network.socket("home", socket.SOCK_STREAM, family, address)
    client.settimeout(60)
    client.connect((server, 8080))
    accepted, _ = listener.accept()
    listener.close()
    accepted.settimeout(60)
    source, drain = (client, accepted) if upwards else (accepted, client)
    data = os.urandom(count)

    def send():
        for at in range(0, count, 2000) if pace else ():
            source.sendall(data[at:at + 2000])
            time.sleep(pace)
        if not pace:
            source.sendall(data)
        source.shutdown(socket.SHUT_WR)

    began = time.monotonic()
    thread = threading.Thread(target=send)
    thread.start()
    received = bytearray()
    while part := drain.recv(1 << 20):
        received += part
    took = time.monotonic() - began
    thread.join()
    accepted.close()
    client.close()
    assert received == data
    return took


def check():
    reason = lacking()
    if reason:
        print("skipped:", reason)
        return 77
    for lines, nat in ((1, False), (3, True)):
        with Network(devices=3, lines=lines, nat=nat) as network, Watch(network) as watch:
            for device in range(3):
                for family in (socket.AF_INET, socket.AF_INET6):
                    sender = echo(network, device, family)
                    assert (sender in ("198.51.100.1", "2001:db8:51::1")) == nat, sender
                    for upwards in (True, False):
                        took = transfer(network, device, family, 2_000_000, upwards)
            for line in range(lines):
                sizes = [size for _, _, size in watch.line(network, line)]
                assert max(sizes) == 1452 and min(sizes) >= 80, sorted(set(sizes))
            print(f"{lines} tunnels: UDP, TCP both ways with IPv4 and IPv6; {len(watch.packets)} datagrams on the wire, "
                  f"the last 2 MB in {took:.2f} s")
    left = [each.name for each in FOLDER.glob(f"ipet-{os.getpid()}-*")]
    assert not left, left
    return 0


if __name__ == "__main__":
    sys.exit(check())
