"""Makes the seeds of the fuzz targets: make_corpus.py FOLDER. All of it is made up here; nothing was recorded.

FOLDER/TARGET/NAME, a few small inputs for each target, one of each form that its reader knows.
"""
import bz2
import gzip
import lzma
import os
import struct
import sys


def net16(*numbers):
    return b"".join(struct.pack(">H", number) for number in numbers)


# Frames, from the inside to the outside.
def tcp(payload=b"hello", options=b""):
    return net16(50000, 443) + bytes(8) + bytes([(5 + len(options) // 4) << 4, 0x18]) + bytes(6) + options + payload


def udp(payload=b"hello", port=53):
    return net16(50000, port, 8 + len(payload), 0) + payload


def ipv4(protocol, content, fragment=0, source=(192, 168, 1, 2), target=(8, 8, 8, 8), options=b""):
    head = bytes([0x45 + len(options) // 4, 0]) + net16(20 + len(options) + len(content), 7, fragment)
    return head + bytes([64, protocol, 0, 0, *source, *target]) + options + content


def ipv6(protocol, content, extensions=b""):
    source, target = bytes.fromhex("fe800000000000000000000000000002"), bytes.fromhex("20010db8000000000000000000000001")
    return (bytes([0x60, 0, 0, 0]) + net16(len(extensions) + len(content)) + bytes([protocol, 64]) + source + target
            + extensions + content)


MACS = bytes([2, 0, 0, 0, 0, 0xB, 2, 0, 0, 0, 0, 0xA])


def ethernet(kind, content):
    return MACS + net16(kind) + content


def gre(kind, content, flags=0, more=b""):
    return net16(flags, kind) + more + content


def snap(kind, content):
    return bytes([0xAA, 0xAA, 3, 0, 0, 0]) + net16(kind) + content


PLAIN = ipv4(17, udp())
LINKS = ["ethernet", "null", "ppp", "raw_bsd", "ppp_hdlc", "ppp_ethernet", "raw", "ieee802_11", "loop", "cooked", "ipv4",
         "radiotap", "ipv6", "cooked2"]  # in the order of capture_targets.cpp
LINK_NUMBERS = [0x1, 0, 9, 12, 50, 51, 101, 105, 108, 113, 228, 127, 229, 276]
DOT11 = bytes([0x08, 0x01, 0, 0]) + bytes(6) + MACS + bytes([0, 0])

ETHERNET = {
    "udp": ethernet(0x0800, PLAIN),
    "tcp": ethernet(0x0800, ipv4(6, tcp(options=bytes(12)))),
    "udp6": ethernet(0x86DD, ipv6(17, udp())),
    "extensions": ethernet(0x86DD, ipv6(0, tcp(), bytes([60, 0]) + bytes(6) + bytes([44, 0]) + bytes(6)
                                        + bytes([6, 0, 0, 1]) + bytes(4))),
    "later_fragment": ethernet(0x0800, ipv4(17, udp(), 100)),
    "first_fragment": ethernet(0x0800, ipv4(17, udp(bytes(600))[:100], 0x2000)),
    "vlan": ethernet(0x88A8, net16(5, 0x8100, 6, 0x0800) + PLAIN),
    "pppoe": ethernet(0x8864, bytes([0x11, 0, 0, 1, 0, 30]) + net16(0x21) + PLAIN),
    "mpls": ethernet(0x8847, bytes([0, 1, 0, 64, 0, 2, 1, 64]) + PLAIN),
    "snap": ethernet(100, snap(0x0800, PLAIN)),
    "arp": ethernet(0x0806, bytes(28)),
    "icmp": ethernet(0x0800, ipv4(1, bytes(8))),
    "gre": ethernet(0x0800, ipv4(47, gre(0x0800, PLAIN, 0xB000, bytes(12)))),
    "erspan": ethernet(0x0800, ipv4(47, gre(0x88BE, bytes(8) + ethernet(0x0800, PLAIN), 0x1000, bytes(4)))),
    "ipip": ethernet(0x0800, ipv4(4, ipv4(41, ipv6(6, tcp())))),
    "vxlan": ethernet(0x0800, ipv4(17, udp(bytes(8) + ethernet(0x0800, PLAIN), 4789))),
    "multicast": ethernet(0x0800, ipv4(17, udp(), target=(224, 0, 0, 251))),
    "local": ethernet(0x0800, ipv4(6, tcp(), target=(192, 168, 1, 3))),
}
OTHER_LINKS = {
    "null": bytes([2, 0, 0, 0]) + PLAIN, "ppp": net16(0xFF03, 0x21) + PLAIN, "raw_bsd": PLAIN,
    "ppp_hdlc": net16(0xFF03, 0x57) + ipv6(17, udp()), "ppp_ethernet": bytes([0x11, 0, 0, 1, 0, 30, 0, 0x21]) + PLAIN,
    "raw": ipv6(6, tcp()), "ieee802_11": DOT11 + snap(0x0800, PLAIN), "loop": bytes([0, 0, 0, 30]) + ipv6(17, udp()),
    "cooked": net16(0, 1, 6) + MACS[:6] + bytes(2) + net16(0x0800) + PLAIN, "ipv4": PLAIN,
    "radiotap": bytes([0, 0, 9, 0, 2, 0, 0, 0, 0x20]) + DOT11 + bytes([0, 0]) + snap(0x0800, PLAIN),
    "ipv6": ipv6(17, udp()), "cooked2": net16(0x0800) + bytes(9) + bytes([6]) + MACS[:6] + bytes(2) + PLAIN,
}


# The form of the target "frames" (Builder in capture_targets.cpp).
def frames(records, form=0, link=0, seconds=1_700_000_000):
    return bytes([form, link]) + struct.pack("<I", seconds) + b"".join(records)


def record(frame, later=None, times=None, control=0, before=b"", step=1000, seconds=None, back=None):
    """`later`: microseconds; `times`: eight times as many and one; `seconds`: since 1970; `back`: seconds."""
    head = b""
    for number, (value, form) in enumerate([(later, "<I"), (back, "<H"), (seconds, "<I")], 1):
        if value is not None:
            control, head = control | number, struct.pack(form, value)
    if times is not None:
        control |= 64
        before += bytes([times]) + struct.pack("<H", step)
    return bytes([control]) + head + before + struct.pack("<H", len(frame)) + frame


def frame_seeds():
    out = {name: frames([record(frame), record(frame, later=5000)]) for name, frame in ETHERNET.items()}
    for name in ("gre", "erspan", "ipip", "vxlan"):
        out["inner_" + name] = frames([record(ETHERNET[name])], form=2)
    for name, frame in OTHER_LINKS.items():
        out[name] = frames([record(frame)], form=2, link=LINKS.index(name))
    everything = [record(frame, later=300) for frame in ETHERNET.values()]
    out["all_in_pcapng"] = frames(everything, form=1 + 32)
    out["all_modified"] = frames(everything, form=64 + 16)
    out["all_in_parallel"] = frames(everything, form=8 + 32)
    packet = ETHERNET["udp"]
    for name, form in (("split", 0), ("moved", 4), ("moved_pcapng", 5), ("split_pcapng", 9)):
        out["step_back_" + name] = frames([record(packet, times=9), record(packet, times=9, back=3600),
                                           record(packet, times=9, seconds=1_900_000_000)], form=form)
        out["slightly_back_" + name] = frames([record(packet, times=9), record(packet, times=140, back=30)], form=form)
    out["wrong_time"] = frames([record(packet, times=9), record(packet, seconds=1_900_000_000),
                                record(packet, times=9, seconds=1_700_000_100)])
    out["begins_in_1970"] = frames([record(packet, times=1, seconds=3), record(packet, times=9, seconds=1_700_000_000)])
    out["two_files"] = frames([record(packet, times=9), record(packet, times=9, control=4)])
    out["overlap"] = frames([record(packet, times=9), record(packet, times=9, control=4, back=3600)])
    out["interfaces"] = frames([record(packet), record(OTHER_LINKS["raw"], control=8, before=bytes([6, 0x8A, 0, 0])
                                                       + struct.pack("<i", -100)), record(packet, control=32)], form=1)
    out["late"] = frames([record(packet, times=3), record(packet, back=1), record(packet, later=1)])
    out["cut_headers"] = frames([record(frame[:size], control=16, before=struct.pack("<H", 100))
                                 for frame in ETHERNET.values() for size in (14, 20, 34)])
    return out


# Captures as files.
def pcap(packets, order="<", magic=0xA1B2C3D4, link=1, before=b""):
    head = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack(order + "IIII", 1_700_000_000 + i, 5, len(packet), len(packet)) + before + packet
                           for i, packet in enumerate(packets))


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng(packets, order="<", resolution=b""):
    out = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(order, 1, struct.pack(order + "HHI", 1, 0, 0) + resolution)
    out += block(order, 4, bytes(8))
    for i, packet in enumerate(packets):
        ticks = (1_700_000_000 + i) * 1_000_000
        body = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet)) + packet
        out += block(order, 6, body)
    out += block(order, 3, struct.pack(order + "I", len(packets[0])) + packets[0])
    return out + block(order, 2, struct.pack(order + "HHIIII", 0, 0, 1, 2, len(packets[0]), 60) + packets[0])


def packed(content, form=0, damage=b""):
    return bytes([form]) + damage + content


def compression_seeds(raw):
    content = pcap(list(ETHERNET.values())[:6])
    out = {"whole": packed(content), "two": packed(content, 16), "padded": packed(content, 32),
           "skipped": packed(content, 64), "damaged": packed(content, 1, struct.pack("<HB", 40, 1)),
           "cut": packed(content, 2, struct.pack("<HBHB", 60, 0, 30, 255)), "empty": packed(b""),
           "pcapng": packed(pcapng(list(ETHERNET.values())[:3]))}
    if raw is not None:
        out["raw"] = packed(raw(content), 8)
    return out


TRACE = ["frame.time_relative", "ip.src", "ip.dst", "ip.proto", "tcp.len", "udp.length", "eth.src", "eth.dst"]
TRACE_ROWS = [["0.000000000", "192.168.1.2", "8.8.8.8", "6", "100", "", "02:00:00:00:00:0a", "02:00:00:00:00:0b"],
              ["0.5", "8.8.8.8", "192.168.1.2", "17", "", "108", "02:00:00:00:00:0b", "02:00:00:00:00:0a"],
              ["0.25", "192.168.1.2,10.0.0.1", "8.8.8.8", "6.0", "1", "", "", ""],
              ["1.5e-05", "fe80::1", "2001:db8::1", "1", "", "", "", ""], ["x", "y", "z", "6", "0x1", "", "", ""]]


def table(rows, separator):
    return "\n".join(separator.join(row) for row in rows).encode() + b"\n"


DEVICES = b"""local_networks = ["192.168.0.0/16", "fe80::/10"]
[[device]]
name = "plug"
mac = "02:00:00:00:00:0a"
description = "a plug"
[[device]]
name = "camera"
mac = ["02:00:00:00:00:0b", "0200.0000.000c"]
ip = "192.168.1.3"
captures = ["captures/**/*.pcap", "day1"]
protect = false
"""
DEVICE_LIST = [["Device", "MAC ADDRESS", "IPs", "Hostname"],
               ["plug", "02:00:00:00:00:0a::02:00:00:00:00:0b", "192.168.1.5::fe80::1::10.0.0.7", "a plug"],
               ["\"a \"\"camera\"\"\"", "020000000001", "", ""]]
HOME = b"""[home]
local_networks = ["192.168.0.0/16"]
gateway_mac = "02:00:00:00:00:01"
gateway_ip = "192.168.1.1"
gateway_ipv6 = "fe80::1"
[profiles]
night = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 1, 1]
[[event]]
name = "arrival"
per_hour = 2
profile = "night"
[[product]]
name = "bulb"
[[product.process]]
name = "beat"
every_seconds = 10
jitter_seconds = 1
connection = "kept"
server = { host = "cloud.example", ip = "203.0.113.5", port = 443, rtt_ms = 20 }
steps = [{ out = 120 }, { in = [60, 90], times = [1, 3], after_ms = 5 }]
[[product.process]]
name = "switch"
on = "arrival"
chance = 0.5
delay_seconds = [0, 3]
transport = "udp"
server = { device = "hub", port = 5000 }
steps = [{ out = 20 }]
[[product.process]]
name = "discover"
per_hour = 6
transport = "mdns"
[[device]]
name = "hub"
mac = "02:00:00:00:00:0a"
ip = "192.168.1.10"
product = "bulb"
[[device]]
name = "lamp"
description = "a \\"lamp\\""
mac = "02:00:00:00:00:0b"
ip = "192.168.1.11"
ipv6 = "fe80::b"
resolver = "192.168.1.1"
product = "bulb"
protect = false
"""
PIPELINE = b"""schema = 1
name = "small"
include = ["a.toml", "b.toml"]
[params]
files = { type = "path", default = "captures", help = "where" }
omega = { type = "float", default = 0.1, min = 0.01, max = 1 }
epochs = { type = "int", default = 20, env = "IPET_FUZZ_EPOCHS" }
[run]
output = "runs/${params.files}/${params.omega}"
seed = 7
[sweep]
omega = [0.1, 0.2]
"stages.reader.options.n" = [1, 2, 3]
[stages.reader]
plugin = "pcap_reader"
options = { files = ["${params.files}"], n = 1, text = "a ${params.omega} b" }
"""
INCLUDED = [b"""[stages.windows]
plugin = "windowing"
inputs = "reader.packets"
[stages.windows.options]
omega = "${params.omega}"
total_time = 600
""", b"""schema = 1
include = ["c.toml"]
[stages.train]
plugin = "train"
inputs = { windows = ["windows", "windows.other"], x = "reader" }
"""]


def text_seeds():
    between = b"\x1e"
    with_header = b"\x00" + table([TRACE] + TRACE_ROWS, "\t")
    epoch = [[name.replace("time_relative", "time_epoch") for name in TRACE],
             ["2023-11-14T22:13:20.5Z"] + TRACE_ROWS[0][1:], ["1700000000.25"] + TRACE_ROWS[1][1:]]
    rows = [[row[0], "", *row[1:], "", "", "", ""] for row in TRACE_ROWS]
    return {
        "trace": {"tabs": with_header, "commas": b"\x04" + table([TRACE] + TRACE_ROWS, ","), "epoch": b"\x00" + table(epoch, "\t"),
                  "rows": b"\x01" + table(rows, "\t"), "rows_by_comma": b"\x03" + table(rows[:2], ","),
                  "six": b"\x01" + table([["1", "", "", "", "", "", "108", "", "", "fe80::1", "2001:db8::1", "17", "100"]], "\t"),
                  "packed": b"\x00" + gzip.compress(with_header[1:], mtime=0)},
        "devices": {"two": DEVICES, "one": b'[[device]]\nname = "x"\nip = "192.168.1.2"\n',
                    "wrong": b'[[device]]\nname = "a/b"\nmac = 5\n[[device]]\ncolour = "red"\n', "empty": b""},
        "device_list": {"tabs": table(DEVICE_LIST, "\t"), "commas": table(DEVICE_LIST, ","),
                        "aligned": b"List of Devices\t\tMAC\nplug\t\t\t02:00:00:00:00:0a\n", "mark": b"\xef\xbb\xbfName,IP\nx,192.168.1.2\n"},
        "home": {"two": HOME, "wrong": HOME.replace(b"every_seconds = 10", b"every_seconds = 0"),
                 "little": HOME[:HOME.index(b"[profiles]")]},
        "pipeline": {"whole": between.join([PIPELINE, *INCLUDED, b"[run]\nthreads = 2\n", b"--set omega=0.5"]),
                     "alone": b'schema = 1\n[stages.a]\nplugin = "x"\noptions.a.b = [1, 2.5, true, "t", { c = 1 }]\n',
                     "circle": between.join([b'schema = 1\ninclude = ["a.toml"]\n', b'include = ["pipeline.toml"]\n']),
                     "wrong": b'schema = 1\n[stages.B]\nplugin = 3\nwhen = 1\ninputs = 5\n[stages.c]\noptions.x = "${params.y}"\n',
                     "references": b'schema = 1\n[params]\na = { type = "string", default = "${params.b}" }\n'
                                   b'b = { type = "string", default = "${params.a}" }\n[stages.a]\nplugin = "${run.output}"\n'},
        "set": {"number": b"omega=0.2", "text": b"files=here", "path": b'stages.reader.options.list=["a", { b = 1 }]',
                "run": b"run.memory_mib=64", "quoted": b'params.files="it\'s"', "reference": b"files=${run.seed}",
                "unknown": b"omga=1", "none": b"omega", "table": b"stages.other.options.deep={ a = 1, b = { c = [] } }"},
    }


def edits():
    """Of a result file (Editor in result_targets.cpp): what is done, to which object, and numbers that say how."""
    out = {}
    for kind in range(8):
        for choice in range(0, 60, 12):
            out[f"{kind}_{choice}"] = bytes([kind]) + struct.pack("<HHB", choice + kind, 3, 5) + bytes(range(1, 12))
    out["several"] = b"".join(out.values())[:400]
    return out


def all_seeds():
    some = list(ETHERNET.values())
    out = text_seeds()
    out["frames"] = frame_seeds()
    out["results"] = edits()
    out["pcap"] = {"little": pcap(some), "big": pcap(some[:3], ">"), "nano": pcap(some[:3], "<", 0xA1B23C4D),
                   "modified": pcap(some[:3], "<", 0xA1B2CD34, before=bytes(8)), "none": pcap([]), "cut": pcap(some)[:200],
                   **{name: pcap([OTHER_LINKS[name]], link=number)
                      for name, number in zip(LINKS, LINK_NUMBERS) if name in OTHER_LINKS}}
    out["pcapng"] = {"little": pcapng(some), "big": pcapng(some[:3], ">"), "cut": pcapng(some)[:300],
                     "clock": pcapng(some[:3], "<", struct.pack("<HHIHHqI", 9, 1, 9, 14, 8, -1000, 0)),
                     "sections": pcapng(some[:2]) + pcapng(some[:2], ">")}
    packers = {"gzip": lambda content: gzip.compress(content, mtime=0), "bzip2": bz2.compress, "xz": lzma.compress,
               "zstd": None, "lz4": None}
    for name, packer in packers.items():
        out[name] = compression_seeds(packer)
    return out


def main(folder):
    for target, seeds in all_seeds().items():
        os.makedirs(os.path.join(folder, target), exist_ok=True)
        for name, content in seeds.items():
            with open(os.path.join(folder, target, name), "wb") as file:
                file.write(content)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
