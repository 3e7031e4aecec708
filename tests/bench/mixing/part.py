"""Mixing: packets that leave the mixer, per second.

That what comes out does not depend on how the input is cut, and follows the schedules: tests/defence/mixing_*_test.cpp.
"""
from bench import Row, Series


def rows(bench):
    timing = bench.google("mixing")
    series.seconds = [timing[f"continuous/{n}"].seconds for n in (1, 2, 4, 8)]
    scaling = timing["continuous_one_core"].seconds / timing["continuous_two_cores"].seconds
    rate = timing["continuous/1"].rate
    return [
        Row(part="mixing, continuous schedule", unit="packets/s", ours=rate, at_least=10e6, two_cores=rate * scaling,
            note="Output packets. One device with a user packet a second on average and generators of 4 packets and 100 "
                 "bytes per slot at most. 1 to 2 cores: elapsed time of eight devices."),
        Row(part="mixing, ticks schedule", unit="packets/s", ours=timing["tick_schedule"].rate, at_least=10e6)]


def series(bench):
    return [Series(part="mixing, continuous schedule, one core", work="devices", seconds=series.seconds)]
