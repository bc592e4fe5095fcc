#!/usr/bin/env bash
# clang-tidy 14 over the C files of the product, from the dev build's compile commands.
cd "$(dirname "$0")/../.." || exit 1
tool=$(command -v clang-tidy-14 || command -v clang-tidy) || {
    echo "clang-tidy is not installed"
    exit 77
}
"$tool" --version | grep -q 'version 14\.' || {
    echo "clang-tidy 14 is not installed"
    exit 77
}
cmake --preset dev >/dev/null || exit 1
git ls-files 'service/*.c' 'provisioning/*.c' 'firmware/*.c' |
    xargs -P 2 -n 8 "$tool" -p build/dev --quiet 2>/dev/null
