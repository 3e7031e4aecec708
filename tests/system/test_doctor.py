"""`ipet doctor` and `ipet --version`: what there is and what is missing."""

import os
import pathlib
import re
import shutil
import subprocess

import support

BIN = pathlib.Path(support.PROGRAM).parent


class Doctor(support.WithFolder):
    def bare(self, *words, check=0, **environment):
        """Of a program with nothing beside it but lists of what there could be."""
        (self.folder / "plugins").mkdir(exist_ok=True)
        shutil.copy(BIN / "bare" / "ipet", self.folder)
        done = subprocess.run([self.folder / "ipet", *words], text=True, capture_output=True,
                              env={"PATH": str(self.folder), "HOME": str(self.folder / "home"), **environment})
        self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done

    def test_names_libraries_where_they_lie_and_what_they_are_for(self):
        said = support.ipet("doctor", check=0).stdout
        self.assertRegex(said, rf"(?m)^ipet \d+\.\d+\.\d+, {re.escape(support.PROGRAM)}\nbuilt as (gcc|clang) \d+, c\+\+ \d+L, ")
        built = len(list((BIN / "plugins").glob("*.so")))
        self.assertRegex(said, rf"(?m)^  {re.escape(str(BIN))}/plugins +beside the program +{built} plugins$")
        self.assertRegex(said, r"(?m)^  HDF5 +\d+\.\d+\.\d+ +/.*/libhdf5[^/]*\.so[.0-9]* +for ")
        self.assertRegex(said, r"(?m)^  LibTorch +\d+\.\d+\.\d+ +/.*/libtorch_cpu[^/]* +for \d+ plugins$")
        self.assertRegex(said, r"(?m)^  libtins +\d+\.\d+ +/.*/libtins\.so[.0-9]* +for traffic_synthesizer$")
        self.assertNotIn("Refused", said)

    def test_what_is_refused_lacking_or_missing_is_named_with_the_next_step(self):
        self.write("plugins/known.tsv", "deep\tfingerprint_model\tMany layers.\tneeds LibTorch (libtorch-dev)\n")
        self.write("plugins/libraries.tsv", "LibTorch\t\tlibtorch-dev\tlibtorch_cpu\tdeep\ngnuplot\t5.4\tgnuplot-nox\tprogram:gnuplot\tplots\n"
                                            "oneTBB\t2021.8.0\tlibtbb-dev\tlibtbb\tipet,a,b,c\n")
        (self.folder / "home/.local/lib/ipet").mkdir(parents=True)
        wrong = BIN / "toys" / "wrong_abi"
        said = self.bare("doctor", "--plugins", str(wrong), check=3, IPET_SIMD="avx2").stdout
        self.assertRegex(said, rf"(?m)^  {wrong} +--plugins +0 plugins\n  {self.folder}/home/.local/lib/ipet +your own +0 plugins\n"
                               rf"  {self.folder}/plugins +beside the program +0 plugins$")
        self.assertIn(f"Refused\n  {wrong}/wrong_abi.so:  it has plugin ABI 7, this ipet has ", said)
        self.assertIn("Not built\n  needs LibTorch (libtorch-dev)  deep\n", said)
        self.assertRegex(said, r"(?m)^  LibTorch +not there when ipet was built +for deep$")
        self.assertRegex(said, r"(?m)^  gnuplot +5\.4 +not on PATH +for plots$")
        self.assertRegex(said, r"(?m)^  oneTBB +2021\.8\.0 +/.*/libtbb\.so[.0-9]* +for ipet and 3 plugins$")
        self.assertRegex(said, r"(?m)^  IPET_SIMD +avx2$")
        self.assertIn("To do\n  apt-get install gnuplot-nox libtorch-dev  and build ipet again, for the libraries\n", said)

    def test_a_library_that_a_plugin_misses_now_is_to_be_installed(self):
        self.write("plugins/libraries.tsv", "Deep\t1.0\tlibdeep-dev\tlibdeep\tunresolved\nOther\t1.0\tlibother-dev\tlibother\tx\n")
        said = self.bare("doctor", "--plugins", str(BIN / "toys" / "unresolved"), check=3).stdout
        self.assertRegex(said, r"(?m)^  Deep +1\.0 +not loaded +for unresolved\n  Other +1\.0 +not loaded +for x$")
        self.assertRegex(said, r"To do\n  apt-get install libdeep-dev\n  what was refused +build it again, or take it off the plugin path\n$")

    def test_the_version_has_those_of_all_libraries_that_are_needed(self):
        said = self.bare("--version").stdout
        self.assertRegex(said, r"^ipet \d+\.\d+\.\d+\n\nbuilt as \S+ \d+, [^\n]*\n$")
        self.write("plugins/libraries.tsv", "HDF5\t1.10.8\tlibhdf5-dev\tlibhdf5\thdf5_writer\nLibTorch\t\tlibtorch-dev\tlibtorch_cpu\tlstm\n"
                                            "unused\t1\tx\ty\t\n")
        self.assertEqual(self.bare("--version").stdout, said + "and with\n  HDF5      1.10.8\n  LibTorch  -\n")


class WithoutLibraries(support.WithFolder):
    def test_configuring_says_what_lacks_which_library_and_declares_the_rest(self):
        environment = {**os.environ, "CXX": os.environ.get("CXX", "c++")}
        done = subprocess.run(["cmake", "-G", "Ninja", "-S", support.SOURCE, "-B", self.folder, "-DIPET_TORCH=OFF", "-DIPET_XGBOOST=OFF",
                               "-DCMAKE_BUILD_TYPE=Release"], text=True, capture_output=True, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Tests and benchmarks are left out: they need LibTorch (libtorch-dev) and XGBoost (libxgboost-dev)\n", done.stderr)
        lines = [line.split("\t") for line in (self.folder / "bin/plugins/known.tsv").read_text().splitlines()]
        lack = {line[0]: line[3] for line in lines if len(line) == 4}
        self.assertEqual(lack["lstm"], "needs LibTorch (libtorch-dev)")
        self.assertEqual(lack["gradient_boosting"], "needs XGBoost (libxgboost-dev)")
        self.assertEqual(lack["window_attacker"], "needs LibTorch (libtorch-dev) and XGBoost (libxgboost-dev)")
        for name in ("pcap_reader", "device_splitter", "windowing", "hdf5_writer", "mixer", "unison", "traffic_synthesizer"):
            self.assertNotIn(name, lack)
        (self.folder / "same.ninja").symlink_to("build.ninja")  # under its own name, ninja would run CMake again
        steps = subprocess.run(["ninja", "-C", self.folder, "-f", "same.ninja", "-n", "-v"], text=True, capture_output=True, check=True).stdout
        self.assertIn("bin/plugins/windowing.so", steps)
        self.assertNotIn("bin/plugins/lstm.so", steps)
        self.assertNotRegex(steps, r"libtorch|libxgboost|torch/csrc")


if __name__ == "__main__":
    support.main()
