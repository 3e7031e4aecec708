"""Repeats real captures in time, for tests and measurements of captures far larger than memory.

    repeat_captures.py OUT.pcap MEBIBYTES FOLDER

Merges all classic little-endian microsecond pcap files below FOLDER by time, then writes them again and again, each
repetition one day after the end of the one before, until OUT.pcap has the size asked for.
"""

import pathlib
import struct
import sys

import numpy as np


def records_of(path):
    data = path.read_bytes()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        raise SystemExit(f"{path}: not a little-endian microsecond pcap")
    at = 24
    while at + 16 <= len(data):
        seconds, micros, captured, _ = struct.unpack_from("<IIII", data, at)
        end = at + 16 + captured
        if end > len(data):
            break
        yield seconds, micros, data[at:end]
        at = end


def merged(folder):
    """(header, block of records, offsets of the time fields, seconds from first to last)."""
    files = sorted(pathlib.Path(folder).rglob("*.pcap"))
    header = files[0].read_bytes()[:24]
    records = sorted((r for f in files for r in records_of(f)), key=lambda r: r[:2])
    offsets = np.cumsum([0] + [len(r[2]) for r in records[:-1]])
    return header, np.frombuffer(b"".join(r[2] for r in records), np.uint8), offsets, records[-1][0] - records[0][0]


def write(out, merged, repetitions):
    """Writes these repetitions (a range of their numbers) of what `merged` gave."""
    header, block, offsets, span = merged
    shift = span + 86400
    first = np.stack([block[offsets + i] for i in range(4)], axis=1).copy().view("<u4")[:, 0].astype(np.int64)
    first -= first.min() - 946_684_800  # from the year 2000 on, so that hundreds of repetitions fit 32 bits
    work = block.copy()
    with open(out, "wb") as file:
        file.write(header)
        for i in repetitions:
            times = (first + i * shift).astype("<u4").view(np.uint8).reshape(-1, 4)
            for byte in range(4):
                work[offsets + byte] = times[:, byte]
            file.write(work)


def repeat(out, mebibytes, folder):
    """Writes the capture and returns how many repetitions it holds."""
    made = merged(folder)
    repetitions = -(-mebibytes * 2**20 // len(made[1]))
    write(out, made, range(repetitions))
    return repetitions


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    print(repeat(sys.argv[1], int(sys.argv[2]), sys.argv[3]), "repetitions")
