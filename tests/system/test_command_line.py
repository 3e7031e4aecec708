"""What a command line that is wrong is answered with, and what --help holds."""

import os
import pathlib
import re
import subprocess
import unittest

import support

SOURCE = support.SOURCE
PLUGINS = pathlib.Path(support.PROGRAM).parent / "plugins"
TOYS = pathlib.Path(support.PROGRAM).parent / "toys"
PIPELINE = """schema = 1
name = "sums"
[params]
count = { type = "int", default = 1 }
[stages.n]
plugin = "counter"
options.count = "${params.count}"
[stages.total]
plugin = "summer"
inputs = "n"
[stages.keep]
plugin = "store"
inputs = ["total"]
"""


class Mistakes(support.WithFolder):
    def refused(self, *words, code=2, **keywords):
        done = support.ipet(*words, check=code, **keywords)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_a_misspelt_verb(self):
        self.assertEqual(self.refused("rnu", "pipelines/quickstart.toml"),
                         "error[command-line]: there is no verb 'rnu'\n"
                         "      | did you mean 'run'?  verbs: run, validate, plan, graph, list, inspect, bench, fuzz, test\n")
        self.assertIn("did you mean 'test'?", self.refused("tset"))

    def test_a_verb_of_the_launcher(self):
        self.assertEqual(self.refused("bench"), "error[command-line]: 'bench' is a verb of the launcher, not of this program\n"
                                                "      | call it as ./ipet bench in the folder of the sources\n")

    def test_a_pipeline_file_without_a_verb(self):
        self.assertIn("      | to run a pipeline file: ipet run pipelines/ingest.toml\n", self.refused("pipelines/ingest.toml"))

    def test_no_verb_at_all(self):
        self.assertEqual(self.refused(), "error[command-line]: a verb is needed\n"
                                         "      | for example: ipet run pipelines/quickstart.toml; see ipet --help\n")
        self.assertIn("error[command-line]: ipet has no option --verison\n      | did you mean '--version'?",
                      self.refused("--verison"))

    def test_a_misspelt_option(self):
        for given, meant in (("--ste", "--set"), ("-set", "--set"), ("--treads=2", "--threads"), ("--sweeep", "--sweep")):
            error = self.refused("run", "pipelines/ingest.toml", given, "captures=x")
            self.assertIn(f"error[command-line]: run has no option {given.split('=')[0]}\n      | did you mean '{meant}'?  run has: ",
                          error)

    def test_a_parameter_as_an_option(self):
        for words, meant in ((("--captures=x",), "captures=x"), (("--captures", "x"), "captures=x"), (("--device", "d"), "devices=d")):
            error = self.refused("run", "pipelines/ingest.toml", *words)
            self.assertIn(f"error[command-line]: run has no option {words[0].split('=')[0]}\n", error)
            self.assertTrue(error.endswith(f"      | did you mean --set {meant}?\n"), error)
        error = self.refused("run", "pipelines/ingest.toml", "--frobnicate")
        self.assertTrue(error.endswith("\n      | parameters of the file, to be given as --set NAME=VALUE: captures, devices, output, "
                                       "recordings, total_time, omega, memory_mib\n"), error)
        self.assertNotIn("did you mean", self.refused("run", "pipelines/ingest.toml", "-v"))

    def test_a_parameter_without_set(self):
        self.assertEqual(self.refused("run", "pipelines/ingest.toml", "captures=x"),
                         "error[command-line]: run does not expect 'captures=x'\n      | did you mean --set captures=x?\n")

    def test_set_with_a_blank_instead_of_an_equals_sign(self):
        for words in (("captures", "x"), ("captures", "=", "x"), ("captures=", "x"), ("captures", "=x")):
            self.assertEqual(self.refused("run", "pipelines/ingest.toml", "--set", *words),
                             "error[command-line]: --set takes KEY=VALUE, not 'captures'\n      | did you mean --set captures=x?\n")

    def test_a_value_that_the_shell_has_split(self):
        self.assertEqual(self.refused("run", "pipelines/ingest.toml", "--set", "captures=my", "captures"),
                         "error[command-line]: run does not expect 'captures'\n      | what holds a blank must be quoted, as in "
                         "--set 'captures=my captures'; see ipet run --help\n")

    def test_a_name_or_a_file_for_the_wrong_verb(self):
        self.assertEqual(self.refused("list", "windowing"), "error[command-line]: list does not expect 'windowing'\n"
                                                            "      | to see one of them: ipet inspect windowing\n")
        self.assertEqual(self.refused("inspect", "pipelines/ingest.toml"),
                         "error[unknown-plugin]: 'pipelines/ingest.toml' is no stage, model or defence\n"
                         "      | of a pipeline file, ipet plan pipelines/ingest.toml shows the stages\n")

    def test_no_file(self):
        self.assertEqual(self.refused("plan"), "error[command-line]: plan needs a pipeline file\n"
                                               "      | for example: ipet plan pipelines/quickstart.toml\n")

    def test_an_unknown_format(self):
        self.assertIn("there is no 'sgv': did you mean 'svg'?  there are: mermaid, dot, svg",
                      self.refused("graph", "pipelines/quickstart.toml", "--format", "sgv"))

    def test_a_pipeline_file_that_is_not_there(self):
        for given, meant in (("pipelines/quickstrat.toml", "pipelines/quickstart.toml"), ("quickstart", "pipelines/quickstart.toml"),
                             ("pipelines/quickstart", "pipelines/quickstart.toml")):
            self.assertEqual(self.refused("plan", given),
                             f"{given}: error[cannot-read]: cannot be read: No such file or directory\n"
                             f"      | did you mean '{meant}'?\n")

    def test_one_name_set_twice(self):
        for names in (("omega", "omega"), ("omega", "params.omega"), ("run.seed", "run.seed")):
            first, second = f"{names[0]}=3", f"{names[1]}=4"
            short = names[1].removeprefix("params.")
            self.assertEqual(self.refused("plan", "pipelines/ingest.toml", "--set", "captures=x", "--set", first, "--set", second),
                             f"--set {second}: error[override]: '{short}' is set twice, to 3 and to 4\n      | give it once\n")
        self.assertEqual(self.refused("plan", "pipelines/ingest.toml", "--set", "captures=x", "--set", "run.output=a", "--output", "b"),
                         "--output b: error[override]: 'run.output' is set twice, to a and to b\n      | give it once\n")

    def test_blanks_are_no_name(self):
        for key, value in (("name", "'  ' is no name: no control characters, not blanks alone"), ("run.output", 'run.output takes a path, not "  "')):
            text = PIPELINE.replace('"sums"', '"  "') if key == "name" else PIPELINE + '[run]\noutput = "  "\n'
            error = self.refused("plan", self.write("p.toml", text), "--plugins", TOYS / "good", "--plugins", TOYS / "runners")
            self.assertIn(f"{value}\n", error)
            self.assertRegex(error, rf"p\.toml:{2 if key == 'name' else 15}:\d+: error\[")
        stage = self.write("s.toml", 'schema = 1\n[stages."  "]\nplugin = "counter"\n')
        self.assertIn("error[stage-id]: '  ' is no stage id\n", self.refused("plan", stage, "--plugins", TOYS / "good"))
        param = self.write("t.toml", 'schema = 1\n[params]\n"  " = { type = "int", default = 1 }\n[stages.a]\nplugin = "counter"\n')
        self.assertIn("error[param-name]: '  ' is no name of a parameter\n", self.refused("plan", param, "--plugins", TOYS / "good"))


