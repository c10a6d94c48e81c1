"""The next-token predictor's model, its training and its report."""

import numpy as np
import pytest
import torch

from models import lstm, lstm_training
from models.lstm import CURVE, HIDDEN, LAYERS, SHIPPED, State, WeightsError
from models.lstm_report import Text, accuracy, by_suffix, successors


@pytest.fixture(scope="module")
def model() -> lstm_training.Predictor:
    """One that was not trained, with larger weights than fresh ones."""
    torch.manual_seed(3)
    made = lstm_training.Predictor(torch.randperm(lstm_training.VOCABULARY))
    with torch.no_grad():
        for layer in made.layers:
            layer.weight_ih_l0.mul_(2)
            layer.weight_hh_l0.mul_(2)
    return made


@pytest.fixture(scope="module")
def weights(model) -> lstm.Weights:
    return lstm_training.quantise(model)


def test_curve_is_the_sigmoid():
    z = torch.arange(-(1 << 15), 1 << 15)
    exact = (z / 2048).double().sigmoid()
    assert (lstm._sigmoid(z) / 32768 - exact).abs().max() < 0.0008
    assert (lstm._tanh(2 * z) / 32768 - (z / 2048).double().tanh()).abs().max() < 0.0016
    assert CURVE.diff().max() < 1 << 11  # the width of a slope in the RTL


def test_integers_follow_the_floats(model, weights):
    tokens = torch.randint(lstm_training.VOCABULARY, (4, 30))
    with torch.no_grad():
        hidden, _ = model(tokens)
    state = State.zeros(4)
    for at in range(30):
        state = lstm.step(weights, state, tokens[:, at])
        off = (state.h[:, -1] / 32768 - hidden[:, at]).abs()
        assert off.mean() < 0.005 and off.max() < 0.06
        with torch.no_grad():
            exact = model.output(hidden[:, at])
        assert (lstm.logits(weights, state) / 1024 - exact).abs().max() < 0.15


def test_predict_ranks_and_breaks_ties_by_lane(weights):
    state = State(torch.ones(1, LAYERS, HIDDEN).long(), torch.zeros(1, LAYERS, HIDDEN).long())
    output = torch.zeros(16, HIDDEN, dtype=torch.int8)
    flat = weights.shortened(16)
    bias = torch.zeros(16, dtype=torch.int32)
    bias[13], bias[9], bias[2], bias[1] = 4000, 3000, 3000, 3000
    tied = lstm.Weights(
        **{
            **flat.__dict__,
            "output": output,
            "output_bias": bias,
            "output_scale": torch.full((16,), 1 << 15, dtype=torch.int32),
            "tokens": torch.arange(100, 116, dtype=torch.int32),
        }
    )
    # 9 is in lane 1, behind 1 itself, before 2.
    assert lstm.predict(tied, state).tolist() == [[113, 101, 109, 102]]


def test_image_layout(weights):
    image = weights.shortened(24).image()
    assert len(image) == 64 * (1 + 128 + 3 + 8 * (448 + 6))
    words = np.frombuffer(image, "<u4")
    assert image[:4] == b"SKVL" and words[1:4].tolist() == [1, 49152, 3]
    row = np.frombuffer(image[64 * (1 + 128 + 2) :][8 * 5 :][:8], "<u2")  # output row 21
    assert row[0] == weights.tokens[21] and row[1] == weights.output_scale[21]
    bias = np.frombuffer(image[64 * (1 + 64) + 8 * 3 :][:4], "<u2")  # layer 1's row 3
    assert bias[1] == weights.scale1[3]
    # Layer 1, group 2, chunk 3, row 5 of it.
    at = 64 * (1 + 128 + 3 + 8 * (64 * 3 + 2 * 4 + 3) + 5)
    assert image[at : at + 64] == weights.gates1[21, 192:].numpy().tobytes()


def test_state_in_memory():
    g = torch.Generator().manual_seed(1)
    state = State(
        *(torch.randint(-32768, 32768, (3, LAYERS, HIDDEN), generator=g) for _ in range(2))
    )
    stored = state.to_bytes()
    assert [len(s) for s in stored] == [1024] * 3
    beats = np.frombuffer(stored[1], "<i2").reshape(16, 32)
    assert beats[8 + 3].tolist() == state.c[1, 1, 32:64].tolist()
    again = State.from_bytes(stored)
    assert torch.equal(again.h, state.h) and torch.equal(again.c, state.c)


def test_shipped_weights_are_as_they_were_shipped(tmp_path, monkeypatch):
    shipped = lstm.load()
    assert shipped.vocabulary == 49152 and shipped.groups == 512
    assert SHIPPED.stat().st_size < 3e6
    altered = tmp_path / "altered"
    data = bytearray(SHIPPED.read_bytes())
    data[-1] ^= 1
    altered.write_bytes(data)
    monkeypatch.setattr(lstm, "SHIPPED", altered)
    with pytest.raises(WeightsError, match="SHA-256"):
        lstm.load(altered)


def test_training_learns(monkeypatch):
    """A text that repeats itself is learnt in a few passes."""
    monkeypatch.setattr(lstm_training, "_STREAMS", 4)
    monkeypatch.setattr(lstm_training, "_STEPS", 16)
    text = np.tile(np.arange(40, 60, dtype=np.uint16), 200)
    model = lstm_training.train(text, 2.0)
    tokens = torch.arange(40, 60).repeat(3)[None]
    with torch.no_grad():
        found = model.best(model(tokens[:, :-1])[0])
    assert accuracy(found[:, 20:], tokens[:, 21:])[0] > 0.95


def test_baselines():
    table = successors(np.array([1, 2, 1, 3, 1, 2, 9], dtype=np.uint16))
    assert table[1].tolist() == [2, 3, -1, -1] and table[9].tolist() == [-1] * 4
    text = Text("", torch.tensor([[5, 6, 7, 8, 6, 9, 5, 6, 7, 1]]), 7)
    # Behind 5: 6; behind 5 6: 7 matched longest, then 9 behind 6 alone; behind 5 6 7: 8.
    assert by_suffix(text).tolist() == [[[6, -1, -1, -1], [7, 9, -1, -1], [8, -1, -1, -1]]]
    assert accuracy(by_suffix(text), text.wanted) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
