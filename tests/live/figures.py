"""Figures of the live gateway: what it must show (stages/gateway/MEASURED.md). By hand, as root:

    python3 -B tests/live/figures.py bytes delay throughput schedule restarts [--minutes N]

Each prints what was measured and whether the bound holds; nothing is asserted. Other work on the machine makes them worse.
"""

import argparse
import os
import pathlib
import random
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

import network
from ends import PROGRAM, SOURCE, Ends, Inside, Users
from network import SERVER, Network, Watch

NETFLOW = '"netflow"'
BARE = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
int main(int argc, char** argv) {
  const long period = atol(argv[3]), count = atol(argv[4]);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  char data[1000] = {0};
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  for (long i = 0; i < count; ++i) {
    at.tv_nsec += period;
    while (at.tv_nsec >= 1000000000) at.tv_nsec -= 1000000000, ++at.tv_sec;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, 0);
    sendto(s, data, atoi(argv[5]), 0, (struct sockaddr*)&to, sizeof to);
  }
}
"""

# Datagrams of so many devices in turn to a port of the server, RATE a second in all: ADDRESSES... on standard input.
FLOOD = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
int main(int argc, char** argv) {
  const double rate = atof(argv[3]), seconds = atof(argv[4]);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  static int sockets[1000];
  char text[64], data[200] = {0};
  int n = 0;
  while (n < 1000 && scanf("%63s", text) == 1) {
    struct sockaddr_in from = {.sin_family = AF_INET};
    inet_pton(AF_INET, text, &from.sin_addr);
    sockets[n] = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(sockets[n], (struct sockaddr*)&from, sizeof from) || connect(sockets[n], (struct sockaddr*)&to, sizeof to)) return 1;
    ++n;
  }
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  long sent = 0;
  for (double passed = 0; passed < seconds; passed += 0.001) {
    for (; sent < passed * rate; ++sent) send(sockets[sent % n], data, sizeof data, 0);
    at.tv_nsec += 1000000;
    if (at.tv_nsec >= 1000000000) at.tv_nsec -= 1000000000, ++at.tv_sec;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, 0);
  }
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  printf("%ld %.6f\n", sent, used.tv_sec + 1e-9 * used.tv_nsec);
}
"""


def compiled(folder, name, source):
    file = pathlib.Path(folder) / f"{name}.c"
    file.write_text(source)
    subprocess.run(["cc", "-O2", "-o", f"{folder}/{name}", file], check=True)
    return f"{folder}/{name}"


def used(process):
    """(processor seconds, resident MiB)"""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100, int(fields[21]) * 4096 / 2**20


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def tell(name, text):
    print(f"{name}: {text}", flush=True)


def recorded(folder, hours, seed=20):
    """[(seconds, device, direction, payload)] of the synthetic home, and the devices."""
    file = folder / "home.toml"
    file.write_text(f'schema = 1\nname = "home"\n[run]\nseed = {seed}\n[stages.home]\nplugin = "traffic_synthesizer"\n'
                    f'options = {{ captures = 1, duration_seconds = {hours * 3600:.0f}, folder = "{folder}/home" }}\n')
    subprocess.run([PROGRAM, "run", file, "--output", folder / "run"], cwd=SOURCE, check=True, capture_output=True)
    with open(folder / "home" / "devices.toml", "rb") as toml:
        macs = [bytes.fromhex(each["mac"].replace(":", "")) for each in tomllib.load(toml)["device"] if each.get("protect", True)]
    index = {mac: i for i, mac in enumerate(macs)}
    packets = []
    for path in sorted((folder / "home").glob("*.pcap")):
        data = path.read_bytes()
        scale = {0xA1B2C3D4: 1e-6, 0xA1B23C4D: 1e-9}[struct.unpack_from("<I", data)[0]]
        at = 24
        while at < len(data):
            seconds, fraction, captured, _ = struct.unpack_from("<IIII", data, at)
            frame = data[at + 16:at + 16 + captured]
            at += 16 + captured
            out, into = index.get(frame[6:12]), index.get(frame[:6])
            if frame[12:14] != b"\x08\x00" or frame[23] not in (6, 17) or (out is None) == (into is None):
                continue
            ip = (frame[14] & 15) * 4
            total = struct.unpack_from(">H", frame, 16)[0]
            payload = total - ip - (8 if frame[23] == 17 else (frame[14 + ip + 12] >> 4) * 4)
            if payload > 0:
                packets.append((seconds + fraction * scale, out if out is not None else into, "out" if out is not None else "in", payload))
    first = packets[0][0]
    return [(time - first, *rest) for time, *rest in packets], len(macs)


