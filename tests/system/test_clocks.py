"""Wrong clocks over the files of a recording and in traces: nothing is lost, no crowd of packets gets one time, and what
is said names the right file."""

import collections

import support
from test_cases_captures import PIPELINE, START, WRITTEN, Cases, capture, every

DAY, HOUR = 86_400, 3600
JOINED = ("--set", "recordings=joined")
MOVED = ("--set", "stages.capture.options.clock_steps=move")
TRACES = PIPELINE.replace('plugin = "pcap_reader"', 'plugin = "csv_reader"').replace(
    ', recordings = "${params.recordings}"', "")
HEADER = "frame.time_epoch,eth.src,eth.dst,ip.src,ip.dst,ip.proto,tcp.len,udp.length\n"
MOST_AT_ONE_TIME = 32


class Joined(Cases):
    def most_at_one_time(self):
        return max(collections.Counter((row["capture"], row["time_ns"]) for row in self.rows()).values())

    def read_days(self, *days, extra=()):
        for number, packets in enumerate(days, 1):
            self.write(f"home/day{number}.pcap", capture(*packets))
        count = sum(len(part) for packets in days for part in packets)
        said = self.assert_read(self.folder / "home", count, *JOINED, *extra)
        self.assertLessEqual(self.most_at_one_time(), MOST_AT_ONE_TIME)
        return said

    def test_a_few_wrong_times_where_a_file_ends_or_begins_are_named_and_the_files_are_joined(self):
        right = [every(0, 200)], [every(100, 200)]
        for wrong in (5, 31):
            for off in (2 * HOUR, 400 * DAY, -5 * HOUR, 1 - START):
                for of_day, place in ((0, 1), (1, 0)):
                    if (off, of_day) == (-5 * HOUR, 1):
                        continue  # five hours of silence after a few packets are nothing strange
                    days = [list(parts) for parts in right]
                    days[of_day].insert(place, every(off + 100, wrong, 0.1))
                    with self.subTest(wrong=wrong, off=off, of_day=of_day):
                        said = self.read_days(*days)
                        self.assertEqual(self.captures(), ["day1.pcap"], said)
                        self.assertIn(f"{wrong} packets of a wrong clock got the time of the packet before", said)
                        self.assertIn(f"{self.folder}/home/day{of_day + 1}.pcap: a packet at ", said)
                        self.assertNotIn(f"{self.folder}/home/day{2 - of_day}.pcap: a packet at ", said)
                        times = self.times()
                        self.assertEqual(times, sorted(times))
                        self.assertEqual((times[0], times[-1]), (0, 199.5))

    def test_many_wrong_times_where_a_file_ends_are_a_step_that_names_both_files(self):
        for off in (2 * HOUR, 400 * DAY):
            days = [every(0, 200), every(off, 40)], [every(100, 200)]
            said = self.read_days(*days)
            parts = len(self.captures())
            self.assertEqual(self.times(f"day1.pcap#{parts}"), [100 + 0.5 * i for i in range(200)])
            home = self.folder / "home"
            self.assertRegex(said, f"{home}/day2.pcap: the clock steps back by [0-9.]+ s, from .*Z to "
                             f"2023-11-14T22:15:00Z, between {home}/day1.pcap and this file")
            self.read_days(*days, extra=MOVED)
            self.assertEqual(self.captures(), ["day1.pcap"])
            times = self.times()
            self.assertEqual(times, sorted(times))
            self.assertEqual(times[-1] - times[-200], 99.5)  # day 2 as it was, later

    def test_a_step_within_the_second_file_is_said_of_that_file_alone(self):
        said = self.read_days([every(0, 100)], [every(60, 100), every(-HOUR, 100)])
        self.assertIn(f"{self.folder}/home/day2.pcap: the clock steps back by 3709.5 s, from 2023-11-14T22:15:09.5Z "
                      "to 2023-11-14T21:13:20Z\n", said)

    def test_a_file_that_begins_in_1970_keeps_its_place_between_the_others(self):
        self.read_days([every(0, 100)], [every(60 - START, 100), every(60, 100)], [every(200, 100)])
        self.assertEqual(self.captures(), ["day1.pcap", "day1.pcap#2", "day1.pcap#3"])
        self.assertEqual(self.times("day1.pcap#3"), [t + 0.5 * i for t in (60, 200) for i in range(100)])

    def test_files_that_were_recorded_at_the_same_time_are_parts_with_a_warning(self):
        said = self.read_days([every(0, 200)], [every(10, 200)])
        self.assertEqual(self.times("day1.pcap#2"), [10 + 0.5 * i for i in range(200)])
        self.assertIn('and this file; files that were recorded at the same time are recordings of their own (recordings = '
                      '"file")', said)

    def test_files_that_are_out_of_order_again_and_again_say_how_to_sort_them(self):
        parts = [every(200 * (i // 2) + 100 * (i % 2 == 0), 100) for i in range(24)]
        said = self.read_days(parts)
        self.assertIn("day1.pcap: 12 steps of the clock: if its packets are not in the order in which they came, "
                      "Wireshark's 'reordercap IN OUT'", said)

    def test_captures_are_written_with_the_parts_of_joined_files(self):
        self.write("home/day1.pcap", capture(every(0, 100), every(2 * HOUR, 40)))
        self.write("home/day2.pcap", capture(every(50, 100)))
        self.run_cases(self.folder / "home", *JOINED, pipeline=WRITTEN, check=0)
        frames = 0
        for name in ("day1.pcap", "day1.pcap#2.pcap"):
            file = self.out / "captures" / name
            frames += len(support.frames_of(file)) - len(file.with_suffix(".dummies.csv").read_text().splitlines()) + 1
        self.assertEqual(frames, 240)


class LessThanAMinute(Cases):
    def test_a_clock_set_back_gives_no_crowd_one_time(self):
        for back in (2, 5, 20, 59):
            for rate in (1, 20, 200):
                with self.subTest(back=back, rate=rate):
                    step = 1 / rate
                    path = self.write("home.pcap", capture(every(0, 400, step), every(400 * step - back, 900, step)))
                    for extra in ((), MOVED):
                        self.assert_read(path, 1300, *extra)
                        crowd = collections.Counter((row["capture"], row["time_ns"]) for row in self.rows())
                        self.assertLessEqual(max(crowd.values()), back + 1 if rate == 1 else MOST_AT_ONE_TIME)

    def test_one_packet_half_a_minute_ahead_is_named_and_all_others_stay(self):
        path = self.write("home.pcap", capture(every(0, 200, 0.1), every(50, 1), every(20, 400, 0.1)))
        said = self.assert_read(path, 601)
        self.assertEqual(self.captures(), ["home.pcap"])
        self.assertIn("home.pcap: a packet at 2023-11-14T22:14:10Z was taken for one at 2023-11-14T22:13:39.9", said)
        self.assertLess(max(collections.Counter(self.times()).values()), 3)


class Traces(Cases):
    def trace(self, *parts):
        rows = [f"{START + at:.3f},02:00:00:00:00:01,02:00:00:00:00:fe,192.168.1.10,203.0.113.5,17,,{28 + i % 200}\n"
                for i, at in enumerate(at for part in parts for at in part)]
        return self.write("home.csv", HEADER + "".join(rows))

    @staticmethod
    def at(first, count, step=0.5):
        return [first + step * i for i in range(count)]

    def test_one_future_row_leaves_the_order_of_the_others_alone(self):
        skewed = [1 + 0.05 * i - 0.3 * (i % 3 == 2) for i in range(200)]
        self.assert_read(self.trace(skewed), 200, pipeline=TRACES)
        alone = self.times()
        self.assertEqual(alone, sorted(round(t, 3) for t in skewed))
        said = self.assert_read(self.trace(skewed[:50], [400 * DAY], skewed[50:]), 201, pipeline=TRACES)
        self.assertIn("home.csv: 1 packet of a wrong clock got the time of the packet before", said)
        rest = self.times()
        self.assertEqual(len(rest), 201)
        self.assertEqual(sorted(set(rest)), sorted(set(alone)))

    def test_a_clock_set_back_begins_another_trace_or_is_moved(self):
        path = self.trace(self.at(0, 200), self.at(-3500, 2000))
        said = self.assert_read(path, 2200, pipeline=TRACES)
        self.assertEqual(self.captures(), ["home.csv", "home.csv#2"])
        self.assertEqual(self.times("home.csv#2"), self.at(-3500, 2000))
        self.assertIn(f"{path}: the clock steps back by 3599.5 s", said)
        self.assertIn("home.csv: what follows a step of the clock is a recording of its own ('home.csv#2' ...)", said)
        said = self.assert_read(path, 2200, *MOVED, pipeline=TRACES)
        self.assertEqual(self.captures(), ["home.csv"])
        self.assertEqual(len(set(self.times())), 2199)
        self.assertIn('is moved, so that time goes on (clock_steps = "move")', said)


if __name__ == "__main__":
    support.main()
