"""The launcher ./ipet with a cmake, ninja and apt-get that only note how they are called."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import support

CMAKE = """#!/bin/sh
echo "$*" >>../calls
for word in "$@"; do case $word in -D*=*) echo "${word#-D}" | sed 's/=/:BOOL=/' >>build/release/CMakeCache.txt ;; esac; done
mkdir -p build/release/bin
touch build/release/build.ninja
printf '#!/bin/sh\\necho ran "$@"\\n' >build/release/bin/ipet
chmod +x build/release/bin/ipet
"""
# Builds in 300 steps, of which the second takes a while.
NINJA = """#!/bin/sh
case " $* " in
  *" build.ninja ") exit 0 ;;
  *" -n "*) echo '[1/300] Building CXX object a.o'; exit 0 ;;
esac
echo 'ninja: Entering directory build'
echo '[0/2] Re-checking globbed directories...'
echo '[1/300] Building CXX object stages/capture/CMakeFiles/ipet_capture.dir/pcap.cpp.o'
wait_a_second
echo '[2/300] Building CXX object x.o'
END
"""
TOOLS = ("awk", "cat", "chmod", "date", "dirname", "env", "flock", "grep", "id", "ln", "mkdir", "nproc", "readlink", "rm", "sed",
         "sh", "sort", "stty", "tail", "touch", "tr", "wc")
PLUGINS = ("gru", "lstm", "mixer", "reader", "writer")


class Launcher(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-launcher-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.top, self.bin = self.folder / "ipet folder", self.folder / "bin"
        self.top.mkdir()
        self.bin.mkdir()
        shutil.copy(support.SOURCE / "ipet", self.top)
        for name in PLUGINS:
            (self.top / "plugins" / name).mkdir(parents=True)
            (self.top / "plugins" / name / f"{name}.cpp").touch()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.tool("cmake", CMAKE)
        self.tool("ninja", "#!/bin/sh\necho ninja: no work to do.\n")

    def tool(self, name, text):
        (self.bin / name).unlink(missing_ok=True)  # it can be a link to the machine's own
        (self.bin / name).write_text(text, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def ipet(self, *words, **environment):
        return subprocess.run([self.top / "ipet", *words], capture_output=True, text=True, cwd=self.top,
                              env={"PATH": str(self.bin), "HOME": os.environ.get("HOME", "/"), **environment})

    def calls(self):
        return (self.folder / "calls").read_text().splitlines()

    def test_users_build_without_tests_and_without_warnings_as_errors(self):
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (0, "ran list\n"), done.stderr)
        self.assertEqual(self.calls(), ["--preset release -DIPET_TESTS=OFF"])

    def test_ci_makes_warnings_errors_and_configures_once(self):
        for _ in range(2):
            done = self.ipet("list", IPET_SKIP_SETUP="1", IPET_WERROR="1")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.calls(), ["--preset release -DIPET_WERROR=ON -DIPET_TESTS=OFF"])

    def test_what_is_configured_stays_so_that_nothing_is_built_twice(self):
        self.ipet("list", IPET_SKIP_SETUP="1")
        self.ipet("list", IPET_SKIP_SETUP="1", IPET_WERROR="1")
        self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual(self.calls(), ["--preset release -DIPET_TESTS=OFF", "--preset release -DIPET_WERROR=ON"])

    def test_for_the_unit_tests_alone_only_what_they_need_is_built(self):
        self.tool("ninja", '#!/bin/sh\necho "ninja $*" >>../calls\necho ninja: no work to do.\n')
        self.tool("ctest", '#!/bin/sh\necho "ctest $*"\n')
        for words, targets in ((["-L", "unit"], " ipet_unit_tests"), ([], ""), (["-R", "units"], "")):
            done = self.ipet("test", *words, IPET_SKIP_SETUP="1")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(self.calls()[-1].endswith(" -n" + targets), self.calls()[-1])
            self.assertTrue(done.stdout.strip().endswith(" ".join(words)), done.stdout)

    def test_lint_configures_with_the_tests_and_builds_nothing(self):
        self.tool("ninja", '#!/bin/sh\necho "ninja $*" >>../calls\n')
        (self.top / "tests" / "house").mkdir(parents=True)
        (self.top / "tests" / "house" / "lint.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(1)\n")
        done = self.ipet("lint", "--files", "3", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (1, f"['{self.top}/build/release', '--files', '3']\n"), done.stderr)
        self.assertEqual(self.calls(), ["--preset release -DIPET_TESTS=ON"])

    def test_live_demo_is_for_root_and_builds_the_program_alone(self):
        (self.top / "tests" / "live").mkdir(parents=True)
        (self.top / "tests" / "live" / "demo.py").write_text("import os, sys\nprint(sys.argv[1:], os.environ['IPET_PROGRAM'])\n")
        self.tool("ninja", '#!/bin/sh\necho "ninja $*" >>../calls\necho ninja: no work to do.\n')
        self.tool("id", "#!/bin/sh\necho 1000\n")
        done = self.ipet("live-demo", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertEqual(done.stderr, "ipet: live-demo makes network namespaces, for which it has to be root: sudo ./ipet live-demo\n")
        self.tool("id", "#!/bin/sh\necho 0\n")
        done = self.ipet("live-demo", "--speed", "5", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (0, f"['--speed', '5'] {self.top}/build/release/bin/ipet\n"), done.stderr)
        self.assertTrue(self.calls()[-1].endswith(" -n bin/ipet"), self.calls()[-1])

    def test_a_system_without_apt_is_told_what_to_install(self):
        done = self.ipet("list")
        self.assertEqual(done.returncode, 4)
        self.assertTrue(done.stderr.startswith("ipet: this system has no apt. Install what these packages of Debian 12 and "
                                               "13 hold, then set IPET_SKIP_SETUP=1:\n  g++\n"), done.stderr)
        self.assertIn("\n  libtorch-dev\n", done.stderr)
        self.assertFalse((self.folder / "calls").exists())

    def test_what_apt_could_not_install_is_named_and_nothing_else(self):
        self.tool("apt-get", "#!/bin/sh\nexit 100\n")
        self.tool("dpkg-query", '#!/bin/sh\n[ "$3" = libtorch-dev ] || echo "install ok installed"\n')
        self.tool("sudo", '#!/bin/sh\nexec "$@"\n')
        done = self.ipet("list")
        self.assertEqual(done.returncode, 4)
        said = done.stderr.splitlines()
        self.assertIn("ipet: installing the Debian packages that building ipet needs: libtorch-dev ", said)
        self.assertRegex(said[-2], r"^ipet: apt-get could not install what is missing on this .+\. Install what these packages "
                                   r"of Debian 12 and 13 hold, then set IPET_SKIP_SETUP=1:$")
        self.assertEqual(said[-1], "  libtorch-dev")

    def slow_ninja(self, end):
        self.tool("ninja", NINJA.replace("wait_a_second", f"{shutil.which('sleep')} 0.6").replace("END", end))
        # Time goes fast here; what it was asked for is noted.
        self.tool("sleep", f"#!/bin/sh\necho $1 >>{self.folder}/slept\nexec {shutil.which('sleep')} 0.2\n")

    def test_tells_what_is_being_built_every_five_seconds_and_how_long_it_took(self):
        self.slow_ninja("exit 0")
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (0, "ran list\n"), done.stderr)
        said = done.stderr.splitlines()
        self.assertEqual(said[1], "ipet: building (release): 300 steps; the first time takes some minutes")
        self.assertRegex(said[2], r"^ipet: building: 1 of 300 steps, last stages/capture/pcap\.cpp \([01] s\)$")
        self.assertRegex(said[-1], r"^ipet: built in [01] s$")
        self.assertEqual(set((self.folder / "slept").read_text().split()), {"5"})

    def test_a_failed_build_ends_with_the_first_error(self):
        self.slow_ninja("echo 'FAILED: x.o'; echo 'x.cpp:3:1: error: no such thing'; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do "
                        "echo \"x.cpp:4:$i: error: what follows\"; done; exit 1")
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        said = done.stderr.splitlines()
        begin = said.index("ipet: building failed; the first error:")
        self.assertEqual(said[begin + 1], "x.cpp:3:1: error: no such thing")
        self.assertEqual(said[begin + 12], "x.cpp:4:11: error: what follows")
        self.assertEqual(said[begin + 13:], [f"ipet: building failed; all of it is in {self.top}/build/release/build.log"])

    def test_a_build_that_fails_without_an_error_shows_its_end(self):
        self.slow_ninja("echo 'the last word'; exit 1")
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual(done.returncode, 4)
        self.assertIn("ipet: building failed; the end of what it said:\nninja: Entering directory build\n", done.stderr)
        self.assertIn("\nthe last word\nipet: building failed; all of it is in ", done.stderr)

    def test_a_second_call_says_that_it_waits(self):
        self.slow_ninja("exit 0")
        first = subprocess.Popen([self.top / "ipet", "list"], cwd=self.top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 text=True, env={"PATH": str(self.bin), "HOME": "/", "IPET_SKIP_SETUP": "1"})
        self.assertIn("building (release)", first.stderr.readline() + first.stderr.readline())
        second = self.ipet("list", IPET_SKIP_SETUP="1")
        first.communicate()
        self.assertEqual((first.returncode, second.returncode), (0, 0))
        self.assertIn("ipet: another ./ipet is setting up or building here: waiting for it\n", second.stderr)

    def noting_ninja(self):
        """Notes what it is asked to build; gru.so and lstm.so are old."""
        self.tool("ninja", """#!/bin/sh
