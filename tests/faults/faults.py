#!/usr/bin/python3
"""Runs of ipet that are killed, and whose calls to the system fail: afterwards there is the earlier result or the new
one, whole, and the next run gives the new one and leaves nothing else behind.

    tests/faults/faults.py                     # everything, by hand, about an hour: 200 kills at random times, and a
                                               # failure of and a kill at every nth write, fsync, rename and open of an
                                               # ingest and a short training
    tests/faults/faults.py --only ingest --kills 20 --seed 7
    tests/faults/faults.py --only training --kills 0 --calls write --first 3 --every 8    # number 3, 11, 19, ...

One line per case that is not good, counts at the end of each part; exit status 1 when a case was not good.

tests/system/test_faults.py runs a small sample."""

import argparse
import collections
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import support  # noqa: E402

COMPARE = support.SOURCE / "tests" / "integration" / "compare_hdf5.py"
LIBRARY = pathlib.Path(support.PROGRAM).resolve().parent / "faults.so"
CALLS = {"fsync": "EIO", "rename": "EIO", "open": "ENOSPC", "write": "ENOSPC"}
INGEST = """schema = 1
name = "ingest"
[params]
captures = {{ type = "path" }}
devices = {{ type = "path" }}
total_time = {{ type = "float", default = 4.0 }}
[run]
output = "{out}"
[stages.capture]
plugin = "pcap_reader"
options.files = "${{params.captures}}"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "${{params.devices}}"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
options = {{ total_time = "${{params.total_time}}", omega = 0.1 }}
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows"]
options.file = "${{run.output}}/windows.h5"
[stages.table]
plugin = "csv_writer"
inputs = "windows"
options.file = "${{run.output}}/windows.csv"
"""


TRAINING = """schema = 1
name = "training"
include = ["{source}/pipelines/parts/training.toml"]
[run]
output = "{out}"
[stages.home]
plugin = "traffic_synthesizer"
options = {{ captures = 3, duration_seconds = 120 }}
[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "${{run.output}}/captures/devices.toml"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "discriminator", "generators"]
options.file = "${{run.output}}/ipet.h5"
"""


class Failed(AssertionError):
    pass


def same_hdf5(one, other):
    return subprocess.run([sys.executable, "-B", COMPARE, one, other], capture_output=True).returncode == 0