class Sweeps(support.WithFolder):
    def run_it(self, *words, text=PIPELINE, verb="run"):
        # The program without plugins beside it, which would all be loaded to look for the toys.
        command = [TOYS.parent / "bare" / "ipet", verb, self.write("p.toml", text), "--plugins", TOYS / "good", "--plugins",
                   TOYS / "runners", "--output", self.folder / "out", *words]
        return subprocess.run(command, cwd=SOURCE, text=True, capture_output=True)

    def points(self, *words, **keywords):
        done = self.run_it("--sweep", *words, **keywords)
        self.assertEqual(done.returncode, 0, done.stderr)
        return re.findall(r"== (\S+) \(\d", done.stdout)

    def test_made_on_the_command_line(self):
        self.assertEqual(self.points("--set", "sweep.count=[2, 4]"), ["count=2", "count=4"])
        self.assertEqual(self.points("--set", "sweep.stages.n.options.count=[2]", "--set", "sweep.run.seed=[1, 2]"),
                         ["count=2,seed=1", "count=2,seed=2"])

    def test_takes_the_place_of_the_files_own(self):
        text = PIPELINE + '[sweep]\n"params.count" = [2, 4]\n"run.seed" = [1, 2]\n'
        self.assertEqual(self.points("--set", "sweep.count=[3]", text=text), ["count=3,seed=1", "count=3,seed=2"])
        self.assertEqual(self.points("--set", "sweep.count=[]", text=text), ["seed=1", "seed=2"])
        self.assertEqual(self.points("--set", "sweep={count = [5]}", text=text), ["count=5"])

    def test_quotes_that_the_shell_has_eaten_are_not_needed(self):
        text = PIPELINE.replace("[stages.n]", 'mode = { type = "string", default = "up" }\n[stages.n]\noptions.mode = "${params.mode}"')
        self.assertEqual(self.points("--set", "sweep.mode=[up, down]", text=text), ["mode=up", "mode=down"])

    def refused(self, *words, verb="run", **keywords):
        done = self.run_it(*words, verb=verb, **keywords)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr

    def test_of_a_wrong_type_points_at_the_argument(self):
        self.assertEqual(self.refused("--sweep", "--set", "sweep.count=[2, two]"),
                         '--set sweep.count=[2, two]: error[param-type]: parameter \'count\' takes int, not string "two"\n')
        self.assertEqual(self.refused("--sweep", "--set", "sweep.count=2"),
                         "--set sweep.count=2: error[sweep]: sweep: 'count' takes a list of values, not 2\n"
                         "      | write --set 'sweep.count=[VALUE, VALUE]'\n")

    def test_over_an_unknown_name(self):
        error = self.refused("--set", "sweep.cuont=[2, 4]", verb="validate")
        self.assertIn("--set sweep.cuont=[2, 4]: error[unknown-param]: no parameter 'cuont'\n      | did you mean 'count'?", error)
        self.assertEqual(self.refused("--set", "sweep.cuont=[]", text=PIPELINE + "[sweep]\ncount = [1]\n", verb="validate"),
                         "--set sweep.cuont=[]: error[override]: no sweep over 'cuont' that could be taken away\n"
                         "      | did you mean 'count'?  [sweep] has: count\n")

    def test_beside_a_value_of_the_same_name(self):
        self.assertEqual(self.refused("--sweep", "--set", "sweep.count=[2, 4]", "--set", "count=3"),
                         "--set count=3: error[override]: 'count' is set to 3 and swept over [2, 4]\n      | give one of them\n")

    def test_without_the_flag(self):
        self.assertEqual(self.refused("--set", "sweep.count=[2, 4]"),
                         "--set sweep.count=[2, 4]: error[override]: a sweep is given, but not asked for\n      | add --sweep\n")

    def test_that_was_emptied(self):
        error = self.refused("--sweep", "--set", "sweep=[]", text=PIPELINE + "[sweep]\ncount = [1]\n")
        self.assertTrue(error.endswith("p.toml has no [sweep]\n      | --set 'sweep.NAME=[VALUE, VALUE]' makes one\n"), error)


