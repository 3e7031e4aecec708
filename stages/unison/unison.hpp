// Every line of a set carries every member's packets, live (stages/unison/README.md).
//
// Each user packet of a member is an event. Its copies, the user's own packet among them, leave back to back,
// one on each line of the set, in an order of lines that is shuffled anew for each event. Events leave in the
// order in which they come; one waits until the copies of those before it have left.
//
// What is equal by construction, on all lines of a set, over any stretch of time in which the set is the
// same: how many packets there are, and at every index their sizes and directions (and protocols). Times at
// an index differ by (members - 1) transmission times of that packet at most, and which line comes first is
// uniform and independent of whose packet it is. So nothing that a passive observer of the lines sees depends
// on which device is behind which line, whatever classifier it uses, on whatever day.
//
// What is not: which lines form a set, how many members it has, and all that the members do together (which
// products are there, when somebody uses them, how much is sent): one line tells it as well as all of them.
// Nor does it hold against who acts: who drops packets of one line and watches for retransmissions learns
// whose they were. With Transfers::alone, not for lines and minutes that are counted as exposed.
//
// On top of that, by option: decoys, imitated events of the members, and phantoms, whole imitated devices. A
// packet of theirs is an event as any other, whose copies are all dummies: of a decoy on the lines of its
// device's set, of a phantom on those of the set that it is named in, or of the first one. They know nothing
// of user packets, which are later by the transmission times of such copies before them at most.
//
// Here one queue serves both directions, so that the order is the same over both. A gateway copies what goes
// out and a relay what comes in: there it is for each direction alone, and the two interleave within the
// differences of times above.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/unison/unison_options.hpp"

namespace ipet::defence {

/// How long a packet of so many bytes on the wire, headers included, takes on a link of so many Mbit/s.
traffic::Nanoseconds transmission_time(std::uint64_t wire_bytes, double link_rate);

/// Sets that are planned by what past days tell, for all lines of a run.
class PlannedSets;
/// What is imitated on them.
class Cover;

class Unison : public Defence {
 public:
  using Options = UnisonOptions;
  explicit Unison(UnisonOptions options);

  [[nodiscard]] bool delays() const override { return true; }
  [[nodiscard]] bool groups() const override { return true; }
  /// Throws std::runtime_error where sets are to be planned by a budget, or devices to be imitated, and the
  /// resource "pool" is not there or does not have them.
  void check(const Resources& resources) const override;
  /// The sets, after the last day of the pool where they are planned, and what the link makes of the times.
  [[nodiscard]] std::vector<std::string> report(const Resources& resources) const override;
  [[nodiscard]] traffic::Nanoseconds ready_from(const Resources& resources) const override;
  [[nodiscard]] std::unique_ptr<Group> group(const Resources& resources,
                                             std::span<const Line> lines) const override;

 private:
  [[nodiscard]] bool plans() const { return options_.sets.empty() && options_.budget > 0; }
  [[nodiscard]] std::shared_ptr<const PlannedSets> planned(const Resources& resources) const;
  [[nodiscard]] std::shared_ptr<const Cover> cover(const Resources& resources) const;

  UnisonOptions options_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const PlannedSets> planned_;  ///< of the pool that was used last
  mutable std::shared_ptr<const Cover> cover_;          ///< likewise
};

}  // namespace ipet::defence
