#!/usr/bin/env python3
"""What building costs, of several commits side by side: processor time, waiting time, memory, and what one edit costs.

    tests/bench/build_cost.py 663c1dd HEAD                  # all steps but ci; packages must be installed
    tests/bench/build_cost.py HEAD --json new.json          # one commit now, the other another time,
    tests/bench/build_cost.py --merge old.json new.json     # and the table of both
    tests/bench/build_cost.py HEAD --steps tree,tests --folder clones --json new.json
    tests/bench/build_cost.py HEAD --steps ci --folder clones --json new.json    # goes on from there: half an hour

Each commit is cloned into a folder of its own and built without ccache. A clone that --folder has and figures that --json has
are gone on from: `ci` measures the parts of .ci/run that are not there yet, and adds them up. For comparable figures the
machine should be idle.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
PRODUCT = ("bin/ipet", "ipet_plugins")
EDITED = (
    "stages/traffic/packet.hpp",
    "stages/generator/kernel.cpp",
    "plugins/windowing/windowing.cpp",
    "pipeline/sdk/catalog.hpp",
)
TREE, TESTS, BENCHMARKS = "program and all plugins", "all tests, after that", "benchmarks, after that"
STEPS = ("quickstart", "tree", "tests", "edits", "ci")


class Memory(threading.Thread):
    """The most that all processes of a session hold at once, in MiB, sampled five times a second."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session, self.most, self.over = session, 0.0, threading.Event()

    def run(self):
        page = os.sysconf("SC_PAGE_SIZE")
        while not self.over.wait(0.2):
            pages = 0
            for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
                try:
                    fields = stat.read_text().rpartition(")")[2].split()
                except OSError:  # it has ended
                    continue
                if int(fields[3]) == self.session:
                    pages += int(fields[21])
            self.most = max(self.most, pages * page / 2**20)


