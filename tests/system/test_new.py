"""`ipet new` writes a plugin to be filled in."""

import pathlib
import resource
import signal
import subprocess

import support

TEMPLATES = support.SOURCE / "plugins" / "templates"


class New(support.WithFolder):
    def ipet(self, *words, check=0, before=None):
        done = subprocess.run([support.PROGRAM, *words], cwd=self.folder, text=True, capture_output=True, preexec_fn=before)
        self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done

    def test_each_kind_is_the_template_under_the_new_name(self):
        package = pathlib.Path(support.PROGRAM).parents[1] / "lib" / "cmake" / "ipet"
        for kind in ("attacker", "defence", "model", "stage"):
            said = self.ipet("new", kind, f"{kind}_of_2").stdout
            made = self.folder / f"{kind}_of_2"
            self.assertEqual(sorted(file.name for file in made.iterdir()),
                             sorted(["CMakeLists.txt", "README.md", f"{kind}_of_2.cpp", f"{kind}_of_2_test.cpp"]))
            for file in made.iterdir():
                own = file.read_text()
                template = (TEMPLATES / kind / file.name.replace(f"{kind}_of_2", f"my_{kind}")).read_text()
                back = own.replace(f"{kind}_of_2", f"my_{kind}").replace(f"{kind.title()}Of2", f"My{kind.title()}")
                self.assertEqual(back.replace(str(package), "@IPET_PACKAGE@"), template)
                self.assertNotIn(f"my_{kind}", own)
                self.assertNotIn(f"My{kind.title()}", own)
            self.assertIn(f'HINTS "{package}")', (made / "CMakeLists.txt").read_text())
            self.assertIn("cmake -B build && cmake --build build\n", said)
            self.assertIn(f"{kind}_of_2/{kind}_of_2.cpp\n", said)
            self.assertIn("ipet run pipelines/", said)

    def test_what_it_cannot_write_it_says_before_it_writes(self):
        (self.folder / "there").mkdir()
        for words, said in ((["modl", "x"], "there is no template 'modl'\n      | did you mean 'model'?  there are: "
                                            "attacker, defence, model, stage\n"),
                            (["model", "lstm"], "there already is a plugin 'lstm'\n      | choose another name\n"),
                            (["model", "My-model"], "'My-model' is no name of a plugin\n      | small letters, digits and _, "
                                                    "beginning with a letter\n"),
                            (["model", "../x"], "'../x' is no name of a plugin\n"),
                            (["model", "there"], f"'there' is there already in {self.folder}\n      | choose another name or folder\n")):
            self.assertIn(f"error[command-line]: {said}", self.ipet("new", *words, check=2).stderr)
        self.assertEqual([file.name for file in self.folder.iterdir()], ["there"])

    def test_what_it_could_not_write_whole_is_gone(self):
        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        self.assertIn("error: mine/", self.ipet("new", "model", "mine", check=1, before=no_room).stderr)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.ipet("new", "model", "mine")


if __name__ == "__main__":
    support.main()
