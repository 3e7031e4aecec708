// Watches the clock of a recording, packet by packet in the order of arrival, before packets are put in order
// of time.
//
// Packets come late by some milliseconds, are silent for weeks, and have wrong times: one packet from 2027, a
// clock that begins in 1970 and is set, a clock that is set back by an hour. The file does not say which.
// What decides is how many packets speak for a time. A packet *contradicts* another one when its time is more
// than `window` before that of an earlier packet, or more than `longest_gap` after it. The first packet that
// contradicts the ones before it opens a question; the packets that go on from it (the run) are held,
// bounded, until
//
// - more packets are in the run than it contradicts, and these are few: those had wrong times;
// - the times go back to where they were: the run had wrong times, or its packets were late;
// - as many packets in a row go on from neither (the rivals): the run had wrong times, and they open the
//   next question;
// - the run is `many`: the clock has stepped.
//
// A packet with a wrong time gets that of the newest packet before it. A step begins a new part of the
// recording, or what follows is moved so that time goes on. A file of a recording that begins before the one
// before it ends is a step, too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/capture/time_order.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

enum class ClockSteps : std::uint8_t {
  split,  ///< each step begins a new part of the recording
  move    ///< the times after a step are moved: the first of them is that of the last packet before
};
inline constexpr text::Word<ClockSteps> clock_step_words[] = {{"split", ClockSteps::split},
                                                              {"move", ClockSteps::move}};

class ClockWatch {
 public:
  /// Within which TimeOrder puts packets in order.
  static constexpr traffic::Nanoseconds window = TimeOrder::window;
  /// Packets that are late by up to this are late, not wrong, unless `many` of them are.
  static constexpr traffic::Nanoseconds latest = 60 * traffic::second;
  /// Longer silence is no silence: the clock was set.
  static constexpr traffic::Nanoseconds longest_gap = 30 * traffic::day;
  /// Packets in a row that are a step.
  static constexpr std::size_t many = 32;
  /// Late packets are right, and what they contradict is wrong, when they are more by this factor.
  static constexpr std::size_t late_majority = 4;
  /// In parts of a recording; later steps are moved.
  static constexpr std::uint32_t most_parts = 1000;

  /// Packets in the order of their arrival, with the times that are believed.
  struct Stretch {
    std::vector<traffic::Packet> packets;  ///< never empty
    bool ascending = false;                ///< in time
    std::uint32_t part = 0;                ///< of the recording
    traffic::Nanoseconds shift = 0;        ///< by which times in the file were moved
  };

  explicit ClockWatch(ClockSteps steps = ClockSteps::split) : steps_(steps) {}

  void push(const traffic::Packet& packet);
  /// A packet without a time: it gets that of the packet before it, or of the first that has one.
  void push_untimed(const traffic::Packet& packet);
  /// push() for each, but where nothing is wrong the vector itself goes on. `newest`: of the packets; `back`:
  /// most that one of them is older than one before it.
  void pass(std::vector<traffic::Packet>&& packets, traffic::Nanoseconds newest, traffic::Nanoseconds back);
  /// The next packet is of the next file of the recording.
  void begin_file() { file_begins_.push_back(arrived_); }
  /// After the last packet.
  void finish();

  /// What is decided since the last call.
  std::deque<Stretch> take() { return std::exchange(out_, {}); }

  [[nodiscard]] std::uint64_t wrong_times() const { return wrong_; }
  [[nodiscard]] std::uint64_t steps() const { return stepped_; }

  /// Something that is wrong with the clock.
  struct Note {
    std::size_t file = 0;    ///< where: by begin_file(), from 1
    std::size_t before = 0;  ///< of a step between two files: the one that ended; else 0
    bool overlap = false;    ///< of a step between two files: one begins before the one before it ends
    std::string text;        ///< "the clock steps back by 3600.0 s, from 2023-11-14T22:13:20Z to ..."
  };
  /// The first few.
  [[nodiscard]] const std::vector<Note>& notes() const { return notes_; }

 private:
  /// The packets that may be wrong, the newest of those that are believed so far.
  [[nodiscard]] std::vector<traffic::Packet>::iterator last_many();
  [[nodiscard]] bool fits(traffic::Nanoseconds time) const {
    return time >= newest_ - window && time <= newest_ + longest_gap;
  }
  [[nodiscard]] bool goes_on(traffic::Nanoseconds time) const {
    return time >= run_newest_ - latest && time <= run_newest_ + longest_gap;
  }
  /// A time in the file after all steps so far are taken out; the newest time where that would be none.
  [[nodiscard]] traffic::Nanoseconds moved_time(traffic::Nanoseconds time);
  void consider(const traffic::Packet& packet);
  void believe(const traffic::Packet& packet);
  void open_run(const traffic::Packet& packet);
  void extend_run(const traffic::Packet& packet);
  /// The run goes on: what came between had wrong times.
  void drop_rivals();
  /// More packets speak for the run than for what it contradicts; `at_least`: or as many.
  [[nodiscard]] bool outnumbers(bool at_least = false) const;
  /// The run was right, and what it contradicts was wrong.
  void correct_before();
  /// The run was wrong, or late.
  void close_run();
  void step();
  /// The run is settled: believes it, and looks at the rivals anew.
  void release_run();
  /// What is open after the last packet.
  void settle_run();
  void release_untimed(traffic::Nanoseconds time);
  /// Gives the believed packets away, but for the last `kept`.
  void flush(std::size_t kept);
  /// Packets are believed in the order in which they came; `number` counts them, from 0.
  [[nodiscard]] std::size_t file_of(std::uint64_t number) const;
  [[nodiscard]] bool begins_file(std::uint64_t number) const {
    return std::ranges::binary_search(file_begins_, number);
  }
  void note(std::uint64_t number, std::string text, bool step = false, bool back = false);
  void note_wrong(std::uint64_t number, traffic::Nanoseconds wrong, traffic::Nanoseconds instead);

  const ClockSteps steps_;
  std::vector<traffic::Packet> believed_;  ///< not given away yet; at least the last `many` of the part
  bool ascending_ = true;                  ///< these are, in time; false: perhaps not
  traffic::Nanoseconds newest_ = 0;        ///< of the part's believed ones
  bool begun_ = false;                     ///< the part has a believed packet
  std::uint64_t believed_before_ = 0;      ///< packets that were believed, those in believed_ too
  std::vector<traffic::Packet> run_;       ///< open question; empty: none
  std::vector<traffic::Packet> rivals_;    ///< came after it and go on from neither; fewer
  traffic::Nanoseconds run_newest_ = 0;
  std::size_t contradicted_ = 0;            ///< of the last `many` believed ones
  bool run_late_ = false;                   ///< less than `latest` back
  bool run_begins_file_ = false;            ///< with the first packet of a file
  std::uint64_t arrived_ = 0;               ///< packets
  std::vector<std::uint64_t> file_begins_;  ///< numbers of the files' first packets
  std::vector<traffic::Packet> untimed_;    ///< before the first time
  bool timed_ = false;
  traffic::Nanoseconds shift_ = 0;
  std::uint32_t part_ = 0;
  std::uint64_t wrong_ = 0, stepped_ = 0;
  std::vector<Note> notes_;
  std::deque<Stretch> out_;
};

}  // namespace ipet::capture
