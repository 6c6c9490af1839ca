# shellcheck shell=bash
# Shared by ./run, ./test and the scripts: messages, packages, the build.

say() { printf '%s\n' "$*"; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# packages_missing FILE...: the packages of those lists that are not installed, one a line.
packages_missing() {
    local wanted installed
    wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u)
    # shellcheck disable=SC2086 # one argument per package is what is meant
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        sed -n 's/^installed //p' | sort -u)
    comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

# packages_install FILE...: installs what is missing; names it where that is not possible.
packages_install() {
    local missing as_root=() log
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        tools_check
        return
    fi
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    missing=$(tr '\n' ' ' <<<"$missing")
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            die "packages are missing and there is no sudo; as root: apt-get install --no-install-recommends $missing"
        as_root=(sudo)
    fi
    say "Installing $(wc -w <<<"$missing") packages by apt ..."
    log=$(mktemp)
    # shellcheck disable=SC2086 # one argument per package is what is meant
    if ! { "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        ! grep -q 'No space left on device' "$log" || die "the disk is full: apt could not install $missing"
        die "apt could not install $missing(its whole output: $log)"
    fi
    rm -f "$log"
}

# Where there is no apt: name the programs and libraries that are missing, and stop.
tools_check() {
    local missing=() tool library
    for tool in cc cmake ninja pkg-config mosquitto openssl; do
        command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || missing+=("$tool")
    done
    if command -v pkg-config >/dev/null; then
        for library in openssl libwebsockets libuv libmosquitto libcurl sqlite3 libseccomp libpcap; do
            pkg-config --exists "$library" || missing+=("$library")
        done
    fi
    [ ${#missing[@]} = 0 ] || die "there is no apt here; please install: ${missing[*]}"
}

# disk_check DIR MIB: one sentence instead of a compiler's riddle.
disk_check() {
    local free_mib
    free_mib=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    [ "$free_mib" -ge "$2" ] || die "only $free_mib MiB are free in $(cd "$1" && pwd); $2 MiB are needed"
}

# build DIR [cmake option...]: configures when needed, builds, shows progress, explains a failure.
build() {
    local dir=$1 log=$1/build.log status
    shift
    mkdir -p "$dir" || die "cannot write here"
    exec {build_lock}>"$dir/.lock"
    flock -n "$build_lock" || {
        say "Waiting for another build in $dir ..."
        flock "$build_lock"
    }
    if [ ! -f "$dir/build.ninja" ] || [ $# -gt 0 ]; then
        cmake -B "$dir" -G Ninja "$@" >"$log" 2>&1 || build_failed "$log"
    fi
    set +e
    NINJA_STATUS='Building %p %f/%t ' ninja -C "$dir" >"$log" 2>&1 &
    local ninja=$!
    build_progress "$ninja" "$log"
    wait "$ninja"
    status=$?
    set -e
    [ "$status" = 0 ] || build_failed "$log"
    exec {build_lock}>&-
}

# One line that moves on a terminal; a line for every fifth of the way elsewhere.
build_progress() {
    local ninja=$1 log=$2 line percent last=0
    while kill -0 "$ninja" 2>/dev/null; do
        line=$(grep -a '^Building' "$log" | tail -n 1)
        percent=$(grep -oE '[0-9]+%' <<<"$line" | head -n 1 | tr -d '%')
        if [ -t 1 ]; then
            printf '\r\033[K%s' "${line:0:78}"
        elif [ $((${percent:-0} / 20)) -gt "$last" ]; then
            last=$((percent / 20))
            say "Building ... $percent %"
        fi
        sleep 0.1
    done
    [ ! -t 1 ] || printf '\r\033[K'
}

build_failed() {
    grep -a -m 3 -E '(error|Error)[: ]|No space left' "$1" >&2 || tail -n 5 "$1" >&2
    ! grep -qa 'No space left on device' "$1" || die "the disk is full; the build needs about 200 MiB"
    die "the build failed; its whole output is in $1"
}
