#!/usr/bin/env python3
"""clang-format on all sources, clang-tidy on those that changed last.

    tests/house/lint.py BUILD [--commits N] [--files N]

BUILD is a configured build, whose options each file is read with. clang-tidy takes 6 s for most files, 20 s for one with
LibTorch, so that no more than --files are looked at, those changed last first; what is left out is said. Headers are left
out: of templates and macros it says what does not hold. --files 0 leaves clang-tidy out. Both tools are those of Debian 12
(14), for others write and find other things: another version looks at nothing. Exit code 1 when something was found, else
77 when a tool is not there.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("pipeline", "stages", "plugins", "tests")
VERSION = "14"
# What GCC alone knows, and what names files that are written.
NOT_FOR_CLANG = re.compile(r"-Wno-restrict|-Wno-maybe-uninitialized|-Wno-error=.*|-Werror.*|-M[DMPG]*|-c|-fno-sanitize-recover.*")


def say(text):
    print(f"lint: {text}", flush=True)


class Missing(Exception):
    pass


def tool(name):
    """The program of Debian 12."""
    for program in (f"{name}-{VERSION}", name):
        if shutil.which(program):
            said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
            if re.search(rf"version {VERSION}\.", said):
                return program
    raise Missing(f"there is no {name} {VERSION}, so that nothing was looked at with it: apt-get install {name} on Debian 12, "
                  f"elsewhere pip install {name}=={VERSION}.0.6")


def sources():
    return sorted(str(path.relative_to(TOP)) for folder in FOLDERS for path in (TOP / folder).rglob("*")
                  if path.suffix in (".cpp", ".hpp"))


def is_formatted():
    program, files = tool("clang-format"), sources()
    done = subprocess.run([program, "--dry-run", "-Werror", *files], cwd=TOP, capture_output=True, text=True)
    faults = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error: ", done.stderr, re.M)))
    for file in faults:
        say(f"{file}: not as {program} -i writes it")
    say(f"{program}: {len(files)} files, {len(faults)} to be written anew")
    return done.returncode == 0


def changed_last(commits):
    """.cpp files of the last commits, the one changed last first; None without git."""
    done = subprocess.run(["git", "log", f"-{commits}", "--name-only", "--format=", "--", "*.cpp"], cwd=TOP,
                          capture_output=True, text=True)
    if done.returncode != 0:
        return None
    return [file for file in dict.fromkeys(done.stdout.split()) if (TOP / file).exists() and file.startswith(FOLDERS)]


def options_of(build):
    """The compiler's options of each source; of those compiled together, the options of their batch."""
    out = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        words, options = shlex.split(entry["command"]), []
        begin = next(i for i, word in enumerate(words) if word.startswith("-"))
        skip = False
        for word in words[begin:]:
            if skip or word in ("-o", "-MF", "-MT", "-MQ", "-include"):
                skip = not skip
            elif word != entry["file"] and not NOT_FOR_CLANG.fullmatch(word):
                options.append(word)
        batch = pathlib.Path(entry["file"])
        names = [entry["file"]]
        if batch.parent.name == "Unity" and batch.exists():
            names = re.findall(r'^#include "(.*)"', batch.read_text(encoding="utf-8"), re.M)
        out.update({name: options for name in names})
    return out


def is_tidy(build, commits, most):
    program = tool("clang-tidy")
    changed = changed_last(commits)
    if changed is None:
        say("no git repository: clang-tidy looks at what changed in its last commits, so at nothing here")
        return True
    options = options_of(build)
    known = [file for file in changed if str(TOP / file) in options]
    files = known[:most]

    def look(file):
        done = subprocess.run([program, "--quiet", "--header-filter=^$", str(TOP / file), "--", *options[str(TOP / file)]], cwd=TOP,
                              capture_output=True, text=True)
        return done.returncode, done.stdout

    faults = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for code, said in pool.map(look, files):
            faults += code != 0
            if code != 0:
                print(said, flush=True)
    say(f"{program}: {len(files)} files changed in the last {commits} commits, {faults} with something to mend"
        + (f"; {len(known) - most} more left out" if len(known) > most else ""))
    return faults == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--files", type=int, default=20)
    arguments = parser.parse_args()
    checks = [is_formatted]
    if arguments.files > 0:
        checks.append(lambda: is_tidy(arguments.build.resolve(), arguments.commits, arguments.files))
    codes = []
    for check in checks:
        try:
            codes.append(0 if check() else 1)
        except Missing as missing:
            say(missing)
            codes.append(77)
    sys.exit(1 if 1 in codes else max(codes))


if __name__ == "__main__":
    main()
