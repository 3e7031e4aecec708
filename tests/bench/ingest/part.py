"""Captures to windows in HDF5: the whole process `ipet run pipelines/ingest.toml`.

That its packets are those of tshark: tests/capture/tshark_totals_test.cpp; that its windows do not depend on the
threads: tests/system/test_ingest.py.
"""
import gzip
import shutil
import sys

import captures
from bench import Row, Series

FIELDS = ["frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tcp.len",
          "udp.length"]


WHY_ONE_FILE = ("Below 1.6x from 1 to 2 cores: one thread finds the records of a file, and while it decodes its blocks with the "
                "others it does nothing else; HDF5 writes on one core.")
WHY_MANY = "Below 1.6x: HDF5 writes on one core, and the last file is decoded alone."


# A process that this one forks begins with the memory of this one; what that one starts has its own.
PEAK = ("import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
        "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)")


def command(bench, home, captured, cores, memory=256):
    return [bench.ipet, "run", bench.source / "pipelines/ingest.toml", "-j", cores, "--output", bench.folder / "out",
            "--set", f"captures={captured}", "--set", f"devices={home.devices}", "--set", f"memory_mib={memory}"]


def ingest(bench, home, captured, cores, repeat=None):
    done = bench.measure(command(bench, home, captured, cores), cores=cores, repeat=repeat)
    shutil.rmtree(bench.folder / "out")
    return done


def peak(bench, home, captured, memory):
    """Resident MiB of the process at its largest."""
    done = bench.run([sys.executable, "-c", PEAK, *command(bench, home, captured, 2, memory)])
    shutil.rmtree(bench.folder / "out")
    return int(done.stdout.rsplit("PEAK", 1)[1]) / 1024


def tshark(bench, home):
    """Packets per second of tshark alone, on a slice of the same frames."""
    if shutil.which("tshark") is None:
        return None, 0
    slice = bench.folder / "slice.pcap"
    frames = home.one(slice, home.bytes / 2**20 * max(1, round((5000 if bench.quick else 120_000) / home.frames)))
    fields = [word for field in FIELDS for word in ("-e", field)]
    took = bench.measure(["tshark", "-r", slice, "-T", "fields", *fields], cores=2, repeat=1 if bench.quick else 3)
    slice.unlink()
    return frames / took.wall, frames


def reading(bench, path):
    """Seconds that reading the file once takes, from the page cache."""
    return bench.measure(["dd", f"if={path}", "of=/dev/null", "bs=256K", "status=none"], cores=1).wall


def many_and_one(bench, home):
    size = 8 if bench.quick else 2048
    peer, slice = tshark(bench, home)
    for kind in ("several files", "one file"):
        path = bench.folder / "big"
        frames = home.many(path, size, 8) if kind == "several files" else home.one(path, size)
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        size_now = sum(file.stat().st_size for file in files)
        limit = size_now / sum(reading(bench, file) for file in files) / size_now * frames
        one = ingest(bench, home, path, 1)
        two = ingest(bench, home, path, 2)
        yield Row(
            part=f"ingest on 2 cores, {home.name}, {kind}", unit="frames/s", ours=frames / two.wall,
            peer_name="tshark -T fields", peer=peer, at_least=250, limit_name="reading once", limit=limit,
            one_core=frames / one.wall,
            note=f"{size_now / 2**20:.0f} MiB, {frames / 1e6:.1f} M frames; processor time {two.cpu:.2f} s. "
                 f"{WHY_ONE_FILE if kind == 'one file' else WHY_MANY} tshark prints fields of "
                 f"{slice} frames and makes no windows. Reading once: {size_now * limit / frames / 1e9:.1f} GB/s.")
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def memory(bench, home):
    for size in (4, 8) if bench.quick else (256, 1024, 4096):
        for kind in ("16 files", "one file"):
            path = bench.folder / "memory"
            home.many(path, size, 16) if kind == "16 files" else home.one(path, size)
            for budget in (64, 256) if size in (8, 4096) else (64,):
                yield Row(part=f"ingest memory, {size} MiB in {kind}, memory_mib = {budget}", unit="MiB peak",
                          ours=peak(bench, home, path, budget), at_least=budget + 200, lower=True)
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def compressed(bench, home):
    """The same capture as pcapng, .gz and .zst."""
    plain = bench.folder / "plain.pcap"
    frames = home.one(plain, 4 if bench.quick else 128)
    base = ingest(bench, home, plain, 2)
    for name, command in (("pcapng", ["editcap", "-F", "pcapng"]), (".gz", None), (".zst", ["zstd", "-q"])):
        packed = bench.folder / ("packed.pcapng" if name == "pcapng" else f"packed.pcap{name}")
        if command is None:
            with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
                shutil.copyfileobj(source, target, 1 << 20)
        elif shutil.which(command[0]) is None:
            continue
        else:
            bench.run([*command, plain, *(["-o"] if name == ".zst" else []), packed])
        took = ingest(bench, home, packed, 2)
        note = "Cost of undoing the compression on one core, by zlib." if name == ".gz" else ""
        yield Row(part=f"ingest on 2 cores, {home.name}, {name}", unit="frames/s", ours=frames / took.wall,
                  limit_name="the same as plain pcap", limit=frames / base.wall, note=note)
        packed.unlink()
    plain.unlink()


def rows(bench):
    homes = captures.homes(bench)
    for home in homes:
        yield from many_and_one(bench, home)
    yield from memory(bench, homes[0])
    yield from compressed(bench, homes[0])


def series(bench):
    home = captures.homes(bench)[0]
    seconds = []
    for times in (1, 2, 4, 8):
        path = bench.folder / "work.pcap"
        home.one(path, times * (2 if bench.quick else 64))
        seconds.append(ingest(bench, home, path, 2).wall)
        path.unlink()
    return [Series(part=f"ingest on 2 cores, {home.name}", work="packets", seconds=seconds,
                   note="about 30 ms of it are the start of the process and the end of the file")]
