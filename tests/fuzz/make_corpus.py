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


def ipv6(protocol, content, extensions=b"", source="fe800000000000000000000000000002",
         target="20010db8000000000000000000000001"):
    return (bytes([0x60, 0, 0, 0]) + net16(len(extensions) + len(content)) + bytes([protocol, 64])
            + bytes.fromhex(source) + bytes.fromhex(target) + extensions + content)


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
    "global": ethernet(0x86DD, ipv6(17, udp(), source="20010db8000000010000000000000002",
                                    target="20010db8000000020000000000000001")),
    "same_subnet": ethernet(0x86DD, ipv6(17, udp(), source="20010db8000000010000000000000002",
                                         target="20010db8000000010000000000000003")),
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


def swapped(frame):
    """The answer to a frame of IPv6."""
    return frame[6:12] + frame[:6] + frame[12:22] + frame[38:54] + frame[22:38] + frame[54:]


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
    there, back = ETHERNET["global"], swapped(ETHERNET["global"])
    out["prefix_of_the_home"] = frames([record(there, times=2), record(back, times=2), record(ETHERNET["same_subnet"]),
                                        record(there, times=2, later=5000)])
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


def pcapng(packets, order="<", resolution=b"", link=1, seconds=None):
    out = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(order, 1, struct.pack(order + "HHI", link, 0, 0) + resolution)
    out += block(order, 4, bytes(8))
    for i, packet in enumerate(packets):
        ticks = (1_700_000_000 + i if seconds is None else seconds[i]) * 1_000_000
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
GLOBS = b"""local_networks = ["10.0.0.0/8", "2001:db8::/32", "192.168.1.7"]
[[device]]
name = "plug"
ip = ["10.0.0.7", "2001:db8::7"]
captures = ["day[1-9]/h?me.pcap", "captures/day[!2-9]", "**/[h]*.pcap", "day2/a", "day10/a", "day02/a", "a\\\\*b", "/x/[a"]
"""
SEVERAL_MACS = b"""[[device]]
name = "plug"
mac = "02:00:00:00:00:0a, 02:00:00:00:00:0b"
[[device]]
name = "plug"
mac = "02-00-00-00-00-0c"
ip = "300.1.1.1"
"""
DEVICE_LIST = [["Device", "MAC ADDRESS", "IPs", "Hostname"],
               ["plug", "02:00:00:00:00:0a::02:00:00:00:00:0b", "192.168.1.5::fe80::1::10.0.0.7", "a plug"],
               ["\"a \"\"camera\"\"\"", "020000000001", "", ""]]
MODEL = b"""device = "plug"
recorded = [[0, 3600], [7200, 86400]]
times = 2.5
[[timer]]
period = 27.02
keeps_time = true
jitter = 0.87
sent = 0.98
[[timer]]
period = 600
[[burst]]
at = 5.25
timer = 0
packets = "0>t90 2000<t60"
[[burst]]
at = 6
timer = 1
packets = "0>u40"
[[burst]]
at = 7
event = true
packets = "0>t517 900<t1400 20<t1400 30>t80 40>t93 50<t200 60>t93 70<t41 80>t93"
"""
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


BETWEEN = b"\x1e"  # the separator of the targets "pipeline" and "set"
SETS = {"twice": [b"omega=0.2", b"params.omega=0.3"], "swept_and_set": [b"omega=0.2", b"sweep.omega=[0.1, 0.3]"],
        "no_sweep": [b"sweep=[]"], "axis": [b"sweep.omega=[0.1, 0.2]", b"sweep.files=[a, b c]"],
        "no_axis": [b"sweep.none=[]"], "axis_gone": [b"sweep.fast=[]"], "no_list": [b"sweep.fast=7"],
        "no_table": [b"stages.reader.plugin.x=1"], "no_stage": [b"stages.raeder.options.n=1"],
        "below": [b"stages.reader.options.a.b.c=1", b"stages.reader.options.a.b.d=[1, 2]"], "range": [b"omega=1e9"],
        "whole": [b"omega=7", b"epochs=-3", b"fast=true"], "wrong": [b"fast=7", b"epochs=0.5", b"files=7"],
        "product": [b"sweep.epochs=[1, 2, 3]", b"sweep.omega=[0.1, 0.2]"], "same": [b"sweep.epochs=[1, 1]"]}
RANGES = b"""schema = 1
[params]
least = { type = "int", default = 1, min = 3 }
most = { type = "float", default = 9.5, max = 3 }
both = { type = "int", default = 9, min = 1, max = 3 }
from = { type = "int", default = 1, env = "IPET_FUZZ_TEXT" }
unit = { type = "text", default = 1 }
[stages.a]
plugin = "x"
"""


