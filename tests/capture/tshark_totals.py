#!/usr/bin/python3
"""Writes what tshark says of each device's traffic: packets, payload bytes, first and last time per capture.

  tests/capture/tshark_totals.py ../shared/data/cset21-home > tests/capture/cset21-home.csv
  tests/capture/tshark_totals.py ../shared/data/iot-sentinel > tests/capture/iot-sentinel.csv

It shares no code with ipet: tshark decodes, this adds up. For each capture it runs

  tshark -r CAPTURE -o ip.defragment:FALSE -o ipv6.defragment:FALSE -Y "(tcp or udp) and not icmp and not icmpv6"
         -T fields -e frame.time_epoch -e eth.src -e eth.dst -e ip.src -e ip.dst -e ipv6.src -e ipv6.dst
         -e tcp.len -e udp.length

Counted (stages/traffic/README.md): exactly one end in the local networks, none that no router forwards (link-local,
loopback, unspecified), no multicast or broadcast, payload above 0
(payload: tcp.len, or udp.length less 8). Times are nanoseconds since the epoch, as integers.
"""
import fnmatch
import ipaddress
import pathlib
import subprocess
import sys
import tomllib

FIELDS = ["frame.time_epoch", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.len", "udp.length"]


def rows(capture):
    command = ["tshark", "-r", str(capture), "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
               "-Y", "(tcp or udp) and not icmp and not icmpv6", "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


def main():
    folder = pathlib.Path(sys.argv[1])
    with open(folder / "devices.toml", "rb") as file:
        devices = tomllib.load(file)
    networks = [ipaddress.ip_network(text) for text in devices["local_networks"]]

    def local(address):
        return any(address.version == n.version and address in n for n in networks)

    # No router forwards these (RFC 6890).
    link_only = [ipaddress.ip_network(text) for text in
                 ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/128", "::1/128", "fe80::/10")]

    def on_link(address):
        return any(address.version == n.version and address in n for n in link_only)

    def cast(address):
        return address.is_multicast or str(address) == "255.255.255.255"

    print("capture,device,packets,payload_bytes,first_ns,last_ns")
    for capture in sorted(folder.rglob("*.pcap")):
        name = capture.relative_to(folder).as_posix()
        candidates = [d for d in devices["device"] if "captures" not in d or fnmatch.fnmatchcase(name, d["captures"])]
        totals = {}
        for row in rows(capture):
            source = ipaddress.ip_address(row["ip.src"] or row["ipv6.src"])
            destination = ipaddress.ip_address(row["ip.dst"] or row["ipv6.dst"])
            if local(source) == local(destination) or cast(source) or cast(destination):
                continue
            if on_link(source) or on_link(destination):
                continue
            if int(row["eth.dst"][:2], 16) & 1:
                continue
            size = int(row["tcp.len"]) if row["tcp.len"] else int(row["udp.length"] or 0) - 8
            if size <= 0:
                continue
            end = str(source if local(source) else destination)
            owners = [d["name"] for d in candidates
                      if ("mac" not in d or d["mac"] in (row["eth.src"], row["eth.dst"]))
                      and ("ip" not in d or end in d["ip"])]
            if not owners:
                continue
            assert len(owners) == 1, (name, owners)
            seconds, fraction = row["frame.time_epoch"].split(".")
            time = int(seconds) * 10**9 + int(fraction.ljust(9, "0"))
            packets, size_sum, first, last = totals.get(owners[0], (0, 0, time, time))
            totals[owners[0]] = (packets + 1, size_sum + size, min(first, time), max(last, time))
        for device in sorted(totals):
            print(name, device, *totals[device], sep=",")


main()
