#!/usr/bin/env python3
"""Interrupts runs of ipet.toml and compare-defences.toml in each of their parts, and looks whether they end as they should
and whether the same command then gives what an undisturbed run gives.

    interruption.py [--parts NAME,...] [--actions NAME,...] [ipet] [compare-defences]

By hand: all of it takes an hour on two cores. tests/system/test_interruption.py does a small part of it. Prints one
line per case, and counts at the end; exit status 1 when a case failed.
"""

import argparse
import collections
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import compare_hdf5
import support

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
#: What is done to a run once a part has begun.
ACTIONS = {"int": [INT], "int-int": [INT, INT], "int-int-int": [INT, INT, INT], "term": [TERM], "hup": [HUP],
           "hup-hup": [HUP, HUP], "closed-output": []}

Part = collections.namedtuple("Part", "name line")  # `line`: what standard error says when it begins

PIPELINES = {
    "ipet": (["pipelines/ipet.toml", "--set", "epochs=4", "--set", "max_windows=40", "--set", "training_stages=3",
              "--set", "chains=1", "--set", "num_samples=10",
              "--set", "stages.generators.options.generator_min_steps=100",
              "--set", "stages.generators.options.discriminator_min_steps=100"],
             [Part("ingest", r"pass 1 of \d+: capture"),
              Part("discriminator", r"pass \d+ of \d+: discriminator"),
              Part("generators", r"pass \d+ of \d+: generators"),
              Part("mixing", r"pass \d+ of \d+: .*mixed"),
              Part("evaluation", r"pass \d+ of \d+: evaluation"),
              Part("writing", r"writing the results")]),
    # All kinds of stages and attackers of the pipeline, and few of each.
    "compare-defences": (["pipelines/compare-defences.toml", "--set", "epochs=2", "--set", "max_windows=30",
                          "--set", "model=mlp", "--set", "training_stages=1", "--set", "chains=1", "--set", "repeats=1",
                          "--set", "filter_repeats=1", "--set", "most_test_rows=20", "--set", "test_fraction=0.3",
                          "--set", "stages.generators.options.generator_min_steps=20",
                          "--set", "stages.generators.options.discriminator_min_steps=20",
                          "--set", "defences=[\"perturbation\", { name = \"chorus\", imitator = \"renewal\", budget = 150.0 }]",
                          "--set", "names=[\"perturbation\", \"chorus\"]",
                          *[text for stage in ("comparison", "networks") for text in (
                              "--set", f"stages.{stage}.options.levels=[\"T0\", \"T2\"]")],
                          "--set", "stages.plots.options.levels=[\"T2\"]",
                          "--set", "stages.comparison.options.filters=[\"repeat_filter\"]",
                          "--set", "stages.comparison.options.attackers=[{ name = \"aggregate_attacker\", model = "
                          "\"gradient_boosting\", minutes = 5 }, { name = \"aggregate_attacker\", model = { name = "
                          "\"forest\", trees = 4 }, minutes = 5 }]",
                          "--set", "stages.networks.options.attackers=[{ name = \"window_attacker\", model = \"lstm\", "
                          "most_rows = 20, max_epochs = 2 }, { name = \"df\", most_rows = 10, max_epochs = 1 }]"],
                         [Part("ingest", r"pass 1 of \d+: capture"),
                          Part("discriminator", r"pass \d+ of \d+: discriminator"),
                          Part("generators", r"pass \d+ of \d+: generators"),
                          Part("comparison", r"pass \d+ of \d+: .*comparison"),
                          Part("writing", r"writing the results")]),
}

#: Captures, and seconds of each, of the home that they read.
HOMES = {"ipet": (5, 600), "compare-defences": (4, 400)}


def make_home(folder, captures=4, seconds=600):
    """Captures of the synthetic home on as many days, and its devices file."""
    support.ipet("run", "pipelines/quickstart.toml", "--until", "home", "--output", folder / "made",
                 "--set", f"stages.home.options.captures={captures}", "--set", "stages.home.options.interval_seconds=86400",
                 "--set", f"stages.home.options.duration_seconds={seconds}", check=0)
    return folder / "made" / "captures"


