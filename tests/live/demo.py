"""./ipet live-demo: a home behind a live gateway, and what an eavesdropper on the wire learns of it, before and after.

Namespaces of this machine stand for devices, gateway, wire, relay and server (network.py). Devices of a recorded or synthetic
home say once more what they said, through WireGuard tunnels, one for each device: first without a defence, then with one.
tshark listens between gateway and relay; attackers of `comparison` learn from the first recordings whose tunnel is whose, and
name the tunnels of the last one. Needs root; standard library only. Everything that it makes is gone at its end, but for the
folder with results.
"""

import argparse
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import time
import tomllib

import network
from network import Network, SERVER

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("IPET_PROGRAM", str(SOURCE / "build" / "release" / "bin" / "ipet"))
IN_THE_PATH = {"unison", "constant", "random", "random_plus", "ilp", "stp", "netshaper"}
MARK = ".live-demo"     # in the folder of results, which may be emptied then
PORT = 7000          # of whoever is sent to
FIRST_DATAGRAM = 4.0  # s from the start of a replay: it has to read the recording first

HOME = """schema = 1
name = "home"
[stages.home]
plugin = "traffic_synthesizer"
options = {{ captures = {recordings}, duration_seconds = {seconds}, interval_seconds = 3600, folder = "{folder}" }}
"""
READ = """schema = 1
name = "{name}"
[run]
output = "{output}"
[stages.capture]
plugin = "pcap_reader"
options.files = "{captures}"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "{devices}"
"""
REPLAY = READ + """[stages.replay]
plugin = "device_replay"
inputs = "devices.packets"
options = {{ form = "datagrams", direction = "{direction}", devices = {names}, to = {to}, from = {source}, speed = {speed}, begin_at = "{begin}", length_seconds = {seconds}, largest_datagram = {largest} }}
"""
ATTACK = READ + """[stages.comparison]
plugin = "comparison"
inputs.traces = "devices.packets"
[stages.comparison.options]
split = "capture"
test_fraction = {test}
defences = ["none"]
levels = ["T0"]

attackers = [
  {{ name = "aggregate_attacker", model = {{ name = "gradient_boosting", rounds = 60 }}, minutes = {minutes} }},
  {{ name = "aggregate_attacker", model = {{ name = "forest", trees = 50 }}, minutes = {minutes} }},
  {{ name = "vocabulary_attacker", model = {{ name = "gradient_boosting", rounds = 60 }}, minutes = {minutes} }},
]
[stages.scores]
plugin = "csv_writer"
inputs = "comparison.report"
options.file = "{output}/scores.csv"
"""
GATEWAY = """schema = 1
name = "{place}"
[stages.{place}]
plugin = "{place}"
[stages.{place}.options]
defence = {defence}
lines = "device"
devices = "{devices}"
tunnels = {tunnels}
{other} = "10.77.{{line}}.{end}:4790"
"""


class Failure(Exception):
    pass


def say(text):
    print("live-demo:", text, file=sys.stderr, flush=True)


def quoted(words):
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


