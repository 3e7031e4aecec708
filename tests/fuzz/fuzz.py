"""Runs the fuzz targets (tests/fuzz/README.md): ./ipet fuzz [TARGET ...] [--minutes N] [--input FILE] [--list].

Each target begins with the seeds of make_corpus.py and what earlier runs found in build/fuzz/corpus. A table at the end
says how many inputs were run and how many lines of the reader's sources they reached. What fails is kept in
build/fuzz/findings/TARGET. Exit code 1: something was found; 2: the command line is wrong.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SECONDS_PER_INPUT = 20
MEMORY_MIB = 2048


class Target:
    def __init__(self, line):
        self.name, self.about, longest, self.words, sources = line.split("\t")
        self.longest = int(longest)
        self.sources = sources.split()


def list_targets(program):
    lines = subprocess.run([program, "--list"], check=True, text=True, capture_output=True).stdout.splitlines()
    return [Target(line) for line in lines]


class Run:
    """One target with its folders below `build`."""

    def __init__(self, build, target):
        self.target = target
        self.program = os.path.join(build, "bin", "ipet_fuzz")
        self.seeds = os.path.join(build, "seeds", target.name)
        self.corpus = os.path.join(build, "corpus", target.name)
        self.findings = os.path.join(build, "findings", target.name)
        self.profile = os.path.join(build, "profiles", target.name)
        for folder in (self.seeds, self.corpus, self.findings, os.path.dirname(self.profile)):
            os.makedirs(folder, exist_ok=True)
        self.log, self.code, self.seconds = "", 0, 0.0

    def start(self, arguments):
        environment = dict(os.environ, IPET_FUZZ_TARGET=self.target.name, LLVM_PROFILE_FILE=self.profile + "-%m.profraw",
                           UBSAN_OPTIONS="print_stacktrace=1")
        limits = [f"-timeout={SECONDS_PER_INPUT}", f"-rss_limit_mb={MEMORY_MIB}", f"-artifact_prefix={self.findings}/"]
        begin = time.monotonic()
        done = subprocess.run([self.program, *limits, *arguments], env=environment, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.seconds = time.monotonic() - begin
        self.log, self.code = done.stdout, done.returncode
        return self

    def fuzz(self, seconds):
        words = [f"-dict={os.path.join(HERE, self.target.words)}"] if self.target.words else []
        return self.start([f"-max_total_time={max(1, round(seconds))}", f"-max_len={self.target.longest}", "-print_final_stats=1",
                           *words, self.corpus, self.seeds])

    def repeat(self, file):
        return self.start([file])

    @property
    def executions(self):
        counts = re.findall(r"^(?:stat::number_of_executed_units:\s*|#)(\d+)", self.log, re.M)
        return int(counts[-1]) if counts else 0

    def finding(self, known_input=None):
        """What was found, where, and how to see it again."""
        reasons = re.findall(r"(?:ipet_fuzz: does not hold: .*|ERROR: \w+Sanitizer: [\w-]+|\S+: runtime error: .*"
                             r"|ERROR: libFuzzer: (?:timeout|out-of-memory).*)", self.log)
        ours = re.findall(r"#\d+ .* in (.*?) \S*?/((?:pipeline|stages)/\S+?:\d+)", self.log)
        kept = re.search(r"Test unit written to (\S+)", self.log)
        file = known_input or (kept.group(1) if kept else None)
        lines = [f"{self.target.name}: {reasons[0] if reasons else 'ended with code ' + str(self.code)}"]
        if ours:
            lines.append(f"  at {ours[0][1]}, in {ours[0][0]}")
        if file:
            lines.append(f"  input  {os.path.relpath(file)}")
            lines.append(f"  again  ./ipet fuzz {self.target.name} --input {os.path.relpath(file)}")
        log = os.path.join(self.findings, "log")
        with open(log, "w", encoding="utf-8") as out:
            out.write(self.log)
        return "\n".join([*lines, f"  log    {os.path.relpath(log)}"])

    @property
    def profiles(self):
        return glob.glob(glob.escape(self.profile) + "-*.profraw")

    def row(self):
        rate = self.executions / self.seconds if self.seconds else 0
        reached = shown_lines(self.program, self.profile, self.profiles, self.target.sources)
        found = "" if self.code == 0 else "  FOUND SOMETHING"
        return f"{self.target.name:12} {self.executions:10} {self.seconds:6.0f} s {rate:8.0f}/s  {reached}{found}"


def lines_of(program, merged, raw, sources):
    """Lines of the files whose paths begin with one of `sources`: how many were reached, and how many there are."""
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o", merged, *raw], check=True, capture_output=True)
    told = subprocess.run(["llvm-cov", "export", "-summary-only", f"-instr-profile={merged}", program],
                          check=True, capture_output=True, text=True).stdout
    beginnings = tuple(os.path.join(TOP, source) for source in sources)
    # Compilers write paths as they were told them ("build/fuzz/../../stages/x.cpp").
    lines = [file["summary"]["lines"] for file in json.loads(told)["data"][0]["files"]
             if os.path.normpath(file["filename"]).startswith(beginnings)]
    return sum(each["covered"] for each in lines), sum(each["count"] for each in lines)


def shown_lines(program, profile, raw, sources):
    """A program that crashed tells nothing."""
    try:
        reached, lines = lines_of(program, profile + ".profdata", raw, sources)
        return f"{100 * reached / lines:5.1f} % of {lines}"
    except (subprocess.CalledProcessError, FileNotFoundError, ZeroDivisionError):
        return "not measured"


def make_seeds(build):
    folder = os.path.join(build, "seeds")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-B", os.path.join(HERE, "make_corpus.py"), folder], check=True)


def clear(build):
    shutil.rmtree(os.path.join(build, "profiles"), ignore_errors=True)


def fuzz(build, chosen, minutes, jobs):
    make_seeds(build)
    clear(build)
    seconds = minutes * 60 * jobs / len(chosen)
    print(f"fuzzing {len(chosen)} targets, {seconds:.0f} s each, {jobs} at once", flush=True)
    runs = [Run(build, target) for target in chosen]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run.fuzz, seconds) for run in runs]):
            run = done.result()
            print(f"  {run.target.name}: {run.executions} inputs" + ("" if run.code == 0 else ", FOUND SOMETHING"),
                  flush=True)
    print(f"\n{'target':12} {'inputs':>10} {'time':>8} {'rate':>10}  lines of its reader reached")
    for run in runs:
        print(run.row())
    sources = sorted({source for run in runs for source in run.target.sources})
    reached = shown_lines(runs[0].program, os.path.join(build, "profiles", "together"),
                          [raw for run in runs for raw in run.profiles], sources)
    print(f"{'together':12} {sum(run.executions for run in runs):10} {sum(run.seconds for run in runs):6.0f} s"
          f" {'':10}  {reached}")
    found = [run.finding() for run in runs if run.code != 0]
    for text in found:
        print("\n" + text)
    return 1 if found else 0


def repeat(build, target, file):
    clear(build)
    run = Run(build, target).repeat(os.path.abspath(file))
    print(run.log if run.code else f"{target.name}: holds on {file}")
    if run.code:
        print(run.finding(file))
    return 1 if run.code else 0


def main():
    parser = argparse.ArgumentParser(prog="./ipet fuzz", description=__doc__.split("\n\n")[0],
                                     epilog="Exit codes: 0 nothing was found, 1 something was, 2 the command line is wrong, "
                                            "4 the set-up failed.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all of them when none is named")
    parser.add_argument("--minutes", type=float, default=5, metavar="N", help="for all targets together (default 5)")
    parser.add_argument("--input", metavar="FILE", help="run one input again, with one target")
    parser.add_argument("--list", action="store_true", help="name the targets and end")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="targets at once (default: the cores)")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    known = list_targets(os.path.join(arguments.build, "bin", "ipet_fuzz"))
    if arguments.list:
        for target in known:
            print(f"{target.name:12} {target.about}")
        return 0
    names = [target.name for target in known]
    for name in arguments.targets:
        if name not in names:
            parser.error(f"no target '{name}'; there are: {', '.join(names)}")
    chosen = [target for target in known if target.name in arguments.targets or not arguments.targets]
    if not arguments.minutes > 0 or arguments.jobs < 1:
        parser.error("--minutes and --jobs must be more than 0")
    if arguments.input is None:
        return fuzz(arguments.build, chosen, arguments.minutes, min(arguments.jobs, len(chosen)))
    if len(chosen) != 1:
        parser.error("--input needs one target")
    if not os.path.isfile(arguments.input):
        parser.error(f"no file {arguments.input}")
    return repeat(arguments.build, chosen[0], arguments.input)


if __name__ == "__main__":
    sys.exit(main())
