"""Documents that are named exist, and links between documents lead somewhere.

In code, pipelines and tests a document is named by its path from the top, perhaps with a section: stages/windows/README.md
"Windows". In documents, names and links may also be relative to the document's folder.
"""

import os
import pathlib
import re
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]

CODE = {".cpp", ".hpp", ".h", ".py", ".toml", ".sh", ".cmake", ".txt", ".R", ".m", ".json", ""}
LEFT_OUT = {".git", "runs", "__pycache__", "LICENSE"}
# Files with such names that tests make themselves.
MADE = {"tests/interchange/trace_reader_test.cpp": {"notes.md"}}
HERE = "tests/house/test_documents.py"

NAME = re.compile(r"(?<![\w./-])[\w.][\w./-]*\.md\b")
SECTION = re.compile(r'(?<![\w./-])([\w.][\w./-]*\.md),? "([^"]+)"')
INLINE_CODE = re.compile(r"`([^`\n]*)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PLACE = re.compile(r"(?<![\w./~:-])(?:datasets|findings|pipeline|pipelines|plugins|stages|tests)/[\w./-]*\w")
COMMENT_GOES_ON = re.compile(r"\n[ \t]*(?://[/!]?<?|#)?[ \t]*")


def files(top):
    """All files of the project that are text, by their path from the top."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("build")
                            and not (name == "shared" and pathlib.Path(folder) == top))  # data that is not the project's
        for path in (pathlib.Path(folder, name) for name in sorted(names)):
            file = path.relative_to(top).as_posix()
            if path.suffix in CODE | {".md"} and path.name not in LEFT_OUT and file != HERE:
                yield file, path.read_text(encoding="utf-8", errors="replace")


def without_code(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def headings(document):
    found = re.findall(r"^#+ +(.*?) *$", without_code(document.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return [heading.replace("`", "") for heading in found]


def anchors(document):
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings(document)}


def code_of(document):
    """(file, code) of all code in a document of ours, where each piece begins with the name of its file."""
    for block in re.findall(r"^```cpp\n(.*?)^```", (TOP / document).read_text(), flags=re.MULTILINE | re.DOTALL):
        parts = re.split(r"^// (\S+\.[ch]pp)\n", block, flags=re.MULTILINE)
        if parts[0]:
            raise AssertionError(f"{document}: code begins with the name of its file, not with {parts[0]!r}")
        yield from zip(parts[1::2], parts[2::2])


def faults_of_code(top, file, text):
    text = COMMENT_GOES_ON.sub(" ", text)
    for name in set(NAME.findall(text)) - MADE.get(file, set()):
        if not (top / name).is_file():
            yield f"{file}: there is no {name}"
    for name, section in SECTION.findall(text):
        if (top / name).is_file() and section not in headings(top / name):
            yield f"{file}: {name} has no section '{section}'"


def faults_of_link(top, file, link):
    if re.match(r"[a-z]+:", link):
        return
    target, _, anchor = link.partition("#")
    place = (top / file).parent / target if target else top / file
    if not place.exists():
        yield f"{file}: {link} leads nowhere"
    elif anchor and (place.is_dir() or anchor not in anchors(place)):
        yield f"{file}: {link}: there is no such section"


def faults_of_document(top, file, text):
    for name in set(NAME.findall(LINK.sub("", text))):
        if not (top / name).is_file() and not (top / file).parent.joinpath(name).is_file():
            yield f"{file}: there is no {name}"
    for place in set(PLACE.findall(LINK.sub("", text))):
        if not (top / place).exists() and not (top / file).parent.joinpath(place).exists():
            yield f"{file}: there is no {place}"
    for link in LINK.findall(INLINE_CODE.sub(lambda code: "" if "](" in code[1] else code[1], without_code(text))):
        yield from faults_of_link(top, file, link)


def faults(top):
    found = []
    for file, text in files(top):
        found += (faults_of_document if file.endswith(".md") else faults_of_code)(top, file, text)
    return sorted(found)


class Documents(unittest.TestCase):
    maxDiff = None

    def test_what_is_named_exists_and_links_lead_somewhere(self):
        looked_at = dict(files(TOP))
        self.assertGreater(len(looked_at), 900)
        self.assertGreater(sum(bool(NAME.search(text)) for name, text in looked_at.items() if name.endswith("pp")), 60)
        self.assertEqual("\n".join(faults(TOP)), "")

    def test_the_readme_of_the_stages_lists_every_folder_in_the_order_of_includes(self):
        listed = re.findall(r"^\| \[`(\w+)`\]", (TOP / "stages" / "README.md").read_text(), flags=re.MULTILINE)
        folders = {path.parent.name: path.parent for path in (TOP / "stages").glob("*/CMakeLists.txt")}
        self.assertEqual(sorted(listed), sorted(folders))
        for place, name in enumerate(listed):
            below = set(listed[place:])
            for source in folders[name].rglob("*.[ch]pp"):
                used = set(re.findall(r'#include "stages/(\w+)/', source.read_text())) - {name}
                self.assertEqual(used & below, set(), f"{source.relative_to(TOP)} includes what stands below it in the list")

    def test_code_of_the_runtimes_readme_stands_in_the_files_that_it_names(self):
        for file, text in code_of("pipeline/README.md"):
            source = iter((TOP / file).read_text().splitlines())
            for line in filter(None, text.splitlines()):
                self.assertIn(line, source, f"{file} has no such line, or it stands earlier")  # in order: `in` goes on

    def test_what_explains_the_templates_of_plugins_has_all_of_their_lines(self):
        shown = {}
        for file, text in code_of("plugins/OWN.md"):
            self.assertIn(text, (TOP / file).read_text())
            shown.setdefault(file, []).extend(filter(None, text.splitlines()))
        for kind in ("model", "defence"):
            file = f"plugins/templates/{kind}/my_{kind}.cpp"
            self.assertEqual(shown[file], list(filter(None, (TOP / file).read_text().splitlines())))
        self.assertGreater(len(shown["plugins/templates/attacker/my_attacker.cpp"]), 80)

    def test_the_version_is_the_same_wherever_it_stands(self):
        version = re.search(r"^project\(ipet VERSION (\S+) ", (TOP / "CMakeLists.txt").read_text(), flags=re.MULTILINE)[1]
        self.assertEqual(re.search(r"^version: (\S+)$", (TOP / "CITATION.cff").read_text(), flags=re.MULTILINE)[1], version)
        self.assertEqual(re.search(r"^## (\S+)$", (TOP / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1], version)


class FaultsAreFound(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        (self.top / "stages").mkdir()
        self.write("stages/there.md", "# There\n\n## Keys of `x.toml`\n\n```\n# no heading\n```\n")

    def write(self, name, text):
        (self.top / name).write_text(text)

    def test_of_documents_that_code_names(self):
        self.write("a.cpp", "// See gone.md.\n// And stages/there.md,\n// and there.md.\n")
        self.assertEqual(faults(self.top), ["a.cpp: there is no gone.md", "a.cpp: there is no there.md"])

    def test_of_sections_that_code_names(self):
        self.write("a.hpp", '/// stages/there.md "There"; stages/there.md "Keys of\n/// x.toml"; stages/there.md, "no heading"\n')
        self.assertEqual(faults(self.top), ["a.hpp: stages/there.md has no section 'no heading'"])

    def test_of_links_between_documents(self):
        self.write("stages/a.md", "[1](there.md#keys-of-xtoml) [2](../stages) [3](https://gone.md) [4](gone.md) [5](there.md#no-heading)\n"
                                  "[`6`](#here) `[7](#no-link)`\n")
        self.assertEqual(faults(self.top), ["stages/a.md: #here: there is no such section",
                                            "stages/a.md: gone.md leads nowhere",
                                            "stages/a.md: there.md#no-heading: there is no such section"])

    def test_of_places_that_documents_name(self):
        self.write("stages/a.md", "`stages/there.md`, `there.md`, `stages/gone/` and `../stages`; ./ipet run pipelines/gone.toml\n")
        self.assertEqual(faults(self.top), ["stages/a.md: there is no pipelines/gone.toml", "stages/a.md: there is no stages/gone"])


if __name__ == "__main__":
    unittest.main()
