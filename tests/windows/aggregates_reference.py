#!/usr/bin/python3
"""Aggregates of one device, computed independently of ipet (stages/windows/README.md): sorts the whole list of packets
into bins by exact fractions, and shares no code.

  aggregates_reference.py CAPTURE MAC AGG_MINUTES DAY_OFFSET_HOURS OUTPUT

writes OUTPUT.features (float32 [row, 20]) and OUTPUT.start (int64, ns). Columns: {out, in} x {TCP, UDP} x {packets,
mean, smallest and largest size, seconds from first to last}.
"""
import sys
from array import array
from collections import defaultdict
from fractions import Fraction

from windows_reference import packets

DAY = 24 * 3600 * 10**9


def bin_start(time, length, offset):
    """Bins count from the begin of the day, which comes `offset` ns after midnight UTC."""
    begin = (time - offset) // DAY * DAY + offset
    return begin + Fraction(time - begin, length).__floor__() * length


def main():
    path, mac, minutes, hours, output = sys.argv[1:6]
    length, offset = int(Fraction(minutes) * 60 * 10**9), int(Fraction(hours) * 3600 * 10**9)
    bins = defaultdict(lambda: defaultdict(list))
    for time, outgoing, size, tcp in packets(path, bytes.fromhex(mac.replace(":", ""))):
        bins[bin_start(time, length, offset)][(outgoing, tcp)].append((time, size))

    starts, features = array("q", sorted(bins)), array("f")
    for start in starts:
        for group in ((True, True), (True, False), (False, True), (False, False)):
            found = bins[start].get(group)
            if not found:
                features.extend([0, 0, 0, 0, 0])
                continue
            times, sizes = zip(*found)
            features.extend([len(sizes), float(Fraction(sum(sizes), len(sizes))), min(sizes), max(sizes),
                             (max(times) - min(times)) / 10**9])

    for name, values in (("features", features), ("start", starts)):
        with open(output + "." + name, "wb") as file:
            values.tofile(file)


main()