case " $* " in
  *" -n ipet_plugins "*) echo '[1/2] Linking CXX shared module bin/plugins/gru.so'; echo '[2/2] Linking CXX shared module bin/plugins/lstm.so' ;;
  *" -n "*) echo '[1/2] Building CXX object x.o' ;;
  *) echo "$*" >>built ;;
esac
""")

    def built(self):
        """Targets of each call of ninja, but for those that only look for new files."""
        lines = (self.top / "built").read_text().splitlines()
        calls = [line.split("/build/release ", 1)[1].split() for line in lines]
        return [sorted(call) for call in calls if call != ["build.ninja"]]

    def test_builds_the_program_alone_which_asks_for_the_plugins_that_it_needs(self):
        self.noting_ninja()
        (self.top / "a.toml").write_text('[stages.x]\nplugin = "reader"\n')
        for words in (["run", "a.toml", "--set", "model=gru"], ["inspect", "mixer"], ["list"]):
            done = self.ipet(*words, IPET_SKIP_SETUP="1")
            self.assertEqual((done.returncode, done.stdout), (0, f"ran {' '.join(words)}\n"), done.stderr)
        self.assertEqual(self.built(), [["bin/ipet"]] * 3)

    def test_says_why_it_cannot_tell_what_to_build(self):
        self.tool("ninja", """#!/bin/sh
