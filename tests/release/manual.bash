# manual.bash PROGRAM FOLDER: FOLDER/foregraph.1 has all commands and options that --help prints, in
# the section of their command, and no others.
set -euo pipefail
program=$1
page=$2/foregraph.1

# Options of a text of help: words with hyphens where a line begins.
options_of_help() { grep -oE '^  (-[a-z],)?--[a-z-]+' | grep -oE -- '-(-[a-z-]+|[a-z])' | sort -u; }
# Those of the section $1 of the page; "" is what comes before the commands.
options_of_page() {
  awk -v section="$1" '/^\.S[SH] /{now = $1 == ".SS" ? $2 : ""} now == section' "$page" |
    grep -E '^\\fB\\-' | sed 's/\\-/-/g' | grep -oE '(^\\fB|,)-[a-z-]+' | grep -oE -- '-[a-z-]+' | sort -u
}
status=0
compare() {
  local expected found
  expected=$1 found=$(options_of_page "$2")
  if [[ -z $expected || $expected != "$found" ]]; then
    echo "section '$2' of the page has" $found ", expected" $expected
    status=1
  fi
}
compare "$("$program" --help | options_of_help)" ""
commands=$("$program" --help | sed -n '/^Subcommands:/,/^$/p' | grep -oE '^  [a-z]+')
[[ $commands == *plan* && $commands == *check* ]]
for command in $commands; do
  compare "$("$program" "$command" --help | options_of_help)" "$command"
done
[[ $(grep -c '^\.SS' "$page") == $(wc -w <<<"$commands") ]]
grep -q "foregraph $("$program" --version | cut -d ' ' -f 2)" "$page"
if command -v man >/dev/null && man --warnings -l "$page" >/dev/null 2>"$2/warnings"; then
  [[ ! -s $2/warnings ]] || { cat "$2/warnings"; status=1; }
fi
exit "$status"
