// Trains a device's generator in stages, as perturbation generators are (stages/generator/README.md), but
// against a discriminator of recorded against imitated stretches of its line.
//
//  - Generation 0 learns to make the recordings likely, packet by packet; and that at the end of a recording
//    no packet came for as long as it was silent.
//  - A stage: the discriminator is trained on recorded stretches against those of all generations so far
//    (replay), then it is frozen, and the next generation is trained, from the one before, so that its own
//    stretches pass for recorded; a batch of recorded packets in each step keeps them likely. Stretches are
//    cut from walks over the recordings' times, so that what goes astray in the long run is seen, too.
//  - The gradient of the discriminator reaches the probabilities of drawn symbols by the straight-through
//    estimator (Bengio, Leonard and Courville 2013); what a symbol does to later ones is not followed.
//  - At last the discriminator is trained against all generations, and the one is chosen whose fresh
//    stretches it most takes for recorded, times how near its rate of packets is (the smaller rate divided
//    by the larger one).
//  - Where that rate is still off by more than a tenth, the odds of pauses are multiplied by a power of their
//    length, found by bisection. A week of a camera has some forty pauses, and one more or less that lasts
//    a night is a third of its traffic.
//
// The oldest fifth of the packets is held out from all of that, to measure; the newest tell most of what
// comes next. With fewer packets than two stretches in the rest there is generation 0 only.
//
// What is sent has a limit: as many packets as in the busiest hour at once, and four times the recorded rate
// after them. So no flood comes of a model that has learned from hardly anything.
#pragma once

#include <functional>
#include <span>

#include "stages/gan/model.hpp"

namespace ipet::gan {

/// `recordings` in time order, with one packet at least in all. All chance follows from `key`. `check`, where
/// there is one, is called at every step and throws to stop the training.
Model train(std::span<const Recording> recordings, const Options& options, traffic::StreamKey key,
            const std::function<void()>& check = {});

}  // namespace ipet::gan