def play(users, packets, speed):
    """Numbered random bytes of the recorded sizes at the recorded times; both ends are read meanwhile."""
    draw, began, stop = random.Random(1), time.monotonic(), threading.Event()
    noise = draw.randbytes(1 << 16)

    def read():
        while not stop.is_set():
            users.collect_once()
            time.sleep(0.01)

    reader = threading.Thread(target=read)
    reader.start()
    for number, (at, device, way, size) in enumerate(packets):
        wait = began + at / speed - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        size = min(size, users.largest)
        start = draw.randrange(60000)
        data = (struct.pack(">Q", number) + noise[start:start + size])[:max(size, 8)]
        users.pairs[device][way == "in"].send(data)
        users.sent[device, way].append(data)
    stop.set()
    reader.join()
    users.collect(3)


def measure_bytes(options):
    """1: bytes and order of user data, hours of recorded traffic at speed 20, in both modes."""
    with tempfile.TemporaryDirectory() as folder:
        packets, devices = recorded(pathlib.Path(folder), options.hours)
    devices = min(devices, options.devices)
    packets = [packet for packet in packets if packet[1] < devices]
    for mode, defence in (("beside", NETFLOW), ("path", '"unison"')):
        with Network(devices, devices, mode) as net:
            ends = Ends(net, defence, more="speed = 20.0").start()
            ends.await_lines()
            users = Users(net, largest=1300)
            play(users, packets, 20)
            total = sum(map(len, users.sent.values()))
            tell("bytes", f"{mode} ({defence.strip(chr(34))}): {options.hours} h of {devices} devices at speed 20, {total} datagrams, "
                 + ("all arrived, bytes and order equal" if users.arrived == users.sent else f"missing by device and direction: {users.missing()}, "
                    + ("the others in order" if users.in_order() else "not in order")))
            ends.stop()
            tell("bytes", "log of gateway: " + ends.log("gateway").strip().splitlines()[-1])


def delays(net, device, count, pause=0.002):
    """One-way delays in ms of datagrams to the server, from before the call until the kernel of the server has it."""
    sender = net.socket("home", address=net.device(device))
    receiver = net.socket("server", address=SERVER, port=9999)
    receiver.setsockopt(socket.SOL_SOCKET, Watch.SO_TIMESTAMPNS, 1)
    receiver.settimeout(2)
    found = []
    for _ in range(count):
        before = time.time_ns()
        sender.sendto(bytes(200), (SERVER, 9999))
        try:
            _, more, _, _ = receiver.recvmsg(2048, 64)
        except TimeoutError:
            continue
        seconds, nanoseconds = struct.unpack("qq", more[0][2])
        found.append((seconds * 10**9 + nanoseconds - before) / 1e6)
        time.sleep(pause)
    sender.close()
    receiver.close()
    return found


def interleaved(net, defence, blocks, plain, defended, more=""):
    """Results of `plain()` without ends and `defended()` with them, block by block in turn."""
    results = [], []
    for _ in range(blocks):
        results[0].append(plain())
        ends = Ends(net, defence, more).start()
        ends.await_lines()
        time.sleep(0.3)
        results[1].append(defended())
        ends.stop()
    return results


def measure_delay(options):
    """2: added delay of user packets."""
    with Network(3, 3) as net:
        plain, with_us = interleaved(net, '{ name = "netflow", shortest = 0.05, longest = 0.15 }', options.blocks,
                                     lambda: delays(net, 0, 500), lambda: delays(net, 0, 500))
    plain, with_us = sum(plain, []), sum(with_us, [])
    difference = statistics.median(with_us) - statistics.median(plain)
    tell("delay", f"beside the path, {len(plain)} packets each: median {statistics.median(plain):.3f} ms plain, {statistics.median(with_us):.3f} ms "
         f"with us (difference {difference:+.3f}, bound 0.05); p99 {quantile(plain, .99):.3f} and {quantile(with_us, .99):.3f} ms")
    with Network(3, 3, "path") as net:
        ends = Ends(net, '"unison"').start()
        ends.await_lines()
        found = delays(net, 0, 500 * options.blocks)
        ends.stop()
    tell("delay", f"in the path, unison on three lines, {len(found)} packets: median {statistics.median(found):.3f} ms, p99 {quantile(found, .99):.3f} ms "
         f"(plain through the same machines: {statistics.median(plain):.3f} and {quantile(plain, .99):.3f} ms)")


def measure_throughput(options):
    """2: TCP beside the path, of plain forwarding."""
    size = 40_000_000
    with Network(3, 3) as net:
        rate = lambda upwards: size * 8e-6 / network.transfer(net, 0, socket.AF_INET, size, upwards)
        for upwards in (True, False):
            plain, with_us = interleaved(net, NETFLOW, options.blocks, lambda: rate(upwards), lambda: rate(upwards))
            tell("throughput", f"beside the path, {'out' if upwards else 'in'}: median of {options.blocks} transfers of {size // 10**6} MB: {statistics.median(plain):.0f} Mbit/s plain, "
                 f"{statistics.median(with_us):.0f} with us: {statistics.median(with_us) / statistics.median(plain):.3f} (bound 0.95)")


