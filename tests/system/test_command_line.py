"""What a command line that is wrong is answered with, and what --help holds."""

import os
import pathlib
import re
import shutil
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
                         "      | did you mean 'run'?  verbs: run, validate, plan, graph, list, inspect, new, doctor, schema, completion, gateway, relay, bench, build, fuzz, live-demo, test\n")
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


class WithToys(support.WithFolder):
    def run_it(self, *words, text=PIPELINE, verb="run", output=True):
        command = [TOYS.parent / "bare" / "ipet", verb, self.write("p.toml", text), "--plugins", TOYS / "good", "--plugins",
                   TOYS / "runners", *(["--output", self.folder / "out"] if output else []), *words]
        return subprocess.run(command, cwd=SOURCE, text=True, capture_output=True)


class Sweeps(WithToys):

    def points(self, *words, **keywords):
        done = self.run_it("--sweep", *words, **keywords)
        self.assertEqual(done.returncode, 0, done.stderr)
        return re.findall(r"(?m)^== (\S+) \(\d+ of", done.stdout)

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

    def test_of_a_parameter_without_a_default(self):
        text = PIPELINE.replace("default = 1", "min = 1")
        self.assertEqual(self.points("--set", "sweep.count=[2, 4]", text=text), ["count=2", "count=4"])
        self.assertEqual(self.points(text=text + "[sweep]\ncount = [3]\n"), ["count=3"])
        done = self.run_it("--set", "sweep.count=[2, 4]", text=text, verb="validate")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        error = self.refused(text=text + "[sweep]\ncount = [3]\n")
        self.assertTrue(error.startswith(f"{self.folder}/p.toml:4:1: error[missing-param]: parameter 'count' has no value but those of "
                                         "[sweep]\n"), error)
        self.assertTrue(error.endswith(" run the sweep with --sweep, or set it with --set count=...\n"), error)

    def test_a_wrong_value_is_told_with_its_run_and_argument(self):
        error = self.refused("--sweep", "--set", "sweep.count=[2, 4000]")
        self.assertTrue(error.startswith(f"{self.folder}/p.toml:7:17: error[option-range]: stage 'n': option 'count' is 4000, must be "),
                        error)
        self.assertTrue(error.endswith("in run 'count=4000' of the sweep (--set sweep.count=[2, 4000])\n"), error)

    def test_a_part_beside_the_whole(self):
        self.assertEqual(self.refused("--set", "stages.n.options={count = 2}", "--set", "stages.n.options.count=3", verb="plan"),
                         "--set stages.n.options.count=3: error[override]: 'stages.n.options.count' is a part of 'stages.n.options', "
                         "and both are set\n      | give one of them\n")
        self.assertIn("--set sweep.stages.n.options.count=[2]: error[sweep]: sweep: 'stages.n.options.count' is a part of "
                      "'stages.n.options', which is set too\n", self.refused(
                          "--sweep", "--set", "sweep.stages.n.options.count=[2]", "--set", "stages.n.options={count = 2}"))

    def test_that_was_emptied(self):
        error = self.refused("--sweep", "--set", "sweep=[]", text=PIPELINE + "[sweep]\ncount = [1]\n")
        self.assertTrue(error.endswith("p.toml has no [sweep]\n      | --set 'sweep.NAME=[VALUE, VALUE]' makes one\n"), error)

    def test_of_which_every_axis_was_given_one_value(self):
        error = self.refused("--sweep", "--set", "count=3", text=PIPELINE + "[sweep]\ncount = [1, 2]\n")
        self.assertTrue(error.endswith("p.toml has one value by --set, so that there is one run\n      | leave --sweep out, or --set "
                                       "'sweep.NAME=[VALUE, VALUE]' for more\n"), error)


