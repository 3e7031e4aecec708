#!/bin/bash
# Runs each verb of ./ipet once on a machine that has nothing: an empty Debian root with a clean clone of this commit,
# in which ./ipet must install what it needs by itself. Says what failed, and which tests were skipped.
#
#   sudo tests/fresh_machine.sh [SUITE [VERB...]]       bookworm (Debian 12) when no suite is named; trixie is 13
#
# Needs root, debootstrap, git, overlayfs and the network; about 6 GB and, the first time, an hour on two cores.
# The verb `package`, which must be named, installs FRESH_MACHINE_PACKAGE=FILE.deb (of cpack) and runs the quickstart, without
# sources. Every verb gets a machine of its own; with FRESH_MACHINE_SHARED=1 those that install the same packages share one, and
# packages and program are installed and built once for all of them.
# FRESH_MACHINE=FOLDER keeps the bare root, packages, compiled objects and logs from call to call (default
# /var/tmp/ipet-fresh-machine); FRESH_MACHINE_MIRROR names another mirror; what apt.conf here says about reaching it
# holds there, too. Exit code: 0, or 1 when a verb failed.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
suite=${1:-bookworm}
[ $# -eq 0 ] || shift
all=(help list inspect validate plan graph run bench fuzz lint test)
verbs=("$@")
[ $# -gt 0 ] || verbs=("${all[@]}")
store=${FRESH_MACHINE:-/var/tmp/ipet-fresh-machine}
mirror=${FRESH_MACHINE_MIRROR:-http://deb.debian.org/debian}

die() { echo "fresh_machine: $*" >&2; exit 2; }

for verb in "${verbs[@]}"; do
  case " ${all[*]} package " in *" $verb "*) ;; *) die "there is no verb '$verb'; there are: ${all[*]}" ;; esac
done
case " ${verbs[*]} " in
  *" package "*) [ -f "${FRESH_MACHINE_PACKAGE:-}" ] || die "package: FRESH_MACHINE_PACKAGE names no file: cpack --config build/release/CPackConfig.cmake" ;;
esac
[ "$(id -u)" = 0 ] || die "run as root: it makes a root folder and mounts"
for tool in debootstrap git unshare setpriv; do
  command -v $tool >/dev/null || die "needs $tool: apt-get install debootstrap git util-linux"
done
# Processes and mounts of a name space of its own end with this script, however it ends: unshare blocks all signals but
# SIGKILL, and a shell heeds none before its command has ended (apt-get may take minutes).
if [ "${FRESH_MACHINE_INSIDE:-}" != 1 ]; then
  FRESH_MACHINE_INSIDE=1 nice -n 15 setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child \
    "$0" "$suite" "${verbs[@]}" &
  trap 'kill -KILL $!; exit 130' INT TERM HUP
  wait $!
  exit
fi

bare=$store/$suite
machine=$store/machine
home=/srv/user    # inside the machine
clone=/srv/ipet
mkdir -p "$store/packages-$suite" "$store/objects-$suite" "$store/logs" "$machine"
exec 8>"$store/.lock"
flock -n 8 || die "another one works in $store: wait for it, or name another folder (FRESH_MACHINE=FOLDER)"

make_bare() {
  [ -e "$bare/etc/debian_version" ] && [ ! -e "$bare/unfinished" ] && return
  echo "fresh_machine: making an empty $suite in $bare"
  rm -rf --one-file-system "$bare"
  mkdir -p "$bare"
  touch "$bare/unfinished"
  debootstrap --variant=minbase --cache-dir="$store/packages-$suite" "$suite" "$bare" "$mirror" >"$store/logs/$suite-debootstrap.log" 2>&1 ||
    { tail -3 "$store/logs/$suite-debootstrap.log" >&2; die "debootstrap failed"; }
  apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries)' >"$bare/etc/apt/apt.conf.d/99host" || true
  echo force-unsafe-io >"$bare/etc/dpkg/dpkg.cfg.d/unsafe-io"   # not safer than needed for a day
  rm -f "$bare/etc/apt/apt.conf.d/docker-clean" "$bare/unfinished"
}

# An empty machine: nothing that the last one did is there.
boot() {  # FOR WHICH PACKAGES
  rm -rf --one-file-system "$store/changes" "$store/work"
  mkdir "$store/changes" "$store/work"
  mount -t overlay overlay -o "lowerdir=$bare,upperdir=$store/changes,workdir=$store/work" "$machine"
  mount -t proc proc "$machine/proc"
  mount --rbind /sys "$machine/sys"
  mount --rbind /dev "$machine/dev"
  cp -L /etc/resolv.conf /etc/hosts "$machine/etc/"
  mkdir -p "$machine/var/cache/apt/archives" "$machine$home/.cache/ccache" "$machine$clone"
  mount --bind "$store/packages-$suite" "$machine/var/cache/apt/archives"
  mount --bind "$store/objects-$suite" "$machine$home/.cache/ccache"
  if [ "$1" = package ]; then
    cp "$FRESH_MACHINE_PACKAGE" "$machine$home/ipet.deb"
    printf '%s\n' 'apt-get update -qq' "apt-get install -y -qq --no-install-recommends $home/ipet.deb" \
      'ipet run pipelines/quickstart.toml' >"$machine$home/try.sh"
  else
    git -C "$top" archive --format=tar HEAD | tar -x -C "$machine$clone"
  fi
}

