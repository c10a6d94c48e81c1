"""Requests to an address translation unit, and its answers.

The top level's ports are ``<prefix>req_valid_i``, ``req_ready_o``, ``req_i`` (translate_t) and
``<prefix>rsp_valid_o``, ``rsp_ready_i``, ``rsp_o`` (translated_t).  The driver gives each request a
tag that no request under way has; `TranslateAgent.ap` publishes each `Asked`, `Answered` and
`TranslateReset`.
"""

from tb.agents.translate.agent import Seen, TranslateAgent, TranslateConfig
from tb.agents.translate.items import Answered, Ask, Asked, TranslateReset, Translation

__all__ = [
    "Answered",
    "Ask",
    "Asked",
    "Seen",
    "TranslateAgent",
    "TranslateConfig",
    "TranslateReset",
    "Translation",
]