class Demo:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(options.output).resolve()
        self.seconds = options.seconds
        self.delays = options.defence in IN_THE_PATH

    def ipet(self, name, text, verb="run"):
        file = self.folder / f"{name}.toml"
        file.write_text(text)
        done = subprocess.run([PROGRAM, verb, file], cwd=SOURCE, text=True, capture_output=True)
        if done.returncode:
            raise Failure(f"{name}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def prepare(self):
        """Captures and devices files."""
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
            raise Failure(f"{self.folder} holds files of others; give another --output")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / MARK).touch()
        if self.options.captures:
            found = pathlib.Path(self.options.captures)
            self.captures = sorted(found.glob("*.pcap*")) if found.is_dir() else [found]
            self.devices = pathlib.Path(self.options.devices or found / "devices.toml")
        else:
            say("making recordings of the synthetic home")
            folder = self.folder / "home"
            self.ipet("home", HOME.format(recordings=self.options.recordings, seconds=self.seconds, folder=folder))
            self.captures, self.devices = sorted(folder.glob("*.pcap")), folder / "devices.toml"
        self.captures = self.captures[:self.options.recordings]
        if len(self.captures) < 3:
            raise Failure("attackers learn from some recordings and are tested on another: three captures at least (--recordings)")
        with open(self.devices, "rb") as file:
            self.names = [each["name"] for each in tomllib.load(file)["device"] if each.get("protect", True)]
        if not 2 <= len(self.names) <= 50:
            raise Failure(f"{self.devices} has {len(self.names)} devices to protect; the demonstration takes 2 to 50")
        for place in ("gateway", "relay"):  # before anything is recorded
            self.ipet(f"check-{place}", self.end(place, [f"wg{i}" for i in range(len(self.names))]), verb="validate")

    def addresses(self, name, address_of):
        """A devices file that knows devices by an address."""
        file = self.folder / name
        file.write_text('local_networks = ["192.168.72.0/21", "10.91.1.0/24"]\n' + "".join(
            f'\n[[device]]\nname = "{device}"\nip = "{address_of(i)}"\n' for i, device in enumerate(self.names)))
        return file

    def replay(self, net, k, direction, place, begin):
        ends = [f"{net.device(i)}" for i in range(len(self.names))]
        far = [f"{SERVER}:{PORT}"]
        text = REPLAY.format(
            name=f"replay-{direction}", output=self.folder / f"replay-{direction}", captures=self.captures[k], devices=self.devices,
            direction=direction, names=quoted(self.names), speed=float(self.options.speed), begin=f"{begin:.3f}", seconds=self.seconds,
            largest=net.tun_mtu - 28, to=quoted(far if direction == "out" else [f"{end}:{PORT}" for end in ends]),
            source=quoted(ends if direction == "out" else [SERVER]))
        file = self.folder / f"replay-{direction}.toml"
        file.write_text(text)
        return net.spawn(place, PROGRAM, "run", file, cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def record(self, phase):
        """Replays all recordings; what tshark saw of each is in the folder `phase`."""
        seen = self.folder / phase
        seen.mkdir()
        defended = phase == "after"
        with Network(len(self.names), len(self.names), "path" if defended and self.delays else "beside") as net:
            sinks = [net.socket("server", address=SERVER, port=PORT)]  # nobody reads: what arrives is counted and dropped
            sinks += [net.socket("home", address=net.device(i), port=PORT) for i in range(len(self.names))]
            ends = self.start_ends(net) if defended else []
            for k in range(len(self.captures)):
                shark = net.spawn("middle", "tshark", "-q", "-F", "pcap", "-i", "to_gateway", "-f", "udp", "-w", seen / f"{k}.pcap",
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                begin = time.time() + FIRST_DATAGRAM
                replays = [self.replay(net, k, "out", "home", begin), self.replay(net, k, "in", "server", begin)]
                say(f"{phase}: recording {k + 1} of {len(self.captures)}, {self.seconds / self.options.speed:.0f} s")
                for each in replays:
                    text = each.communicate()[0]
                    if each.returncode:
                        raise Failure(f"a replay ended with exit code {each.returncode}\n{text}")
                time.sleep(1)
                shark.terminate()
                shark.wait()
                for each in ends:
                    if each.poll() is not None:
                        raise Failure(f"gateway or relay ended with exit code {each.returncode}: see {self.folder}/*.log")
            for sink in sinks:
                network.drain(sink)
            counts = [network.datagrams(net, place) for place in ("home", "server")]
            for each in ends:
                each.terminate()
                if each.wait(timeout=20):
                    raise Failure(f"gateway or relay ended with exit code {each.returncode}: see {self.folder}/*.log")
        return tuple(map(sum, zip(*counts)))

    def end(self, place, tunnels):
        """The pipeline of an end."""
        other, end = ("relay", 2) if place == "gateway" else ("gateway", 1)
        devices = self.addresses("devices.toml", lambda i: f"192.168.72.{10 + i}")
        return GATEWAY.format(place=place, other=other, end=end, devices=devices, tunnels=quoted(tunnels),
                              defence=f'"{self.options.defence}"')

    def start_ends(self, net):
        started = []
        for place in ("relay", "gateway"):
            file = self.folder / f"{place}.toml"
            file.write_text(self.end(place, net.tunnels(place)))
            with open(self.folder / f"{place}.log", "w") as log:
                started.append(net.spawn(place, PROGRAM, place, file, cwd=SOURCE, stdout=log, stderr=log))
        time.sleep(2)
        return started

    def attack(self, phase):
        """{attacker: (macro F1, chance)}"""
        seen = self.folder / phase
        devices = self.addresses("lines.toml", lambda i: f"10.91.1.{10 + i}")
        # A stretch of the wire is as long as one of so many minutes of the home is at this speed.
        self.ipet(f"attack-{phase}", ATTACK.format(name=f"attack-{phase}", output=seen / "attack", captures=seen / "*.pcap", devices=devices,
                                                   test=1 / len(self.captures), minutes=round(1 / self.options.speed, 3)))
        with open(seen / "attack" / "scores.csv") as file:
            return {row["attacker"]: float(row["macro_f1"]) for row in csv.DictReader(file) if row["level"] == "T0"}

    def bytes_seen(self, phase):
        return sum(each.stat().st_size for each in (self.folder / phase).glob("*.pcap"))

    def run(self):
        began = time.monotonic()
        self.prepare()
        results = {}
        for phase in ("before", "after"):
            sent, arrived = self.record(phase)
            say(f"{phase}: the attackers learn")
            results[phase] = (self.attack(phase), sent, arrived, self.bytes_seen(phase))
        self.tell(results, time.monotonic() - began)

    def tell(self, results, took):
        devices = len(self.names)
        print(f"\nWhose tunnel is it? {devices} devices, {len(self.captures)} recordings of {self.seconds} s at speed {self.options.speed}; "
              f"defence: {self.options.defence}.\nMacro F1 of attackers on what tshark saw (a guess: {1 / devices:.2f}):\n")
        width = max(map(len, results["before"][0]))
        print(f"  {'':{width}}  before  after")
        for attacker, score in results["before"][0].items():
            print(f"  {attacker:{width}}  {score:6.2f}  {results['after'][0].get(attacker, float('nan')):5.2f}")
        print(f"\n  {'user datagrams sent':{width}}  {results['before'][1]:6}  {results['after'][1]:5}")
        print(f"  {'user datagrams arrived':{width}}  {results['before'][2]:6}  {results['after'][2]:5}")
        print(f"  {'bytes on the wire, MB':{width}}  {results['before'][3] / 1e6:6.1f}  {results['after'][3] / 1e6:5.1f}")
        print(f"\nCaptures, pipelines and scores: {self.folder} ({took:.0f} s)")


def main():
    parser = argparse.ArgumentParser(prog="./ipet live-demo", description="A live gateway in network namespaces, and what an eavesdropper learns before and after. Needs root.")
    parser.add_argument("--captures", help="a folder with captures, with devices.toml in it, instead of the synthetic home")
    parser.add_argument("--devices", help="the devices file of these captures")
    parser.add_argument("--defence", default="unison", help="name of a defence (default: unison)")
    parser.add_argument("--recordings", type=int, default=4, help="so many recordings, the last one for testing (default: 4)")
    parser.add_argument("--seconds", type=int, default=240, help="of each recording (default: 240)")
    parser.add_argument("--speed", type=int, default=10, help="recorded time runs so many times as fast (default: 10)")
    parser.add_argument("--output", default="runs/live-demo", help="folder of captures and scores (default: runs/live-demo); it is emptied")
    options = parser.parse_args()
    reason = network.lacking({**network.TOOLS, "tshark": "tshark"})
    if reason:
        say(reason)
        return 4
    try:
        Demo(options).run()
    except (Failure, RuntimeError, OSError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; everything that it made is gone, but for its folder")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
