#!/usr/bin/env python3
"""Sources that are compiled together share their unnamed namespaces. So no two of them may define one name there (or as static
function) in one namespace: variables and types would clash as soon as CMake puts the two into one batch, and functions would
silently become overloads of each other.

    tests/house/one_name.py BUILD      reads the sources of each library from the files that CMake made to compile them together

Exit code 1 when there are such names, 77 when BUILD compiles each source alone.
"""
import collections
import json
import os
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
# What is no code: comments, texts, characters (not the ' of 1'000), preprocessor lines.
NO_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'|'
                     r'^[ \t]*#(?:\\\n|[^\n])*', re.S | re.M)
TOKEN = re.compile(r'[A-Za-z_]\w*|::|->|[-+*/%&|^<>=!]=|[0-9][\w.\']*|\S')
OPEN, CLOSE = "([{", ")]}"


def tokens_of(text):
    return TOKEN.findall(NO_CODE.sub(lambda found: " " if found[0].lstrip()[:1] in "/#" else " 0 ", text))


def without_templates(tokens):
    """The tokens of a declaration without what stands between < and >, as far as these are brackets."""
    out, depth = [], 0
    for place, token in enumerate(tokens):
        opens = token == "<" and place > 0 and re.match(r"[A-Za-z_]", tokens[place - 1]) and tokens[place - 1] != "operator"
        if opens or (token == "<" and depth):
            depth += 1
        elif token == ">" and depth:
            depth -= 1
        elif not depth:
            out.append(token)
    return out


def without_attributes(tokens):
    text = re.sub(r"(\[ \[ .*? \] \]|alignas \( [^)]* \)|__attribute__ \( \( .*? \) \)|noexcept \( [^)]* \)) ?", "", " ".join(tokens))
    return text.split()


def name_of(declaration):
    """What a declaration at the level of a namespace defines: its name, or None."""
    tokens = without_templates(without_attributes(declaration))
    while tokens and tokens[0] in ("template", "requires"):
        tokens = tokens[1:]
    if not tokens or tokens[0] in ("namespace", "friend", "extern", "static_assert", "public", "private", "asm"):
        return None
    if tokens[0] == "using":
        return tokens[1] if len(tokens) > 2 and tokens[2] == "=" else None
    if tokens[0] == "typedef":
        return tokens[-1]
    if tokens[0] in ("struct", "class", "union", "enum"):
        words = [token for token in tokens[1:] if token not in ("class", "struct", "final")]
        if not words or not re.match(r"[A-Za-z_]", words[0]) or "(" in tokens and "{" not in tokens:
            pass
        elif len(words) == 1 or words[1] in (":", "{"):
            return words[0]
    for place, token in enumerate(tokens):
        if token in ("(", "=", "{", "[", ";"):
            before = tokens[:place]
            if len(before) < 2 or "operator" in before or not re.match(r"[A-Za-z_]", before[-1]) or before[-2] == "::":
                return None
            return before[-1]
    return tokens[-1] if len(tokens) > 1 and re.match(r"[A-Za-z_]\w*$", tokens[-1]) and tokens[-2] != "::" else None


def skip(tokens, place):
    """The place after the bracket that closes the one at `place`."""
    depth = 0
    while place < len(tokens):
        depth += (tokens[place] in OPEN) - (tokens[place] in CLOSE)
        place += 1
        if depth == 0:
            break
    return place


def own_names(text):
    """(namespace, name, text where it is an alias) of what a source defines for itself alone."""
    tokens, place, scopes, begin, found = tokens_of(text), 0, [], 0, set()

    def note(declaration):
        own = "" in scopes or "static" in declaration
        # A declaration that a definition follows counts once; one without it is another file's.
        if own and (name := name_of(declaration)):
            alias = " ".join(declaration) if declaration[0] in ("using", "typedef") else ""
            found.add(("::".join(scope for scope in scopes if scope), name, alias))

    while place < len(tokens):
        token = tokens[place]
        if token == "{":
            head = tokens[begin:place]
            words = [word for word in head if word != "inline"]
            if words and words[0] == "namespace":
                scopes.append("".join(words[1:]))
                place += 1
                begin = place
                continue
            if words[:1] == ["extern"] and len(words) <= 2:
                scopes.append("extern")
                place += 1
                begin = place
                continue
            place = skip(tokens, place)
            is_function = "(" in without_templates(head) and "=" not in without_templates(head)
            if is_function and (place >= len(tokens) or tokens[place] not in (";", ",")):
                note(head)
                begin = place
            continue
        if token in "([":
            place = skip(tokens, place)
            continue
        if token == ";":
            note(tokens[begin:place])
            place += 1
            begin = place
            continue
        if token == "}":
            if scopes:
                scopes.pop()
            place += 1
            begin = place
            continue
        place += 1
    return found


def libraries(build):
    """The sources of each target that are compiled together, by the units that the build has: files of others may be left over."""
    out = collections.defaultdict(list)
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    for unity in sorted(pathlib.Path(command["file"]) for command in commands if "/Unity/unity_" in command["file"]):
        for source in re.findall(r'^#include "(.*\.cpp)"', unity.read_text(encoding="utf-8"), re.M):
            out[unity.parent.parent.name.removesuffix(".dir")].append(pathlib.Path(source))
    return out


def main():
    build = pathlib.Path(sys.argv[1])
    together = libraries(build)
    if not together:
        print(f"one_name: {build} compiles each source alone (IPET_UNITY=OFF)")
        sys.exit(77)
    faults, names = [], 0
    for library, sources in together.items():
        users, texts = collections.defaultdict(set), collections.defaultdict(set)
        for source in sources:
            for scope, name, alias in own_names(source.read_text(encoding="utf-8")):
                users[scope, name].add(os.path.relpath(source, TOP))
                texts[scope, name].add(alias)
        names += len(users)
        faults += [f"{library}: '{scope + '::' if scope else ''}{name}' is defined in {' and in '.join(sorted(files))}"
                   for (scope, name), files in sorted(users.items())
                   if len(files) > 1 and (texts[scope, name] == {""} or len(texts[scope, name]) > 1)]
    print("\n".join(faults))
    print(f"one_name: {names} names of {len(together)} libraries, {len(faults)} more than once"
          + ("; rename them, in tests ALONE in CMakeLists.txt does as well" if faults else ""))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
