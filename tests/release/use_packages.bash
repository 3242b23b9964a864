#!/usr/bin/env bash
# use_packages.bash FOLDER: installs the Debian packages in FOLDER in a system that has nothing yet, runs
# the command, compiles and runs a program with them, and removes them. For scripts/test packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$1

install() {
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@" >apt.log 2>&1 ||
    { tail -20 apt.log; exit 1; }
}
fail() {
  echo "use_packages: $1" >&2
  exit 1
}
# Whether the program uses the shared library where the package has it.
is_shared() { [[ $(ldd "$1") =~ libforegraph.so.0\ =\>\ (/usr)?/lib/ ]]; }
apt-get -q update >apt.log 2>&1
version=$(sed -n 's/.*FOREGRAPH_VERSION_M*[A-Z]* \([0-9]*\)$/\1/p' base/version.hpp | head -3 | paste -sd .)

echo "== The command alone"
install "$folder"/libforegraph0_*.deb "$folder"/foregraph-tools_*.deb
[[ $(foregraph --version) == "foregraph $version" ]]
foregraph plan --model w4_mlp --batch 32 --json >plan.json
grep -q '"peak_bytes"' plan.json
test -e /usr/share/man/man1/foregraph.1.gz -o -e /etc/dpkg/dpkg.cfg.d/excludes
test -e /usr/share/bash-completion/completions/foregraph
test ! -e /usr/include/foregraph

echo "== A program with the shared library"
install g++ make pkg-config "$folder"/libforegraph-dev_*.deb
[[ $(pkg-config --modversion foregraph) == "$version" ]]
mkdir -p use
make -s -C use -f "$PWD/tests/consumer/makefile/Makefile" KIND=shared LDFLAGS= small
./use/small
is_shared use/small || fail "the program does not use the installed shared library"

echo "== A program with the static library"
install libopenblas-pthread-dev libminizip-dev zlib1g-dev
rm use/small
make -s -C use -f "$PWD/tests/consumer/makefile/Makefile" KIND=static small
./use/small
! is_shared use/small || fail "the program uses the shared library"

echo "== A project of CMake"
install cmake ninja-build
cmake -S tests/consumer -B use/cmake -G Ninja -D CMAKE_BUILD_TYPE=Release >use/log 2>&1 &&
  cmake --build use/cmake --target small >>use/log 2>&1 || { cat use/log; exit 1; }
./use/cmake/small
is_shared use/cmake/small || fail "the project's program does not use the shared library"

echo "== Removed"
apt-get -q purge -y foregraph-tools libforegraph-dev libforegraph0 >apt.log 2>&1
left=$(find /usr -name '*foregraph*' -not -path '/usr/src/*')
[[ -z $left ]] || fail "left behind: $left"