def lateness(times, period):
    """How far each is behind a grid that one in a hundred is ahead of, in ms. Later by half a period looks like earlier."""
    phases = sorted((time - times[0]) % period for time in times)
    gaps = [(following - phase) % period for phase, following in zip(phases, phases[1:] + phases[:1])]
    start = phases[(gaps.index(max(gaps)) + 1) % len(phases)]
    middle = quantile([(time - times[0] - start) % period for time in times], .5) + start
    around = [((time - times[0] - middle + period // 2) % period - period // 2) / 1e6 for time in times]
    least = quantile(around, .01)
    return [each - least for each in around]


def measure_schedule(options):
    """3: schedule error of a defence of a fixed rate, and that of a bare clock_nanosleep sender in the same run."""
    period, size = 50_000_000, 500
    with tempfile.TemporaryDirectory() as folder, Network(2, 2, "path") as net:
        bare_sender = compiled(folder, "bare", BARE)
        ends = Ends(net, f'{{ name = "ilp", period = {period / 1e9}, cell = {size} }}', protected=1).start()
        count = int(options.minutes * 60 * 1e9 / period)
        time.sleep(2)
        with Watch(net) as watch:
            bare = net.spawn("gateway", bare_sender, net.inner("relay", 1), 4790, period, count, size + 20)
            bare.wait()
        ends.stop()
        for name, line in (("gateway", 0), ("bare clock_nanosleep", 1)):
            times = [at for at, way, each in watch.line(net, line) if way == "out" and each > 400]
            late = lateness(times, period)
            tell("schedule", f"{name}: {len(times)} packets every 50 ms, late by p50 {quantile(late, .5):.3f}, p99 {quantile(late, .99):.3f}, most {max(late):.3f} ms")


def flood(net, program, sink, rate, seconds):
    """Datagrams sent, processor seconds of sending and forwarding them, those that arrived."""
    before = network.datagrams(net, "server")[1]
    done = net.run("home", program, SERVER, 9998, rate, seconds, input="\n".join(map(net.device, range(net.devices))))
    sent, cpu = done.stdout.split()
    network.drain(sink)
    return int(sent), float(cpu), network.datagrams(net, "server")[1] - before


def measure_many(options):
    """2: 500 devices with 20,000 packets a second in all, over links that stand for tunnels."""
    with tempfile.TemporaryDirectory() as folder, Network(500, 500, stub=True) as net:
        program = compiled(folder, "flood", FLOOD)
        sink = net.socket("server", address=SERVER, port=9998)  # read at the end only
        sent, plain, arrived = flood(net, program, sink, 20_000, 20)
        tell("many", f"without us: {sent} packets, {arrived} arrived; sending and forwarding took {plain / sent * 1e6:.1f} us of a processor each")
        for defence in (NETFLOW, '"front"'):
            ends = Ends(net, defence).start()
            time.sleep(5)
            seconds = options.minutes * 60
            before = {place: used(process) for place, process in ends.processes.items()}
            sent, cpu, arrived = flood(net, program, sink, 20_000, seconds)
            for place, process in ends.processes.items():
                cpu_used, memory = used(process)
                tell("many", f"{defence.strip(chr(34))}, {place}: {100 * (cpu_used - before[place][0]) / seconds:.0f} % of one core over {seconds:.0f} s, "
                     f"{(cpu_used - before[place][0]) / sent * 1e6:.1f} us a user packet; memory {before[place][1]:.1f} MiB before, {memory:.1f} after")
            tell("many", f"{defence.strip(chr(34))}: {sent} packets, {arrived} arrived; sending and forwarding took {cpu / sent * 1e6:.1f} us each")
            ends.stop()


def labelled(net, users, packets, speed, files):
    """Writes what was seen of each line, with whether it carried user data, once all of it and once without what is never any
    (messages of the two ends to each other); returns how many packets have no label."""
    insides = {(line, way): Inside(net, place, line) for line in range(net.lines) for way, place in (("out", "gateway"), ("in", "relay"))}
    with Watch(net) as watch:
        play(users, packets, speed)
        time.sleep(1)
    kinds = {key: inside.end() for key, inside in insides.items()}
    unknown = 0
    with open(files[0], "w") as every, open(files[1], "w") as alike:
        for line in range(net.lines):
            seen = [each for each in watch.line(net, line) if each[2] not in (148, 92, 32)]
            rows = []
            for way in ("out", "in"):
                wire, inner = [each for each in seen if each[1] == way], kinds[line, way]
                at = 0
                for i, (when, _, size) in enumerate(wire):
                    # Both watches miss packets, at their begin and when the machine is busy: the next sizes tell where it goes on.
                    ahead = [each for _, _, each in wire[i:i + 4]]
                    at = next((j for j in range(at, min(at + 200, len(inner))) if [each for _, each in inner[j:j + 4]] == ahead), at)
                    if at < len(inner) and inner[at][1] == size:
                        rows.append((when, int(way == "in"), size, inner[at][0]))
                        at += 1
                    else:
                        unknown += 1
            for when, direction, size, kind in sorted(rows):
                text = f"{line} {when} {direction} {size} {int(kind != 'user')}\n"
                every.write(text)
                if kind in ("user", "dummy", "cell"):
                    alike.write(text)
    return unknown


def measure_tell(options):
    """5: dummy_filter with true labels on packets of the tunnels."""
    with tempfile.TemporaryDirectory() as folder:
        packets, devices = recorded(pathlib.Path(folder), options.hours)
        devices = min(devices, options.devices)
        packets = [packet for packet in packets if packet[1] < devices]
        for defence, mode in (('"unison"', "path"), ('"front"', "beside"), (NETFLOW, "beside"), ('{ name = "stp", cover_only = true }', "beside"),
                              ('"ilp"', "path"), ('"random_plus"', "path")):
            with Network(devices, devices, mode) as net:
                ends = Ends(net, defence, more=f"speed = {options.speed}").start()
                ends.await_lines()
                files = [f"{folder}/every", f"{folder}/alike"]
                unknown = labelled(net, Users(net, largest=1300), packets, options.speed, files)
                ends.stop()
            test = pathlib.Path(PROGRAM).parent / "test_attack"
            for name, file in zip(("all packets", "without messages between the ends"), files):
                done = subprocess.run([test, "--gtest_also_run_disabled_tests", "--gtest_filter=*captured_on_tunnels"], capture_output=True,
                                      text=True, env={**os.environ, "IPET_TUNNEL_PACKETS": file})
                answer = [line for line in done.stdout.splitlines() if "balanced" in line or "FAILED" in line]
                tell("tell", f"{defence} ({mode}), {name}: {answer[0] if answer else done.stdout[-500:]}; {unknown} without a label")


def events(net, ends, name, event, mode):
    """UDP and a TCP transfer over an event: what was lost, and when all was back."""
    users = Users(net)
    done = []
    thread = threading.Thread(target=lambda: done.append(network.transfer(net, 1, socket.AF_INET, 2_000_000, True, pace=0.01)))
    thread.start()
    sending = threading.Thread(target=users.send, args=(2000, 20))
    sending.start()
    time.sleep(3)
    event()
    sending.join()
    thread.join(60)
    users.collect(3)
    total, lost = sum(map(len, users.sent.values())), sum(users.missing().values())
    tell("restarts", f"{mode}, {name}: {lost} of {total} UDP datagrams lost, {'the others in order' if users.in_order() else 'NOT in order'}; TCP: "
         + (f"all 2 MB arrived, in {done[0]:.1f} s" if done else "NOT all arrived"))
    for near, far in users.pairs:
        near.close()
        far.close()


def measure_restarts(options):
    """1: a restart of either end, the wire down for ten seconds; beside it, in brackets, without us."""
    def down(net):
        net.wire(False)
        time.sleep(10)
        net.wire(True)

    with Network(3, 3) as net:
        events(net, None, "wire down 10 s, without us", lambda: down(net), "plain")
    for mode, defence in (("beside", NETFLOW), ("path", '"unison"')):
        with Network(3, 3, mode) as net:
            ends = Ends(net, defence).start()
            ends.await_lines()
            for place in ("gateway", "relay"):
                events(net, ends, f"restart of the {place}", lambda: (ends.stop(place), ends.start(place)), mode)
            events(net, ends, "wire down 10 s", lambda: down(net), mode)
            ends.stop()


MEASURES = {"bytes": measure_bytes, "delay": measure_delay, "throughput": measure_throughput, "schedule": measure_schedule,
            "restarts": measure_restarts, "many": measure_many,
            "tell": measure_tell}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], help="all, where none is named")
    parser.add_argument("--hours", type=float, default=1, help="of recorded traffic, for bytes (default: 1)")
    parser.add_argument("--devices", type=int, default=5, help="of the home, for bytes (default: 5)")
    parser.add_argument("--speed", type=float, default=5.0, help="of the recording, for tell (default: 5)")
    parser.add_argument("--blocks", type=int, default=10, help="interleaved blocks (default: 10)")
    parser.add_argument("--minutes", type=float, default=2, help="of the schedule (default: 2)")
    options = parser.parse_args()
    if reason := network.lacking():
        print("skipped:", reason)
        return 77
    for name in options.measures or MEASURES:
        MEASURES[name](options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
