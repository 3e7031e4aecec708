#!/usr/bin/env python3
"""Speed of everything a user waits for, beside what they would use instead: one table.

    ./ipet bench [--quick] [--json FILE] [PART...]

Every folder here with a part.py is a part. Its `rows(bench)` yields lines of the table and its `series(bench)`, where
there is one, the cost against the amount of work. A ratio is taken within one run on one machine; times alone mean
little. Nothing here fails because something is slow. A part that fails is named at the end and makes the exit code 1;
what it and the others measured is printed and written.
"""
import argparse
import dataclasses
import importlib.util
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Row:
    """A line of the table. `ours`, `peer`, `limit` and `two_cores` are in `unit`."""
    part: str
    unit: str
    ours: float
    peer_name: str = ""
    peer: float | None = None
    at_least: float | None = None  # required ratio; without a peer the required value of `ours`
    limit_name: str = ""
    limit: float | None = None
    two_cores: float | None = None  # ours on two cores, where `ours` is on one
    one_core: float | None = None  # ours on one core, where `ours` is on two
    lower: bool = False  # less is better: times, memory
    note: str = ""

    def better(self, a, b):
        """How many times better a is than b."""
        return b / a if self.lower else a / b

    def ratio(self):
        return None if self.peer is None else self.better(self.ours, self.peer)

    def speed_up(self):
        """From one core to two."""
        if self.two_cores is not None:
            return self.better(self.two_cores, self.ours)
        return None if self.one_core is None else self.better(self.ours, self.one_core)

    def met(self):
        if self.at_least is None:
            return None
        if self.peer is not None:
            return self.ratio() >= self.at_least
        return self.ours <= self.at_least if self.lower else self.ours >= self.at_least


@dataclasses.dataclass
class Series:
    """Seconds that 1, 2, 4 and 8 times the work takes."""
    part: str
    work: str
    seconds: list[float]
    note: str = ""


@dataclasses.dataclass
class Timing:
    """Best repetition of a benchmark. CPU seconds of its thread, or real ones if it says UseRealTime()."""
    seconds: float  # per iteration
    rate: float | None  # items per second, where it counts items
    counters: dict[str, float]


@dataclasses.dataclass
class Process:
    """Best of some runs of a whole process."""
    wall: float  # seconds
    cpu: float  # seconds, all threads and children
    peak: float  # resident MiB, the largest seen
    output: str


class Failed(Exception):
    pass


class Bench:
    def __init__(self, build, folder, quick):
        self.build, self.folder, self.quick = build, folder, quick
        self.ipet = str(build / "bin" / "ipet")
        self.source = HERE.parent.parent
        data = self.source.parent / "shared" / "data"
        self.data = data if data.is_dir() else None

    def program(self, part):
        return str(self.build / "bin" / "bench" / f"bench_{part}")

    def google(self, part, args=(), filter=None, repetitions=None, min_time=None, cores=None, env=None):
        """Runs bench_PART; {name: Timing}. Repetitions of different benchmarks alternate, so that a slow moment of
        the machine meets ours and the peer alike."""
        repetitions = repetitions or (1 if self.quick else 7)
        min_time = min_time or (0.01 if self.quick else 0.2)
        command = [self.program(part), "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
                   f"--benchmark_min_time={min_time}", "--benchmark_enable_random_interleaving=true", *args]
        if filter:
            command.append(f"--benchmark_filter={filter}")
        text = self.run(command, cores, env).stdout
        return collect(json.loads(text)["benchmarks"])

    def run(self, command, cores=None, env=None):
        """On the first `cores` cores; Failed, with its words, unless it succeeds."""
        command = [str(word) for word in command]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=pin(cores),
                              env={**os.environ, **(env or {})}, cwd=self.folder)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done

    def measure(self, command, cores=None, repeat=None, env=None):
        best = None
        for _ in range(repeat or (1 if self.quick else 3)):
            best = self.once([str(word) for word in command], cores, env, best)
        return best

    def once(self, command, cores, env, best):
        begin = time.perf_counter()
        with tempfile.TemporaryFile("w+") as output:
            child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, preexec_fn=pin(cores),
                                     env={**os.environ, **(env or {})}, cwd=self.folder)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - begin
            output.seek(0)
            text = output.read()
        if child.returncode != 0:
            raise Failed(f"{' '.join(command)}: exit code {child.returncode}\n{text[-4000:]}")
        now = Process(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)
        if best is None:
            return now
        return Process(min(now.wall, best.wall), min(now.cpu, best.cpu), max(now.peak, best.peak), text)


def pin(cores):
    """Pins the child to the first `cores` of the cores that this process may use."""
    if cores is None:
        return None
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    return lambda: os.sched_setaffinity(0, chosen)


def collect(entries):
    best = {}
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    for entry in entries:
        if entry.get("run_type") == "aggregate":
            continue
        if entry.get("error_occurred"):
            raise Failed(f"{entry['name']}: {entry.get('error_message')}")
        name = entry["run_name"].removesuffix("/real_time")
        real = entry["run_name"] != name
        seconds = entry["real_time" if real else "cpu_time"] * scale[entry["time_unit"]]
        if name in best and best[name].seconds <= seconds:
            continue
        counters = {key: value for key, value in entry.items() if isinstance(value, float) and not key.endswith("_time")}
        best[name] = Timing(seconds, entry.get("items_per_second"), counters)
    return best


