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
  meson test -C build/asan --no-rebuild "$@" >build/log/meson.log 2>&1 </dev/null || true
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
  if ! build_asan; then add compile-gcc 0 1; sum_up; return; fi
  if [ $# -gt 0 ]; then meson_tests "$@"; sum_up; return; fi
  add compile-gcc 1 0
  meson_tests
  if compgen -G 'tests/e2e/test_*.py' >/dev/null; then
    counted e2e "$PYTHON" -m pytest -q -p no:cacheprovider tests/e2e
  fi
  if [ -x tools/gate ]; then counted gate tools/gate; fi
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
  counted pure "$PYTHON" tools/pure.py build/release
  counted format tools/analyze format
  counted cppcheck tools/analyze cppcheck
  counted clang-tidy tools/analyze clang-tidy
  counted fanalyzer tools/analyze fanalyzer
  counted wasm tools/wasm
  sum_up
}

habit_format() {
  need format
  say "formatting every C file"
  git ls-files -z --cached --others --exclude-standard '*.c' '*.h' | xargs -0 -r clang-format -i
}

fuzz_one() { # fuzz_one SECONDS TARGET
  local work=build/fuzz/corpus/$2 words=() seeds=()
  mkdir -p "$work" build/fuzz/found
  if [ -f "fuzz/dict/$2.dict" ]; then words=("-dict=fuzz/dict/$2.dict"); fi
  if [ -d "fuzz/seeds/$2" ]; then seeds=("fuzz/seeds/$2"); fi
  "build/fuzz/fuzz/$2" "-max_total_time=$1" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    "-artifact_prefix=build/fuzz/found/$2-" "${words[@]}" "$work" "${seeds[@]}"
}

habit_fuzz() {
  need build fuzz
  local seconds=${1:-20} target targets
  say "compiling into build/fuzz with clang, then $seconds s for ${2:-each target}; findings go to build/fuzz/found"
  if ! { CC=clang configure build/fuzz -Dfuzz=true -Dtests=false -Db_sanitize=address,undefined -Doptimization=1 \
    && compile build/fuzz; }; then add compile-fuzz 0 1; sum_up; return; fi
  targets=$(cd build/fuzz/fuzz && find . -maxdepth 1 -type f -perm -u+x -printf '%f\n' | sort)
  for target in $targets; do
    if [ $# -lt 2 ] || [ "$2" = "$target" ]; then counted "fuzz-$target" fuzz_one "$seconds" "$target"; fi
  done
  if [ $((passed + failed)) = 0 ]; then add "fuzz-${2:-none}" 0 1; fi
  sum_up
}

habit_bench() {
  need build bench
  say "compiling into build/bench, then measuring"
  configure build/bench -Dbench=true -Dtests=false && compile build/bench
  bench/run "$@"
}

habit_spec() {
  need build
  "$PYTHON" tools/spec.py "$@"
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
  gcovr -r . --object-directory build/cover --filter 'lib/' --filter 'io/' --filter 'cli/' --sort-uncovered --branches | tail -n +4
  gcovr -r . --object-directory build/cover --filter 'lib/' --filter 'io/' --filter 'cli/' --print-summary -o /dev/null
}

habit_clean() {
  say "removing build/"
  rm -rf build
}
