"""The launcher ./ipet with a cmake, ninja and apt-get that only note how they are called."""

import os
import pathlib
import shutil
import subprocess
import tempfile
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
TOOLS = ("cat", "chmod", "dirname", "env", "flock", "grep", "id", "ln", "mkdir", "nproc", "readlink", "sed", "sh", "touch")


class Launcher(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipet-launcher-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.top, self.bin = self.folder / "ipet folder", self.folder / "bin"
        self.top.mkdir()
        self.bin.mkdir()
        shutil.copy(support.SOURCE / "ipet", self.top)
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.tool("cmake", CMAKE)
        self.tool("ninja", "#!/bin/sh\necho ninja: no work to do.\n")

    def tool(self, name, text):
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

    def test_says_where_it_cannot_write(self):
        (self.top / "build").write_text("in the way")
        done = self.ipet("list", IPET_SKIP_SETUP="1")
        self.assertEqual(done.returncode, 4)
        self.assertEqual(done.stderr, f"ipet: cannot write to {self.top}/build, where it is built: make it writable, or copy "
                                      f"{self.top} to where you may write\n")


if __name__ == "__main__":
    unittest.main()
