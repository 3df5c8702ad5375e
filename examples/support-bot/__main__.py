"""``python examples/support-bot`` is ``python -m support_bot.serve``, from whatever folder it is started."""

from support_bot.serve import main

main()
