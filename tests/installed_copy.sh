#!/bin/bash
# Installs what is built, moves it, and does with it what authors of plugins do: each kind of `ipet new` is built outside of the
# tree, tested, and run in a pipeline that ships by one changed line. Then faults on purpose, each of which must be answered
# with its place and the next step. Some minutes; by hand, after ./ipet build.
#
#   tests/installed_copy.sh [BUILD]       default: build/release
#
# Exit code 1 with the first thing that went otherwise.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "${1:-$top/build/release}")
work=$(mktemp -d /tmp/ipet-installed-XXXXXX)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home PATH=$work/moved/bin:$PATH
mkdir -p "$HOME" "$work/user"
cd "$work/user"

step() { printf '\n== %s\n' "$*"; }

# expect CODE TEXT COMMAND...: the command must end so and say so.
expect() {
  local code=$1 text=$2 status=0
  shift 2
  "$@" >"$work/said" 2>&1 || status=$?
  grep -E -m 3 -- "$text" "$work/said" || { echo "not said: $text"; tail -20 "$work/said"; exit 1; }
  [ "$status" = "$code" ] || { echo "exit code $status, not $code: $*"; tail -20 "$work/said"; exit 1; }
}

# made KIND NAME: written, built and tested.
made() {
  local began=$SECONDS
  ipet new "$1" "$2" >/dev/null
  (cd "$2" && cmake -B build >/dev/null && cmake --build build >"$work/said" 2>&1 && ctest --no-tests=error --test-dir build >>"$work/said" 2>&1) ||
    { tail -30 "$work/said"; exit 1; }
  echo "$2: written, built and tested in $((SECONDS - began)) s"
}

# again NAME FROM TO: one line of its source changed, and built.
again() {
  grep -q -F -- "$2" "$1/$1.cpp" || { echo "$1.cpp has no '$2'"; exit 1; }
  python3 - "$1/$1.cpp" "$2" "$3" <<'END'
import pathlib, sys
file = pathlib.Path(sys.argv[1])
file.write_text(file.read_text().replace(sys.argv[2], sys.argv[3], 1))
END
  cmake --build "$1/build" --target "$1" >"$work/said" 2>&1 || { tail -30 "$work/said"; exit 1; }
}

quick=(--set epochs=3 --set max_windows=60 --set training_stages=1 --set num_samples=1
       --set stages.home.options.duration_seconds=200 --set stages.home.options.captures=3)
home=(--set captures=runs/quickstart/captures --set devices=runs/quickstart/captures/devices.toml)

step "An installed copy, moved"
cmake --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/moved"
du -sh "$work/moved" | cut -f1
ipet --version
ipet doctor
ipet run pipelines/quickstart.toml --until home "${quick[@]}" >/dev/null

step "Each kind, written, built, tested, and run by one changed line"
made model my_net
ipet run pipelines/quickstart.toml "${quick[@]}" --plugins my_net/build --set model=my_net >"$work/said"
tail -3 "$work/said"
made defence my_cover
ipet run pipelines/quickstart.toml "${quick[@]}" --plugins my_cover/build --set 'stages.mixed.options.defence="my_cover"' \
  --set stages.evaluation.options.defence_name=my_cover >"$work/said"
tail -3 "$work/said"
made stage my_windows
ipet run pipelines/ingest.toml "${home[@]}" --plugins my_windows/build --set stages.windows.plugin=my_windows >"$work/said"
tail -3 "$work/said"
made attacker my_eyes
ipet run pipelines/chorus.toml "${home[@]}" --set split=capture --plugins my_eyes/build \
  --set 'stages.comparison.options.attackers=["my_eyes"]' >"$work/said"
grep -m 3 my_eyes "$work/said"

step "Found in the user's folder"
cmake --install my_cover/build >/dev/null
expect 0 "your own +1 plugin" ipet doctor
expect 0 "Dummies of one size" ipet inspect my_cover

step "A source that does not compile"
cp -r my_cover does_not_compile_of_it
sed -i 's/dummy = due_;/dummy = du_;/' does_not_compile_of_it/my_cover.cpp
rm -rf does_not_compile_of_it/build
cmake -S does_not_compile_of_it -B does_not_compile_of_it/build >/dev/null
expect 2 "my_cover.cpp:[0-9]+:[0-9]+: error: .*du_" cmake --build does_not_compile_of_it/build

step "A name that exists"
expect 2 "there already is a plugin 'lstm'" ipet new model lstm

step "A model of the wrong shape"
again my_net "torch::empty({options.width, shape.classes})" "torch::empty({options.width, shape.classes + 1})"
expect 1 "stage 'discriminator'.*my_net" ipet run pipelines/quickstart.toml "${quick[@]}" --plugins my_net/build --set model=my_net
again my_net "shape.classes + 1" "shape.classes"

step "A model that gives NaN"
again my_net "dropout(torch::tanh" "dropout(torch::log(-1 - torch::relu(torch::mm(window, hidden_))) + torch::tanh"
expect 1 "stage 'discriminator'.*my_net" ipet run pipelines/quickstart.toml "${quick[@]}" --plugins my_net/build --set model=my_net

step "A stage that throws"
again my_windows "    if (packet.size < options.least) return;" \
  '    if (packet.size > 1000) throw std::runtime_error("a packet of " + std::to_string(packet.size) + " bytes");'
expect 1 "stage 'windows' \(plugin my_windows\), key '.*', message [0-9]+: a packet of" \
  ipet run pipelines/ingest.toml "${home[@]}" --plugins my_windows/build --set stages.windows.plugin=my_windows

step "A defence whose dummies are too early"
again my_cover "due_ = {after + 1 +" "due_ = {after - 10 * traffic::second +"
expect 1 "my_cover" ipet run pipelines/quickstart.toml "${quick[@]}" --plugins my_cover/build \
  --set 'stages.mixed.options.defence="my_cover"' --set stages.evaluation.options.defence_name=my_cover

step "An attacker whose probabilities are NaN"
again my_eyes "weight / sum" "0 * weight / (sum - sum)"
expect 1 "my_eyes" ipet run pipelines/chorus.toml "${home[@]}" --set split=capture --plugins my_eyes/build \
  --set 'stages.comparison.options.attackers=["my_eyes"]'

step "Another ABI, another build"
sed -i 's/#define IPET_PLUGIN_ABI [0-9]*/#define IPET_PLUGIN_ABI 99/' "$work/moved/include/ipet/pipeline/sdk/plugin.hpp"
made_abi() { ipet new defence other_abi >/dev/null && cmake -S other_abi -B other_abi/build >/dev/null && cmake --build other_abi/build --target other_abi >/dev/null; }
made_abi
expect 3 "other_abi.so: it has plugin ABI 99, this ipet has [0-9]+; rebuild it against the headers of this ipet" \
  ipet inspect other_abi --plugins other_abi/build
expect 3 "other_abi.so: +it has plugin ABI 99" ipet doctor --plugins other_abi/build

echo
echo "installed_copy: all as it should be"
