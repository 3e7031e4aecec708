"""What ./ipet lint looks at and says, with a clang-format and a clang-tidy that find the word WRONG."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = """#!/bin/sh
[ "$1" != --version ] || { echo "Debian version VERSION.0.6"; exit 0; }
echo "$0 $*" >>calls
for word in "$@"; do
  [ "$word" != -- ] || break
  case $word in *.cpp) ! grep -q WRONG "$word" || { code=1; echo "$word:1:1: error: wrong" >&STREAM; } ;; esac
done
exit ${code:-0}
"""


class Lint(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="ipet-lint-")).resolve()
        self.addCleanup(shutil.rmtree, self.top)
        for folder in ("bin", "tests/house", "pipeline", "stages", "plugins", "build/x.dir/Unity"):
            (self.top / folder).mkdir(parents=True)
        shutil.copy(pathlib.Path(__file__).with_name("lint.py"), self.top / "tests" / "house")
        self.tool("clang-format", 2)
        self.tool("clang-tidy", 1)
        self.git("init", "-q")
        for name in ("a", "b", "c"):
            self.commit(name, "int x;\n")
        batch = self.top / "build/x.dir/Unity/unity_0_cxx.cxx"
        batch.write_text(f'#include "{self.top}/stages/a.cpp"\n#include "{self.top}/stages/b.cpp"\n')
        command = "/usr/bin/ccache /usr/bin/c++ -DA=1 -Werror -Wno-restrict -std=c++20 -MD -MT x.o -MF x.o.d -o x.o -c "
        (self.top / "build/compile_commands.json").write_text(json.dumps(
            [{"file": str(file), "command": command + str(file)} for file in (batch, self.top / "stages/c.cpp")]))

    def tool(self, name, stream, version=14):
        text = TOOL.replace("VERSION", str(version)).replace("STREAM", str(stream))
        for program in (name, f"{name}-14"):
            (self.top / "bin" / program).write_text(text)
            (self.top / "bin" / program).chmod(0o755)

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=self.top, check=True)

    def commit(self, name, text):
        (self.top / "stages" / f"{name}.cpp").write_text(text)
        self.git("add", "stages")
        self.git("commit", "-qm", name)

    def lint(self, *words):
        done = subprocess.run([sys.executable, "-B", "tests/house/lint.py", "build", *words], cwd=self.top, capture_output=True,
                              text=True, env={"PATH": f"{self.top}/bin:{os.environ['PATH']}", "HOME": "/"})
        return done.returncode, done.stdout

    def tidied(self):
        return [line.split(" ", 1)[1] for line in (self.top / "calls").read_text().splitlines() if "/clang-tidy" in line]

    def test_each_file_is_read_with_the_options_of_its_batch_the_one_changed_last_first(self):
        self.assertEqual(self.lint("--files", "2"), (0, "lint: clang-format-14: 3 files, 0 to be written anew\n"
                                                        "lint: clang-tidy-14: 2 files changed in the last 20 commits, 0 with something "
                                                        "to mend; 1 more left out\n"))
        self.assertEqual(sorted(self.tidied()), [f"--quiet --header-filter=^$ {self.top}/stages/{name}.cpp -- -DA=1 -std=c++20"
                                                 for name in ("b", "c")])

    def test_commits_before_the_last_are_left_alone(self):
        code, said = self.lint("--commits", "1")
        self.assertEqual(len(self.tidied()), 1, said)

    def test_what_is_found_is_told_and_an_error(self):
        self.commit("b", "WRONG")
        code, said = self.lint()
        self.assertEqual(code, 1)
        self.assertIn("lint: stages/b.cpp: not as clang-format-14 -i writes it\n", said)
        self.assertIn(f"{self.top}/stages/b.cpp:1:1: error: wrong\n", said)
        self.assertIn("lint: clang-tidy-14: 3 files changed in the last 20 commits, 1 with something to mend\n", said)

    def test_other_versions_look_at_nothing_which_is_no_success(self):
        said = {name: f"lint: there is no {name} 14, so that nothing was looked at with it: apt-get install {name} on Debian 12, "
                      f"elsewhere pip install {name}==14.0.6\n" for name in ("clang-format", "clang-tidy")}
        self.tool("clang-tidy", 1, version=19)
        formatted = "lint: clang-format-14: 3 files, 0 to be written anew\n"
        self.assertEqual(self.lint(), (77, formatted + said["clang-tidy"]))
        self.assertEqual(self.lint("--files", "0"), (0, formatted), "clang-tidy is not asked for")
        self.commit("b", "WRONG")
        self.assertEqual(self.lint()[0], 1, "what was found counts more")
        self.tool("clang-format", 1, version=19)
        self.assertEqual(self.lint(), (77, said["clang-format"] + said["clang-tidy"]))
        self.assertEqual(self.lint("--files", "0"), (77, said["clang-format"]))


if __name__ == "__main__":
    unittest.main()
