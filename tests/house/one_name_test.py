"""Sources of one library have each name of their own once (one_name.py), and that this would be seen."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import one_name

BUILD = pathlib.Path(sys.argv.pop()) if len(sys.argv) > 1 else None


class OwnNames(unittest.TestCase):
    def assert_names(self, text, *names):
        self.assertEqual({(scope, name) for scope, name, _ in one_name.own_names(text)}, set(names))

    def test_functions_variables_and_types_of_an_unnamed_namespace(self):
        self.assert_names("""
#include <vector>
#define WRONG int wrong() { return 1; }
namespace a::b {
namespace {
// int remark = 1;
constexpr char text[] = "int quoted() {";
const std::map<int, std::string> table = {{1, "x"}, {2, "}"}};
struct Point { int x; void move(); };
enum class Kind { one };
template <typename T>
std::vector<T> sorted(const std::vector<T>& all) { return all; }
[[noreturn]] void fail(const std::string& why);
}  // namespace
std::string shown() { return sorted(text); }
static int counter() { return '{'; }
}
""", *(("a::b", name) for name in ("text", "table", "Point", "Kind", "sorted", "fail", "counter")))

    def test_members_defined_outside_of_their_class_and_operators_are_none(self):
        self.assert_names("namespace {\nPoint::Point() : x(1) {}\nvoid Point::move() { x = 2; }\n"
                          "bool operator<(const Point& a, const Point& b) { return a.x < b.x; }\n}", )

    def test_an_alias_is_known_by_what_it_stands_for(self):
        self.assertEqual(one_name.own_names("namespace { using Kind = a::Kind; namespace fs = std::filesystem; }"),
                         {("", "Kind", "using Kind = a :: Kind")})


class Libraries(unittest.TestCase):
    def run_on(self, *texts):
        with tempfile.TemporaryDirectory(prefix="ipet-one-name-") as folder:
            unity = pathlib.Path(folder) / "CMakeFiles" / "lib.dir" / "Unity"
            unity.mkdir(parents=True)
            for number, text in enumerate(texts):
                source = pathlib.Path(folder) / f"source{number}.cpp"
                source.write_text(text, encoding="utf-8")
                # Each in a batch of its own: the next file can move it into another.
                (unity / f"unity_{number}_cxx.cxx").write_text(f'#include "{source}"\n', encoding="utf-8")
            # Left over from a build with more units.
            (unity / "unity_9_cxx.cxx").write_text('#include "gone.cpp"\n', encoding="utf-8")
            commands = [{"file": str(unity / f"unity_{number}_cxx.cxx")} for number in range(len(texts))]
            (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
            return subprocess.run([sys.executable, "-B", one_name.__file__, folder], capture_output=True, text=True)

    def test_one_name_in_two_sources_is_told_with_both(self):
        done = self.run_on("namespace a { namespace { int number(int) { return 1; } } }",
                           "namespace a { static int number(double x) { return 2; } }")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, r"^lib: 'a::number' is defined in \S+/source0\.cpp and in \S+/source1\.cpp\n")

    def test_the_same_alias_twice_and_names_of_other_namespaces_are_none(self):
        done = self.run_on("namespace a { namespace { using Text = std::string; int n; } }",
                           "namespace b { namespace { int n; } } namespace a { namespace { using Text = std::string; } }")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.run_on("namespace { using A = int; }", "namespace { using A = long; }").returncode, 1)

    @unittest.skipIf(BUILD is None, "needs the build's folder")
    def test_no_library_has_a_name_twice(self):
        done = subprocess.run([sys.executable, "-B", one_name.__file__, BUILD], capture_output=True, text=True)
        if done.returncode == 77:
            self.skipTest(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
