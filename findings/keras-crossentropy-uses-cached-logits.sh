#!/bin/sh
# Keras clips the probability in its cross-entropy only when the tensor does
# not come straight from the softmax: straight from a model, the loss is
# computed from the logits and has no such bound.
#
# Version: tensorflow-cpu 2.12.1 with keras 2.12.0, Python 3.11, on the CPU.
# TensorFlow 2.5, which the published iPET code names, was not run here.
#
# Guessed, before running it: "Keras clips the probability to
# [1e-7, 1 - 1e-7], which bounds the objective at 16.1 = -log(1e-7)".
#
# Behaviour: a frozen model ends in a softmax layer; the wanted class has a
# logit 400 (or 30) below the other; from_logits=False.
#   loss(y, model(x))               400 (or 30), gradient by x not zero
#   loss(y, tf.identity(model(x)))  16.118, gradient by x zero
#   loss(y, tf.constant(...))       16.118, gradient by that tensor zero
# The same with CategoricalCrossentropy and SparseCategoricalCrossentropy,
# eagerly and inside tf.function. The softmax leaves its input on its output
# as `_keras_logits`, and the loss takes that when it is there.
#
# Consequence: an objective that is this loss of a frozen Keras model is not
# bounded at 16.1, and its gradient does not vanish there. It goes on as far as
# the logits do. Whoever re-implements such a method should compute it from
# the logits; with the probability clipped the gradient is zero wherever the
# wanted class is below 1e-7.
#
# Output seen:
#   tensorflow 2.12.1 keras 2.12.0 numpy 1.24.3
#   bound if clipped: 16.118
#   400 eager model(x)._keras_logits: [400.   0.]
#   400 CategoricalCrossentropy       eager       model(x)              loss 400.000 gradient [ 1. -1.]
#   400 CategoricalCrossentropy       eager       tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#   400 CategoricalCrossentropy       eager       tf.constant(...)      loss  16.118 gradient [0. 0.]
#   400 CategoricalCrossentropy       tf.function model(x)              loss 400.000 gradient [ 1. -1.]
#   400 CategoricalCrossentropy       tf.function tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#   400 CategoricalCrossentropy       tf.function tf.constant(...)      loss  16.118 gradient [0. 0.]
#   400 SparseCategoricalCrossentropy eager       model(x)              loss 400.000 gradient [ 1. -1.]
#   400 SparseCategoricalCrossentropy eager       tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#   400 SparseCategoricalCrossentropy eager       tf.constant(...)      loss  16.118 gradient [0. 0.]
#   400 SparseCategoricalCrossentropy tf.function model(x)              loss 400.000 gradient [ 1. -1.]
#   400 SparseCategoricalCrossentropy tf.function tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#   400 SparseCategoricalCrossentropy tf.function tf.constant(...)      loss  16.118 gradient [0. 0.]
#    30 eager model(x)._keras_logits: [30.  0.]
#    30 CategoricalCrossentropy       eager       model(x)              loss  30.000 gradient [ 1. -1.]
#    30 CategoricalCrossentropy       eager       tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#    30 CategoricalCrossentropy       eager       tf.constant(...)      loss  16.118 gradient [0. 0.]
#    30 CategoricalCrossentropy       tf.function model(x)              loss  30.000 gradient [ 1. -1.]
#    30 CategoricalCrossentropy       tf.function tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#    30 CategoricalCrossentropy       tf.function tf.constant(...)      loss  16.118 gradient [0. 0.]
#    30 SparseCategoricalCrossentropy eager       model(x)              loss  30.000 gradient [ 1. -1.]
#    30 SparseCategoricalCrossentropy eager       tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#    30 SparseCategoricalCrossentropy eager       tf.constant(...)      loss  16.118 gradient [0. 0.]
#    30 SparseCategoricalCrossentropy tf.function model(x)              loss  30.000 gradient [ 1. -1.]
#    30 SparseCategoricalCrossentropy tf.function tf.identity(model(x)) loss  16.118 gradient [0. 0.]
#    30 SparseCategoricalCrossentropy tf.function tf.constant(...)      loss  16.118 gradient [0. 0.]
#
# Needs python3.11 with venv, and a network. Fails if any of this changes.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