def pipeline_seeds():
    def with_arguments(*arguments):
        return BETWEEN.join([PIPELINE, *INCLUDED, b"[run]\nthreads = 2\n", *(b"--set " + each for each in arguments)])

    many = b"schema = 1\n[sweep]\n" + b"".join(b'"run.a%d" = [%s]\n' % (i, b",".join(b"%d" % j for j in range(40)))
                                              for i in range(3)) + b'[stages.a]\nplugin = "x"\n'
    return {"whole": with_arguments(b"omega=0.5"),
            **{"set_" + name: with_arguments(*given) for name, given in SETS.items()},
            "alone": b'schema = 1\n[stages.a]\nplugin = "x"\noptions.a.b = [1, 2.5, true, "t", { c = 1 }]\n',
            "circle": BETWEEN.join([b'schema = 1\ninclude = ["a.toml"]\n', b'include = ["pipeline.toml"]\n']),
            "no_file": b'schema = 1\ninclude = ["z.toml", 5]\n', "ranges": RANGES, "many": many,
            "same_stage": BETWEEN.join([PIPELINE, INCLUDED[0], INCLUDED[0]]),
            "same_key": b'schema = 1\nname = "a"\nname = "b"\n[stages.a]\nplugin = "x"\n"plu gin" = 1\n',
            "quoted_keys": b'schema = 1\n[stages."a b"]\n"plugin" . \'x\' = 1\n[stages.a]\n"plugin" = 5\n"in\\u0070uts" = 5\n',
            "long_name": PIPELINE.replace(b"[0.1, 0.2]", b'["' + b"x" * 300 + b'"]'),
            "no_toml": b"schema = \n[", "empty": b"", "no_text": b"schema = 1\nname = \"\xe9\"\n", "nul": b"schema\0 = 1\n",
            "wrong": b'schema = 1\n[stages.B]\nplugin = 3\nwhen = 1\ninputs = 5\n[stages.c]\noptions.x = "${params.y}"\n',
            "references": b'schema = 1\n[params]\na = { type = "string", default = "${params.b}" }\n'
                          b'b = { type = "string", default = "${params.a}" }\n[stages.a]\nplugin = "${run.output}"\n'}


def library(gnu=True, sections=True):
    """A shared library of one segment, whose addresses are its offsets: ELF for x86-64 with all that the loader reads."""
    names = b"\0libc.so.6\0plugin\0GLIBC_2.2.5\0"
    at, parts = 64 + 5 * 56, []

    def add(content, align=8):
        nonlocal at
        parts.append(bytes(-at % align) + content)
        at += len(parts[-1])
        return at - len(content)

    text = add(bytes([0xC3]) * 16)
    strings = add(names)
    symbols = add(bytes(24) + struct.pack("<IBBHQQ", 11, 0x12, 0, 1, text, 1) + struct.pack("<IBBHQQ", 1, 0x12, 0, 0, 0, 0))
    hashes = (add(struct.pack("<IIIIQIIII", 1, 1, 1, 6, 2**64 - 1, 1, 2, 3, 1)) if gnu
              else add(struct.pack("<IIIIII", 1, 3, 1, 2, 0, 0)))
    versions = add(struct.pack("<HHH", 0, 1, 2))
    needed = add(struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0x09691A75, 0, 2, 18, 0))
    relocations = add(struct.pack("<QQq", text, 8, text) + struct.pack("<QQq", text, 1 << 32 | 6, 0))
    starts = add(struct.pack("<Q", text))
    entries = [(1, 1), (14, 11), (5, strings), (10, len(names)), (6, symbols), (11, 24),
               (0x6FFFFEF5 if gnu else 4, hashes), (0x6FFFFFF0, versions), (0x6FFFFFFE, needed), (0x6FFFFFFF, 1),
               (7, relocations), (8, 48), (9, 24), (23, relocations), (2, 24), (20, 7), (12, text), (13, text),
               (25, starts), (27, 8), (26, starts), (28, 8), (0, 0)]
    dynamic = add(b"".join(struct.pack("<QQ", *entry) for entry in entries))
    size, shown = at, []
    if sections:
        shown = [(0, 0, 0, 0), (11, symbols, 72, 2), (3, strings, len(names), 0), (14, starts, 8, 0), (15, starts, 8, 0),
                 (0x6FFFFFFF, versions, 6, 0), (0x6FFFFFFE, needed, 32, 0)] + [(0x6FFFFFF6, hashes, 36, 0)] * gnu
    table = add(b"".join(struct.pack("<IIQQQQIIQQ", 0, kind, 2, place, place, length, link, 0, 8, 0)
                         for kind, place, length, link in shown))
    head = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, table if sections else 0, 0, 64, 56, 5, 64, len(shown), 0)

    def segment(kind, flags, place, length, align):
        return struct.pack("<IIQQQQQQ", kind, flags, place, place, place, length, length, align)

    head += segment(1, 7, 0, size, 4096) + segment(2, 6, dynamic, len(entries) * 16, 8) + segment(4, 4, text, 16, 4)
    head += segment(0x6474E552, 4, dynamic, 16, 1) + segment(7, 4, starts, 8, 8)
    return head + b"".join(parts)


