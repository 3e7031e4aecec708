#include "stages/gateway/event_log.hpp"

#include <algorithm>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/printable.hpp"

namespace ipet::gateway {

namespace {

constexpr std::size_t longest_line = 400;

std::string line_of_event(std::string_view kind, std::string_view text) {
  return text::shortened(text::printable(kind) + ": " + text::printable(text), longest_line);
}

}  // namespace

void EventLog::say(traffic::Nanoseconds now, Severity severity, std::string_view kind,
                   std::string_view reason, std::string_view text) {
  const std::lock_guard lock(mutex_);
  Key key{kind, reason};
  if (!reasons_.contains(key) && reasons_.size() >= most_reasons) key = {"events", "others"};
  auto at = reasons_.find(key);
  if (at != reasons_.end() && now - at->second.begin >= minute) {
    tell_rest(key, at->second);
    reasons_.erase(at);
    at = reasons_.end();
  }
  if (at == reasons_.end()) {
    at = reasons_.emplace(std::move(key), Reason{now, 0, severity}).first;
    if (may_show(now)) return sink_(severity, line_of_event(kind, text));
  }
  at->second.severity = std::max(at->second.severity, severity);
  ++at->second.not_shown;
}

bool EventLog::may_show(traffic::Nanoseconds now) {
  if (lines_ == 0 || now - begin_ >= minute) {
    begin_ = now;
    lines_ = 0;
  }
  if (lines_ >= most_lines) return false;
  ++lines_;
  return true;
}

void EventLog::tell_rest(const Key& key, const Reason& reason) {
  if (reason.not_shown == 0) return;
  const std::string which = key.second.empty() ? "" : " (" + key.second + ")";
  sink_(reason.severity, line_of_event(key.first, text::counted(reason.not_shown, "more event") + which +
                                                      " not shown one by one"));
}

void EventLog::tell_rests(const std::map<Key, Reason>& over) {
  if (over.size() <= most_rests) {
    for (const auto& [key, reason] : over) tell_rest(key, reason);
    return;
  }
  Reason sum;
  for (const auto& [key, reason] : over) {
    sum.not_shown += reason.not_shown;
    sum.severity = std::max(sum.severity, reason.severity);
  }
  tell_rest({"events", "of " + std::to_string(over.size()) + " reasons"}, sum);
}

void EventLog::tick(traffic::Nanoseconds now) {
  const std::lock_guard lock(mutex_);
  std::map<Key, Reason> over;
  std::erase_if(reasons_, [&](const auto& each) {
    const bool is_over = now - each.second.begin >= minute;
    if (is_over && each.second.not_shown > 0) over.insert(each);
    return is_over;
  });
  tell_rests(over);
}

void EventLog::finish() {
  const std::lock_guard lock(mutex_);
  std::erase_if(reasons_, [](const auto& each) { return each.second.not_shown == 0; });
  tell_rests(reasons_);
  reasons_.clear();
}

}  // namespace ipet::gateway
