# completion.bash PROGRAM FOLDER: the completion in FOLDER proposes what the command accepts.
set -euo pipefail
program=$1
source "$2/foregraph.bash"
[[ $(complete -p foregraph) == *_foregraph* ]]

status=0
# expect EXPECTED WORD...: the words of a line, of which the last is to be completed.
expect() {
  local expected=$1
  shift
  COMP_WORDS=("$program" "$@")
  COMP_CWORD=$#
  _foregraph || true  # 1 without a proposal
  if [[ "${COMPREPLY[*]}" != "$expected" ]]; then
    echo "completion of '$*' is '${COMPREPLY[*]}', expected '$expected'"
    status=1
  fi
}
expect "plan pack" p
expect "--version" --v
expect "--budget" plan --bu
expect "--profile --profile-steps --profile-trace" plan --model w4_mlp --profile
expect "--data" check --da
expect "" graph --da
expect "w4_mlp" plan --model w4
expect "$2/foregraph.bash" pack "$2/foregraph.b"
expect "$2/foregraph.bash" check --data "$2/foregraph.b"
exit "$status"
