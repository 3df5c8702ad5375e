"""``gate-action loop``: the commands of the loop by name, each imported when it is wanted."""

import click

from gate_action.cli.lazy import LazyGroup

_COMMANDS = {
    "augment": "Write the same questions asked otherwise, as variants of fixtures.",
    "classify": "Say of each turn that somebody complained of what went wrong.",
    "cluster": "Find turns that fail in the same way, and know them again in the next cycle.",
    "ingest": "Read turns and feedback from traces, exports and backends into the store.",
    "cycle": "Ingest, classify, cluster, prioritize and promote, as one job that may be cut off.",
    "distribution": "Show what goes wrong week by week, and whether it has shifted.",
    "export-training": "Write the rows that opened for training as chats and preference pairs.",
    "forget": "Remove every row and trace of a person.",
    "ledger": "Show over the ledger's cycles what is closing.",
    "prioritize": "Rank what goes wrong, with how sure the order is.",
    "promote": "Write failing turns of the open clusters as fixtures.",
    "score": "Score turns of production by the evaluators that gate.",
    "status": "Show what the loop's store holds.",
    "watch": "Say whether merged fixes hold in production.",
}


@click.group(name="loop", cls=LazyGroup, commands_by_name=_COMMANDS, module="gate_action.cli.loop.{}")
def command() -> None:
    """From what users say of production to fixtures, and on to whether a fix held.

    Exit codes: 0 done, 1 only with --fail-on, 2 bad config, 3 not done, 70 a defect of ours, 130 interrupted.
    """
