#!/usr/bin/env bash
# Every C file is as clang-format 14 lays it out; another version is no judge.
cd "$(dirname "$0")/../.." || exit 1
tool=$(command -v clang-format-14 || command -v clang-format) || {
    echo "clang-format is not installed"
    exit 77
}
"$tool" --version | grep -q 'version 14\.' || {
    echo "clang-format 14 is not installed"
    exit 77
}
git ls-files '*.c' '*.h' | xargs "$tool" --dry-run --Werror
