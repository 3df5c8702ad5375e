"""The bot from whatever folder it is started: ``python examples/support-bot`` speaks JSON lines, with ``web`` HTTP."""

import sys

from support_bot import serve, web

if sys.argv[1:] == ["web"]:
    web.main()
else:
    serve.main()