def measure(folder, *command):
    """Runs a command; returns what it cost. Its output goes to FOLDER/../log."""
    environment = os.environ | {"CCACHE_DISABLE": "1", "IPET_SKIP_SETUP": "1"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(folder.parent / "log", "ab") as log:
        process = subprocess.Popen([str(word) for word in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True)
        memory = Memory(process.pid)
        memory.start()
        code = process.wait()
    memory.over.set()
    memory.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if code != 0:
        sys.exit(f"build_cost: {' '.join(map(str, command))} in {folder}: exit code {code}; see {folder.parent / 'log'}")
    return {"processor_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "waiting_s": time.monotonic() - began, "memory_mib": memory.most}


def to_do(build, *targets):
    """How many objects and how many files in all a build would make."""
    said = subprocess.run(["ninja", "-C", build, "-n", "-v", *targets], capture_output=True, text=True, check=True).stdout
    steps = [line for line in said.splitlines() if line.startswith("[") and "cmake --regenerate" not in line]
    return {"objects": sum(" -c " in line for line in steps), "steps": len(steps)}


class Clone:
    def __init__(self, commit, folder, jobs):
        self.top, self.build, self.jobs = folder / "ipet", folder / "ipet/build/release", jobs
        self.measured = {}
        if self.top.exists():  # of a call before this
            return
        folder.mkdir()
        subprocess.run(["git", "clone", "-q", "--no-checkout", TOP, self.top], check=True)
        subprocess.run(["git", "checkout", "-q", commit], cwd=self.top, check=True)

    def ninja(self, *targets):
        return measure(self.top, "ninja", "-C", self.build, f"-j{self.jobs}", *targets)

    def configure(self, *options):
        return measure(self.top, "cmake", "--preset", "release", "-DIPET_BENCH=OFF", *options)

    def quickstart(self):
        """From the clone to the table, and once more when all is built: what the run itself takes."""
        run = (self.top / "ipet", "run", "pipelines/quickstart.toml", "--output")
        first = measure(self.top, *run, self.top.parent / "first")
        yield "clone to the quickstart's table", first
        again = measure(self.top, *run, self.top.parent / "second")
        yield "the quickstart again", again
        if to_do(self.build, *PRODUCT)["steps"] == 0:  # it built the whole tree
            yield TREE, {key: first[key] - again[key] for key in ("processor_s", "waiting_s")} | {"memory_mib": first["memory_mib"]}
        else:
            shutil.rmtree(self.top / "build")

    def tree(self):
        if TREE in self.measured:
            return
        self.configure("-DIPET_TESTS=OFF")
        yield TREE, self.ninja(*PRODUCT)

    def tests(self):
        if not (self.build / "build.ninja").exists():
            self.configure("-DIPET_TESTS=OFF")
            self.ninja(*PRODUCT)
        self.configure("-DIPET_TESTS=ON")
        yield TESTS, self.ninja()

    def edits(self):
        if not (self.build / "build.ninja").exists():
            self.configure("-DIPET_TESTS=ON")
        self.ninja()
        for name in EDITED:
            with open(self.top / name, "a", encoding="utf-8") as file:
                file.write("// one line more\n")
            made = to_do(self.build, *PRODUCT)
            yield f"edit of {name}: program and plugins", self.ninja(*PRODUCT) | made
            made = to_do(self.build)
            yield f"edit of {name}: tests, after that", self.ninja() | made

    def ci(self):
        """.ci/run in parts: what its first test builds, then each of its commands."""
        if TREE not in self.measured:
            yield from self.tree()
        if TESTS not in self.measured:
            yield from self.tests()
        subprocess.run(["git", "checkout", "-q", "."], cwd=self.top, check=True)  # without the edits
        self.configure("-DIPET_TESTS=ON")
        self.ninja()
        self.configure("-DIPET_TESTS=ON", "-DIPET_BENCH=ON")
        parts = [TREE, TESTS, BENCHMARKS]
        yield BENCHMARKS, self.ninja()
        for line in (self.top / ".ci/run").read_text(encoding="utf-8").splitlines():
            if "./ipet " in line and not line.startswith("#"):
                parts.append(f"of .ci/run: {line}")
                yield parts[-1], measure(self.top, "sh", "-c", line)
        yield ".ci/run", {key: sum(self.measured[part][key] for part in parts) for key in ("processor_s", "waiting_s")} | {
            "memory_mib": max(self.measured[part]["memory_mib"] for part in parts)}


def steps_of(clone, steps):
    for step in steps:
        for name, cost in getattr(clone, step)():
            clone.measured[name] = cost
            yield name, cost


def merged(files):
    """The figures of several calls; of a commit that two of them measured, those of the last."""
    results = {}
    for file in files:
        for name, costs in json.loads(file.read_text(encoding="utf-8")).items():
            results.setdefault(name, {}).update(costs)
    commits = list(dict.fromkeys(commit for costs in results.values() for commit in costs))
    return commits, results


def text_of(cost):
    made = f", {cost['objects']} objects" if "objects" in cost else ""
    return f"{cost['processor_s']:.0f} s, {cost['waiting_s']:.0f} s, {cost['memory_mib'] / 1024:.1f} GiB{made}"


def table(commits, results):
    lines = ["Each: processor time, waiting time, most memory at once.", "",
             f"| | {' | '.join(commits)} | last / first, processor |", "|---" * (len(commits) + 2) + "|"]
    for name, costs in results.items():
        first, last = costs.get(commits[0]), costs.get(commits[-1])
        ratio = f"{last['processor_s'] / first['processor_s']:.2f}" if first and last and first["processor_s"] > 0 else ""
        cells = [text_of(costs[commit]) if commit in costs else "" for commit in commits]
        lines.append(f"| {name} | {' | '.join(cells)} | {ratio} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commits", nargs="*", help="the first is the one that others are compared with")
    parser.add_argument("--merge", type=pathlib.Path, nargs="+", metavar="JSON", help="measures nothing: the table of these figures")
    parser.add_argument("--steps", default=",".join(STEPS[:-1]), help=f"of {','.join(STEPS)}; all but ci when not given")
    parser.add_argument("--jobs", type=int, default=2, help="how many compilers at once; 2 when not given")
    parser.add_argument("--folder", type=pathlib.Path, help="for the clones, which are kept; else one that is removed")
    parser.add_argument("--json", type=pathlib.Path, help="the figures as a JSON file")
    arguments = parser.parse_args()
    if arguments.merge:
        print(table(*merged(arguments.merge)))
        return
    if not arguments.commits:
        parser.error("which commits?")
    steps = arguments.steps.split(",")
    if unknown := [step for step in steps if step not in STEPS]:
        parser.error(f"no step '{unknown[0]}'; there are {', '.join(STEPS)}")
    folder = (arguments.folder or pathlib.Path(tempfile.mkdtemp(prefix="ipet-build-cost-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    results = {}
    if arguments.json and arguments.json.exists():
        results = json.loads(arguments.json.read_text(encoding="utf-8"))
    for number, commit in enumerate(arguments.commits):
        clone = Clone(commit, folder / f"{number}-{commit.replace('/', '_')}", arguments.jobs)
        clone.measured.update({name: costs[commit] for name, costs in results.items() if commit in costs})
        for name, cost in steps_of(clone, steps):
            print(f"{commit}: {name}: {text_of(cost)}", file=sys.stderr, flush=True)
            results.setdefault(name, {})[commit] = cost
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(table(arguments.commits, results))
    if not arguments.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