python3.11 -m venv "$dir/venv"
# Every pin by hand: left to itself pip also fetches packages that are not needed here.
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  --no-compile --no-deps --only-binary :all: --timeout 120 \
  tensorflow-cpu==2.12.1 keras==2.12.0 numpy==1.24.3 protobuf==4.25.9 \
  absl-py==2.5.1 astunparse==1.6.3 flatbuffers==25.12.19 gast==0.4.0 \
  google-pasta==0.2.0 grpcio==1.74.0 h5py==3.16.0 opt-einsum==3.4.0 \
  packaging==26.4 setuptools==65.5.0 six==1.17.0 termcolor==3.3.0 \
  typing-extensions==4.5.0 wheel==0.48.0 wrapt==1.14.2 requests==2.34.2 \
  certifi==2026.10.19.post1 charset-normalizer==3.5.3 idna==3.20 urllib3==2.8.0

cat >"$dir/check.py" <<'END'
import logging
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
logging.disable(logging.WARNING)  # says that TensorBoard is not there
import numpy as np
import tensorflow as tf

print("tensorflow", tf.__version__, "keras", tf.keras.__version__, "numpy", np.__version__)
bound = -np.log(1e-7)
print("bound if clipped: %.3f" % bound)

# A frozen model that hands its two inputs to a softmax unchanged.
model = tf.keras.Sequential(
    [tf.keras.layers.Dense(2, activation="softmax", use_bias=False, kernel_initializer="identity")]
)
model.build((None, 2))
model.trainable = False

losses = {
    "CategoricalCrossentropy": (tf.keras.losses.CategoricalCrossentropy(from_logits=False), tf.constant([[0.0, 1.0]])),
    "SparseCategoricalCrossentropy": (tf.keras.losses.SparseCategoricalCrossentropy(from_logits=False), tf.constant([1])),
}
failed = False


def check(what, ok):
    global failed
    if not ok:
        failed = True
        print("CHANGED:", what)


for difference in (400.0, 30.0):
    x = tf.constant([[difference, 0.0]])
    output = model(x)
    logits = getattr(output, "_keras_logits", None)
    logits = None if logits is None else np.ravel(logits.numpy())
    print("%3.0f eager model(x)._keras_logits:" % difference, logits)
    check("_keras_logits", logits is not None and np.array_equal(logits, [difference, 0.0]))
    plain = tf.constant(output.numpy())
    for name, (loss, y) in losses.items():

        def direct():
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = loss(y, model(x))
            return value, tape.gradient(value, x)

        def copied():
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = loss(y, tf.identity(model(x)))
            return value, tape.gradient(value, x)

        def constant():
            with tf.GradientTape() as tape:
                tape.watch(plain)
                value = loss(y, plain)
            return value, tape.gradient(value, plain)

        for mode, wrap in (("eager", lambda f: f), ("tf.function", tf.function)):
            for how, f, want in (
                ("model(x)", direct, difference),
                ("tf.identity(model(x))", copied, bound),
                ("tf.constant(...)", constant, bound),
            ):
                value, gradient = (np.ravel(v.numpy()) for v in wrap(f)())
                what = "%3.0f %-29s %-11s %-21s" % (difference, name, mode, how)
                print(what, "loss %7.3f gradient" % value[0], gradient)
                check(what + " loss", abs(value[0] - want) < 0.01)
                if how == "model(x)":
                    check(what + " gradient", np.allclose(gradient, [1.0, -1.0], atol=1e-4))
                else:
                    check(what + " gradient", not gradient.any())

raise SystemExit(1 if failed else 0)
END
"$dir/venv/bin/python" "$dir/check.py"