class Settings(WithToys):
    def test_a_path_beside_the_parameter_in_its_place_says_which_one_wins(self):
        done = self.run_it("--set", "count=2", "--set", "stages.n.options.count=4")
        self.assertEqual((done.returncode, done.stdout), (0, "sum 10\n"), done.stderr)
        self.assertIn("--set stages.n.options.count=4: warning[hidden-param]: 'stages.n.options.count' is 4: parameter 'count', set to "
                      "2, has no effect there\n      | a path wins over the parameter that the file has in its place\n", done.stderr)

    def test_thousands_of_threads_are_not_started(self):
        most = 16 * len(os.sched_getaffinity(0))
        for words, place in ((("--threads", "4096"), "--threads 4096"), (("--set", "run.threads=4096"), "--set run.threads=4096")):
            done = self.run_it(*words, verb="plan")
            self.assertEqual(done.returncode, 0)
            self.assertEqual(done.stderr, f"{place}: warning[threads]: 4096 threads are more than 16 for each of {most // 16} "
                                          f"processors: {most} are used\n      | 0 takes one for each processor; results do not depend "
                                          "on their number\n")
        self.assertEqual(self.run_it("--threads", str(most), verb="plan").stderr, "")

    def test_a_number_without_end_is_told_at_its_own_option(self):
        for value, said in (("inf", "option 'total_time' is inf, must be finite, at least 0.001 s"),
                            ("1e9", "option 'total_time': total_time must be positive and at most a year")):
            done = support.ipet("plan", "pipelines/ingest.toml", "--set", "captures=x", "--set", f"total_time={value}", check=2)
            self.assertRegex(done.stderr, rf"^pipelines/ingest\.toml:33:\d+: error\[[a-z-]+\]: stage 'windows': {said}\n")
            self.assertEqual(done.stderr.count("error["), 1, done.stderr)

    def test_a_path_of_another_users_home(self):
        text = PIPELINE.replace('"int", default = 1', '"path", default = "~no.such.user/x"')
        self.assertIn(":4:36: error[param-value]: parameter 'count': '~no.such.user' stands for the home folder of the user "
                      "'no.such.user', whom this machine does not know; a name that begins with ~ is written ./~NAME\n",
                      self.run_it(text=text, verb="plan").stderr)
        done = subprocess.run([TOYS.parent / "bare" / "ipet", "list", "--plugins", "~no.such.user/p"], text=True, capture_output=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("error[search-path]: '~no.such.user/p': '~no.such.user' stands for the home folder of the user", done.stderr)


class Pipes(WithToys):
    """A pipeline that comes through a pipe: `ipet run <(...)`, `... | ipet run /dev/stdin`."""

    def bash(self, script, check=0):
        done = subprocess.run(["bash", "-c", script, "bash", TOYS.parent / "bare" / "ipet", f"--plugins={TOYS}/good",
                               f"--plugins={TOYS}/runners"], cwd=self.folder, text=True, capture_output=True)
        self.assertEqual(done.returncode, check, done.stderr)
        return done

    def test_runs_and_gives_what_the_file_gives(self):
        self.write("p.toml", PIPELINE)
        self.assertEqual(self.bash('"$1" run <(cat p.toml) "${@:2}" --set count=4').stdout, "sum 10\n")
        self.assertEqual(self.bash('cat p.toml | "$1" run /dev/stdin "${@:2}"').stdout, "sum 1\n")

    def test_gives_the_result_of_the_file_and_takes_its_place(self):
        capture = self.write("home.pcap", support.small_capture())
        devices = self.write("devices.toml", support.DEVICES_TOML)
        out = self.folder / "out"
        words = f"--set captures={capture} --set devices={devices} --output {out}"
        file = SOURCE / "pipelines" / "ingest.toml"
        for pipeline in (str(file), f"<(cat {file})"):
            subprocess.run(["bash", "-c", f"{support.PROGRAM} run {pipeline} {words}"], check=True, capture_output=True)
            # Of another definition or other inputs it would lie beside the first one, as windows.h5.1.
            self.assertEqual([path.name for path in out.iterdir() if path.name.startswith("windows")], ["windows.h5"])

    def test_that_is_a_way_out_or_named_by_an_include_is_not_waited_for(self):
        self.write("p.toml", 'include = ["/dev/fd/0"]\n' + PIPELINE)
        said = self.bash('sleep 60 | "$1" run p.toml "${@:2}"; code=$?; kill %% 2>/dev/null; exit $code', check=2).stderr
        self.assertIn("error[include]: '/dev/fd/0' is a descriptor of this process, and no file of its own\n", said)
        self.assertIn("include files by their names", said)
        said = self.bash('"$1" run /dev/stdout "${@:2}"', check=2).stderr
        self.assertEqual(said, "/dev/stdout: error[cannot-read]: cannot be read: it is open for writing\n")

    def test_is_read_once_for_all_points_of_a_sweep(self):
        self.write("p.toml", PIPELINE)
        done = self.bash('"$1" run <(sleep 0.2; cat p.toml) "${@:2}" --sweep --set "sweep.count=[2, 4]"')
        self.assertTrue(done.stdout.startswith("== count=2 (1 of 2)\nsum 3\n\n== count=4 (2 of 2)\nsum 10\n"), done.stdout)

    def test_has_the_name_pipeline_where_it_says_none(self):
        self.write("p.toml", PIPELINE.replace('name = "sums"\n', ""))
        self.assertRegex(self.bash('"$1" run <(cat p.toml) "${@:2}"').stderr, r"\npipeline: done in .*; results in runs/pipeline\n$")

    def test_includes_files_of_the_working_directory(self):
        self.write("parts/sums.toml", PIPELINE.replace('name = "sums"\n', ""))
        self.write("p.toml", 'schema = 1\ninclude = ["parts/sums.toml"]\n')
        self.assertEqual(self.bash('"$1" run <(cat p.toml) "${@:2}" --set count=2').stdout, "sum 3\n")
        self.write("p.toml", 'schema = 1\ninclude = ["sums.toml"]\n')
        self.assertRegex(self.bash('"$1" run <(cat p.toml) "${@:2}"', check=2).stderr,
                         r"^/dev/fd/\d+:2:12: error\[include\]: included file 'sums\.toml' does not exist\n"
                         r'    2 \| include = \["sums\.toml"\]\n'
                         r"      \|            \^{11} paths are relative to the working directory, since the including file comes "
                         r"through a descriptor\n$")

    def test_its_errors_quote_its_lines(self):
        self.write("p.toml", PIPELINE.replace("default = 1", 'default = "x"'))
        self.assertRegex(self.bash('"$1" plan <(cat p.toml) "${@:2}"', check=2).stderr,
                         r"^/dev/fd/\d+:4:35: error\[param-type\]: parameter 'count' takes int, not string \"x\"\n"
                         r'    4 \| count = \{ type = "int", default = "x" \}\n')

    def test_of_more_than_a_pipeline_may_have_is_refused(self):
        self.assertRegex(self.bash('"$1" plan <(yes "# more") "${@:2}"', check=2).stderr,
                         r"^/dev/fd/\d+: error\[too-large\]: is larger than 1 MiB, as no file of this kind is\n$")

    def test_with_a_name_is_not_waited_for(self):
        os.mkfifo(self.folder / "named")
        self.assertEqual(self.bash('timeout 20 "$1" plan named "${@:2}"', check=2).stderr,
                         "named: error[cannot-read]: cannot be read: it is a pipe\n      | it may be read several times: save what "
                         "comes through it in a file first\n")


class NoPipeline(support.WithFolder):
    def test_an_empty_name(self):
        for verb in ("run", "validate", "plan", "graph"):
            done = support.ipet(verb, "", check=2)
            self.assertEqual((done.stdout, done.stderr), ("", f"error[command-line]: {verb} needs a pipeline file, not ''\n"
                                                              f"      | for example: ipet {verb} pipelines/quickstart.toml\n"))

    def test_a_file_that_is_no_text(self):
        for content, place, why in ((b"\x7fELF\x02\x01\x01\x00\xe9", "1:8", "a NUL character: this is no text file"),
                                    (b"\x1f\x8b\x08\x08", "1:2", "a byte that is no UTF-8, and control characters: this is no text file")):
            file = self.write("p.toml", content)
            done = support.ipet("plan", file, check=2)
            self.assertTrue(done.stderr.startswith(f"{file}:{place}: error[not-text]: {why}\n"), done.stderr)
            self.assertNotIn("iconv", done.stderr)


    def test_a_dash(self):
        self.assertEqual(support.ipet("plan", "-", check=2, stdin=subprocess.DEVNULL).stderr,
                         "-: error[cannot-read]: cannot be read: No such file or directory\n      | standard input is /dev/stdin\n")

    def test_until_no_stage(self):
        done = support.ipet("run", "pipelines/quickstart.toml", "--until", "", "--output", self.folder / "out", check=2)
        self.assertTrue(done.stderr.startswith("--until '': error[unknown-stage]: no stage ''\n"), done.stderr)
        self.assertFalse((self.folder / "out").exists())


class Plugins(support.WithFolder):
    def test_an_unknown_name_opens_no_library_beside_the_program(self):
        program = self.folder / "ipet"
        shutil.copy(TOYS.parent / "bare" / "ipet", program)
        beside = self.folder / "plugins"
        beside.mkdir()
        shutil.copy(TOYS / "slow_to_load" / "slow_to_load.so", beside / "unlike.so")  # takes ten seconds, and says so
        shutil.copy(TOYS / "doubler" / "doubler.so", beside)
        shutil.copy(TOYS / "good" / "power.so", beside)
        stage = self.write("p.toml", 'schema = 1\n[stages.a]\nplugin = "dubler"\n')
        formula = self.write("m.toml", 'schema = 1\n[stages.a]\nplugin = "powr"\n')
        (beside / "known.tsv").write_text("doubler\tstage (map)\tDoubles numbers.\npower\tformula\tRaises numbers.\n")
        for words, code, said in (
                (["validate", stage], "unknown-plugin]: no plugin 'dubler'", "did you mean 'doubler'?  stages: doubler, unlike; looked in: "),
                (["inspect", "dubler"], "unknown-plugin]: there is no 'dubler'",
                 "| did you mean 'doubler'?  there are: doubler, power, unlike\n"),
                # The near one is a formula, so it is not meant.
                (["validate", formula], "unknown-plugin]: no plugin 'powr'", "^ stages: doubler, unlike; looked in: ")):
            done = subprocess.run([program, *words], cwd=self.folder, text=True, capture_output=True)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"error[{code}\n", done.stderr)
            self.assertIn(said, done.stderr)
            self.assertFalse((self.folder / "begun").exists(), done.stderr)
        self.assertNotIn("did you mean", done.stderr)

    def test_a_library_beside_the_program_holds_what_it_is_called(self):
        program = self.folder / "ipet"
        shutil.copy(TOYS.parent / "bare" / "ipet", program)
        (self.folder / "plugins").mkdir()
        shutil.copy(TOYS / "doubler" / "doubler.so", self.folder / "plugins" / "other.so")
        done = subprocess.run([program, "list"], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"warning[plugin-name]: {self.folder}/plugins/other.so cannot be used: it registers 'doubler', which is looked for "
                      "in doubler.so only where it stands beside the program; build it as that, or put the library into a folder of "
                      "--plugins\n", done.stderr)
        names = {line.split()[0] for line in support.ipet("list", check=0).stdout.splitlines()}
        self.assertEqual(names, {file.stem for file in PLUGINS.glob("*.so")})

    def test_a_link_that_leads_nowhere(self):
        folder = self.folder / "plugins"
        folder.mkdir()
        (folder / "mine.so").symlink_to("gone.so")
        pipeline = self.write("p.toml", 'schema = 1\n[stages.a]\nplugin = "mine"\n')
        done = support.ipet("validate", pipeline, "--plugins", folder, check=3)
        self.assertIn(f"error[plugin-damaged]: plugin 'mine' cannot be used: {folder}/mine.so: it is a link to gone.so, which is not "
                      "there; build it again, or take it off the plugin path\n", done.stderr)

    def test_a_folder_that_is_not_there(self):
        done = support.ipet("list", "--plugins", self.folder / "nowhere", check=2)
        self.assertEqual((done.stdout, done.stderr),
                         ("", f"--plugins {self.folder}/nowhere: error[search-path]: '{self.folder}/nowhere': no such folder\n"
                              f"      | looked in: {self.folder}/nowhere (--plugins; no such folder), {PLUGINS} (beside the program); "
                              "name more folders with --plugins DIR, or IPET_PLUGIN_PATH=DIR:DIR\n"))

    def test_a_folder_without_a_name(self):
        done = support.ipet("list", "--plugins", "", check=2)
        self.assertEqual((done.stdout, done.stderr),
                         ("", "--plugins '': error[search-path]: '': no such folder\n      | looked in: '' (--plugins; no such folder), "
                              f"{PLUGINS} (beside the program); name more folders with --plugins DIR, or IPET_PLUGIN_PATH=DIR:DIR\n"))

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