class Plugins(support.WithFolder):
    def test_a_folder_that_is_not_there(self):
        done = support.ipet("list", "--plugins", self.folder / "nowhere", check=2)
        self.assertEqual((done.stdout, done.stderr),
                         ("", f"--plugins {self.folder}/nowhere: error[search-path]: '{self.folder}/nowhere': no such folder\n"
                              f"      | looked in: {self.folder}/nowhere (--plugins; no such folder), {PLUGINS} (beside the program); "
                              "name more folders with --plugins DIR, or IPET_PLUGIN_PATH=DIR:DIR\n"))

    def test_a_folder_of_the_environment_that_is_not_there_or_holds_nothing(self):
        empty = self.folder / "empty"
        empty.mkdir()
        done = support.ipet("list", check=0, env={**os.environ, "IPET_PLUGIN_PATH": f"{self.folder}/nowhere:{empty}"})
        where = "environment variable IPET_PLUGIN_PATH: warning[search-path]: "
        self.assertIn(f"{where}'{self.folder}/nowhere': no such folder\n      | looked in: ", done.stderr)
        self.assertIn(f"{where}'{empty}' holds no plugins (NAME.so)\n", done.stderr)
        self.assertIn("\nwindowing ", done.stdout)

    def test_an_unknown_plugin_says_where_was_looked(self):
        pipeline = self.write("p.toml", 'schema = 1\n[stages.a]\nplugin = "mine"\n')
        done = support.ipet("validate", pipeline, check=2, env={**os.environ, "IPET_PLUGIN_PATH": str(TOYS / "good")})
        self.assertTrue(done.stderr.endswith(
            f"; looked in: {TOYS}/good (IPET_PLUGIN_PATH), {PLUGINS} (beside the program); name more folders with "
            "--plugins DIR, or IPET_PLUGIN_PATH=DIR:DIR\n"), done.stderr)

    def test_list_tells_ours_from_others(self):
        done = support.ipet("list", "--plugins", TOYS / "good", check=0)
        ours, others = done.stdout.split("\nnot of this ipet, but from:\n")
        self.assertNotIn("toys", ours)
        self.assertRegex(ours, r"(?m)^windowing +stage \(keyed\)  ")
        self.assertRegex(others, rf"(?m)^  {re.escape(str(TOYS))}/good/toys\.so +doubler +stage \(map\)  +Doubles numbers\.$")
        self.assertNotIn("not of this ipet", support.ipet("list", check=0).stdout)


