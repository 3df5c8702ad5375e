"""Model calls and the feedback on them, as OpenTelemetry records. Imports the SDK only once something is recorded."""

from gate_action_capture.calls import ModelCall, model_call
from gate_action_capture.decorating import captured
from gate_action_capture.feedback import FeedbackError, record_feedback
from gate_action_capture.pipeline import Capture, configure, flush, shutdown
from gate_action_capture.settings import Settings, SettingsError

__version__ = "0.1.0"
__all__ = [
    "Capture",
    "FeedbackError",
    "ModelCall",
    "Settings",
    "SettingsError",
    "captured",
    "configure",
    "flush",
    "model_call",
    "record_feedback",
    "shutdown",
]
