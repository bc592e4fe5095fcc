#!/usr/bin/env python3
"""House rules that a grep can hold: banned calls, sizes, headers that compile alone, no leftovers."""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BANNED = re.compile(
    r"\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|localtime|rand|srand|alloca)\s*\(")
MAX_LINES = 450
MAX_HEADER_LINES = 260


def sources(*suffixes):
    for top in ("provisioning", "service", "firmware", "tests"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in suffixes and "corpus" not in path.parts:
                yield path


def code_only(text):
    """The text without comments and string contents."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"//[^\n]*", " ", text)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


def check_text(faults):
    for path in sources(".c", ".h"):
        name, text = path.relative_to(ROOT), path.read_text()
        code = code_only(text)
        for match in BANNED.finditer(code):
            faults.append(f"{name}: {match.group(1)}() is banned")
        if re.search(r"\btypedef\s+struct\b", code):
            faults.append(f"{name}: struct without typedef")
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text):
            faults.append(f"{name}: promises something for later")
        if "\t" in text:
            faults.append(f"{name}: holds a tab")
        limit = MAX_HEADER_LINES if path.suffix == ".h" else MAX_LINES
        lines = text.count("\n")
        if "tests" not in path.parts and lines > limit:
            faults.append(f"{name}: {lines} lines, more than {limit}")


def check_sleep(faults):
    for path in sources(".c", ".py", ".mjs"):
        if path.parts[len(ROOT.parts)] != "tests" or "lint" in path.parts or "load" in path.parts:
            continue
        if re.search(r"\b(usleep|nanosleep|time\.sleep|setTimeout|sleep)\s*\(", code_only(path.read_text())):
            faults.append(f"{path.relative_to(ROOT)}: sleeps; wait for the event")


def check_headers(faults):
    """Each header compiles on its own."""
    mongoc = subprocess.run(["pkg-config", "--cflags", "libmongoc-1.0"], capture_output=True, text=True)
    includes = ["-Iservice", "-Iprovisioning/include", "-Ifirmware", "-Itests", *mongoc.stdout.split()]
    with tempfile.TemporaryDirectory() as folder:
        for path in sources(".h"):
            unit = pathlib.Path(folder) / "one.c"
            unit.write_text(f'#include "{path}"\nint the_unit;\n')
            run = subprocess.run(
                ["gcc", "-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", *includes,
                 f"-I{path.parent}", unit], cwd=ROOT, capture_output=True, text=True)
            if run.returncode:
                faults.append(f"{path.relative_to(ROOT)}: does not compile alone: {run.stderr.splitlines()[0]}")


def main():
    faults = []
    check_text(faults)
    check_sleep(faults)
    check_headers(faults)
    print("\n".join(faults) or "sources keep the house rules")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
