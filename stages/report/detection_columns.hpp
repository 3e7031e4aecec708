// The columns that tables of games have in every format.
#pragma once

#include <string>
#include <utility>

#include "stages/report/detection_report.hpp"

namespace ipet::evaluation {

/// call(name, unit, function that gives the value of a Detection) for each column after the game.
template <class Call>
void each_detection_column(const Call& call) {
  const auto member = [&](const char* name, const char* unit, auto which) {
    call(std::string(name), unit, [which](const Detection& row) { return row.*which; });
  };
  member("defence", "", &Detection::defence);
  member("variant", "", &Detection::variant);
  member("level", "", &Detection::level);
  member("attacker", "", &Detection::attacker);
  member("view", "", &Detection::view);
  member("target", "", &Detection::target);
  member("seconds", "s", &Detection::seconds);
  member("moments", "", &Detection::moments);
  member("positives", "", &Detection::positives);
  call(std::string("base_rate"), "", [](const Detection& row) { return row.base_rate(); });
  for (const auto& [name, measure] : {std::pair("average_precision", &Detection::average_precision),
                                      std::pair("area_under_curve", &Detection::area_under_curve)}) {
    const auto estimate = measure;  // clang 14 captures no structured bindings
    for (const auto& [ending, figure] :
         {std::pair("", &Estimate::mean), std::pair("_low", &Estimate::low),
          std::pair("_high", &Estimate::high), std::pair("_lowest_day", &Estimate::lowest_day),
          std::pair("_highest_day", &Estimate::highest_day)}) {
      const auto which = figure;
      call(std::string(name) + ending, "",
           [estimate, which](const Detection& row) { return (row.*estimate).*which; });
    }
  }
  member("draws", "", &Detection::draws);
  member("judged", "", &Detection::judged);
}

}  // namespace ipet::evaluation