shut_down() {
  [ -n "$booted" ] || return 0
  # What apt has started may hold a file for a moment.
  { umount -R "$machine" 2>/dev/null || { sleep 3; umount -R -l "$machine"; }; } && rm -rf --one-file-system "$store/changes" "$store/work"
  booted=
}

# Verbs with packages of their own never share.
machine_for() {  # VERB
  local packages=build
  case $1 in bench | fuzz | lint | package | test) packages=$1 ;; esac
  [ "${FRESH_MACHINE_SHARED:-}" != 1 ] || [ "$booted" != "$packages" ] || return 0
  shut_down
  boot "$packages"
  booted=$packages
}

# Only these variables are set. IPET_WERROR as for whoever called this: CI's flags are not a user's.
inside() {
  chroot "$machine" env -i --chdir="$clone" HOME="$home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    TERM=dumb LANG=C.UTF-8 IPET_WERROR="${IPET_WERROR:-}" "$@"
}

# ./ipet lint has no clang 14 but where Debian has it: then it looks at nothing and says so.
has_our_clang() { [ "$suite" = bookworm ]; }
code_of() { if [ "$1" = lint ] && ! has_our_clang; then echo 77; else echo 0; fi; }

# The command of a verb, and a text that its output must have.
words_of() {
  case $1 in
    help) echo "./ipet --help" ;;
    list) echo "./ipet list" ;;
    inspect) echo "./ipet inspect windowing" ;;
    validate) echo "./ipet validate pipelines/quickstart.toml" ;;
    plan) echo "./ipet plan pipelines/quickstart.toml" ;;
    graph) echo "./ipet graph pipelines/quickstart.toml" ;;
    run) echo "./ipet run pipelines/quickstart.toml" ;;
    bench) echo "./ipet bench --quick --json figures.json" ;;
    fuzz) echo "./ipet fuzz --minutes 1" ;;
    lint) echo "./ipet lint" ;;
    test) echo "./ipet test" ;;
    package) echo "sh -e $home/try.sh" ;;
  esac
}
expected_of() {
  case $1 in
    help) echo "validate" ;;
    list) echo "pcap_reader" ;;
    inspect) echo "device_packets" ;;
    validate) echo "quickstart.toml" ;;
    plan) echo "discriminator" ;;
    graph) echo "flowchart" ;;
    run | package) echo "retrained lstm" ;;
    bench) echo "Cost against work" ;;
    fuzz) echo "lines of its reader reached" ;;
    lint) if has_our_clang; then echo " files, 0 to be written anew"; else echo "there is no clang-format 14"; fi ;;
    test) echo "100% tests passed" ;;
  esac
}

# What a verb must leave behind, beside its words.
left_behind() {
  case $1 in
    run | package) [ -s "$machine$clone/runs/quickstart/ipet.h5" ] ;;
    bench) [ -s "$machine$clone/figures.json" ] && ! grep -q FAILED "$2" ;;
    *) true ;;
  esac
}

try() {
  local verb=$1 log=$store/logs/$suite-$1.log code=0 begin=$SECONDS result=passed
  machine_for "$verb"
  # The list of words is split on purpose.
  # shellcheck disable=SC2046
  inside $(words_of "$verb") >"$log" 2>&1 </dev/null || code=$?
  if [ $code != "$(code_of "$verb")" ]; then
    result="FAILED: exit code $code"
  elif ! grep -qF "$(expected_of "$verb")" "$log"; then
    result="FAILED: its output has no '$(expected_of "$verb")'"
  elif ! left_behind "$verb" "$log"; then
    result="FAILED: what it should leave is missing"
  fi
  printf '%-10s %-9s %6d s  %s\n' "$suite" "$verb" $((SECONDS - begin)) "$result"
  if [ "$result" = passed ]; then
    grep -E 'tests passed|\(Skipped\)|Total Test time' "$log" | sed 's/^/    /' || true
  else
    echo "  $log ends:"
    tail -25 "$log" | sed 's/^/    /'
    failed="$failed $verb"
  fi
}

git -C "$top" diff --quiet HEAD || echo "fresh_machine: what is not committed is left out"
make_bare
failed=
booted=
for verb in "${verbs[@]}"; do try "$verb"; done
shut_down
[ -z "$failed" ] || { echo "fresh_machine: $suite:$failed failed"; exit 1; }
echo "fresh_machine: $suite: every verb works on a fresh machine"