class Help(unittest.TestCase):
    def test_is_found_under_the_names_that_others_use(self):
        self.assertEqual(support.ipet("help", check=0).stdout, support.ipet("--help", check=0).stdout)
        self.assertEqual(support.ipet("help", "run", check=0).stdout, support.ipet("run", "--help", check=0).stdout)
        self.assertEqual(support.ipet("version", check=0).stdout, support.ipet("--version", check=0).stdout)

    def test_names_every_exit_code_and_every_variable_that_is_read(self):
        text = support.ipet("--help", check=0).stdout
        for code in (0, 1, 2, 3, 4, 130):
            self.assertRegex(text, rf"(?m)^  {code} ")
        read = {"ATEN_CPU_CAPABILITY"}  # by LibTorch
        for folder in ("pipeline", "stages", "plugins"):
            for file in (SOURCE / folder).rglob("*.cpp"):
                read |= set(re.findall(r'\b[gs]etenv\("(\w+)"', file.read_text()))
        read |= set(re.findall(r"\$\{(IPET_\w+)", (SOURCE / "ipet").read_text()))
        self.assertGreaterEqual(len(read), 8, read)
        for name in read:
            self.assertRegex(text, rf"\b{name}\b")

    def test_of_each_verb_has_an_example_that_names_real_files(self):
        for verb in ("run", "validate", "plan", "graph", "list", "inspect"):
            text = support.ipet(verb, "--help", check=0).stdout
            examples = re.findall(rf"(?m)^  (ipet {verb}.*)$", text.split("\nExamples:\n")[1])
            self.assertTrue(examples, text)
            for file in re.findall(r"pipelines/\S+\.toml", "\n".join(examples)):
                self.assertTrue((SOURCE / file).is_file(), file)

    def test_the_examples_are_good(self):
        support.ipet("plan", "pipelines/quickstart.toml", check=0)
        support.ipet("inspect", "windowing", check=0)
        support.ipet("validate", "pipelines/compare-models.toml", "--set", 'sweep.model=["lstm", "gru"]', "--set",
                     "captures=datasets", "--set", "devices=README.md", check=0)


if __name__ == "__main__":
    support.main()
