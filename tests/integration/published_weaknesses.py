"""What defeats the published defence, measured on the result of pipelines/published.toml (stages/comparison/RESULTS.md "The
published defence").

    /usr/bin/python3 tests/integration/published_weaknesses.py RUN/ipet.h5

Nothing here uses the dummy flags but to count how right the filter was.
"""
import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from result_tables import table

SECOND = 1_000_000_000
HEADERS = 42  # Ethernet, IPv4 and UDP, bytes per dummy


def periods(time):
    """Number of the active period of each packet: a new one begins after a second without any packet, since the
    schedule fills active time with dummies."""
    return np.concatenate([[0], np.cumsum(np.diff(time) > SECOND)])


def looks_like_dummy(table, half_slot):
    """At most 100 bytes, and on a grid of half slots: two more packets within five seconds of each other are a whole
    number of half slots away, to the nanosecond."""
    time = table["time_ns"]
    phase = time % half_slot
    order = np.lexsort((time, phase))
    joined = (np.diff(phase[order]) == 0) & (np.diff(time[order]) <= 5 * SECOND)
    number = np.concatenate([[0], np.cumsum(~joined)])
    named = np.zeros(len(time), bool)
    # The first of a run is the user packet that the grid begins at.
    named[order] = (np.bincount(number)[number] >= 3) & np.concatenate([[False], joined])
    return named & (table["size"] <= 100)


def dummy_filter(file, omega):
    half_slot = round(omega * SECOND / 2)
    dummies = caught = users = lost = active = payload = 0
    for capture in file["mixed"].values():
        for device in capture.values():
            rows = table(device)
            if len(rows) == 0:
                continue
            dummy = rows["dummy"].astype(bool)
            named = looks_like_dummy(rows, half_slot)
            dummies += dummy.sum()
            caught += (dummy & named).sum()
            users += (~dummy).sum()
            lost += (~dummy & named).sum()
            payload += rows["size"][dummy].sum(dtype=np.int64)
            number = periods(rows["time_ns"])
            first = np.flatnonzero(np.concatenate([[True], np.diff(number) > 0]))
            last = np.append(first[1:] - 1, len(rows) - 1)
            covered = np.bincount(number, weights=dummy) > 0
            active += (rows["time_ns"][last] - rows["time_ns"][first])[covered].sum() / SECOND
    return dummies, caught, users, lost, active, payload


def macro_f1(truth, named, classes):
    scores = []
    for c in range(classes):
        if not (truth == c).any():
            continue
        hit = ((truth == c) & (named == c)).sum()
        both = (truth == c).sum() + (named == c).sum()
        scores.append(2 * hit / both)
    return np.mean(scores)


def silence_alone(group, neighbours=11, seed=1):
    """Names devices by the silence before a window and nothing else: the most frequent device among the 11 training
    windows with the nearest silence, on 70/30 shuffled windows, as the publication divides them."""
    silence, device = group["silence"][:], group["device"][:].astype(int)
    order = np.random.default_rng(seed).permutation(len(device))
    train, test = np.split(order, [int(0.7 * len(order))])
    train = train[np.argsort(silence[train], kind="stable")]
    centre = np.searchsorted(silence[train], silence[test])
    first = np.clip(centre - neighbours // 2, 0, max(len(train) - neighbours, 0))
    near = device[train][np.minimum(first[:, None] + np.arange(neighbours), len(train) - 1)]
    classes = device.max() + 1
    named = np.stack([(near == c).sum(axis=1) for c in range(classes)]).argmax(axis=0)
    majority = np.bincount(device[test]).max() / len(test)
    return (named == device[test]).mean(), macro_f1(device[test], named, classes), majority


def print_scores(file):
    print(f"{'defence':<44} {'attacker':<16} {'accuracy':>8} {'macro F1':>8}")
    for row in table(file["evaluation/scores"]):
        print(f"{row['defence'].decode():<44} {row['attacker'].decode():<16} {row['accuracy']:8.2f} {row['macro_f1']:8.2f}")


def main():
    with h5py.File(sys.argv[1], "r") as file:
        dummies, caught, users, lost, active, payload = dummy_filter(file, float(file["windows"].attrs["omega"]))
        print(f"A filter on the grid of half slots and sizes up to 100 bytes names {caught / max(dummies, 1):.2%} of "
              f"{dummies} dummies and {lost / max(users, 1):.2%} of {users} user packets.")
        print(f"While a device is active its cover is {payload / max(active, 1e-9):.0f} B/s of payload in "
              f"{dummies / max(active, 1e-9):.0f} packets/s, which is "
              f"{(payload + HEADERS * dummies) / max(active, 1e-9):.0f} B/s with headers.")
        for name in ("windows", "defended_windows"):
            accuracy, f1, majority = silence_alone(file[name])
            print(f"Silence alone, /{name}: accuracy {accuracy:.2f}, macro F1 {f1:.2f} (majority {majority:.2f}).")
        print()
        print_scores(file)


if __name__ == "__main__":
    main()
