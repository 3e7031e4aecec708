"""Capture decode: a pcap file in the page cache to packets, on one core.

That ours and libtins give the same packets, and where they rightly do not (fragments, frames that were cut):
tests/capture/differential_test.cpp. Here their sums are compared, to one in a hundred.
"""
import captures
from bench import Failed, Row


def rates(bench, path):
    found = bench.google("capture", env={"IPET_BENCH_CAPTURE": str(path)})
    for name in ("libtins", "walk"):
        if name not in found:
            continue
        for sum in ("packets", "payload", "ports", "seconds"):
            ours = found["ours"].counters[sum]
            if abs(found[name].counters[sum] - ours) > ours / 100:
                raise Failed(f"{path.name}: {sum} of {name} is {found[name].counters[sum]}, "
                             f"ours is {found['ours'].counters[sum]}")
    return {name: timing.rate for name, timing in found.items()}


def rows(bench):
    for home in captures.homes(bench):
        path = bench.folder / f"decode-{home.name}.pcap"
        home.one(path, 4 if bench.quick else 64)
        rate = rates(bench, path)
        yield Row(part=f"capture decode, {home.name}", unit="frames/s", ours=rate["ours"],
                  peer_name="libtins FileSniffer and PDUs", peer=rate["libtins"], at_least=3.5,
                  limit_name="mmap header walk", limit=rate["walk"],
                  note=f"{home.bytes / home.frames:.0f} bytes per frame and record. Wanted: 67 % of the walk, which "
                       "maps the file and checks nothing. Ours reads it, so that a file that shrinks meanwhile is "
                       f"an early end and no signal; read() alone would allow "
                       f"{rate['read_only'] * home.frames / home.bytes / 1e6:.1f} M frames/s.")
        path.unlink()
