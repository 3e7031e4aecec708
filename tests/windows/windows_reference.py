#!/usr/bin/python3
"""Windows of one device, computed independently of ipet (stages/windows/README.md): parses the pcap with struct, works
on the whole list of packets at once, and shares no code.

  windows_reference.py CAPTURE MAC TOTAL_TIME_NS OMEGA_NS anchored|tiled before|after OUTPUT

writes OUTPUT.features (float32 [window, slot, 4]), OUTPUT.silence (float64, seconds), OUTPUT.start (int64, ns).
Only what the example needs: little-endian microsecond pcap of Ethernet with at most one VLAN tag, IPv4, private local networks.
"""
import bisect
import ipaddress
import struct
import sys
from array import array


def is_local(address):
    return any(address in n for n in (ipaddress.ip_network("192.168.0.0/16"), ipaddress.ip_network("10.0.0.0/8"),
                                      ipaddress.ip_network("172.16.0.0/12")))


def packets(path, mac):
    """(time in ns, outgoing, payload, TCP) of each counted packet, sorted by time."""
    data = open(path, "rb").read()
    assert struct.unpack("<I", data[:4])[0] == 0xA1B2C3D4 and struct.unpack("<I", data[20:24])[0] == 1
    position, found, known = 24, [], {}
    while position < len(data):
        seconds, micros, kept, _ = struct.unpack("<IIII", data[position:position + 16])
        frame = data[position + 16:position + 16 + kept]
        position += 16 + kept
        if mac not in (frame[0:6], frame[6:12]) or frame[0] & 1:
            continue
        link = 18 if frame[12:14] == b"\x81\x00" else 14  # incoming frames of this home carry a VLAN tag
        if frame[link - 2:link] != b"\x08\x00":
            continue
        ip = frame[link:]
        header = (ip[0] % 16) * 4
        total, fragment = struct.unpack(">H", ip[2:4])[0], struct.unpack(">H", ip[6:8])[0] % 8192
        if ip[9] not in (6, 17) or fragment:
            continue
        if ip[9] == 6:
            size = total - header - (ip[header + 12] >> 4) * 4
        else:
            size = struct.unpack(">H", ip[header + 4:header + 6])[0] - 8
        if size <= 0:
            continue
        ends = []
        for raw in (ip[12:16], ip[16:20]):
            if raw not in known:
                address = ipaddress.ip_address(raw)
                known[raw] = (is_local(address), address.is_multicast or raw == b"\xff\xff\xff\xff")
            ends.append(known[raw])
        if ends[0][0] == ends[1][0] or ends[0][1] or ends[1][1]:
            continue
        found.append((seconds * 10**9 + micros * 1000, ends[0][0], size, ip[9] == 6))
    found.sort(key=lambda packet: packet[0])
    return found


def anchored(times, total):
    """First packet of each window, by jumping from packet to packet."""
    heads, i = [], 0
    while i < len(times):
        heads.append(i)
        i = bisect.bisect_left(times, times[i] + total)
    return [times[i] for i in heads]


def main():
    path, mac, total, omega, windows, silence, output = sys.argv[1:8]
    total, omega = int(total), int(omega)
    found = packets(path, bytes.fromhex(mac.replace(":", "")))
    times = [packet[0] for packet in found]
    if windows == "anchored":
        starts = anchored(times, total)
    else:
        starts = [times[0] + k * total for k in range((times[-1] - times[0]) // total + 1)]
    if silence == "after":
        starts = starts[:-1]

    silences = array("d")
    for k, start in enumerate(starts):
        first, past = bisect.bisect_left(times, start), bisect.bisect_left(times, start + total)
        if silence == "before":
            if first == past:  # idle: the last packet before, to the end of the window
                gap = start + total - times[first - 1]
            else:
                gap = times[first] - times[first - 1] if k > 0 else 0
        else:
            gap = times[past] - (start if first == past else times[past - 1])
        silences.append(gap / 10**9)

    slots = total // omega
    features = array("f", bytes(4 * len(starts) * slots * 4))
    for time, outgoing, size, _ in found:
        window = bisect.bisect_right(starts, time) - 1
        if window < 0 or time >= starts[window] + total:
            continue  # of the dropped last window
        at = (window * slots + (time - starts[window]) // omega) * 4 + (0 if outgoing else 2)
        features[at] += 1
        features[at + 1] += size

    for name, values in (("features", features), ("silence", silences), ("start", array("q", starts))):
        with open(output + "." + name, "wb") as file:
            values.tofile(file)


if __name__ == "__main__":
    main()
