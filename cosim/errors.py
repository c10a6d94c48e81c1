"""What a user can do something about: commands end with its message, without a traceback."""

from cosim.runs import MismatchError
from cosim.trace import TraceError
from models.calibration import CalibrationError
from models.conversations import ConversationError
from models.llm import ModelError
from tb.sim import SimError

ERRORS = (
    ModelError,
    ConversationError,
    CalibrationError,
    TraceError,
    SimError,
    MismatchError,
)
