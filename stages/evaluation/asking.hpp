// Asking fingerprinting models about test rows, and keeping what they answer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "stages/evaluation/predictions.hpp"
#include "stages/fingerprint/row_source.hpp"
#include "stages/fingerprint/split.hpp"
#include "stages/windows/row_set.hpp"

namespace ipet::evaluation {

/// The rows of `chosen` (positions in `set`) whose device is among `classes`, in their order: the rows that
/// fingerprint::gather gives.
TestRows test_rows(const std::string& view, const windows::RowSet& set,
                   const std::vector<std::size_t>& chosen, const fingerprint::TrainedModel& model);

/// The most probable class of each of `count` rows, with the probabilities where `recorder` wants them.
/// `Rows` is whatever fingerprint::classify takes.
template <class Rows>
Answers ask(const fingerprint::TrainedModel& model, const Rows& rows, std::size_t count,
            PredictionRecorder& recorder, fingerprint::Observer& observer) {
  Answers answers;
  answers.classes = model.classes.size();
  if (recorder.wants_probabilities(count, answers.classes)) {
    answers.probabilities = fingerprint::probabilities(model, rows, &observer);
    answers.named = fingerprint::most_probable(answers.probabilities, answers.classes);
  } else {
    answers.named = fingerprint::classify(model, rows, &observer);
  }
  return answers;
}

}  // namespace ipet::evaluation
