"""The live gateway in namespaces with real WireGuard tunnels: what a user sends arrives, and what an eavesdropper on the wire sees."""

import collections
import pathlib
import socket
import sys
import time
import unittest

import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "live"))
import network  # noqa: E402
from ends import Ends, Inside, Users  # noqa: E402

REASON = network.lacking()
HANDSHAKES = {148, 92}  # initiation and response (WireGuard: Next Generation Kernel Network Tunnel, section 5.4)
KEEPALIVE = 32


def data_of(line):
    """Sizes by direction, without handshakes, in the order of the wire."""
    return {way: [size for _, each, size in line if each == way and size not in HANDSHAKES] for way in ("out", "in")}


@unittest.skipIf(REASON, REASON)
class Gateway(unittest.TestCase):
    def test_unison_in_the_path_gives_all_lines_the_same_packets_and_users_their_bytes(self):
        with network.Network(devices=3, lines=3, mode="path") as net:
            ends = Ends(net, '{ name = "unison", link_rate = 50 }').start()
            ends.await_lines()
            users = Users(net)
            with network.Watch(net) as watch:
                users.send(400, 3)
                arrived = users.collect()
                for upwards in (True, False):
                    network.transfer(net, 1, socket.AF_INET, 200_000, upwards)
                network.transfer(net, 2, socket.AF_INET6, 50_000, True)
                time.sleep(1)
            self.assertTrue(arrived, users.missing())
            lines = [data_of(watch.line(net, line)) for line in range(3)]
            for way in ("out", "in"):
                sizes = [[size for size in line[way] if size != KEEPALIVE] for line in lines]
                self.assertGreater(len(sizes[0]), 400)
                for other in sizes[1:]:
                    self.assertEqual(collections.Counter(other), collections.Counter(sizes[0]))
                    self.assertEqual(other, sizes[0])
            self.assertEqual(ends.stop(), [0, 0], ends.log("gateway") + ends.log("relay"))
            self.assertIn(" info gateway: all_up: the other end answers on 3 of 3 lines\n", ends.log("gateway"))
            self.assertNotIn("is no tunnel", ends.log("gateway") + ends.log("relay"))

    def test_cover_beside_the_path_leaves_users_alone_and_they_stay_on_line_without_us(self):
        with network.Network(devices=3, lines=3, mode="beside") as net:
            ends = Ends(net, '{ name = "netflow", shortest = 0.02, longest = 0.06 }').start()
            ends.await_lines()
            users = Users(net)
            insides = {(line, way): Inside(net, place, line) for line in range(3) for way, place in (("out", "gateway"), ("in", "relay"))}
            with network.Watch(net) as watch:
                users.send(300, 3)
                arrived = users.collect()
                time.sleep(1)
            self.assertTrue(arrived, users.missing())
            for (line, way), inside in insides.items():
                kinds = collections.Counter(kind for kind, _ in inside.end())
                self.assertEqual(kinds["user"], len(users.sent[line, way]))  # what passes is the users', and nothing was added to it
                self.assertGreater(kinds["dummy"], 20, (line, way))          # a dummy in each 20 to 60 ms of silence
                seen = sum(each == way and size not in HANDSHAKES | {KEEPALIVE} for _, each, size in watch.line(net, line))
                self.assertGreaterEqual(seen, kinds["user"] + kinds["dummy"] - 5)  # those at the begin and the end
            ends.stop(number=9)
            users.send(50, 0.5, seed=2)
            self.assertTrue(users.collect(), users.missing())


if __name__ == "__main__":
    support.main()