class Scenario:
    """A folder with an earlier result of another definition, in which a run is disturbed."""

    def __init__(self, folder, results):
        self.folder, self.results = pathlib.Path(folder).resolve(), results
        self.out, self.earlier, self.new = (self.folder / n for n in ("out", "earlier", "new"))

    def prepare(self):
        support.ipet(*self.arguments("earlier"), check=0)
        shutil.copytree(self.out, self.earlier, symlinks=True)
        started = time.monotonic()
        support.ipet(*self.arguments("new"), check=0)
        self.seconds = time.monotonic() - started
        shutil.copytree(self.out, self.new, symlinks=True)
        return self

    def reset(self):
        shutil.rmtree(self.out)
        shutil.copytree(self.earlier, self.out, symlinks=True)

    def which(self, name):
        """"earlier", "new", or an error."""
        file = self.out / name
        if file.read_bytes() == (self.earlier / name).read_bytes():
            return "earlier"
        same = same_hdf5(file, self.new / name) if name.endswith(".h5") else \
            file.read_bytes() == (self.new / name).read_bytes()
        if not same:
            raise Failed(f"{file} is neither the earlier result nor the new one")
        return "new"

    def judge(self, code, error):
        """What a disturbed run left. Two renames of a run that was killed may have one on either side."""
        found = {self.which(name) for name in self.results}
        if code == 0 and found != {"new"}:
            raise Failed("it ended well without its results")
        if code > 0 and (code != 1 or found != {"earlier"} or str(self.out) not in error):
            raise Failed(f"exit code {code}, results {found}, {error}")
        return "mixed" if len(found) > 1 else found.pop()

    def is_untouched(self):
        """Whether the folder is as it was before the run, so that the next run is one that was judged already."""
        def files(folder):
            return {str(p.relative_to(folder)): p.is_file() and p.name != ".ipet-made.json" and p.read_bytes()
                    for p in folder.rglob("*")}
        return files(self.out) == files(self.earlier)

    def judge_next(self):
        """The next run, undisturbed."""
        support.ipet(*self.arguments("new"), check=0)
        for name in self.results:
            if self.which(name) != "new":
                raise Failed(f"{name} of the next run is the earlier one")
            kept = self.out / f"{name}.1"
            if kept.read_bytes() != (self.earlier / name).read_bytes():
                raise Failed(f"{kept} is not the earlier result")
        names = {str(p.relative_to(self.out)) for p in self.out.rglob("*")}
        expected = {str(p.relative_to(self.new)) for p in self.new.rglob("*")}
        if names != expected:
            raise Failed(f"left over: {sorted(names - expected)}, missing: {sorted(expected - names)}")

    def fail(self, call, nth, kill=False):
        """True when the nth call was reached. `kill`: the process is killed there, instead."""
        self.reset()
        mark = self.folder / "reached"
        mark.unlink(missing_ok=True)
        settings = dict(os.environ, LD_PRELOAD=str(LIBRARY), IPET_FAULT_FOLDER=str(self.out), IPET_FAULT_CALL=call,
                        IPET_FAULT_NTH=str(nth), IPET_FAULT_ERRNO=CALLS[call], IPET_FAULT_MARK=str(mark))
        if kill:
            settings["IPET_FAULT_KILL"] = "1"
        done = support.ipet(*self.arguments("new"), env=settings)
        try:
            self.judge(done.returncode, done.stderr)
            if mark.exists():
                if done.returncode != 1 or not self.is_untouched():
                    self.judge_next()
            elif done.returncode != 0:
                raise Failed(f"it failed without a cause: {done.stderr}")
        except (Failed, OSError, AssertionError) as error:
            raise Failed(f"{type(self).__name__}, {'killed at ' if kill else ''}{call} number {nth}: {error}\n{done.stderr}") from error
        return mark.exists()

    def reached(self):
        """Whether the last `fail` came to its call."""
        return (self.folder / "reached").exists()

    def kill(self, delay):
        """What was there afterwards; "end" when it ended before."""
        self.reset()
        process = subprocess.Popen([support.PROGRAM, *map(str, self.arguments("new"))], cwd=support.SOURCE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(delay)
            ended = True
            self.seconds = min(self.seconds, delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            ended = False
        try:
            found = self.judge(0 if ended else -9, "")
            self.judge_next()
        except (Failed, OSError, AssertionError) as error:
            raise Failed(f"{type(self).__name__}, killed after {delay:.4f} s: {error}") from error
        return "end" if ended else found


class Ingest(Scenario):
    def __init__(self, folder, packets=2000):
        super().__init__(folder, ("windows.h5", "windows.csv"))
        (self.folder / "home.pcap").write_bytes(support.small_capture(packets))
        (self.folder / "devices.toml").write_text(support.DEVICES_TOML)
        (self.folder / "ingest.toml").write_text(INGEST.format(out=self.out))

    def arguments(self, which):
        return ["run", self.folder / "ingest.toml", "--set", f"captures={self.folder}/home.pcap", "--set",
                f"devices={self.folder}/devices.toml", "--set", f"total_time={4 if which == 'earlier' else 2}"]


class Training(Scenario):
    """A synthetic home of a few minutes; two stages of generators with their checkpoints."""

    def __init__(self, folder):
        super().__init__(folder, ("ipet.h5",))
        (self.folder / "training.toml").write_text(TRAINING.format(source=support.SOURCE, out=self.out))

    def arguments(self, which):
        return ["run", self.folder / "training.toml", "--set", "model=mlp", "--set", "epochs=1", "--set",
                "max_windows=30", "--set", "training_stages=2", "--set", "chains=1",
                "--set", "stages.generators.options.generator_min_steps=0",
                "--set", "stages.generators.options.discriminator_min_steps=0",
                "--set", f"run.seed={20 if which == 'earlier' else 21}"]

    def judge_next(self):
        super().judge_next()
        for name in ("captures.1", "captures"):
            if not (self.out / name / "recording-1.pcap").is_file():
                raise Failed(f"{name} is not complete")


def campaign(scenario, call, numbers, kill):
    """Lets each of these calls fail once, one a run, or kills there, until a number is not reached. Prints counts;
    returns how many were good, how many not."""
    what = f"{type(scenario).__name__}: {'killed' if kill else 'failed'} at"
    reached, bad = [], []
    for nth in numbers:
        try:
            scenario.fail(call, nth, kill)
        except Failed as error:
            print(f"BAD: {error}", flush=True)
            bad.append(nth)
        if not scenario.reached():
            break
        reached.append(nth)
        if len(reached) % 20 == 0:
            print(f"  {what} {len(reached)} calls of {call} so far", flush=True)
    good = len(set(reached) - set(bad))
    where = f" (number {reached[0]} to {reached[-1]})" if reached else ""
    print(f"{what} {len(reached)} calls of {call}{where}, one a run: {good} good, {len(bad)} not", flush=True)
    return good, len(bad)


def kills(scenario, count, generator):
    """How often the earlier result, the new one or one of each was there after so many kills. Runs that end before they
    are killed count apart, and make the next ones be killed sooner."""
    found = collections.Counter()
    while found.total() - found["end"] < count:
        found[scenario.kill(generator.uniform(0, scenario.seconds * 1.05))] += 1
        scenario.seconds *= 1.01  # a machine that was idle may have a lot to do now
        if found.total() % 10 == 0:
            print(f"  so far: {dict(found)}", flush=True)
    return dict(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("ingest", "training"))
    parser.add_argument("--calls", nargs="*", default=list(CALLS), choices=list(CALLS))
    parser.add_argument("--ways", nargs="*", default=["fail", "kill"], choices=("fail", "kill"))
    parser.add_argument("--first", type=int, default=1, help="number of the first call of each kind")
    parser.add_argument("--every", type=int, default=1, help="then every so-manieth")
    parser.add_argument("--kills", type=int, default=200, help="in all, half of each")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    generator = random.Random(options.seed)
    bad = 0
    numbers = range(options.first, 1_000_000, options.every)
    for kind in (Ingest, Training):
        if options.only and kind.__name__.lower() != options.only:
            continue
        with tempfile.TemporaryDirectory(prefix="ipet-faults-") as folder:
            scenario = kind(folder).prepare()
            print(f"{kind.__name__}: a run takes {scenario.seconds:.2f} s", flush=True)
            share = options.kills if options.only else options.kills // 2
            print(f"{kind.__name__}: {share} kills: {kills(scenario, share, generator)}", flush=True)
            for call in options.calls:
                for way in options.ways:
                    bad += campaign(scenario, call, numbers, way == "kill")[1]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
