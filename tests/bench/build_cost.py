#!/usr/bin/env python3
"""What building costs, of several commits side by side: processor time, waiting time, memory, and what one edit costs.

    tests/bench/build_cost.py 663c1dd HEAD                  # all steps but ci; packages must be installed
    tests/bench/build_cost.py 663c1dd HEAD --steps tree,tests,edits --json figures.json
    tests/bench/build_cost.py 663c1dd HEAD --steps ci       # .ci/run as it is: an hour and more for each

Each commit is cloned into a folder of its own and built without ccache. For comparable figures the machine should be idle.
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
        yield "clone to the quickstart's table", measure(self.top, *run, self.top.parent / "first")
        yield "the quickstart again", measure(self.top, *run, self.top.parent / "second")
        shutil.rmtree(self.top / "build")

    def tree(self):
        self.configure("-DIPET_TESTS=OFF")
        yield "program and all plugins", self.ninja(*PRODUCT)

    def tests(self):
        if not (self.build / "build.ninja").exists():
            self.configure("-DIPET_TESTS=OFF")
            self.ninja(*PRODUCT)
        self.configure("-DIPET_TESTS=ON")
        yield "all tests, after that", self.ninja()

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
        shutil.rmtree(self.top / "build", ignore_errors=True)
        subprocess.run(["git", "checkout", "-q", "."], cwd=self.top, check=True)
        yield ".ci/run", measure(self.top, self.top / ".ci/run")


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
    parser.add_argument("commits", nargs="+")
    parser.add_argument("--steps", default=",".join(STEPS[:-1]), help=f"of {','.join(STEPS)}; all but ci when not given")
    parser.add_argument("--jobs", type=int, default=2, help="how many compilers at once; 2 when not given")
    parser.add_argument("--folder", type=pathlib.Path, help="for the clones, which are kept; else one that is removed")
    parser.add_argument("--json", type=pathlib.Path, help="the figures as a JSON file")
    arguments = parser.parse_args()
    steps = arguments.steps.split(",")
    if unknown := [step for step in steps if step not in STEPS]:
        parser.error(f"no step '{unknown[0]}'; there are {', '.join(STEPS)}")
    folder = arguments.folder or pathlib.Path(tempfile.mkdtemp(prefix="ipet-build-cost-"))
    folder.mkdir(parents=True, exist_ok=True)
    results = {}
    for number, commit in enumerate(arguments.commits):
        clone = Clone(commit, folder / f"{number}-{commit.replace('/', '_')}", arguments.jobs)
        for step in steps:
            for name, cost in getattr(clone, step)():
                print(f"{commit}: {name}: {text_of(cost)}", file=sys.stderr, flush=True)
                results.setdefault(name, {})[commit] = cost
                if arguments.json:
                    arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(table(arguments.commits, results))
    if not arguments.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