def number(value):
    """Three digits, with thousands, millions and billions as words."""
    for size, word in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{word}"
    return f"{value:.3g}"


def duration(seconds):
    for size, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size:
            break
    return f"{seconds / size:.3g} {unit}"


def table(rows):
    """A Markdown table whose columns line up."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def required(row):
    if row.at_least is None:
        return "-"
    text = f"{row.at_least:g}x" if row.peer is not None else \
        f"{'at most ' if row.lower else ''}{number(row.at_least)}"
    return text + ("" if row.met() else ": MISSED")


def main_table(rows):
    lines = [["part", "unit", "ours", "peer", "ratio", "required", "limit", "of limit", "1 to 2 cores", "note"]]
    notes = []
    for row in rows:
        if row.note:
            notes.append(row.note)
        lines.append([
            row.part, row.unit, number(row.ours),
            "-" if row.peer is None else f"{number(row.peer)} ({row.peer_name})",
            "-" if row.peer is None else f"{row.ratio():.3g}x",
            required(row),
            "-" if row.limit is None else f"{number(row.limit)} ({row.limit_name})",
            "-" if row.limit is None else f"{100 * row.better(row.ours, row.limit):.0f} %",
            "-" if row.speed_up() is None else f"{row.speed_up():.2f}x",
            str(len(notes)) if row.note else ""])
    text = table(lines)
    for i, note in enumerate(notes, 1):
        text += f"\n{'' if i > 1 else chr(10)}{i}. {note}"
    return text


def work_table(series):
    lines = [["part", "work", "1x", "2x", "4x", "8x", "8x / 1x", "note"]]
    for each in series:
        seconds = each.seconds
        lines.append([each.part, each.work, *(duration(s) for s in seconds),
                      f"{seconds[-1] / seconds[0]:.2f}", each.note])
    return table(lines)


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


@dataclasses.dataclass
class Results:
    rows: list[Row] = dataclasses.field(default_factory=list)
    series: list[Series] = dataclasses.field(default_factory=list)
    failed: list[str] = dataclasses.field(default_factory=list)  # "PART: reason"
    interrupted: bool = False

    def fail(self, name, error):
        self.failed.append(f"{name}: {error}" if isinstance(error, Failed) else f"{name}: {type(error).__name__}: {error}")

    def exit_code(self):
        return 130 if self.interrupted else 1 if self.failed else 0


def load_parts(names, results):
    """The parts by name, all before anything is measured: a missing Python module is known at once."""
    found = {path.parent.name: path for path in sorted(HERE.glob("*/part.py"))}
    for name in names:
        if name not in found:
            sys.exit(f"bench: there is no part '{name}'; there are: {', '.join(found)}")
    modules = {}
    for name in names or found:
        spec = importlib.util.spec_from_file_location(f"part_{name}", found[name])
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            results.fail(name, error)
            print(f"bench: {results.failed[-1]}; the other parts are measured", file=sys.stderr)
        else:
            modules[name] = module
    return modules


def measure(bench, modules, results):
    """What was measured before a part failed, or before Ctrl-C, stays in `results`."""
    for name, module in modules.items():
        begin = time.perf_counter()
        try:
            results.rows.extend(module.rows(bench))
            results.series.extend(module.series(bench) if hasattr(module, "series") else [])
        except KeyboardInterrupt:
            results.interrupted = True
            results.failed.append(f"{name}: interrupted; parts after it were not measured")
            return
        except Exception as error:
            results.fail(name, error)
        print(f"bench: {name}, {time.perf_counter() - begin:.0f} s", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(prog="./ipet bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("part", nargs="*", help="parts to measure; all when none is named")
    parser.add_argument("--quick", action="store_true", help="small inputs, one repetition: to see that all of it runs")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write the rows there, too")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_json(path, results):
    content = {"rows": [dataclasses.asdict(row) for row in results.rows],
               "series": [dataclasses.asdict(each) for each in results.series], "failed": results.failed}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main():
    sys.modules["bench"] = sys.modules["__main__"]  # what part.py imports
    options = arguments()
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    results = Results()
    modules = load_parts(options.part, results)
    if options.json:
        try:
            options.json.open("a").close()  # better now than after minutes
        except OSError as error:
            sys.exit(f"bench: --json {options.json}: {error.strerror}; name a file that can be written")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-bench-"))
    try:
        measure(Bench(options.build.resolve(), folder, options.quick), modules, results)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{processor()}, {cores} cores; load average before: {load:.1f}"
          f"{'; SMALL INPUTS, ONE REPETITION: not for comparison' if options.quick else ''}\n")
    if results.rows:
        print(main_table(results.rows))
    if results.series:
        print("\nCost against work\n\n" + work_table(results.series))
    if options.json:
        write_json(options.json, results)
    sys.stdout.flush()
    for text in results.failed:
        print(f"bench: FAILED: {text}", file=sys.stderr)
    sys.exit(results.exit_code())


if __name__ == "__main__":
    main()