def usual_signals():
    """In the child: what the tests were started with ignored must not reach it."""
    for one in (INT, TERM, HUP, signal.SIGPIPE):
        signal.signal(one, signal.SIG_DFL)


def processor_seconds_of_ended():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Run:
    """A run whose standard error is read as it comes."""

    def __init__(self, arguments):
        self.process = subprocess.Popen([support.PROGRAM, "run", *map(str, arguments)], cwd=support.SOURCE, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=usual_signals)
        self.lines, self.times = [], []
        self.news = threading.Condition()
        self.output = ""
        self.readers = [threading.Thread(target=self._errors, daemon=True)]
        self.readers[0].start()

    def _errors(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(line)
                self.times.append(time.monotonic())
                self.news.notify_all()
        with self.news:
            self.lines.append(None)
            self.news.notify_all()

    def processor_seconds(self):
        try:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_for(self, pattern, limit=1800):
        """Returns when a line matches: its time, or None when the run ended before."""
        seen = 0
        with self.news:
            while True:
                for number, line in enumerate(self.lines[seen:], seen):
                    if line is None:
                        return None
                    if re.search(pattern, line):
                        return self.times[number]
                seen = len(self.lines)
                if not self.news.wait(limit):
                    raise AssertionError(f"no line '{pattern}' within {limit} s")

    def read_output(self):
        self.readers.append(threading.Thread(target=lambda: setattr(self, "output", self.process.stdout.read()),
                                             daemon=True))
        self.readers[-1].start()

    def close_output(self):
        self.process.stdout.close()

    def end(self, limit=1800):
        """(exit code, standard error)"""
        try:
            code = self.process.wait(limit)
        finally:
            if self.process.poll() is None:
                self.process.kill()
        for reader in self.readers:
            reader.join(10)
        self.process.stderr.close()
        self.process.stdout.close()
        return code, "".join(line for line in self.lines if line is not None)

    def send(self, one):
        if self.process.poll() is None:
            self.process.send_signal(one)


def results_of(folder):
    """Files of a run that two runs must have alike."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*")
                  if path.is_file() and "checkpoints" not in path.parts and path.name != ".ipet-made.json")


def temporary_files_in(folder):
    """What no run leaves, unless it is killed."""
    return sorted(path.relative_to(folder) for path in folder.rglob(".*") if path.name != ".ipet-made.json")


def differences(one, other):
    """What two runs' folders differ in: a list of texts."""
    found = []
    if results_of(one) != results_of(other):
        found.append(f"files {results_of(one)} and {results_of(other)}")
    for name in set(results_of(one)) & set(results_of(other)):
        if name.suffix == ".h5":
            import h5py
            with h5py.File(one / name) as a, h5py.File(other / name) as b:
                found += [f"{name}{line}" for line in compare_hdf5.compare(a, b)]
        elif (one / name).read_bytes() != (other / name).read_bytes():
            found.append(f"{name} differs")
    return found


class Campaign:
    """One pipeline, its undisturbed result, and cases of it."""

    def __init__(self, name, home, folder):
        self.name, self.folder = name, folder
        arguments, self.parts = PIPELINES[name]
        self.arguments = [*arguments, "--set", f"captures={home}", "--set", f"devices={home / 'devices.toml'}"]
        self.undisturbed = folder / f"{name}-undisturbed"
        run = Run([*self.arguments, "--output", self.undisturbed])
        run.read_output()
        begin = time.monotonic()
        code, error = run.end()
        assert code == 0, error
        self.seconds = time.monotonic() - begin
        times = {}
        for line, when in zip(run.lines, run.times):
            for part in self.parts:
                if re.search(part.line, line):
                    times[part.name] = when
        starts = sorted(times.values()) + [begin + self.seconds]
        self.too_late = False  # whether the last case's run was over before it could be stopped
        #: Seconds that each part takes.
        self.lasts = {name: starts[starts.index(when) + 1] - when for name, when in times.items()}
        missing = [part.name for part in self.parts if part.name not in times]
        assert not missing, f"no such part: {missing}\n{error}"

    def case(self, part, action, share=0.0):
        """Interrupts a run when `share` of the part's time has passed, checks its end, and runs it again. Returns the
        seconds from the first signal to the end, or those of the processor where these are fewer: others may be at work."""
        out = self.folder / f"{self.name}-{part.name}-{action}"
        shutil.rmtree(out, ignore_errors=True)
        names = [each.name for each in self.parts]
        if names.index(part.name) > names.index("generators"):  # this training is not what is interrupted
            shutil.copytree(self.undisturbed / "checkpoints", out / "checkpoints")
        others = processor_seconds_of_ended()
        run = Run([*self.arguments, "--output", out])
        if action != "closed-output":
            run.read_output()
        assert run.wait_for(part.line), f"it ended before {part.name}"
        time.sleep(share * self.lasts[part.name])
        over = any(": done in " in line for line in run.lines if line is not None)  # too late to stop anything
        if action == "closed-output":
            run.close_output()
        begin, used = time.monotonic(), run.processor_seconds()
        for number, one in enumerate(ACTIONS[action]):
            if number > 0:
                time.sleep(0.05)  # signals of one kind that come together are one
            run.send(one)
        code, error = run.end()
        took = min(time.monotonic() - begin, processor_seconds_of_ended() - others - used)
        self.too_late = code == 0
        if not (over and code == 0):
            self.check_end(part, action, code, error, out)
        if action != "closed-output":
            again = support.ipet("run", *self.arguments, "--output", out)
            assert again.returncode == 0, again.stderr
        found = differences(self.undisturbed, out) + [f"{path} is left" for path in temporary_files_in(out)]
        assert not found, "\n".join(found)
        shutil.rmtree(out)
        return took

    def check_end(self, part, action, code, error, out):
        signals = ACTIONS[action]
        if action == "closed-output":
            assert code == 1 and "error: standard output was closed" in error, (code, error)
            return
        if code == 0:  # it was too late to stop anything
            assert part.name == "writing" or ": done in " in error, (code, error)
            return
        assert code == 130, (code, error)
        if len(signals) == 3:
            return
        for text in ("interrupted: ", ": interrupted after ", "to go on, run the same command again: "):
            assert text in error, error
        left = temporary_files_in(out) + [path for path in out.rglob("*") if path.is_dir() and not any(path.iterdir())]
        assert not left, left
        whole = [path for path in out.rglob("*.h5") if "checkpoints" not in path.parts]
        if signals == [INT, INT] and "nothing new in" in error:
            assert not whole, whole
        for path in whole:
            import h5py
            with h5py.File(path) as file:
                assert file.attrs["interrupted"], path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipelines", nargs="*", default=list(PIPELINES))
    parser.add_argument("--parts", default="")
    parser.add_argument("--actions", default=",".join(ACTIONS))
    parser.add_argument("--shares", default="0.1,0.6", help="when, within a part: shares of its time")
    options = parser.parse_args()
    counts = collections.Counter()
    slowest = {}
    with tempfile.TemporaryDirectory(prefix="ipet-interruption-") as name:
        folder = pathlib.Path(name)
        for pipeline in options.pipelines:
            home = make_home(folder / f"{pipeline}-home", *HOMES[pipeline])
            campaign = Campaign(pipeline, home, folder)
            print(f"{pipeline}: {campaign.seconds:.1f} s undisturbed;",
                  ", ".join(f"{part} {seconds:.1f} s" for part, seconds in campaign.lasts.items()), flush=True)
            for part in campaign.parts:
                if options.parts and part.name not in options.parts.split(","):
                    continue
                for action in options.actions.split(","):
                    for share in map(float, options.shares.split(",")):
                        try:
                            took = campaign.case(part, action, share)
                            verdict = f"{'too late' if campaign.too_late else 'good'}, {took:.2f} s"
                            if action != "closed-output":
                                slowest[pipeline, part.name] = max(took, slowest.get((pipeline, part.name), 0))
                        except AssertionError as problem:
                            verdict = f"BAD: {problem}"
                        counts[verdict.split(",")[0].split(":")[0]] += 1
                        print(f"{pipeline}, {part.name} at {share:.0%}, {action}: {verdict}", flush=True)
    for (pipeline, part), seconds in slowest.items():
        print(f"longest from signal to end: {pipeline}, {part}: {seconds:.2f} s")
    print(dict(counts))
    return 1 if counts["BAD"] else 0


if __name__ == "__main__":
    sys.exit(main())
