"""Functional coverage of the predictor's bench."""

from __future__ import annotations

from models.lstm import LANES, TOP
from tb.agents.common import PATTERNS
from tb.codec.coverage import Coverage, Group
from tb.lstm.reference import Answer, Status
from tb.lstm.weights import FAULTS, KINDS

GROUPS = ("1", "2", "3-8", "128", "512")
STATUSES = tuple(status.name for status in Status)
LIMITS = ("least", "greatest", "neither")
PHASES = ("idle", "loading", "working")
IMAGES = ("sound", *FAULTS)


def _limit(values) -> str | set[str]:
    """Which ends of 16 bits are reached."""
    ends = {"least": -(1 << 15), "greatest": (1 << 15) - 1}
    return {name for name, end in ends.items() if bool((values == end).any())} or "neither"


class LstmCoverage:
    """What was answered, loaded and reset, under which stalls."""

    judge = Coverage.judge

    def __init__(self) -> None:
        self._answers = Group(
            "lstm.answers",
            {
                "status": STATUSES,
                "behind": STATUSES,
                "first": ("first", "later"),
                "predict": ("state only", "prediction"),
                "slot": ("same", "other"),
            },
            {
                "status_behind_status": ("status", "behind"),
                "status_x_first_x_predict": ("status", "first", "predict"),
            },
        )
        self._work = Group(
            "lstm.work",
            {
                "kind": (*KINDS, "shipped"),
                "groups": GROUPS,
                "cells": LIMITS,
                "logits": LIMITS,
                "tie": ("among the best", "with the next", "none"),
            },
        )
        self._stalls = Group(
            "lstm.stalls",
            {"steps": tuple(PATTERNS), "answers": tuple(PATTERNS), "memory": tuple(PATTERNS)},
            {"steps_x_answers": ("steps", "answers")},
        )
        self._images = Group("lstm.images", {"image": IMAGES, "behind": ("work", "nothing")})
        self._resets = Group("lstm.resets", {"phase": PHASES})
        self.start_test()

    def start_test(self) -> None:
        """What comes next follows nothing."""
        self._previous: Answer | None = None

    def answer(self, answer: Answer, kind: str, stalls: tuple[str, str, str]) -> None:
        """An answer that was as expected, and the kind of weights it was made with."""
        s, previous = answer.step, self._previous
        self._answers.sample(
            status=answer.status.name,
            behind=previous and previous.status.name,
            first="first" if s.first else "later",
            predict="prediction" if s.predict else "state only",
            slot=previous and ("same" if previous.step.slot == s.slot else "other"),
        )
        self._stalls.sample(
            **dict(zip(("steps", "answers", "memory"), stalls, strict=True)),
        )
        self._previous = answer
        if answer.state is not None:
            self._work.sample(kind=kind, cells=_limit(answer.state.c))
        if answer.logits is not None:
            best = answer.logits.sort(descending=True).values[: TOP + 1].tolist()
            tie = "none"
            if len(set(best[:TOP])) < TOP:
                tie = "among the best"
            elif best[TOP - 1] == best[TOP]:
                tie = "with the next"
            groups = len(answer.logits) // LANES
            name = str(groups) if str(groups) in GROUPS else "3-8"
            self._work.sample(groups=name, logits=_limit(answer.logits), tie=tie)

    def image(self, image: str, behind_work: bool) -> None:
        """An image that was taken or refused."""
        self._images.sample(image=image, behind="work" if behind_work else "nothing")

    def reset(self, phase: str) -> None:
        self.start_test()
        self._resets.sample(phase=phase)
