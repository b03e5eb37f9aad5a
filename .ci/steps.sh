# What .ci/run and .ci/nightly share: steps with a time limit each, what came of them, and how long they took.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export NO_COLOR=1
# No test is skipped because a program is missing.
export CI=true

export DENO_VERSION=2.9.6
passed=0
failed=0
log=$(mktemp)
# What failed, told again at the end, where one looks first.
failures=$(mktemp)
times=$(mktemp)
trap 'rm -f "$log" "$failures" "$times"' EXIT

deno() {
  npx --yes "deno@$DENO_VERSION" "$@"
}
export -f deno

# Runs a command, which may be a function that is exported, for so many minutes at most. What it has started ends with it.
limited() {
  local minutes=$1
  shift
  # shellcheck disable=SC2016 -- the inner shell expands it
  timeout --kill-after 10 "${minutes}m" bash -c '"$@"' bash "$@"
}

# Notes what became of a step that began at a second of this shell's.
note() {
  local name=$1 began=$2 result=$3
  printf '%5d s  %s: %s\n' "$((SECONDS - began))" "$name" "$result" | tee -a "$times"
}

# gate NAME MINUTES COMMAND…: what it prints is shown if it fails, its last line otherwise.
gate() {
  local name=$1 minutes=$2 began=$SECONDS
  shift 2
  if limited "$minutes" "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    note "$name" "$began" "passed, $(grep -v '^\s*$' "$log" | tail -n 1 | cut -c 1-120)"
  else
    failed=$((failed + 1))
    tail -n 200 "$log"
    echo "gate $name: failed" >>"$failures"
    note "$name" "$began" failed
  fi
}

# tests NAME MINUTES COMMAND…: runs tests and adds up what the summary says. A test that is ignored counts as failed, but for
# those that run at night only, and so does a run without a summary.
tests() {
  local name=$1 minutes=$2 began=$SECONDS
  shift 2
  limited "$minutes" "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]} summary good broken ignored nightly
  summary=$(grep -oE '[0-9]+ passed.*[|,] [0-9]+ failed.*' "$log" | tail -n 1)
  good=$(grep -oE '^[0-9]+' <<<"$summary" || echo 0)
  broken=$(grep -oE '[0-9]+ failed' <<<"$summary" | grep -oE '^[0-9]+' || echo 0)
  ignored=$(grep -oE '[0-9]+ ignored' <<<"$summary" | grep -oE '^[0-9]+' || echo 0)
  nightly=$(grep -cE '\(nightly: .*\) \.\.\. ignored' "$log")
  if [ "$ignored" -ne "$nightly" ]; then
    grep -E '\.\.\. ignored' "$log" | grep -vE '\(nightly: .*\) \.\.\. ignored' >>"$failures"
  fi
  broken=$((broken + ignored - nightly))
  if { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; } && [ "$broken" -eq 0 ]; then broken=1; fi
  if [ "$broken" -ne 0 ]; then
    echo "$name: $broken failed" >>"$failures"
    # Names and reasons, of a thousand failures as of one.
    grep -E -A 1 'FAILED|failed before|  failed: |: failed, |^(Uncaught|error|Error|TypeError)' "$log" | cut -c 1-300 | tail -n 60 >>"$failures"
  fi
  passed=$((passed + good))
  failed=$((failed + broken))
  local later=""
  if [ "$nightly" -gt 0 ]; then later=", $nightly at night only"; fi
  note "$name" "$began" "$good passed, $broken failed$later"
}

# report NAME MINUTES COMMAND…: what is for people to read fails nothing.
report() {
  local name=$1 minutes=$2 began=$SECONDS
  shift 2
  if limited "$minutes" "$@"; then note "$name" "$began" printed; else note "$name" "$began" "nothing to print"; fi
}

# Installs what comes from Debian.
install() {
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
  if ! { "${sudo[@]}" apt-get update && "${sudo[@]}" apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log"
    echo "cannot install $*: the tests that need it will fail"
  fi
}

# Installs the programs that tests name and that are missing. A call has the program, and its package if that is called
# otherwise.
install_programs() {
  local missing=() program package
  while read -r program package; do
    PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("$package")
  done < <(
    echo openssl openssl
    grep -rhoE --include='*.ts' --exclude-dir=node_modules 'programNamed\("[A-Za-z0-9.+-]+"(, "[a-z0-9.+-]+")?' tests |
      awk -F '"' '{ print $2, ($4 == "" ? $2 : $4) }' | sort -u
  )
  [ "${#missing[@]}" -eq 0 ] || install "${missing[@]}"
}

# Tells how it went; the last line counts.
finish() {
  echo
  cat "$times"
  printf '%5d s  in all\n' "$SECONDS"
  cat "$failures"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
