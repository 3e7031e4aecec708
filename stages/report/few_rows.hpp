// Devices of which there is too little to test on: one row more or less moves their recall by a tenth.
#pragma once

#include <string>

#include "stages/model/observer.hpp"
#include "stages/report/report.hpp"

namespace ipet::evaluation {

inline constexpr std::uint64_t fewest_rows = 10;

/// One line: "fewer than 10 test windows, so that scores of these devices say little: none: lock 4; ipet:
/// lock 7; record ...": devices with fewer test rows than that, none at all among them, with their number and
/// the next step; at most five of them, and of three kinds of rows. Of scores that are about the same rows
/// once, named by what differs: the defence, of comparisons what the attacker looks at. "" where every device
/// has enough.
std::string few_rows_text(const EvaluationReport& report);

/// Puts the text among the report's notes and, in several lines, warns the observer of it, where there is
/// any.
void warn_of_few_rows(EvaluationReport& report, fingerprint::Observer& observer);

}  // namespace ipet::evaluation