case " $* " in *" -n "*) echo "ninja: error: unknown target"; exit 1 ;; esac
""")
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("ipet: looking for what to build failed; the first error:\nninja: error: unknown target\n", done.stderr)

    def test_builds_all_plugins_where_all_are_shown_or_nothing_is_named(self):
        self.noting_ninja()
        for words in (["inspect", "--all"], ["build"]):
            self.assertEqual(self.ipet(*words, IPET_SKIP_SETUP="1").returncode, 0)
        self.assertEqual(self.built(), [["bin/ipet", "ipet_plugins"]] * 2)

    def test_build_takes_names_of_plugins_and_knows_no_others(self):
        self.noting_ninja()
        done = self.ipet("build", "gru", "mixer", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertEqual(self.built(), [["plugin_gru", "plugin_mixer"]])
        (self.top / "plugins" / "left over").mkdir()
        for name in ("grru", "../plugins/gru", "left over"):
            done = self.ipet("build", name, IPET_SKIP_SETUP="1")
            self.assertEqual((done.returncode, done.stderr), (2, f"ipet: build: there is no plugin '{name}'; see ./ipet list\n"))

    def test_build_looks_again_for_a_library_that_a_plugin_lacks_and_names_it_where_it_is_not_there(self):
        self.noting_ninja()
        known = self.top / "build" / "release" / "bin" / "plugins" / "known.tsv"
        known.parent.mkdir(parents=True)
        known.write_text("gru\tmodel\tA model.\tneeds LibTorch (libtorch-dev)\nmixer\tstage (map)\tMixes.\n")
        self.assertEqual(self.ipet("build", "mixer", IPET_SKIP_SETUP="1").returncode, 0)
        self.assertEqual(len(self.calls()), 1, "configured once, as ever")
        done = self.ipet("build", "mixer", "gru", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stderr),
                         (4, "ipet: build: plugin 'gru' needs LibTorch (libtorch-dev), which is not installed\n"))
        self.assertEqual(self.calls()[1:], ["--preset release"])
        self.tool("cmake", CMAKE + "sed -i 's/\\tneeds .*//' build/release/bin/plugins/known.tsv\n")  # found now
        self.assertEqual(self.ipet("build", "mixer", "gru", IPET_SKIP_SETUP="1").returncode, 0)
        self.assertEqual(self.built(), [["plugin_mixer"], ["plugin_gru", "plugin_mixer"]])

    def test_build_links_again_what_it_is_asked_for_in_case_that_it_is_damaged(self):
        self.noting_ninja()
        folder = self.top / "build" / "release" / "bin" / "plugins"
        folder.mkdir(parents=True)
        for name in PLUGINS:
            (folder / f"{name}.so").touch()
        self.assertEqual(self.ipet("build", "mixer", "grru", IPET_SKIP_SETUP="1").returncode, 2)
        self.assertTrue((folder / "mixer.so").exists())
        self.assertEqual(self.ipet("build", "mixer", "reader", IPET_SKIP_SETUP="1").returncode, 0)
        self.assertEqual(self.built(), [["plugin_mixer", "plugin_reader"]])
        self.assertEqual(sorted(path.stem for path in folder.iterdir()), ["gru", "lstm", "writer"])

    def endless_ninja(self):
        """Its build ends when it is told to; says which process it is."""
        self.slow_ninja("")
        text = (self.bin / "ninja").read_text()
        (self.bin / "ninja").write_text(text.replace("echo 'ninja: Entering", f"echo $$ >{self.folder}/process; exec "
                                                     f"{shutil.which('sleep')} 300\necho 'ninja: Entering"))

    def wait_until(self, what):
        limit = time.monotonic() + 60
        while not what():
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.01)

    def is_building(self):
        try:
            return pathlib.Path(f"/proc/{int((self.folder / 'process').read_text())}/cmdline").read_bytes() != b""
        except (OSError, ValueError):
            return False

    def start(self, *words, **environment):
        process = subprocess.Popen([*words], cwd=self.top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={"PATH": str(self.bin), "HOME": "/", "IPET_SKIP_SETUP": "1", **environment})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(self.is_building)
        return process

    def test_a_signal_to_it_alone_ends_what_it_builds(self):
        self.endless_ninja()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number=number):
                process = self.start(self.top / "ipet", "list")
                process.send_signal(number)
                self.assertEqual(process.wait(60), -number)
                self.wait_until(lambda: not self.is_building())
        process = self.start(self.top / "ipet", "list")
        process.kill()
        process.wait()
        self.wait_until(lambda: not self.is_building())

    def test_configuring_ends_with_it(self):
        self.tool("cmake", f"#!/bin/sh\necho $$ >{self.folder}/process\nexec {shutil.which('sleep')} 300\n")
        process = self.start(self.top / "ipet", "list")
        process.terminate()
        self.assertEqual(process.wait(60), -signal.SIGTERM)
        self.wait_until(lambda: not self.is_building())

    def test_what_the_program_asks_for_ends_with_the_program(self):
        self.endless_ninja()
        self.tool("program", '#!/bin/sh\n"$IPET_LAUNCHER" build mixer\nexit 0\n')
        process = self.start(self.bin / "program", IPET_LAUNCHER=str(self.top / "ipet"))
        process.kill()
        process.wait()
        self.wait_until(lambda: not self.is_building())

    def test_old_plugins_that_are_not_asked_for_go_so_that_none_is_loaded(self):
        self.noting_ninja()
        folder = self.top / "build" / "release" / "bin" / "plugins"
        folder.mkdir(parents=True)
        for name in PLUGINS:
            (folder / f"{name}.so").touch()
        self.assertEqual(self.ipet("list", IPET_SKIP_SETUP="1").returncode, 0)
        self.assertEqual(sorted(path.stem for path in folder.iterdir()), ["mixer", "reader", "writer"])

    def test_tells_how_long_it_will_take_from_what_the_steps_took_the_last_time(self):
        (self.top / "build" / "release").mkdir(parents=True)
        # One step took 1 s the last time, the other 19 s; a sixth of a minute has gone by for the first.
        (self.top / "build" / "release" / ".ninja_log").write_text("# ninja log v5\n0\t1000\t1\tx.o\ta\n0\t19000\t1\ty.o\tb\n")
        self.tool("ninja", f"""#!/bin/sh
