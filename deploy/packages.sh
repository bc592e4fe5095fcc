# Debian packages this project needs, by purpose; sourced by deploy/quickstart, tests/run and .ci/run.
# The same names on Debian 12 and 13.
build_packages=(
    build-essential cmake ninja-build pkg-config
    libmicrohttpd-dev libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libsqlite3-dev libjansson-dev
    libjwt-dev libargon2-dev libssl-dev libqrencode-dev libpng-dev zlib1g-dev
    libjpeg62-turbo-dev libzbar-dev libcurl4-openssl-dev libcmocka-dev libmongoc-dev
)
quickstart_packages=("${build_packages[@]}" qrencode curl jq iproute2 ca-certificates)
test_packages=("${quickstart_packages[@]}" python3 python3-venv zbar-tools ffmpeg git procps)
# Used where they can be had; the tests that want them are skipped, with a word, elsewhere.
browser_packages=(chromium)
lint_packages=(clang clang-format-14 clang-tidy-14)
mongo_packages=(debootstrap)
fuzz_packages=(clang libclang-rt-14-dev)

# missing_packages NAME...: those not installed, one a line.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q '^install ok installed$' || echo "$name"
    done
}

# need_packages NAME...: installs what is missing (root), or says what is missing and how to get it; then fails.
need_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "These Debian packages are missing: ${missing[*]}" >&2
        echo "Install them with:  sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    echo "Installing Debian packages: ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    if ! apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
        apt-get update -qq >&2 &&
            apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
}
