// The columns that tables of scores have in every format.
#pragma once

#include "stages/report/report.hpp"

namespace ipet::evaluation {

/// call(name, unit, member of Score) for each column after the stage, in their order.
template <class Call>
void each_score_column(const Call& call) {
  call("defence", "", &Score::defence);
  call("variant", "", &Score::variant);
  call("level", "", &Score::level);
  call("attacker", "", &Score::attacker);
  call("view", "", &Score::view);
  call("seconds", "s", &Score::seconds);
  call("windows", "windows or aggregates", &Score::windows);
  call("accuracy", "", &Score::accuracy);
  call("accuracy_low", "", &Score::accuracy_low);
  call("accuracy_high", "", &Score::accuracy_high);
  call("macro_f1", "", &Score::macro_f1);
  call("macro_f1_low", "", &Score::macro_f1_low);
  call("macro_f1_high", "", &Score::macro_f1_high);
  call("macro_f1_deviation", "", &Score::macro_f1_deviation);
  call("interval_over", "", &Score::interval_over);
  call("balanced_accuracy", "", &Score::balanced_accuracy);
  call("highest_recall_device", "", &Score::highest_recall_device);
  call("highest_recall", "", &Score::highest_recall);
  call("majority", "", &Score::majority);
  call("chance", "", &Score::chance);
  call("seeds", "", &Score::seeds);
}

}  // namespace ipet::evaluation
