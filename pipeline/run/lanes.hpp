// Lanes and envelopes: how the order of a run is kept while its parts run in any order.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/sdk/message.hpp"

namespace ipet::run {

/// A stretch of a stream whose messages have one order: a unit of a source or a key of a keyed stage. Lanes
/// are interned, so equal lanes are equal pointers; their names sort in the order of the run.
struct Lane {
  std::string name;
};

class LaneTable {
 public:
  const Lane* intern(const std::string& name) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Lane>& lane = lanes_[name];
    if (!lane) lane = std::make_unique<Lane>(Lane{name});
    return lane.get();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Lane>> lanes_;
};

/// What flows along a stream edge: the messages that one step of the producer put on one output, perhaps
/// none. Per output and lane the sequences count 0, 1, 2 ... without gaps, which is what lets a consumer
/// restore the order.
struct Envelope {
  const Lane* lane = nullptr;
  std::uint64_t sequence = 0;
  std::vector<Message> messages;
};

}  // namespace ipet::run
