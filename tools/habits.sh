# SPDX-License-Identifier: BSD-2-Clause
# The habits of ./run. Sourced by it; the working directory is the project's top.
#
# A counted step is a command whose output goes to build/log/NAME.log; tools/count.py reads from it how many
# checks passed and failed (lines `N passed, N failed`, cmocka's and pytest's closing lines, else the exit status).

PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
passed=0 failed=0

# configure DIR OPTION...: makes the build folder, or keeps the one that is there.
configure() {
  local dir=$1 log
  shift
  if [ -f "$dir/build.ninja" ]; then return; fi
  log=$(meson setup "$dir" . "$@" 2>&1) || { echo "$log" >&2; rm -rf "$dir"; return 1; }
}

# compile DIR [TARGET...]: quiet when all is well, the compiler's words where not.
compile() {
  local log
  log=$(ninja -C "$@" 2>&1) || { echo "$log" | grep -v '^\[' >&2; return 1; }
}

# add NAME PASSED FAILED: one line about a step; the sums go into the last line.
add() {
  passed=$((passed + $2)) failed=$((failed + $3))
  printf '%-28s %s passed, %s failed\n' "$1" "$2" "$3"
}

# counted NAME COMMAND...: runs a step; what it printed is shown where it failed.
counted() {
  local name=$1 status=0 log=build/log/$1.log
  shift
  mkdir -p build/log
  "$@" >"$log" 2>&1 </dev/null || status=$?
  local sums
  read -ra sums < <("$PYTHON" tools/count.py log "$log" "$status")
  add "$name" "${sums[@]}"
  if [ "${sums[1]}" -gt 0 ]; then tail -n 60 "$log" | sed 's/^/  | /'; fi
}

sum_up() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}

build_release() { configure build/release -Dtests=false && compile build/release; }

habit_build() {
  need build
  say "compiling into build/release"
  build_release
}

habit_demo() {
  need build
  build_release
  tools/demo "$@"
}

build_asan() {
  CC=${CC:-gcc} configure build/asan -Db_sanitize=address,undefined -Doptimization=1 -Dbench=false && compile build/asan
}
build_clang() { CC=clang configure build/clang -Doptimization=0 && compile build/clang; }

# meson_tests [NAME...]: runs the tests that the build knows and prints one line a suite.
meson_tests() {
  rm -f build/asan/meson-logs/testlog.json
  meson test -C build/asan --no-rebuild "$@" >build/log/meson.log 2>&1 </dev/null || true
  if ! [ -s build/asan/meson-logs/testlog.json ]; then tail -n 5 build/log/meson.log; add "${*:-tests}" 0 1; return; fi
  local suite good bad
  while read -r suite good bad; do add "$suite" "$good" "$bad"; done \
    < <("$PYTHON" tools/count.py meson build/asan/meson-logs/testlog.json)
  "$PYTHON" tools/count.py words build/asan/meson-logs/testlog.json
}

