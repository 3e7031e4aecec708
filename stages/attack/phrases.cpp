#include "stages/attack/phrases.hpp"

namespace ipet::attack {

using traffic::DevicePacket;
using traffic::Nanoseconds;

std::vector<Spoken> phrases_of(std::span<const DevicePacket> packets) {
  std::vector<Spoken> spoken;
  Nanoseconds last = 0;
  for (const DevicePacket& packet : packets) {
    if (packet.size == 0) continue;
    if (spoken.empty() || packet.time - last >= phrase_gap) spoken.push_back({packet.time, {}});
    spoken.back().phrase.push_back(word_of(packet));
    last = packet.time;
  }
  return spoken;
}

Phrases::Phrases(const std::vector<Phrase>& phrases) : nodes_(1) {
  for (std::size_t i = 0; i < phrases.size(); ++i) {
    std::size_t at = 0;
    for (const Word word : phrases[i]) {
      const auto [found, added] = nodes_[at].next.try_emplace(word, nodes_.size());
      at = found->second;
      if (added) nodes_.emplace_back();
    }
    nodes_[at].phrase = i;
  }
}

void PhraseFinder::add(const DevicePacket& packet, const Found& found) {
  if (packet.size == 0) return;
  wait(packet.time, found);
  const Word word = word_of(packet);
  const auto step = [&](Follower& follower) {
    const auto next = phrases_->nodes_[follower.node].next.find(word);
    if (next == phrases_->nodes_[follower.node].next.end()) return false;
    follower.node = next->second;
    follower.last = packet.time;
    if (const std::size_t phrase = phrases_->nodes_[follower.node].phrase; phrase != Phrases::none)
      follower.longest = phrase;
    return true;
  };
  for (Follower& follower : followers_)
    if (step(follower)) return;
  constexpr std::size_t most = 64;
  Follower beginning{packet.time, packet.time};
  if (followers_.size() < most && step(beginning)) followers_.push_back(beginning);
}

void PhraseFinder::wait(Nanoseconds until, const Found& found) {
  std::erase_if(followers_, [&](const Follower& follower) {
    if (until - follower.last < phrase_gap && !phrases_->nodes_[follower.node].next.empty()) return false;
    if (follower.longest != Phrases::none) found(follower.begin, follower.longest);
    return true;
  });
}

}  // namespace ipet::attack
