# abi_report.bash SCRIPT COMPILER FOLDER: scripts/abi_report tells a library that lost a function from one
# that only has more.
set -euo pipefail
script=$1 compiler=$2 folder=$3
mkdir -p "$folder"
cd "$folder"
echo 'int one() { return 1; } int two() { return 2; }' >more.cpp
echo 'int one() { return 1; }' >less.cpp
for library in more less; do
  "$compiler" -shared -fPIC -Wl,-soname,libsame.so.0 $library.cpp -o $library.so
done
# expect STATUS OLD NEW TEXT
expect() {
  local status=0 output
  output=$("$script" "$2" "$3" 2>&1) || status=$?
  if [[ $status != "$1" || $output != *"$4"* ]]; then
    echo "abi_report $2 $3: exit code $status, expected $1 and '$4': $output"
    exit 1
  fi
}
expect 0 more.so more.so ""
expect 0 less.so more.so "Added"
expect 1 more.so less.so "Removed"
expect 2 more.so none.so "'none.so' does not exist"