habit_test() {
  need build test
  say "compiling into build/asan, running ${*:-every test} under ASan and UBSan"
  mkdir -p build/log
  export INGAM="$PWD/build/asan/ingam" PYTHONDONTWRITEBYTECODE=1
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  if INGAM_SERVERS=$(tools/servers); then export INGAM_SERVERS; else unset INGAM_SERVERS; say "no name servers could be fetched: tests that need one are skipped"; fi
  if [ -d ../shared/testdata ]; then INGAM_TESTDATA=$(cd ../shared/testdata && pwd); export INGAM_TESTDATA; fi
  if ! build_asan; then add compile-gcc 0 1; sum_up; return; fi
  if [ $# -gt 0 ]; then meson_tests "$@"; sum_up; return; fi
  add compile-gcc 1 0
  meson_tests
  if compgen -G 'tests/e2e/test_*.py' >/dev/null; then
    counted e2e "$PYTHON" -m pytest -q -p no:cacheprovider tests/e2e
  fi
  counted gate tools/gate
  counted compile-clang build_clang
  sum_up
}

habit_lint() {
  need build lint
  say "checking rooms, sizes, calls, format and both analyzers; words of a failed check follow its line"
  counted compile-release build_release
  counted rooms "$PYTHON" tools/rooms.py
  counted text "$PYTHON" tools/text.py
  counted sizes "$PYTHON" tools/sizes.py
  counted calls "$PYTHON" tools/calls.py
  counted codes "$PYTHON" tools/codes.py
  counted pure "$PYTHON" tools/pure.py build/release
  counted format tools/analyze format
  counted cppcheck tools/analyze cppcheck
  counted clang-tidy tools/analyze clang-tidy
  counted fanalyzer tools/analyze fanalyzer
  counted wasm tools/wasm
  counted unit tools/unit
  sum_up
}

habit_format() {
  need format
  say "formatting every C file"
  git ls-files -z --cached --others --exclude-standard '*.c' '*.h' | xargs -0 -r clang-format -i
}

# fuzz_one SECONDS TARGET: its output goes to build/log/TARGET.fuzz, its exit status to TARGET.status.
fuzz_one() {
  local work=build/fuzz/corpus/$2 words=() seeds=() status=0
  mkdir -p "$work" build/fuzz/found
  if [ -f "fuzz/dict/$2.dict" ]; then words=("-dict=fuzz/dict/$2.dict"); fi
  if [ -d "fuzz/seeds/$2" ]; then seeds=("fuzz/seeds/$2"); fi
  "build/fuzz/fuzz/$2" "-max_total_time=$1" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    "-artifact_prefix=build/fuzz/found/$2-" "${words[@]}" "$work" "${seeds[@]}" >"build/log/$2.fuzz" 2>&1 </dev/null \
    || status=$?
  echo "$status" >"build/log/$2.status"
}
fuzz_outcome() { cat "build/log/$1.fuzz"; return "$(cat "build/log/$1.status")"; }

build_fuzz() {
  CC=clang configure build/fuzz -Dfuzz=true -Dtests=false -Db_sanitize=address,undefined -Doptimization=1 \
    && compile build/fuzz
}

habit_fuzz() {
  need build fuzz
  local seconds=${1:-20} only=${2:-} target targets=() lanes
  say "compiling into build/fuzz with clang, then $seconds s for ${only:-each target}; findings go to build/fuzz/found"
  if ! build_fuzz; then add compile-fuzz 0 1; sum_up; return; fi
  mkdir -p build/log
  mapfile -t targets < <(find build/fuzz/fuzz -maxdepth 1 -type f -perm -u+x -name "${only:-*}" -printf '%f\n' | sort)
  if [ ${#targets[@]} = 0 ]; then add "fuzz-${only:-none}" 0 1; sum_up; return; fi
  lanes=$(nproc 2>/dev/null || echo 2)
  for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$lanes" ]; do wait -n || true; done
    fuzz_one "$seconds" "$target" &
  done
  wait
  for target in "${targets[@]}"; do counted "fuzz-$target" fuzz_outcome "$target"; done
  sum_up
}

# build_bench: the measuring programs too, in build/release/bench; those that need peers only where these are.
build_bench() {
  configure build/release -Dtests=false
  if ! [ -f build/release/.with-bench ]; then
    meson configure build/release -Dbench=true && touch build/release/.with-bench
  fi
  compile build/release
}

habit_bench() {
  need build bench
  say "compiling into build/release, then measuring"
  build_bench
  bench/run "$@"
}

habit_spec() {
  need build
  "$PYTHON" tools/spec.py "$@"
}

habit_deb() {
  need build deb
  say "building packages of what is committed"
  tools/deb
}

habit_cover() {
  need build test cover
  say "running the tests in build/cover and counting what they reach"
  configure build/cover -Db_coverage=true -Doptimization=0 && compile build/cover
  mkdir -p build/log
  meson test -C build/cover --no-rebuild >build/log/cover.log 2>&1 </dev/null || say "some tests failed: build/log/cover.log"
  if compgen -G 'tests/e2e/test_*.py' >/dev/null; then
    INGAM="$PWD/build/cover/ingam" "$PYTHON" -m pytest -q -p no:cacheprovider tests/e2e >>build/log/cover.log 2>&1 || true
  fi
  gcovr -r . --object-directory build/cover --filter 'lib/' --filter 'io/' --filter 'cli/' --print-summary
}

habit_clean() {
  say "removing build/"
  rm -rf build
}
