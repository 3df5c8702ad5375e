"""Trace backends with made-up traces: Langfuse, LangSmith, MLflow and Phoenix, as their REST interfaces answer."""
