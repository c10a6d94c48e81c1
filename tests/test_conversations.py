"""Reading, skipping, splitting and choosing conversations."""

import json

import pytest
import torch

from models.conversations import (
    SPLITS,
    ConversationError,
    Conversations,
    choose,
    split,
)


def record(identity, *said, first="human"):
    roles = ["human", "gpt"] if first == "human" else ["gpt", "human"]
    turns = [{"from": roles[i % 2], "value": text} for i, text in enumerate(said)]
    return {"id": identity, "conversations": turns}


def length(turns):
    """A tokenizer of one token a character."""
    return list(range(sum(len(turn["content"]) for turn in turns)))


@pytest.fixture
def dataset(tmp_path):
    def write(*records, end="]"):
        path = tmp_path / "chats.json"
        path.write_text("[" + ",".join(json.dumps(r) for r in records) + end)
        return Conversations(path)

    return write


def test_roles_become_those_of_chat_templates(dataset):
    with_system = record("b_0", "q", "a")
    with_system["conversations"].insert(0, {"from": "system", "value": "s"})
    first, second = dataset(record("a_0", "q", "a"), with_system)
    assert first.id == "a_0"
    assert first.turns == [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a"},
    ]
    assert [turn["role"] for turn in second.turns] == ["system", "user", "assistant"]


def test_what_is_broken_is_skipped_and_counted(dataset):
    conversations = dataset(
        record("a_0", "q"),
        record("b_0"),
        record("c_0", "an answer first", first="gpt"),
        {"id": "d_0"},
        {"id": "e_0", "conversations": [{"from": "nobody", "value": "x"}]},
        {"id": "f_0", "conversations": [{"from": "human", "value": None}]},
        "not a record",
        record("g_0", "q"),
        end=',{"id": "h_0", "conversations": [{"fr',
    )
    for _ in range(2):  # counted anew each time
        assert [conversation.id for conversation in conversations] == ["a_0", "g_0"]
        assert conversations.skipped == {
            "empty": 1,
            "not user and assistant by turns": 1,
            "malformed": 4,
            "cut off": 1,
        }


def test_the_split_is_for_good_and_by_chat():
    ids = [f"chat{i}" for i in range(8)]
    bits = "".join(str(SPLITS.index(split(f"{i}_0"))) for i in ids)
    assert bits == "01000100"  # a change of these would leak one set into the other
    assert all(split(f"{i}_0") == split(f"{i}_7") for i in ids)


def test_choose_takes_the_first_long_enough_one_of_each_chat(dataset):
    of = split("a_0")
    others = [f"x{i}" for i in range(20)]
    same = [name for name in others if split(f"{name}_0") == of]
    conversations = dataset(
        record("a_0", "short"),
        *(record(f"{name}_0", "long enough " + name) for name in others),
        record("a_1", "long enough"),
        record("a_2", "long enough"),
    )
    samples = choose(conversations, length, len(same) + 1, 10, of)
    assert [sample.id for sample in samples] == [f"{name}_0" for name in same] + ["a_1"]
    assert all(sample.split == of for sample in samples)
    assert all(torch.equal(s.tokens, torch.arange(10, dtype=torch.int32)) for s in samples)
    with pytest.raises(ConversationError, match="asked for"):
        choose(conversations, length, len(same) + 2, 10, of)


def test_sharegpt_is_read_no_further_than_needed():
    conversations = Conversations()
    samples = {name: choose(conversations, length, 3, 5000, name) for name in SPLITS}
    assert sum(conversations.skipped.values()) < 100  # of thousands
    assert "cut off" not in conversations.skipped
    assert all(split(s.id) == name for name, chosen in samples.items() for s in chosen)


def test_sharegpt_ends_in_a_cut():
    conversations = Conversations()
    ids = [conversation.id for conversation in conversations]
    assert len(ids) > 10_000
    assert conversations.skipped["cut off"] == 1
    share = sum(split(i) == "evaluation" for i in ids) / len(ids)
    assert 0.45 < share < 0.55


def test_a_missing_wheel_is_named(monkeypatch):
    monkeypatch.setattr("models.conversations._DISTRIBUTION", "no-such-distribution")
    with pytest.raises(ConversationError, match="pip install"):
        Conversations()