case " $* " in
  *" build.ninja ") exit 0 ;;
  *" -n "*) echo '[1/2] Building CXX object x.o'; echo '[2/2] Building CXX object y.o'; exit 0 ;;
esac
echo '[1/2] Building CXX object x.o'
{shutil.which('sleep')} 1
""")
        self.tool("sleep", f"#!/bin/sh\nexec {shutil.which('sleep')} 0.2\n")
        # A clock that is ten seconds further at each look.
        self.tool("date", f"""#!/bin/sh
echo x >>{self.folder}/looks
set -- $({shutil.which('wc')} -l {self.folder}/looks)
echo $((1000 + $1 * 10))
""")
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual((done.returncode, done.stdout), (0, "ran list\n"), done.stderr)
        told = re.findall(r"(?m)^ipet: building: 1 of 2 steps, last x, about (\d+) min left \((?:(\d+) min )?(\d+) s\)$", done.stderr)
        self.assertGreater(len(told), 1, done.stderr)
        for left, minutes, seconds in told:
            # 1 of 20 s of work are done, so 19 times what went by is left.
            passed = int(minutes or 0) * 60 + int(seconds)
            self.assertEqual(int(left), (passed * 19 + 30) // 60, done.stderr)

    def test_says_where_it_cannot_write(self):
        (self.top / "build").write_text("in the way")
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual(done.returncode, 4)
        self.assertEqual(done.stderr, f"ipet: cannot write to {self.top}/build, where it is built: make it writable, or copy "
                                      f"{self.top} to where you may write\n")


if __name__ == "__main__":
    unittest.main()
