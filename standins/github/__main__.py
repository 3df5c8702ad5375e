"""``python -m standins.github --port N --state DIR``: the stand-in for runs of the action outside pytest.

DIR/state.json, where it exists, says what there is: ``{"repository", "pulls": {"7": sha}, "commits": [sha]}``. Every
exchange is a line of DIR/journal.jsonl and of stdout. Ends on SIGTERM or Ctrl-C.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from standins.github.server import GithubServer
from standins.github.state import Exchange, Github


class _Loud(Github):
    def record(self, exchange: Exchange) -> None:
        super().record(exchange)
        print(exchange, flush=True)  # noqa: T201  # the log of a CI run


def _load(folder: Path) -> Github:
    path = folder / "state.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    github = _Loud(repository=told.get("repository", "octo/app"), journal_file=folder / "journal.jsonl")
    github.commits.update(told.get("commits", ()))
    for number, sha in told.get("pulls", {}).items():
        github.open_pull(int(number), sha)
    return github


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.state.mkdir(parents=True, exist_ok=True)
    server = GithubServer(_load(chosen.state), chosen.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on {server.url}", flush=True)  # noqa: T201  # the log of a CI run
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
