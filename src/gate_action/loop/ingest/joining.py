"""Feedback finds its turn: by span, trace, conversation or the application's own key; late or early, in any order."""

from functools import partial

from gate_action.loop.store import Store

_BY_SPAN = """
UPDATE feedback SET turn_id = turn.turn_id FROM turn
WHERE feedback.turn_id = '' AND feedback.span_id <> ''
  AND (feedback.trace_id IN ('', turn.trace_id)) AND turn.span_id = feedback.span_id
"""
_BY_STEP = """
UPDATE feedback SET turn_id = step.turn_id FROM step
WHERE feedback.turn_id = '' AND feedback.span_id <> ''
  AND (feedback.trace_id IN ('', step.trace_id)) AND step.span_id = feedback.span_id
"""
# The latest turn of the trace that had begun when it was said; else the first one, for clocks that disagree.
_BY_TRACE = """
UPDATE feedback SET turn_id = found.turn_id FROM (
  SELECT f.feedback_id, coalesce(arg_max(t.turn_id, t.at) FILTER (t.at <= f.at), arg_min(t.turn_id, t.at)) AS turn_id
  FROM feedback f JOIN turn t ON t.trace_id = f.trace_id
  WHERE f.turn_id = '' AND f.trace_id <> '' GROUP BY f.feedback_id, f.at
) found WHERE feedback.feedback_id = found.feedback_id
"""
_BY_KEY = """
UPDATE feedback SET turn_id = found.turn_id FROM (
  SELECT f.feedback_id, arg_max(t.turn_id, t.at) AS turn_id
  FROM feedback f JOIN turn t ON t.{column} = f.join_key
  WHERE f.turn_id = '' AND f.trace_id = '' AND f.join_key <> '' GROUP BY f.feedback_id
) found WHERE feedback.feedback_id = found.feedback_id
"""
_BY_CONVERSATION = """
UPDATE feedback SET turn_id = found.turn_id FROM (
  SELECT f.feedback_id, coalesce(arg_max(t.turn_id, t.at) FILTER (t.at <= f.at), arg_min(t.turn_id, t.at)) AS turn_id
  FROM feedback f JOIN turn t ON t.conversation_id = f.conversation_id
  WHERE f.turn_id = '' AND f.scope = 'conversation' AND f.conversation_id <> '' GROUP BY f.feedback_id, f.at
) found WHERE feedback.feedback_id = found.feedback_id
"""
_STATEMENTS = (
    _BY_SPAN,
    _BY_STEP,
    _BY_TRACE,
    _BY_KEY.format(column="join_key"),
    _BY_KEY.format(column="response_id"),
    _BY_CONVERSATION,
)

_LONELY = "CREATE OR REPLACE TEMP TABLE lonely AS SELECT feedback_id FROM feedback WHERE turn_id = ''"
_FOUND = """
INSERT INTO touched SELECT DISTINCT turn_id FROM feedback
WHERE turn_id <> '' AND feedback_id IN (SELECT feedback_id FROM lonely)
"""


def join_feedback(store: Store) -> int:
    """Joins what can be joined, and returns how many statements are orphans still. Turns that found a statement are
    ``touched``: what users do next may mean something else now.
    """
    store.do(partial(_join, store))
    ((orphans,),) = store.connection.execute("SELECT count(*) FROM feedback WHERE turn_id = ''").fetchall()
    return int(orphans)


def _join(store: Store) -> None:
    store.connection.execute(_LONELY)
    for statement in _STATEMENTS:
        store.connection.execute(statement)
    store.connection.execute(_FOUND)
