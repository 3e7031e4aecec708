#!/bin/bash
# Builds oneTBB and the runtime with ThreadSanitizer and runs the runtime's tests and a pipeline with them. The
# distribution's oneTBB is not built with it, so its synchronisation goes unseen and reports are false.
#
#   tests/thread_sanitizer.sh [PATTERN]       tests whose names match (ctest -R); without it, those of the runtime
#
# Needs what ./ipet test installs, and dpkg-dev with deb-src entries for `apt-get source onetbb`, or its sources in
# THREAD_SANITIZER/onetbb. THREAD_SANITIZER=FOLDER keeps what was built (default /var/tmp/ipet-thread-sanitizer). Not in
# CI: a quarter of an hour of processor time. Exit code: 0 without reports, 1 with any; they lie in FOLDER/reports.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
store=${THREAD_SANITIZER:-/var/tmp/ipet-thread-sanitizer}
pattern=${1:-'^(run|plan|catalog|process|traffic|windows|defence|unison|capture)$'}
mkdir -p "$store/reports"
rm -f "$store"/reports/*

if [ ! -d "$store/onetbb" ]; then
  (cd "$store" && apt-get source onetbb && mv onetbb-*/ onetbb)
fi
if [ ! -d "$store/installed" ]; then
  cmake -S "$store/onetbb" -B "$store/build-tbb" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTBB_SANITIZE=thread \
    -DTBB_TEST=OFF -DTBB_STRICT=OFF -DCMAKE_INSTALL_PREFIX="$store/installed"
  cmake --build "$store/build-tbb"
  cmake --install "$store/build-tbb"
fi

export CMAKE_PREFIX_PATH=$store/installed
cmake -S "$top" -B "$store/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-g1 -DIPET_SANITIZE=thread \
  -DIPET_TESTS=ON -DIPET_BENCH=OFF
programs=$(cd "$store/build" && ctest -N -R "$pattern" | sed -n 's/^ *Test *#[0-9]*: \(.*\)/test_\1/p')
# shellcheck disable=SC2086
cmake --build "$store/build" --target $programs ipet plugin_traffic_synthesizer plugin_pcap_reader plugin_device_splitter \
  plugin_windowing plugin_mixer plugin_unison plugin_netflow plugin_hdf5_writer plugin_csv_writer

# A report does not end the process: all of them are wanted.
export TSAN_OPTIONS="log_path=$store/reports/report exitcode=0 history_size=4"
status=0
ctest --test-dir "$store/build" -R "$pattern" --output-on-failure || status=1
cat >"$store/pipeline.toml" <<PIPELINE
schema = 1
[run]
output = "$store/results"
[stages.home]
plugin = "traffic_synthesizer"
options = { home = "$top/datasets/synthetic-home/home.toml", duration_seconds = 600, captures = 4 }
[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "$store/results/captures/devices.toml"
[stages.mixed]
plugin = "mixer"
inputs.packets = "devices.packets"
options.defence = "netflow"
[stages.together]
plugin = "mixer"
inputs.packets = "devices.packets"
options.defence = "unison"
[stages.windows]
plugin = "windowing"
inputs = "mixed.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows", "mixed.packets"]
options.file = "$store/results/all.h5"
[stages.lines]
plugin = "hdf5_writer"
inputs = ["together.packets"]
options.file = "$store/results/lines.h5"
PIPELINE
"$store/build/bin/ipet" run "$store/pipeline.toml" -j 4 || status=1
reports=$(cat "$store"/reports/* 2>/dev/null | grep -c 'WARNING: ThreadSanitizer' || true)
echo "thread_sanitizer: $reports reports"
cat "$store"/reports/* 2>/dev/null | grep 'SUMMARY: ThreadSanitizer' | sort | uniq -c | sort -rn || true
[ "$reports" = 0 ] && exit $status
exit 1