def text_seeds():
    with_header = b"\x00" + table([TRACE] + TRACE_ROWS, "\t")
    epoch = [[name.replace("time_relative", "time_epoch") for name in TRACE],
             ["2023-11-14T22:13:20.5Z"] + TRACE_ROWS[0][1:], ["1700000000.25"] + TRACE_ROWS[1][1:]]
    rows = [[row[0], "", *row[1:], "", "", "", ""] for row in TRACE_ROWS]
    return {
        "trace": {"tabs": with_header, "commas": b"\x04" + table([TRACE] + TRACE_ROWS, ","), "epoch": b"\x00" + table(epoch, "\t"),
                  "rows": b"\x01" + table(rows, "\t"), "rows_by_comma": b"\x03" + table(rows[:2], ","),
                  "six": b"\x01" + table([["1", "", "", "", "", "", "108", "", "", "fe80::1", "2001:db8::1", "17", "100"]], "\t"),
                  "packed": b"\x00" + gzip.compress(with_header[1:], mtime=0),
                  "long_line": b"\x00" + table([TRACE, ["1" * 6000, *TRACE_ROWS[0][1:]], *TRACE_ROWS], "\t"),
                  "bad_rows": b"\x00" + table([TRACE] + [["x", *TRACE_ROWS[0][1:]]] * 40, "\t")},
        "devices": {"two": DEVICES, "globs": GLOBS, "several_macs": SEVERAL_MACS, "same_twice": DEVICES + DEVICES, "one": b'[[device]]\nname = "x"\nip = "192.168.1.2"\n',
                    "wrong": b'[[device]]\nname = "a/b"\nmac = 5\n[[device]]\ncolour = "red"\n', "empty": b""},
        "device_list": {"tabs": table(DEVICE_LIST, "\t"), "commas": table(DEVICE_LIST, ","),
                        "aligned": b"List of Devices\t\tMAC\nplug\t\t\t02:00:00:00:00:0a\n", "mark": b"\xef\xbb\xbfName,IP\nx,192.168.1.2\n"},
        "home": {"two": HOME, "wrong": HOME.replace(b"every_seconds = 10", b"every_seconds = 0"),
                 "little": HOME[:HOME.index(b"[profiles]")]},
        "device_model": {"two": MODEL, "wrong": MODEL.replace(b"2000<t", b"2000?t"), "late": MODEL.replace(b"at = 7", b"at = 3"),
                         "one": b'device = "x"\nrecorded = [[0, 9]]\n[[burst]]\nat = 1\npackets = "0>u1"\n'},
        "pipeline": pipeline_seeds(),
        "set": {"number": b"omega=0.2", "text": b"files=here", "path": b'stages.reader.options.list=["a", { b = 1 }]',
                "run": b"run.memory_mib=64", "quoted": b'params.files="it\'s"', "reference": b"files=${run.seed}",
                "unknown": b"omga=1", "none": b"omega", "table": b"stages.other.options.deep={ a = 1, b = { c = [] } }",
                **{name: BETWEEN.join(given) for name, given in SETS.items()}},
        "library": {"gnu_hash": library(), "hash": library(gnu=False), "no_sections": library(sections=False),
                    "cut": library()[:900], "text": b"no library"},
    }


def edits():
    """Of a result file (Editor in result_editor.cpp): which file; what is done, to which object, and numbers that say how."""
    out = {}
    for kind in range(8):
        for choice in range(0, 60, 12):
            out[f"{kind}_{choice}"] = bytes([0, kind]) + struct.pack("<HHB", choice + kind, 3, 5) + bytes(range(1, 12))
    out["several"] = bytes([0]) + b"".join(each[1:] for each in out.values())[:400]
    out.update({"old_" + name: bytes([3]) + each[1:] for name, each in out.items() if name.endswith(("_0", "_24"))})
    out["old"] = bytes([3])
    return out


def all_seeds():
    some = list(ETHERNET.values())
    out = text_seeds()
    out["frames"] = frame_seeds()
    out["results"] = edits()
    out["damage"] = {f"at_{place}": struct.pack("<IB", place * 997, 1 << place % 8) for place in range(40)}
    out["damage"].update(none=b"", cut=struct.pack("<IB", 5000, 0))
    out["pcap"] = {"little": pcap(some), "big": pcap(some[:3], ">"), "nano": pcap(some[:3], "<", 0xA1B23C4D),
                   "modified": pcap(some[:3], "<", 0xA1B2CD34, before=bytes(8)), "none": pcap([]), "cut": pcap(some)[:200],
                   **{name: pcap([OTHER_LINKS[name]], link=number)
                      for name, number in zip(LINKS, LINK_NUMBERS) if name in OTHER_LINKS}}
    out["pcapng"] = {"little": pcapng(some), "big": pcapng(some[:3], ">"), "cut": pcapng(some)[:300],
                     "clock": pcapng(some[:3], "<", struct.pack("<HHIHHqI", 9, 1, 9, 14, 8, -1000, 0)),
                     "sections": pcapng(some[:2]) + pcapng(some[:2], ">"),
                     "step": pcapng(some[:1] * 60, seconds=[*range(1000, 1030), *range(30)]),
                     "late": pcapng(some[:1] * 9, seconds=[1000, 1001, 1002, 1000, 1003, 1004, 1002, 1005, 1006]),
                     **{name: pcapng([OTHER_LINKS[name]], link=number)
                        for name, number in zip(LINKS, LINK_NUMBERS) if name in OTHER_LINKS}}
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
