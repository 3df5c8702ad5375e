"""How the tracing world spells one thing: names of attributes, kinds of spans, shapes of messages. Pure."""
