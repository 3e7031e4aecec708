#!/bin/sh
# wireguard-go answers unanswered data with one empty packet ten seconds after the
# first of it, however much data came in those ten seconds. The flag that it keeps
# for data of that time (needAnotherKeepalive) has no effect: the empty packet,
# once it has been sent, stops the timer that the flag has just started.
#
# Version: wireguard-go=0.0.20220316-1+b4 (Debian 12), x86-64; keys by
# wireguard-tools=1.0.20210914-1+b1.
#
# Guessed, before running it: "data at 0 s and 3 s draws an empty packet at 10 s and,
# for the second one, another at 20 s".
#
# Behaviour: one at 10 s, none until 26 s.
#
# Consequence: what an observer of a tunnel sees of data that nobody answers does not
# tell one packet from many; who models the wire by the flag sends packets that
# nobody sees. Kernels were not looked at.
#
# Output seen:
#   0 s: 148 from a
#   0 s: 92 from b
#   0 s: 160 from a
#   3 s: 160 from a
#   10 s: 32 from b
#
# Needs root (network namespaces) and takes half a minute.
set -eu
umask 077
work=$(mktemp -d)
a=find_a_$$ b=find_b_$$
clean() {
  for name in $a $b; do
    ip netns pids $name 2>/dev/null | xargs -r kill 2>/dev/null || :
    ip netns del $name 2>/dev/null || :
  done
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM
cd "$work"
apt-get download wireguard-go=0.0.20220316-1+b4 wireguard-tools=1.0.20210914-1+b1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
go=root/usr/bin/wireguard-go wg=root/usr/bin/wg

for name in $a $b; do ip netns add $name; ip -n $name link set lo up; ip netns exec $name sysctl -qw net.ipv6.conf.default.disable_ipv6=1; done
ip link add va netns $a type veth peer name vb netns $b
for end in a b; do $wg genkey >$end.key; $wg pubkey <$end.key >$end.pub; done
set_up() {  # NAMESPACE END NUMBER PEER PEER'S NUMBER
  ip -n $1 address add 192.0.2.$3/24 dev v$2
  ip -n $1 link set v$2 up
  ip netns exec $1 $go -f tunnel$2 >log.$2 2>&1 &
  while ! ip -n $1 link show tunnel$2 >/dev/null 2>&1; do sleep 0.1; done
  ip netns exec $1 $wg set tunnel$2 private-key $2.key listen-port 51820 \
    peer "$(cat $4.pub)" allowed-ips 0.0.0.0/0 endpoint 192.0.2.$5:51820
  ip -n $1 address add 10.9.0.$3/24 dev tunnel$2
  ip -n $1 link set tunnel$2 mtu 1420 up
}
set_up $a a 1 b 2
set_up $b b 2 a 1

cat >watch.py <<'PYTHON'
import ctypes, os, select, socket, struct, sys, time
def enter(name):
    with open(f"/var/run/netns/{name}") as file:
        assert ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000) == 0
enter(sys.argv[2])
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)   # so that no error comes back
listener.bind(("10.9.0.2", 5000))
enter(sys.argv[1])
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind(("va", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
begin, due = time.monotonic(), [0.0, 3.0]
while time.monotonic() < begin + 26:
    if due and time.monotonic() >= begin + due[0]:
        due.pop(0)
        sender.sendto(bytes(100), ("10.9.0.2", 5000))
    if not select.select([wire], [], [], 0.02)[0]:
        continue
    frame, address = wire.recvfrom(4096)
    if frame[12:14] == b"\x08\x00" and frame[23] == 17:
        size = struct.unpack(">H", frame[38:40])[0] - 8
        print(f"{time.monotonic() - begin:.0f} s: {size} from {'a' if address[2] == 4 else 'b'}")
PYTHON
python3 watch.py $a $b | tee seen
cat >expected <<'TEXT'
0 s: 148 from a
0 s: 92 from b
0 s: 160 from a
3 s: 160 from a
10 s: 32 from b
TEXT
cmp seen expected
